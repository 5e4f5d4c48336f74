//! A contract as the policy sees it.

use sluis_certs::PeerId;
use sluis_fsc::contract::Content;
use sluis_fsc::grant::{ExternalContract, GrantData, GrantType, OutwayIdentification};
use sluis_policy::{GrantKind, OutwayIdentity, ProposedContract, ProposedGrant, PurposeBinding};

use super::ServiceDirectory;
use super::areas::{Areas, has_other_properties};
use crate::contracts::{GrantProperties, GrantPropertiesError};

/// What the properties of each grant say, in the order of the contract.
pub(super) type Properties = Vec<GrantProperties>;

/// Reads the properties of every grant.
pub(super) fn properties(content: &Content) -> Result<Properties, GrantPropertiesError> {
    let grants = content.grants().iter();
    grants.map(|grant| GrantProperties::read(grant)).collect()
}

/// The whole contract, for the rules and for a preview.
pub(super) fn proposed<'a>(
    content: &'a Content,
    properties: &'a Properties,
    own: &'a PeerId,
    services: &dyn ServiceDirectory,
    areas: &Areas,
    at_unix_seconds: i64,
) -> ProposedContract<'a> {
    let grants = content.grants().iter().zip(properties);
    let grants: Vec<ProposedGrant<'a>> = grants
        .map(|(grant, properties)| proposed_grant(grant.data(), properties, services, areas, own))
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
    properties: &'a GrantProperties,
    services: &dyn ServiceDirectory,
    areas: &Areas,
    own: &PeerId,
) -> ProposedGrant<'a> {
    let understood = [
        PurposeBinding::PROPERTY,
        ExternalContract::CONNECTION,
        ExternalContract::PUBLICATION,
    ];
    let external = properties.external_contract.as_ref();
    let external = external.map(|external| &*external.delegator_id);
    let signing = |delegator: Option<&'a PeerId>| delegator.map(PeerId::as_str);
    let calls = grant.outway().is_some();
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
        delegator: signing(grant.connection_delegator()).or(external.filter(|_| calls)),
        service_delegator: signing(grant.publication_delegator()).or(external.filter(|_| !calls)),
        external_contract: external.is_some(),
        purposes: properties.purposes.as_ref(),
        other_properties: has_other_properties(grant, &understood, areas, own),
        is_offered: services
            .inway_address(grant.service_name().as_str())
            .is_some(),
    }
}
