//! A contract as the policy sees it.

use sluis_certs::PeerId;
use sluis_fsc::contract::Content;
use sluis_fsc::grant::{GrantData, GrantType, OutwayIdentification};
use sluis_policy::{
    GrantKind, OutwayIdentity, ProposedContract, ProposedGrant, PurposeBinding, PurposeBindingError,
};

use super::ServiceDirectory;

/// The purposes of each grant, in the order of the contract.
pub(super) type Purposes = Vec<Option<PurposeBinding>>;

/// Reads the purposes of every grant.
pub(super) fn purposes(content: &Content) -> Result<Purposes, PurposeBindingError> {
    let grants = content.grants().iter();
    grants
        .map(|grant| PurposeBinding::from_properties(grant.properties()))
        .collect()
}

/// The whole contract, for the rules and for a preview.
pub(super) fn proposed<'a>(
    content: &'a Content,
    purposes: &'a Purposes,
    own: &'a PeerId,
    services: &dyn ServiceDirectory,
    at_unix_seconds: i64,
) -> ProposedContract<'a> {
    let grants = content.grants().iter().zip(purposes);
    let grants: Vec<ProposedGrant<'a>> = grants
        .map(|(grant, purposes)| proposed_grant(grant.data(), purposes.as_ref(), services))
        .collect();
    let peers = content
        .grants()
        .iter()
        .flat_map(|grant| grant.data().peers());
    let mut peers: Vec<&str> = peers.map(PeerId::as_str).collect();
    peers.sort_unstable();
    peers.dedup();
    ProposedContract {
        own: own.as_str(),
        peers,
        not_before_unix_seconds: content.validity().not_before,
        not_after_unix_seconds: content.validity().not_after,
        grants,
        at_unix_seconds,
    }
}

fn proposed_grant<'a>(
    grant: &'a GrantData,
    purposes: Option<&'a PurposeBinding>,
    services: &dyn ServiceDirectory,
) -> ProposedGrant<'a> {
    let others = |properties: &serde_json::Map<String, serde_json::Value>| {
        properties
            .keys()
            .any(|name| name != PurposeBinding::PROPERTY)
    };
    ProposedGrant {
        kind: match grant.grant_type() {
            GrantType::ServiceConnection => GrantKind::Connection,
            GrantType::DelegatedServiceConnection => GrantKind::DelegatedConnection,
            GrantType::ServicePublication => GrantKind::Publication,
            GrantType::DelegatedServicePublication => GrantKind::DelegatedPublication,
        },
        service: grant.service_name().as_str(),
        provider: grant.service_peer().as_str(),
        caller: grant.outway().map(|outway| outway.peer_id.as_str()),
        outway: grant.outway().map(|outway| match &outway.identification {
            OutwayIdentification::PublicKeyThumbprint(_) => OutwayIdentity::PublicKey,
            OutwayIdentification::DomainName(name) => OutwayIdentity::DomainName(name.as_str()),
        }),
        directory: grant.directory().map(PeerId::as_str),
        delegator: grant.connection_delegator().map(PeerId::as_str),
        service_delegator: grant.publication_delegator().map(PeerId::as_str),
        purposes,
        other_properties: grant.properties().is_some_and(others),
        is_offered: services
            .inway_address(grant.service_name().as_str())
            .is_some(),
    }
}
