//! What is written down of a passage: the intent before anything moves, the outcome after, or the refusal.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::request;
use sluis_audit::{
    Destination, Intent, Outcome, OutcomeResult, Pseudonymiser, Refusal as RefusalRecord, Source,
    SubjectRef,
};
use sluis_fsc::grant::ExternalContract;
use sluis_policy::{Asked, Decision, Minimised, Subject};
use uuid::Uuid;

use super::role::Side;
use super::{Claims, Granted, Refusal, Trace};
use crate::contracts::GrantEntry;
use crate::telemetry::{InFlight, ServiceMetrics};

/// What is known of a request so far. Every step adds what it learned, so that a refusal is recorded with all that was known.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub transaction_id: Option<Uuid>,
    pub trace: Option<Trace>,
    pub method: Option<Arc<str>>,
    pub peer_id: Option<Arc<str>>,
    pub granted: Option<Granted>,
    pub claims: Claims,
    pub asked: Option<Asked>,
    pub decision: Option<Decision>,
    /// The measurements of the service, once the grant names it.
    pub metrics: Option<ServiceMetrics>,
    /// Counts as under way until dropped.
    pub counted: Option<InFlight>,
    /// Set once the intent is durable: a refusal after that is the passage's outcome, not a record of its own.
    pub recorded: bool,
}

/// Turns what the gateway knows into what may be stored.
pub(super) struct Recorder {
    pub side: Side,
    pub group_id: Arc<str>,
    pub policy_digest: Arc<str>,
    pub pseudonyms: Pseudonymiser,
}

impl Recorder {
    /// The record that must be durable before anything moves.
    pub(super) fn intent(
        &self,
        transaction_id: Uuid,
        trace: &Trace,
        granted: &Granted,
        claims: &Claims,
        asked: &Asked,
        decision: &Decision,
    ) -> Intent {
        let entry = &granted.entry;
        Intent {
            transaction_id,
            direction: self.side.direction(),
            trace: stored(trace),
            group_id: Arc::clone(&self.group_id),
            grant_hash: entry.grant_hash.shared(),
            content_hash: Some(entry.content_hash.shared()),
            source: source(granted),
            destination: destination(granted),
            service: Arc::clone(&entry.service),
            operation: Arc::clone(asked.operation.name()),
            method: Arc::clone(asked.operation.method()),
            path_template: Arc::clone(asked.operation.path_template()),
            purpose: claims.purpose.clone(),
            activity_version: decision.activity.as_ref().map(|activity| activity.version),
            legal_basis: decision
                .activity
                .as_ref()
                .map(|activity| activity.legal_basis.text()),
            policy_digest: Arc::clone(&self.policy_digest),
            role: claims.role.clone(),
            channel: claims.channel.clone(),
            application: claims.application.clone(),
            user: claims
                .user
                .as_ref()
                .map(|user| self.pseudonyms.pseudonym("user", user)),
            groups: decision.permitted.clone(),
            withheld: decision
                .refused
                .iter()
                .map(|(group, _)| Arc::clone(group))
                .collect(),
            subjects: self.subjects(&asked.subjects),
            additional_data: additional_data(entry),
        }
    }

    /// The record of a request that went nowhere.
    pub(super) fn refusal(&self, known: &Known, refusal: &Refusal) -> RefusalRecord {
        let terms = refusal.terms();
        let granted = known.granted.as_ref();
        let activity = known
            .decision
            .as_ref()
            .and_then(|decision| decision.activity.as_ref());
        let operation = known.asked.as_ref().map(|asked| &asked.operation);
        RefusalRecord {
            component: Arc::from(self.side.as_str()),
            direction: Some(self.side.direction()),
            reason: Arc::from(terms.reason),
            status: terms.status.as_u16(),
            transaction_id: known.transaction_id,
            trace: known.trace.as_ref().map(stored),
            group_id: Some(Arc::clone(&self.group_id)),
            additional_data: peer(known),
            grant_hash: granted.map(|granted| granted.entry.grant_hash.shared()),
            content_hash: granted.map(|granted| granted.entry.content_hash.shared()),
            activity_version: activity.map(|activity| activity.version),
            legal_basis: activity.map(|activity| activity.legal_basis.text()),
            groups: asked_groups(known),
            source: granted.map(source),
            destination: granted.map(destination),
            service: granted.map(|granted| Arc::clone(&granted.entry.service)),
            operation: operation.map(|operation| Arc::clone(operation.name())),
            method: known.method.clone(),
            path_template: operation.map(|operation| Arc::clone(operation.path_template())),
            purpose: known.claims.purpose.clone(),
            policy_digest: Some(Arc::clone(&self.policy_digest)),
            role: known.claims.role.clone(),
            channel: known.claims.channel.clone(),
            application: known.claims.application.clone(),
            user: known
                .claims
                .user
                .as_ref()
                .map(|user| self.pseudonyms.pseudonym("user", user)),
            subjects: known
                .asked
                .as_ref()
                .map(|asked| self.subjects(&asked.subjects))
                .unwrap_or_default(),
        }
    }

    /// Keyed pseudonyms of persons; the identifying values go no further than here.
    fn subjects(&self, subjects: &[Subject]) -> Vec<SubjectRef> {
        subjects
            .iter()
            .take(SUBJECTS_RECORDED_MAX)
            .map(|subject| SubjectRef {
                kind: Arc::clone(&subject.kind),
                pseudonym: self
                    .pseudonyms
                    .pseudonym(&subject.kind, subject.value.reveal()),
            })
            .collect()
    }

    /// Adds what a filtered answer held.
    pub(super) fn add_released(&self, outcome: &mut Outcome, minimised: &Minimised) {
        outcome.answer_bytes = minimised.body.len() as u64;
        outcome.groups.clone_from(&minimised.groups);
        outcome.dropped = minimised
            .dropped
            .iter()
            .map(|dropped| (Arc::clone(&dropped.path), dropped.count))
            .collect();
        outcome.subjects = self.subjects(&minimised.subjects);
        outcome.subjects_incomplete =
            minimised.subjects_incomplete || minimised.subjects.len() > SUBJECTS_RECORDED_MAX;
    }
}

/// An entry has room for about this many persons (65,535 bytes; a pseudonym with its kind takes about 80). An answer about more is
/// recorded as incomplete.
const SUBJECTS_RECORDED_MAX: usize = 500;

/// The data groups that were asked for and refused.
fn asked_groups(known: &Known) -> Vec<Arc<str>> {
    let refused = known.decision.iter().flat_map(|decision| &decision.refused);
    refused.map(|(group, _)| Arc::clone(group)).collect()
}

/// Who called, also where no contract names them.
fn peer(known: &Known) -> BTreeMap<Arc<str>, Arc<str>> {
    known
        .peer_id
        .iter()
        .map(|peer| (Arc::from("peer_id"), Arc::clone(peer)))
        .collect()
}

/// The outcome of a passage whose answer never came.
pub(super) fn no_answer(result: OutcomeResult, status: u16) -> Outcome {
    Outcome {
        status: Some(status),
        ..Outcome::of(result)
    }
}

/// The method, for the record.
pub(super) fn method(head: &request::Parts) -> Arc<str> {
    Arc::from(head.method.as_str())
}

fn stored(trace: &Trace) -> sluis_audit::Trace {
    sluis_audit::Trace {
        trace_id: trace.trace_id,
        span_id: trace.span_id,
        parent_span_id: trace.parent_span_id,
        derived: trace.derived,
    }
}

/// What the extensions of FSC add to the record: the contract outside FSC, one fact for each of its members.
fn additional_data(entry: &GrantEntry) -> BTreeMap<Arc<str>, Arc<str>> {
    let external = entry.external_contract.iter();
    let members = external.flat_map(ExternalContract::members);
    members
        .map(|(name, value)| {
            let fact = format!("{}.{name}", ExternalContract::CONNECTION);
            (Arc::from(fact), Arc::clone(value))
        })
        .collect()
}

fn source(granted: &Granted) -> Source {
    let entry = &granted.entry;
    Source {
        outway_peer_id: entry
            .outway_peer
            .as_ref()
            .map(sluis_certs::PeerId::shared)
            .unwrap_or_default(),
        delegator_peer_id: entry.delegator.as_ref().map(sluis_certs::PeerId::shared),
    }
}

fn destination(granted: &Granted) -> Destination {
    let entry = &granted.entry;
    Destination {
        service_peer_id: entry.service_peer.shared(),
        delegator_peer_id: entry
            .publication_delegator
            .as_ref()
            .map(sluis_certs::PeerId::shared),
    }
}
