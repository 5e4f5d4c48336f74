//! What our own people and programs do with contracts: propose, answer, publish, list.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sluis_certs::PeerId;
use sluis_fsc::contract::{Content, ContractError, Draft, State as ContractState, Validity};
use sluis_fsc::grant::{
    ConnectedService, GrantData, Outway, OutwayIdentification, Protocol, PublishedService,
};
use sluis_fsc::jws::JwsError;
use sluis_fsc::signature::{self, SignatureType};
use sluis_fsc::{ContentHash, ServiceName};
use thiserror::Error;
use uuid::{NoContext, Timestamp, Uuid};

use super::Manager;
use super::approve::Preview;
use super::areas::Membership;
use super::state::State;
use crate::contracts::{
    ContractDecision, ContractRecord, GrantProperties, GrantPropertiesError, Kept, OutboxAction,
    OutboxItem, Signed, StoreError, others,
};

/// Why something could not be done with a contract.
#[derive(Debug, Error)]
pub enum OperationError {
    /// What was proposed is no valid contract.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The properties of a grant cannot be read.
    #[error(transparent)]
    Properties(#[from] GrantPropertiesError),
    /// We take no part in the contract, so our signature would mean nothing.
    #[error("peer {0} takes no part in the contract; name it in a grant")]
    NotAParty(PeerId),
    /// There is no such contract.
    #[error("no contract has the hash {0}")]
    Unknown(ContentHash),
    /// The contract has ended or was refused, so it cannot be accepted.
    #[error("the contract is {}, so it cannot be accepted; propose a new one", .0.as_str())]
    Over(ContractState),
    /// Somebody in the contract is not a member of the Regulated Area, or the contract does not name it.
    #[error("{0}; only members may have such a contract")]
    NotAMember(String),
    /// Who is a member of a Regulated Area is not known.
    #[error("{0}; nothing was signed, try again later")]
    MembersUnknown(String),
    /// Nobody to publish with.
    #[error("no directory is configured; set manager.directory")]
    NoDirectory,
    /// Another contract has the same `iv`.
    #[error("another contract has the same iv; propose it again with a fresh one")]
    IvInUse,
    /// A decision could not be recorded, so nothing was done.
    #[error("it cannot be recorded, so nothing was done: {0}")]
    Unrecorded(#[from] sluis_audit::AppendError),
    /// The key refused.
    #[error("the signature could not be made: {0}")]
    Signing(#[from] JwsError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A contract, how it stands, and whether everybody knows what we signed.
#[derive(Debug, Clone)]
pub struct ContractView {
    /// The contract with its evidence.
    pub record: ContractRecord,
    /// How it stands now.
    pub state: ContractState,
    /// What our rules last decided about it; `None` for what we proposed.
    pub decision: Option<ContractDecision>,
    /// What was or is to be told to other peers about it.
    pub outbox: Vec<OutboxItem>,
}

impl Manager {
    /// Proposes a contract: signs it, keeps it, and has it submitted to every other peer in it. When this returns it
    /// survives a crash.
    ///
    /// # Errors
    /// [`OperationError`].
    pub async fn propose(
        &self,
        grants: Vec<GrantData>,
        validity: Validity,
    ) -> Result<Content, OperationError> {
        let content = self.draft(grants, validity)?;
        self.0.propose(&content).await?;
        Ok(content)
    }

    /// The contract that [`Manager::propose`] would propose; nothing is signed or kept.
    ///
    /// # Errors
    /// [`OperationError`].
    pub fn draft(
        &self,
        mut grants: Vec<GrantData>,
        validity: Validity,
    ) -> Result<Content, OperationError> {
        let state = &*self.0;
        for grant in &mut grants {
            state.name_area(grant);
        }
        Ok(Content::new(&Draft {
            iv: new_iv(state.clock.unix_ms()),
            group_id: state.settings.group_id.clone(),
            validity,
            grants,
            created_at: state.clock.unix_seconds(),
        })?)
    }

    /// What a contract would open, and what our rules say about it.
    ///
    /// # Errors
    /// [`OperationError::Properties`] when its purposes cannot be read.
    pub async fn preview(&self, content: &Content) -> Result<Preview, OperationError> {
        self.0.preview(content).await
    }

    /// Proposes that our outway may call a service of another peer. `properties` may hold the purposes
    /// (`purpose_binding.connection`).
    ///
    /// # Errors
    /// [`OperationError`].
    pub async fn propose_connection(
        &self,
        service_peer: &PeerId,
        service: &ServiceName,
        properties: Option<Map<String, Value>>,
        validity: Validity,
    ) -> Result<Content, OperationError> {
        let identities = self.0.identities.load();
        let own = identities.current().peer();
        let outway = Outway {
            peer_id: own.id.clone(),
            identification: OutwayIdentification::PublicKeyThumbprint(own.public_key_thumbprint),
        };
        let service = ConnectedService {
            peer_id: service_peer.clone(),
            name: service.clone(),
            delegator: None,
        };
        self.propose(
            vec![GrantData::ServiceConnection {
                outway,
                service,
                properties,
            }],
            validity,
        )
        .await
    }

    /// Proposes to the group's directory that it publishes a service of ours.
    ///
    /// # Errors
    /// [`OperationError`], [`OperationError::NoDirectory`] without one in the configuration.
    pub async fn publish(
        &self,
        service: &ServiceName,
        protocol: Protocol,
        validity: Validity,
    ) -> Result<Content, OperationError> {
        let state = &*self.0;
        let directory = state
            .settings
            .directory
            .as_ref()
            .ok_or(OperationError::NoDirectory)?;
        let service = PublishedService {
            peer_id: state.own().clone(),
            name: service.clone(),
            protocol,
        };
        let directory = directory.peer_id.clone();
        self.propose(
            vec![GrantData::ServicePublication {
                directory,
                service,
                properties: None,
            }],
            validity,
        )
        .await
    }

    /// Accepts a contract that another peer proposed.
    ///
    /// # Errors
    /// [`OperationError`].
    pub async fn accept(&self, content_hash: &ContentHash) -> Result<(), OperationError> {
        self.0.answer(content_hash, SignatureType::Accept).await
    }

    /// Rejects a contract that another peer proposed.
    ///
    /// # Errors
    /// [`OperationError`].
    pub async fn reject(&self, content_hash: &ContentHash) -> Result<(), OperationError> {
        self.0.answer(content_hash, SignatureType::Reject).await
    }

    /// Revokes a contract. It ends here at once, and with the others as soon as they are told.
    ///
    /// # Errors
    /// [`OperationError`].
    pub async fn revoke(&self, content_hash: &ContentHash) -> Result<(), OperationError> {
        self.0.sign(content_hash, SignatureType::Revoke).await?;
        Ok(())
    }

    /// One contract.
    ///
    /// # Errors
    /// [`OperationError::Unknown`], [`OperationError::Store`].
    pub async fn show(&self, content_hash: &ContentHash) -> Result<ContractView, OperationError> {
        let contracts = &self.0.contracts;
        let record = contracts.contract(content_hash).await?;
        let record = record.ok_or_else(|| OperationError::Unknown(content_hash.clone()))?;
        let outbox = contracts.outbox_of(content_hash).await?;
        Ok(ContractView {
            state: record.contract.state(self.0.clock.unix_seconds()),
            decision: contracts.decision_of(content_hash).await?,
            record,
            outbox,
        })
    }

    /// A page of our contracts, newest first: at most `limit` of those that come after the contract `after`. What was
    /// decided about them and how far the others were told is in [`Manager::show`].
    ///
    /// # Errors
    /// [`OperationError`].
    pub async fn list(
        &self,
        after: Option<&Content>,
        limit: u32,
    ) -> Result<Vec<ContractView>, OperationError> {
        let after = after.map(|content| (content.created_at(), content.hash().as_str().to_owned()));
        let own = self.0.own();
        let (records, _more) = self
            .0
            .contracts
            .page(own, None, after, false, limit, usize::MAX)
            .await?;
        let now = self.0.clock.unix_seconds();
        let view = |record: ContractRecord| ContractView {
            state: record.contract.state(now),
            record,
            decision: None,
            outbox: Vec::new(),
        };
        Ok(records.into_iter().map(view).collect())
    }

    /// Our contracts counted by state, for an overview.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.0
            .contracts
            .index()
            .contract_states(self.0.clock.unix_seconds())
    }
}

impl State {
    async fn propose(&self, content: &Content) -> Result<(), OperationError> {
        if !content.peers().contains(self.own()) {
            return Err(OperationError::NotAParty(self.own().clone()));
        }
        for grant in content.grants() {
            GrantProperties::read(grant)?;
        }
        self.must_be_members(content).await?;
        self.keep_own(content, SignatureType::Accept, OutboxAction::Submit)
            .await
    }

    /// A person answers a contract.
    async fn answer(
        &self,
        content_hash: &ContentHash,
        signature_type: SignatureType,
    ) -> Result<(), OperationError> {
        if self.sign(content_hash, signature_type).await? {
            let verdict = signature_type.as_str();
            self.metrics.contract_decided(verdict, "person");
        }
        Ok(())
    }

    /// Nothing is signed for somebody who is not a member of the Regulated Area.
    async fn must_be_members(&self, content: &Content) -> Result<(), OperationError> {
        match self.membership_for(content).await {
            Membership::AsItShouldBe => Ok(()),
            Membership::Not(what) => Err(OperationError::NotAMember(what)),
            Membership::Unknown(what) => Err(OperationError::MembersUnknown(what)),
        }
    }

    /// Answers a contract for our organisation; false when this was said before. Whoever refused to hear it then is told
    /// once more.
    pub(super) async fn sign(
        &self,
        content_hash: &ContentHash,
        signature_type: SignatureType,
    ) -> Result<bool, OperationError> {
        let record = self.contracts.contract(content_hash).await?;
        let contract = record
            .ok_or_else(|| OperationError::Unknown(content_hash.clone()))?
            .contract;
        if contract
            .signatures
            .of_type(signature_type)
            .contains_key(self.own())
        {
            self.contracts
                .outbox_tell_again(content_hash, signature_type, self.clock.unix_ms())
                .await?;
            return Ok(false);
        }
        let standing = contract.state(self.clock.unix_seconds());
        if signature_type == SignatureType::Accept
            && matches!(
                standing,
                ContractState::Rejected | ContractState::Revoked | ContractState::Expired
            )
        {
            return Err(OperationError::Over(standing));
        }
        if signature_type == SignatureType::Accept {
            self.must_be_members(&contract.content).await?;
        }
        self.keep_own(&contract.content, signature_type, signature_type.into())
            .await?;
        Ok(true)
    }

    /// Signs, and keeps the signature together with the messages to the others, in one transaction.
    pub(super) async fn keep_own(
        &self,
        content: &Content,
        signature_type: SignatureType,
        action: OutboxAction,
    ) -> Result<(), OperationError> {
        let now = self.clock.unix_seconds();
        self.keep_own_at(content, signature_type, action, now).await
    }

    /// As [`Self::keep_own`], with another moment at which it is said to be signed.
    pub(super) async fn keep_own_at(
        &self,
        content: &Content,
        signature_type: SignatureType,
        action: OutboxAction,
        signed_at_unix_seconds: i64,
    ) -> Result<(), OperationError> {
        let identities = self.identities.load();
        let identity = identities.current();
        let jws = signature::sign(
            content.hash(),
            signature_type,
            signed_at_unix_seconds,
            identity,
        )?;
        let certificate = identity
            .chain()
            .first()
            .map(|leaf| leaf.to_vec())
            .unwrap_or_default();
        let signed = Signed {
            content: content.clone(),
            submitted_by: self.own().clone(),
            signer: self.own().clone(),
            signature_type,
            jws,
            signed_at_unix_seconds,
            certificate,
            tell: others(content, self.own())
                .into_iter()
                .map(|peer| (peer, action))
                .collect(),
            unanswered_max: self.settings.unanswered_max,
            unwanted_bytes_max: self.settings.unwanted_bytes_max,
            now_ms: self.clock.unix_ms(),
        };
        let kept = self.contracts.keep(signed).await?;
        tracing::info!(contract = %content.hash(), signature = signature_type.as_str(), outcome = ?kept, "signed");
        match kept {
            Kept::IvInUse => Err(OperationError::IvInUse),
            Kept::NewContract
            | Kept::NewSignature
            | Kept::Known
            | Kept::TooManyUnanswered
            | Kept::TooMuchUnwanted => Ok(()),
        }
    }
}

/// A UUIDv7 with our own clock's time; the rest is random.
fn new_iv(now_ms: u64) -> Uuid {
    let nanos = u32::try_from(now_ms % 1000)
        .unwrap_or(0)
        .saturating_mul(1_000_000);
    Uuid::new_v7(Timestamp::from_unix(NoContext, now_ms / 1000, nanos))
}
