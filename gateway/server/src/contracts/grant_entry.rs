//! One grant with everything that the path of a request must know of it.

use std::sync::Arc;

use sluis_certs::PeerId;
use sluis_fsc::contract::{Contract, State, Validity};
use sluis_fsc::grant::{ExternalContract, Grant};
use sluis_fsc::{ContentHash, GrantHash};
use sluis_policy::PurposeBinding;
use uuid::Uuid;

use super::{GrantProperties, GrantPropertiesError};

/// A grant of a contract that we hold, read once when the contract came in or was signed.
#[derive(Debug, Clone)]
pub struct GrantEntry {
    /// The hash that names the grant, as in the scope of a token request.
    pub grant_hash: GrantHash,
    /// The hash of the contract that it is part of.
    pub content_hash: ContentHash,
    /// The unique id of that contract, by which people call it.
    pub contract_iv: Uuid,
    /// What is granted.
    pub grant: Grant,
    /// The peer whose outway may call; `None` for a publication.
    pub outway_peer: Option<PeerId>,
    /// The peer that offers the service.
    pub service_peer: PeerId,
    /// The name of the service.
    pub service: Arc<str>,
    /// The peer on whose behalf the outway calls, if any.
    pub delegator: Option<PeerId>,
    /// The peer on whose behalf the service is offered, if any.
    pub publication_delegator: Option<PeerId>,
    /// What the contract says about purposes; `None` when it says nothing.
    pub purposes: Option<Arc<PurposeBinding>>,
    /// The contract outside FSC under which the outway calls, or the service is offered, for another.
    pub external_contract: Option<ExternalContract>,
    /// When the contract was made, Unix seconds.
    pub created_at: i64,
    validity: Validity,
    /// How the contract stands while its period runs.
    standing: State,
    unreadable: Option<GrantPropertiesError>,
}

impl GrantEntry {
    /// Reads every grant of a contract.
    pub(crate) fn all_of(contract: &Contract) -> Vec<Arc<Self>> {
        let content = &contract.content;
        let validity = content.validity();
        // Within the period only the signatures decide, so asking at its first second separates the two.
        let standing = contract.state(validity.not_before);
        let entry = |grant: &Grant| {
            let (properties, unreadable) = match GrantProperties::read(grant) {
                Ok(properties) => (properties, None),
                Err(error) => (GrantProperties::default(), Some(error)),
            };
            Arc::new(Self {
                grant_hash: grant.hash().clone(),
                content_hash: content.hash().clone(),
                contract_iv: content.iv(),
                grant: grant.clone(),
                outway_peer: grant.outway().map(|outway| outway.peer_id.clone()),
                service_peer: grant.service_peer().clone(),
                service: grant.service_name().shared(),
                delegator: grant.connection_delegator().cloned(),
                publication_delegator: grant.publication_delegator().cloned(),
                purposes: properties.purposes.map(Arc::new),
                external_contract: properties.external_contract,
                created_at: content.created_at(),
                validity,
                standing,
                unreadable,
            })
        };
        content.grants().iter().map(entry).collect()
    }

    /// How the contract of this grant stands at a moment.
    #[must_use]
    pub fn state_at(&self, now_unix_seconds: i64) -> State {
        match self.standing {
            State::Valid | State::Proposed if now_unix_seconds > self.validity.not_after => {
                State::Expired
            }
            State::Valid if now_unix_seconds < self.validity.not_before => State::NotYetValid,
            standing => standing,
        }
    }

    /// Whether the grant allows anything at this moment: everybody accepted, nobody rejected or revoked, the period runs,
    /// and the properties that we must understand can be read.
    #[must_use]
    pub fn is_valid_at(&self, now_unix_seconds: i64) -> bool {
        self.state_at(now_unix_seconds) == State::Valid && self.unreadable.is_none()
    }

    /// Why the properties of the grant cannot be read; the grant then permits nothing.
    #[must_use]
    pub fn properties_error(&self) -> Option<&GrantPropertiesError> {
        self.unreadable.as_ref()
    }

    /// On whose behalf the outway calls, if not its own peer's: the delegator, who signed the contract, or the
    /// organisation that a contract outside FSC names.
    #[must_use]
    pub fn calls_for(&self) -> Option<&str> {
        let external = || Some(&*self.external_contract.as_ref()?.delegator_id);
        let delegator = self.delegator.as_ref().map(PeerId::as_str);
        // In a publication the contract outside FSC is about the service.
        delegator.or_else(|| self.outway_peer.as_ref().and_then(|_| external()))
    }

    /// The period of the contract.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether our own standing as outway or listed publication may depend on this entry being newer than `other`.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        (self.created_at, self.grant_hash.as_str()) > (other.created_at, other.grant_hash.as_str())
    }
}
