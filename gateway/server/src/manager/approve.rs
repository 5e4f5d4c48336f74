//! Contracts that others propose: what our rules decide about them, on record before it is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluis_audit::Event;
use sluis_fsc::ContentHash;
use sluis_fsc::contract::{Content, State as ContractState};
use sluis_fsc::signature::SignatureType;
use sluis_policy::{Approval, Outcome, PolicySet, ProposedContract, PurposePreview};

use super::areas::Membership;
use super::operations::OperationError;
use super::proposed::{properties, proposed};
use super::state::State;
use crate::contracts::{ContractDecision, ContractRecord};

/// What a contract would open, and what our rules say about it.
#[derive(Debug, Clone)]
pub struct Preview {
    /// For each grant, what each of its purposes would open; nothing without a policy folder.
    pub grants: Vec<Vec<PurposePreview>>,
    /// Whether there is a register to weigh it with.
    pub is_weighed: bool,
    /// What would be decided, were it to come in now.
    pub approval: Approval,
}

impl State {
    /// Puts a contract that waits for us to the rules, records what they decide, and carries it out. What cannot be
    /// recorded does not happen; the contract then waits, and is put to the rules again at the next start.
    pub(super) async fn decide(&self, content_hash: &ContentHash) {
        // One at a time: a signature and its contract may arrive together.
        let _turn = self.deciding.lock().await;
        if let Err(error) = self.decide_in_turn(content_hash).await {
            tracing::error!(contract = %content_hash, %error, "what becomes of a proposed contract could not be decided or carried out; it waits");
        }
    }

    /// Decides about everything that waits for us: what came in just before the gateway stopped, and what was held under
    /// rules that have changed since.
    pub(super) async fn decide_waiting(&self) {
        let proposed = {
            let index = self.contracts.index();
            index.proposed_contracts(self.clock.unix_seconds())
        };
        for content_hash in proposed {
            self.decide(&content_hash).await;
        }
    }

    /// What a contract would open.
    pub(super) async fn preview(&self, content: &Content) -> Result<Preview, OperationError> {
        let grants = self.put(content, PolicySet::preview)?;
        Ok(Preview {
            is_weighed: grants.is_some(),
            grants: grants.unwrap_or_default(),
            approval: self.weigh(content).await?,
        })
    }

    async fn decide_in_turn(&self, content_hash: &ContentHash) -> Result<(), OperationError> {
        let Some(record) = self.contracts.contract(content_hash).await? else {
            return Ok(());
        };
        if !self.waits_for_us(&record) {
            return Ok(());
        }
        let approval = self.weigh(&record.contract.content).await?;
        let decision = ContractDecision::new(&approval, self.clock.unix_ms());
        let former = self.contracts.decision_of(content_hash).await?;
        if !former.is_some_and(|former| former.agrees_with(&decision)) {
            let event = event(&record, &approval);
            self.decisions.record(event).await?;
            self.contracts.put_decision(content_hash, decision).await?;
            self.metrics
                .contract_decided(approval.outcome.as_str(), approval.code);
            tracing::info!(
                contract = %content_hash, decision = %approval.outcome, code = approval.code,
                rules = approval.rules.join(", "), "decided about a proposed contract"
            );
        }
        let signature_type = match approval.outcome {
            Outcome::Hold => return Ok(()),
            Outcome::Accept => SignatureType::Accept,
            Outcome::Reject => SignatureType::Reject,
        };
        match self.sign(content_hash, signature_type).await {
            // Somebody else ended it in between.
            Err(OperationError::Over(_)) => Ok(()),
            signed => signed.map(drop),
        }
    }

    fn waits_for_us(&self, record: &ContractRecord) -> bool {
        let contract = &record.contract;
        contract.state(self.clock.unix_seconds()) == ContractState::Proposed
            && contract.missing_acceptances().contains(self.own())
            && record.submitted_by != *self.own()
    }

    /// What becomes of a contract: what its Regulated Area asks, then what our rules say.
    async fn weigh(&self, content: &Content) -> Result<Approval, OperationError> {
        let (outcome, code, reason) = match self.membership_for(content).await {
            Membership::AsItShouldBe => return self.judge(content),
            Membership::Not(what) => (Outcome::Reject, "not-a-member", what),
            Membership::Unknown(what) => (Outcome::Hold, "members-unknown", what),
        };
        Ok(Approval {
            outcome,
            code,
            reason: reason.into(),
            rules: Vec::new(),
            policy: None,
        })
    }

    fn judge(&self, content: &Content) -> Result<Approval, OperationError> {
        let approval = self.put(content, PolicySet::approve)?;
        let approval = approval.unwrap_or_else(Approval::without_policy);
        match self.passes_over(content) {
            Some(what) if approval.outcome == Outcome::Accept => Ok(Approval {
                outcome: Outcome::Hold,
                code: "delegator-missing",
                reason: what.into(),
                rules: Vec::new(),
                ..approval
            }),
            _ => Ok(approval),
        }
    }

    /// FSC Core 2.0.0, DelegatedServiceConnectionGrant: a connection to a service that is published on behalf of another
    /// names that other, who then signs it too. Returns what a contract lacks where it does not. It is a reason to hold
    /// and not to refuse: what is published changes, and what a manager takes in must not depend on the moment.
    fn passes_over(&self, content: &Content) -> Option<String> {
        let index = self.contracts.index();
        let now = self.clock.unix_seconds();
        content.grants().iter().find_map(|grant| {
            grant.outway().filter(|_| grant.service_peer() == self.own())?;
            let service = grant.service_name().as_str();
            let published = index.publications_of(self.own(), service).iter();
            let mut on_behalf_of = published
                .filter(|entry| entry.is_valid_at(now))
                .map(|entry| entry.publication_delegator.as_ref())
                .peekable();
            let one = (*on_behalf_of.peek()?)?;
            let named = grant.publication_delegator();
            let is_right = on_behalf_of.any(|peer| peer.is_none() || peer == named);
            (!is_right).then(|| {
                format!("its grant for `{service}` passes over {one}, on whose behalf we publish that service; such a contract is never accepted without a person")
            })
        })
    }

    /// Asks the policy about a contract; `None` where there is no policy.
    fn put<T>(
        &self,
        content: &Content,
        ask: impl FnOnce(&PolicySet, &ProposedContract<'_>) -> T,
    ) -> Result<Option<T>, OperationError> {
        let Some(policy) = &self.policy else {
            return Ok(None);
        };
        let properties = properties(content)?;
        let contract = proposed(
            content,
            &properties,
            self.own(),
            &*self.services,
            &self.areas,
            self.clock.unix_seconds(),
        );
        Ok(Some(ask(&policy.load(), &contract)))
    }
}

/// The decision, for the audit log.
fn event(record: &ContractRecord, approval: &Approval) -> Event {
    let mut details: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::from([
        (
            "content_hash".into(),
            record.contract.content.hash().as_str().into(),
        ),
        ("submitted_by".into(), record.submitted_by.as_str().into()),
        ("decision".into(), approval.outcome.as_str().into()),
        ("code".into(), approval.code.into()),
        ("reason".into(), Arc::clone(&approval.reason)),
    ]);
    if !approval.rules.is_empty() {
        details.insert("rules".into(), approval.rules.join(", ").into());
    }
    if let Some(policy) = &approval.policy {
        details.insert("policy".into(), Arc::clone(policy));
    }
    Event {
        component: "manager".into(),
        details,
        name: "contract-decided".into(),
    }
}
