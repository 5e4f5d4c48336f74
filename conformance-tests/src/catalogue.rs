//! The 85 rows of the FSC test suite, in its order and under its identifiers, with how each is run, and the cases beyond them.

use crate::case::Row;
use crate::cases::sign::Signing;
use crate::cases::{
    integration, inway, inway_log, keys, listing, logs, outway, outway_log, services, sign, submit,
    token, token_claims,
};
use crate::stage::Kind;

macro_rules! rows {
    ($($id:literal, $standard:literal, $title:literal => |$s:ident, $e:ident| $case:expr;)+) => {
        &[$(Row {
            id: $id,
            standard: $standard,
            title: $title,
            case: |$s, $e| Box::pin($case),
        }),+]
    };
}

mod beyond;
mod needs;

pub(crate) use needs::needs;

/// Every row, and every case beyond them, with its number.
pub(crate) fn all() -> impl Iterator<Item = (usize, &'static Row)> {
    let cases = ROWS.iter().chain(beyond::BEYOND).enumerate();
    cases.map(|(place, row)| (place + 1, row))
}

/// Every row of the FSC test suite.
#[rustfmt::skip]
pub(crate) static ROWS: &[Row] = rows! {
    "Manager-SubmitContract-1", "Core", "A contract with a connection is taken in"
        => |s, e| submit::connection(s, e, Kind::Plain);
    "Manager-SubmitContract-2", "Core", "A contract with a publication is taken in"
        => |s, e| submit::publication(s, e, false);
    "Manager-SubmitContract-3", "Core", "A contract with a delegated publication is taken in"
        => |s, e| submit::publication(s, e, true);
    "Manager-SubmitContract-4", "Core", "A contract with a delegated connection is taken in"
        => |s, e| submit::connection(s, e, Kind::Delegated);
    "Manager-SubmitContract-5", "Core", "A contract with a connection to a delegated service is taken in"
        => |s, e| submit::connection(s, e, Kind::DelegatedService);
    "Manager-SubmitContract-6", "Core", "A contract with a delegated connection to a delegated service is taken in"
        => |s, e| submit::connection(s, e, Kind::Both);
    "Manager-SubmitContract-7", "Core", "A contract of others is refused"
        => |s, e| submit::by_a_stranger(s, e);
    "Manager-SubmitContract-8", "Core", "A publication beside another grant is refused"
        => |s, e| submit::mixed_grants(s, e);
    "Manager-SubmitContract-9", "Core", "A contract of another group is refused"
        => |s, e| submit::other_group(s, e);
    "Manager-SubmitContract-10", "Core", "A contract with an unknown hash algorithm is refused"
        => |s, e| submit::unknown_hash_algorithm(s, e);
    "Manager-SubmitContract-11", "Core", "A contract signed with RSA is taken in"
        => |s, e| submit::signed_with(s, e, true);
    "Manager-SubmitContract-12", "Core", "A contract signed with ECDSA is taken in"
        => |s, e| submit::signed_with(s, e, false);
    "Manager-AcceptContract-1", "Core", "A valid accept signature is taken in"
        => |s, e| sign::placed(s, e, Signing::Accept, None);
    "Manager-AcceptContract-2", "Core", "An accept signature of a peer outside the contract is refused"
        => |s, e| sign::by_a_stranger(s, e, Signing::Accept);
    "Manager-AcceptContract-3", "Core", "An accept signature that is no JWS is refused"
        => |s, e| sign::not_a_jws(s, e, Signing::Accept);
    "Manager-AcceptContract-4", "Core", "An accept signature over another contract is refused"
        => |s, e| sign::other_content(s, e, Signing::Accept);
    "Manager-AcceptContract-5", "Core", "An accept signature of another type is refused"
        => |s, e| sign::other_type(s, e, Signing::Accept);
    "Manager-AcceptContract-6", "Core", "An accept signature at another contract's path is refused"
        => |s, e| sign::other_path(s, e, Signing::Accept);
    "Manager-AcceptContract-7", "Core", "An accept signature with an unsupported algorithm is refused"
        => |s, e| sign::unsupported_algorithm(s, e, Signing::Accept);
    "Manager-AcceptContract-8", "Core", "An accept signature with RSA is taken in"
        => |s, e| sign::placed(s, e, Signing::Accept, Some(true));
    "Manager-AcceptContract-9", "Core", "An accept signature with ECDSA is taken in"
        => |s, e| sign::placed(s, e, Signing::Accept, Some(false));
    "Manager-RejectContract-1", "Core", "A valid reject signature is taken in"
        => |s, e| sign::placed(s, e, Signing::Reject, None);
    "Manager-RejectContract-2", "Core", "A reject signature of a peer outside the contract is refused"
        => |s, e| sign::by_a_stranger(s, e, Signing::Reject);
    "Manager-RejectContract-3", "Core", "A reject signature that is no JWS is refused"
        => |s, e| sign::not_a_jws(s, e, Signing::Reject);
    "Manager-RejectContract-4", "Core", "A reject signature over another contract is refused"
        => |s, e| sign::other_content(s, e, Signing::Reject);
    "Manager-RejectContract-5", "Core", "A reject signature of another type is refused"
        => |s, e| sign::other_type(s, e, Signing::Reject);
    "Manager-RejectContract-6", "Core", "A reject signature at another contract's path is refused"
        => |s, e| sign::other_path(s, e, Signing::Reject);
    "Manager-RejectContract-7", "Core", "A reject signature with an unsupported algorithm is refused"
        => |s, e| sign::unsupported_algorithm(s, e, Signing::Reject);
    "Manager-RevokeContract-1", "Core", "A valid revoke signature is taken in"
        => |s, e| sign::placed(s, e, Signing::Revoke, None);
    "Manager-RevokeContract-2", "Core", "A revoke signature of a peer outside the contract is refused"
        => |s, e| sign::by_a_stranger(s, e, Signing::Revoke);
    "Manager-RevokeContract-3", "Core", "A revoke signature that is no JWS is refused"
        => |s, e| sign::not_a_jws(s, e, Signing::Revoke);
    "Manager-RevokeContract-4", "Core", "A revoke signature over another contract is refused"
        => |s, e| sign::other_content(s, e, Signing::Revoke);
    "Manager-RevokeContract-5", "Core", "A revoke signature of another type is refused"
        => |s, e| sign::other_type(s, e, Signing::Revoke);
    "Manager-RevokeContract-6", "Core", "A revoke signature at another contract's path is refused"
        => |s, e| sign::other_path(s, e, Signing::Revoke);
    "Manager-RevokeContract-7", "Core", "A revoke signature with an unsupported algorithm is refused"
        => |s, e| sign::unsupported_algorithm(s, e, Signing::Revoke);
    "Manager-Contracts-1", "Core", "A peer's contracts are listed"
        => |s, e| listing::own(s, e);
    "Manager-Contracts-2", "Core", "The contracts of others are not listed"
        => |s, e| listing::of_others(s, e);
    "Manager-Services-1", "Core", "A published service is listed for who published it"
        => |s, e| services::listed(s, e, false, false, false);
    "Manager-Services-2", "Core", "A service published on behalf of another peer is listed"
        => |s, e| services::listed(s, e, true, false, false);
    "Manager-Services-3", "Core", "A published service is listed with its properties"
        => |s, e| services::listed(s, e, false, true, false);
    "Manager-Services-4", "Core", "A service published on behalf of another peer is listed with its properties"
        => |s, e| services::listed(s, e, true, true, false);
    "Manager-GetToken-1", "Core", "A token is given under a valid contract"
        => |s, e| token_claims::given(s, e, Kind::Plain);
    "Manager-GetToken-2", "Core", "No token without a valid contract"
        => |s, e| token::without_contract(s, e);
    "Manager-GetToken-3", "Core", "No token under a revoked contract"
        => |s, e| token::revoked(s, e);
    "Manager-GetToken-4", "Core", "No token for a malformed grant hash"
        => |s, e| token::malformed_hash(s, e);
    "Manager-GetToken-5", "Core", "No token for another grant_type"
        => |s, e| token::other_grant_type(s, e);
    "Manager-GetToken-6", "Core", "The token of a delegated connection names the delegator"
        => |s, e| token_claims::given(s, e, Kind::Delegated);
    "Manager-GetToken-7", "Core", "The token for a delegated service names the delegator"
        => |s, e| token_claims::given(s, e, Kind::DelegatedService);
    "Manager-GetToken-8", "Core", "No token without client_id"
        => |s, e| token::no_client(s, e);
    "Manager-GetToken-9", "Core", "No token with a wrong client_id"
        => |s, e| token::other_client(s, e);
    "Manager-GetToken-10", "Core", "The token of a connection has its properties"
        => |s, e| token_claims::with_properties(s, e, Kind::Plain);
    "Manager-GetToken-11", "Core", "The token of a delegated connection has its properties"
        => |s, e| token_claims::with_properties(s, e, Kind::Delegated);
    "Manager-PeerInfo-1", "Core", "The manager says who it is of"
        => |s, e| keys::peer_info(s, e);
    "Manager-Peers-1", "Core", "Peers that announced themselves are listed"
        => |s, e| keys::peers(s, e);
    "Manager-Services-1", "Core", "A published service is listed for everybody"
        => |s, e| services::listed(s, e, false, false, true);
    "Manager-TransactionLogRecord-1", "Logging", "A peer's log records are listed"
        => |s, e| logs::records(s, e);
    "Manager-Port-1", "Core", "The manager is on port 443 or 8443"
        => |s, e| keys::manager_port(s, e);
    "Manager-JSONWebKeySet-1", "Core", "The keys for signatures and tokens are published"
        => |s, e| keys::key_set(s, e);
    "Inway-Incoming-Request-1", "Core", "A request with a valid token reaches the service"
        => |s, e| inway::valid(s, e);
    "Inway-Incoming-Request-2", "Core", "A request without a token is refused"
        => |s, e| inway::without_token(s, e);
    "Inway-Incoming-Request-3", "Core", "A token bound to another certificate is refused"
        => |s, e| inway::other_certificate(s, e);
    "Inway-Incoming-Request-4", "Core", "An untrusted certificate is refused"
        => |s, e| inway::untrusted(s, e);
    "Inway-Incoming-Request-5", "Core", "The service gets the token"
        => |s, e| inway::token_kept(s, e);
    "Inway-Incoming-Request-6", "Core", "An expired token is refused"
        => |s, e| inway::expired(s, e);
    "Inway-TransactionLog-1", "Logging", "A record is written before the service is asked"
        => |s, e| inway_log::written_first(s, e, Kind::Plain);
    "Inway-TransactionLog-2", "Logging", "The service gets the transaction id"
        => |s, e| inway_log::id_kept(s, e);
    "Inway-TransactionLog-3", "Logging", "A request without a transaction id is refused"
        => |s, e| inway_log::without_id(s, e);
    "Inway-TransactionLog-4", "Logging", "The record of a delegated connection names the delegator"
        => |s, e| inway_log::written_first(s, e, Kind::Delegated);
    "Inway-TransactionLog-5", "Logging", "The record for a delegated service names the delegator"
        => |s, e| inway_log::written_first(s, e, Kind::DelegatedService);
    "Inway-TransactionLog-6", "Logging", "No request while the log cannot be written"
        => |s, e| inway_log::log_broken(s, e);
    "Inway-Port-1", "Core", "The inway is on port 443 or 8443"
        => |s, e| keys::inway_port(s, e);
    "Outway-IncomingRequest-1", "Core", "A request reaches the inway and its answer comes back"
        => |s, e| outway::proxied(s, e);
    "Outway-IncomingRequest-2", "Core", "A request without a valid contract is refused"
        => |s, e| outway::without_contract(s, e);
    "Outway-IncomingRequest-3", "Core", "An inway that is away is an error of the outway"
        => |s, e| outway::inway_gone(s, e);
    "Outway-TransactionLog-1", "Logging", "A record is written before the inway is asked"
        => |s, e| outway_log::written_first(s, e, Kind::Plain);
    "Outway-TransactionLog-2", "Logging", "A transaction id is made and passed on"
        => |s, e| outway_log::id_added(s, e);
    "Outway-TransactionLog-3", "Logging, Delegation", "The record of a delegated connection names the delegator"
        => |s, e| outway_log::written_first(s, e, Kind::Delegated);
    "Outway-TransactionLog-4", "Logging, Delegation", "The record for a delegated service names the delegator"
        => |s, e| outway_log::written_first(s, e, Kind::DelegatedService);
    "Outway-TransactionLog-5", "Logging", "No request while the log cannot be written"
        => |s, e| outway_log::log_broken(s, e);
    "Integration-ConsumeService-1", "Core", "A service is consumed"
        => |s, e| integration::consume(s, e, Kind::Plain);
    "Integration-ConsumeService-2", "Core", "A service is not consumed without a valid contract"
        => |s, e| integration::without_contract(s, e);
    "Integration-ConsumeServiceAsDelegatee-1", "Core", "A service is consumed on behalf of another peer"
        => |s, e| integration::consume(s, e, Kind::Delegated);
    "Integration-ConsumeDelegatedService-1", "Core", "A service offered on behalf of another peer is consumed"
        => |s, e| integration::consume(s, e, Kind::DelegatedService);
    "Integration-ConsumeDelegatedService-2", "Core", "A service offered on behalf of another peer is consumed on behalf of a third"
        => |s, e| integration::consume(s, e, Kind::Both);
    "Integration-TransactionLog-1", "Logging", "Both sides have a record of the transaction"
        => |s, e| integration::both_logs(s, e);
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn there_are_85_rows_and_one_identifier_is_used_twice() {
        assert_eq!(ROWS.len(), 85);
        let ids: BTreeSet<_> = ROWS.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), 84);
    }

    #[test]
    fn every_case_beyond_the_rows_has_a_name_of_its_own() {
        let beyond: Vec<_> = all().skip(ROWS.len()).map(|(_, row)| row.id).collect();
        let ids: BTreeSet<_> = beyond.iter().collect();
        assert_eq!(ids.len(), beyond.len());
        assert!(beyond.iter().all(|id| id.starts_with("Beyond-")));
    }

    /// The list is not part of the repository; beside a checkout of it this test compares the two.
    #[test]
    fn the_rows_are_those_of_the_fsc_test_suite() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../shared/standards/fsc-test-suite.csv"
        );
        let Ok(text) = fs::read_to_string(path) else {
            println!("skipped: the published list is not here");
            return;
        };
        let published: Vec<&str> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').nth(1))
            .collect();
        let ours: Vec<&str> = ROWS.iter().map(|row| row.id).collect();
        assert_eq!(ours, published);
    }
}
