//! The cases beyond the FSC test suite, numbered on from its last row.

use crate::case::Row;
use crate::cases::beyond::{
    contract, failure, header, list, outway, pki, pki_server, purpose, request, restart, signature,
    tls,
};
use crate::stage::Leaf;

/// Every one.
#[rustfmt::skip]
pub(crate) static BEYOND: &[Row] = rows! {
    "Beyond-Signature-AlgNone", "Beyond", "A signature with alg none is refused"
        => |s, e| signature::none(s, e);
    "Beyond-Signature-AlgConfusion", "Beyond", "A signature that names another algorithm than was used is refused"
        => |s, e| signature::confused(s, e);
    "Beyond-Signature-Tampered", "Beyond", "A signature that was changed is refused"
        => |s, e| signature::tampered(s, e);
    "Beyond-Signature-OtherParty", "Beyond", "A signature with the key of another party is refused"
        => |s, e| signature::of_other_party(s, e);
    "Beyond-Signature-Untrusted", "Beyond", "A signature that brings its own certificate of another PKI is refused"
        => |s, e| signature::of_untrusted(s, e);
    "Beyond-Signature-NoThumbprint", "Beyond", "A signature without the thumbprint of its certificate is refused"
        => |s, e| signature::without_thumbprint(s, e);
    "Beyond-Signature-Replayed", "Beyond", "A revoked contract stays revoked when an old accept signature comes again"
        => |s, e| signature::replayed(s, e);
    "Beyond-Contract-Malformed", "Beyond", "A body that is no contract is refused, and the manager goes on"
        => |s, e| contract::malformed(s, e);
    "Beyond-Contract-DuplicateMembers", "Beyond", "A content in which a member occurs twice is refused"
        => |s, e| contract::duplicate_members(s, e);
    "Beyond-Contract-Oversized", "Beyond", "A contract of 12 MB is refused, and the manager goes on"
        => |s, e| contract::oversized(s, e);
    "Beyond-Contract-Grants", "Beyond", "A contract without grants or with eleven is refused"
        => |s, e| contract::number_of_grants(s, e);
    "Beyond-Contract-Period", "Beyond", "A contract that has ended, or ends before it begins, is refused"
        => |s, e| contract::period(s, e);
    "Beyond-Contract-Future", "Beyond", "A contract made tomorrow is refused"
        => |s, e| contract::from_the_future(s, e);
    "Beyond-Contract-Version", "Beyond", "A contract of an unknown version of FSC is refused"
        => |s, e| contract::other_version(s, e);
    "Beyond-Contract-IvTwice", "Beyond", "A contract with the iv of another is refused"
        => |s, e| contract::iv_twice(s, e);
    "Beyond-Contract-Replayed", "Beyond", "A contract that is brought twice is one contract"
        => |s, e| contract::replayed(s, e);
    "Beyond-List-Pages", "Beyond", "Pages of one entry come to an end, with everything on them once"
        => |s, e| list::pages(s, e);
    "Beyond-List-Bounds", "Beyond", "Strange limits and cursors are no error of the server"
        => |s, e| list::bounds(s, e);
    "Beyond-Manager-Untrusted", "Beyond", "The manager refuses an untrusted certificate"
        => |s, e| list::untrusted(s, e);
    "Beyond-Manager-Announcement", "Beyond", "An announcement without a usable address is refused"
        => |s, e| list::announcement(s, e);
    "Beyond-Token-OtherPeer", "Beyond", "No token for a peer of the contract that is not its outway"
        => |s, e| request::for_others(s, e);
    "Beyond-Token-OtherKey", "Beyond", "No token for a key that the contract does not name"
        => |s, e| request::other_key(s, e);
    "Beyond-Inway-ForgedToken", "Beyond", "A token that the caller signed itself is refused"
        => |s, e| request::forged_token(s, e);
    "Beyond-Inway-AlgNone", "Beyond", "A token with alg none is refused"
        => |s, e| request::none(s, e);
    "Beyond-Inway-AlgConfusion", "Beyond", "A token with HS256 over what everybody knows is refused"
        => |s, e| request::confused(s, e);
    "Beyond-Inway-TamperedToken", "Beyond", "A token whose claims were changed is refused"
        => |s, e| request::tampered(s, e);
    "Beyond-Inway-OtherPeer", "Beyond", "The token of another peer is refused"
        => |s, e| request::of_other_peer(s, e);
    "Beyond-Outway-OtherGroup", "Beyond", "A token of another group is not used"
        => |s, e| outway::other_group(s, e);
    "Beyond-Outway-OtherAudience", "Beyond", "A token that leads to another organisation is not used"
        => |s, e| outway::other_audience(s, e);
    "Beyond-Outway-NoToken", "Beyond", "A provider that gives no token is an error of the outway"
        => |s, e| failure::no_token(s, e);
    "Beyond-Outway-ErrorsUnaltered", "Beyond", "An error of the inway comes back as it is"
        => |s, e| failure::errors_unaltered(s, e);
    "Beyond-Outway-CutConnection", "Beyond", "An inway that closes the connection is an error of the outway"
        => |s, e| failure::inway_cuts(s, e);
    "Beyond-Inway-ServiceGone", "Beyond", "A service that closes the connection is an error of the inway"
        => |s, e| failure::service_cuts(s, e);
    "Beyond-Inway-HopHeaders", "Beyond", "Headers of one connection are not passed on"
        => |s, e| header::hop_by_hop(s, e);
    "Beyond-Inway-Trace", "Beyond, optional", "A trace keeps its id"
        => |s, e| header::trace(s, e, false);
    "Beyond-Pki-Expired", "Beyond", "A certificate that has ended is refused"
        => |s, e| pki::refused(s, e, &[Leaf::Expired]);
    "Beyond-Pki-Future", "Beyond", "A certificate that has not begun is refused"
        => |s, e| pki::refused(s, e, &[Leaf::Future]);
    "Beyond-Pki-Usage", "Beyond", "A certificate that is not for clients is refused"
        => |s, e| pki::refused(s, e, &[Leaf::NoUsage, Leaf::ServerOnly]);
    "Beyond-Pki-NoPeerId", "Beyond", "A certificate that names no peer is refused"
        => |s, e| pki::refused(s, e, &[Leaf::NoPeerId]);
    "Beyond-Pki-ShortKey", "Beyond", "A certificate with an RSA key of 1024 bits is refused"
        => |s, e| pki::refused(s, e, &[Leaf::ShortKey]);
    "Beyond-Pki-Oin", "Beyond, PKIoverheid", "A certificate whose peer is no OIN is refused"
        => |s, e| pki::refused(s, e, &[Leaf::ShortOin]);
    "Beyond-Pki-Policy", "Beyond, PKIoverheid", "A certificate without a policy of servers is refused"
        => |s, e| pki::refused(s, e, &[Leaf::NoPolicy, Leaf::PolicyOfPersons]);
    "Beyond-Pki-Revoked", "Beyond", "A certificate that was revoked is refused"
        => |s, e| pki::revoked(s, e, false);
    "Beyond-Pki-Resumed", "Beyond", "A session from before the revocation opens no door"
        => |s, e| pki::revoked(s, e, true);
    "Beyond-Pki-ServerName", "Beyond", "An inway with a certificate for another name is not asked"
        => |s, e| pki_server::refused(s, e, Leaf::OtherName);
    "Beyond-Pki-ServerExpired", "Beyond", "An inway whose certificate has ended is not asked"
        => |s, e| pki_server::refused(s, e, Leaf::Expired);
    "Beyond-Pki-ServerUsage", "Beyond", "An inway whose certificate is for clients only is not asked"
        => |s, e| pki_server::refused(s, e, Leaf::ClientOnly);
    "Beyond-Pki-ServerRevoked", "Beyond", "An inway whose certificate was revoked is not asked"
        => |s, e| pki_server::revoked(s, e);
    "Beyond-Pki-ServerUntrusted", "Beyond", "An inway with a certificate of another PKI is not asked"
        => |s, e| pki_server::untrusted(s, e);
    "Beyond-Outway-OtherManager", "Beyond", "Another organisation in the place of the provider's manager is not asked"
        => |s, e| pki_server::other_manager(s, e);
    "Beyond-Tls-NoCertificate", "Beyond", "A connection without a certificate is refused"
        => |s, e| tls::no_certificate(s, e);
    "Beyond-Tls-OldVersions", "Beyond", "SSL 3.0, TLS 1.0 and TLS 1.1 are refused"
        => |s, e| tls::old_versions(s, e);
    "Beyond-Tls-Renegotiation", "Beyond", "A second handshake within a connection is refused"
        => |s, e| tls::renegotiation(s, e);
    "Beyond-Purpose-Allowed", "Beyond, optional", "A purpose that contract, request and register agree on is let through"
        => |s, e| purpose::allowed(s, e);
    "Beyond-Purpose-Missing", "Beyond, optional", "A request that states no purpose is refused"
        => |s, e| purpose::missing(s, e);
    "Beyond-Purpose-NotInContract", "Beyond, optional", "A purpose that is not in the contract is refused"
        => |s, e| purpose::not_in_contract(s, e);
    "Beyond-Purpose-NotInRegister", "Beyond, optional", "A purpose that is not in the register is refused"
        => |s, e| purpose::not_in_register(s, e);
    "Beyond-Purpose-Conflicting", "Beyond, optional", "A request that states two purposes is refused"
        => |s, e| purpose::conflicting(s, e);
    "Beyond-Purpose-NoProperty", "Beyond, optional", "A request under a contract without purposes is refused"
        => |s, e| purpose::no_property(s, e);
    "Beyond-Purpose-Unreadable", "Beyond, optional", "A request under a contract with an unknown condition is refused"
        => |s, e| purpose::unreadable(s, e);
    "Beyond-Purpose-Operation", "Beyond, optional", "An operation that the purpose is not for is refused"
        => |s, e| purpose::other_operation(s, e);
    "Beyond-Purpose-Filtered", "Beyond, optional", "What the contract does not release stays inside"
        => |s, e| purpose::filtered(s, e);
    "Beyond-Contract-ClockSkew", "Beyond", "A contract of a clock that is a little ahead is taken in"
        => |s, e| contract::ahead(s, e);
    "Beyond-Outway-CutHalfway", "Beyond", "Half an answer of the inway does not look like a whole one"
        => |s, e| failure::inway_cuts_halfway(s, e);
    "Beyond-Inway-CutHalfway", "Beyond", "Half an answer of the service does not look like a whole one"
        => |s, e| failure::service_cuts_halfway(s, e);
    "Beyond-Outway-ManagerAway", "Beyond", "A provider's manager that is away is an error of the outway"
        => |s, e| failure::manager_away(s, e);
    "Beyond-Outway-SlowInway", "Beyond", "A slow inway keeps no other waiting"
        => |s, e| failure::slow_inway(s, e);
    "Beyond-Manager-SlowPeer", "Beyond", "A peer that falls silent keeps no other waiting"
        => |s, e| failure::slow_peers(s, e);
    "Beyond-Manager-ToldAgain", "Beyond, recommended", "A manager that was away hears of a signature later"
        => |s, e| failure::told_again(s, e);
    "Beyond-Inway-TwoTokens", "Beyond", "A request with two tokens is refused"
        => |s, e| header::two_tokens(s, e);
    "Beyond-Outway-HopHeaders", "Beyond", "Headers of one connection, and tokens of the application, are not passed on"
        => |s, e| header::outway_hop_by_hop(s, e);
    "Beyond-Outway-Trace", "Beyond, optional", "A trace of the application keeps its id"
        => |s, e| header::trace(s, e, true);
    "Beyond-Manager-Restart", "Beyond", "Contracts and signatures outlive a restart"
        => |s, e| restart::survived(s, e);
    "Beyond-Manager-EndlessPages", "Beyond, optional", "A list of another manager without an end is not followed for ever"
        => |s, e| restart::endless_pages(s, e);
    "Beyond-Contract-OfOthers", "Beyond", "A contract of four organisations is nothing to a fifth"
        => |s, e| contract::of_others(s, e);
};
