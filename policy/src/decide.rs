//! The decision: request, contract and register must agree.

mod explain;
mod memory;
mod nearest;
mod outcome;
mod part;
mod probe;

use std::collections::HashMap;
use std::sync::Arc;

use crate::cedar::{Facts, Hearing, Judge, Policies, Rules, Verdict};
use crate::civil_time::Moment;
use crate::purpose_binding::BoundPurpose;
use crate::register::activity::ActivityVersion;
use crate::register::party::Era;
use crate::{Decision, Question, Reason};
use explain::Said;
use memory::Memory;
use nearest::Standing;
use outcome::Outcome;
use part::{Part, Parts};

/// The register, ready to decide.
#[derive(Debug)]
pub(crate) struct Register {
    /// The digest of the policy set; operations of another set are not known here.
    set: Arc<str>,
    judge: Judge,
    activities: HashMap<Arc<str>, Vec<Version>>,
    /// What rules say when they forbid, by id.
    messages: HashMap<Arc<str>, Arc<str>>,
    memory: Memory,
}

/// A version of an activity with what can be asked under it.
#[derive(Debug)]
struct Version {
    version: ActivityVersion,
    parts: Parts,
}

/// A data group that is asked for, with its index when the service has it.
#[derive(Clone, Debug)]
struct AskedGroup {
    index: Option<usize>,
    name: Arc<str>,
}

/// What is settled about a question before its data groups are looked at.
struct Settled<'a> {
    version: &'a Version,
    part: &'a Part,
    /// The purposes of the contract that fit.
    bound: Vec<&'a BoundPurpose>,
}

impl Register {
    /// Gathers what is needed to decide; `None` when a slice cannot be made.
    pub(crate) fn new(
        set: &Arc<str>,
        judge: Judge,
        policies: &Policies,
        rules: &Rules,
        activities: Vec<ActivityVersion>,
    ) -> Option<Register> {
        let mut register = Register {
            set: set.clone(),
            judge,
            activities: HashMap::new(),
            messages: rules.messages(),
            memory: Memory::new(),
        };
        for version in activities {
            let parts = Parts::new(&version, policies)?;
            let name = version.activity.name.clone();
            register
                .activities
                .entry(name)
                .or_default()
                .push(Version { parts, version });
        }
        Some(register)
    }

    /// Every version of every activity.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &ActivityVersion> {
        self.activities
            .values()
            .flatten()
            .map(|version| &version.version)
    }

    /// Every activity: its versions, oldest first.
    pub(crate) fn by_activity(&self) -> impl Iterator<Item = Vec<&ActivityVersion>> {
        let activities = self.activities.values();
        activities.map(|versions| versions.iter().map(|version| &version.version).collect())
    }

    /// The versions of an activity, oldest first.
    pub(crate) fn versions_of(&self, activity: &str) -> impl Iterator<Item = &ActivityVersion> {
        self.activities
            .get(activity)
            .into_iter()
            .flatten()
            .map(|version| &version.version)
    }

    /// Who stands for whom at a moment.
    pub(crate) fn era(&self, moment: Moment) -> &Era {
        self.judge.era(moment)
    }

    /// The schema and every policy, to read.
    pub(crate) fn text(&self) -> &str {
        self.judge.text()
    }

    /// Decides, or remembers what was decided about the same question.
    pub(crate) fn decide(&self, question: &Question<'_>) -> Decision {
        if question.asked.operation.0.set != self.set {
            return self.decide_anew(question, &[]);
        }
        self.memory
            .recall(question, || self.decide_anew(question, &[]))
    }

    /// Decides. `unknown` are names of data groups that are asked for and that the service does not have.
    pub(crate) fn decide_anew(&self, question: &Question<'_>, unknown: &[Arc<str>]) -> Decision {
        let operation = &question.asked.operation;
        let named = |index: usize| {
            Some(AskedGroup {
                index: Some(index),
                name: operation.0.group_names.get(index)?.clone(),
            })
        };
        let known = question.asked.groups.indices().filter_map(named);
        let groups: Vec<AskedGroup> = known
            .chain(unknown.iter().map(|name| AskedGroup {
                index: None,
                name: name.clone(),
            }))
            .collect();
        let moment = Moment::at(question.at_unix_seconds);
        let said = Said {
            question,
            moment,
            messages: &self.messages,
        };
        let mut outcome = Outcome::new(groups, &said);
        match self.settle(question, moment, &said, &mut outcome) {
            Ok(settled) => self.decide_groups(question, moment, &said, &settled, outcome),
            Err((reason, explanation)) => outcome.refuse_all(reason, &explanation),
        }
    }

    /// Settles what is the same for every data group. The first of request, contract and register that does not agree
    /// is the reason.
    fn settle<'a>(
        &'a self,
        question: &Question<'a>,
        moment: Moment,
        said: &Said<'_>,
        outcome: &mut Outcome<'_>,
    ) -> Result<Settled<'a>, (Reason, String)> {
        let operation = &question.asked.operation;
        if operation.0.set != self.set {
            return Err((Reason::OperationUnknown, said.operation_unknown()));
        }
        if outcome.is_empty() {
            return Err((Reason::NothingAsked, said.nothing_asked()));
        }
        let purpose = question
            .purpose
            .ok_or_else(|| (Reason::PurposeMissing, said.purpose_missing()))?;
        let contract = question.contract.ok_or_else(|| {
            (
                Reason::ContractWithoutPurpose,
                said.contract_without_purpose(),
            )
        })?;
        let mut bound: Vec<&BoundPurpose> = contract
            .purposes()
            .iter()
            .filter(|bound| *bound.activity == *purpose)
            .collect();
        if bound.is_empty() {
            return Err((
                Reason::PurposeNotInContract,
                said.purpose_not_in_contract(purpose, contract),
            ));
        }
        let Some(versions) = self.activities.get(purpose) else {
            return Err((
                Reason::PurposeNotInRegister,
                said.purpose_not_in_register(purpose),
            ));
        };
        let Some(version) = versions
            .iter()
            .find(|version| version.version.is_in_force(moment.day))
        else {
            let versions = versions.iter().map(|version| &version.version);
            return Err((
                Reason::ActivityNotInForce,
                said.not_in_force(purpose, versions),
            ));
        };
        let activity = &version.version.activity;
        outcome.activity = Some(activity.clone());
        let basis = activity.legal_basis.text();
        let signed: Vec<Arc<str>> = bound
            .iter()
            .map(|bound| bound.legal_basis.clone())
            .collect();
        bound.retain(|bound| {
            bound
                .legal_basis
                .split_whitespace()
                .eq(basis.split_whitespace())
        });
        if bound.is_empty() {
            return Err((
                Reason::LegalBasisDiffers,
                said.legal_basis_differs(activity, &signed),
            ));
        }
        bound.retain(|bound| bound.operations.contains(operation.name()));
        if bound.is_empty() {
            return Err((
                Reason::OperationNotInContract,
                said.operation_not_in_contract(activity),
            ));
        }
        let part = version.parts.part(question.direction, operation.service());
        match part {
            Some(part) => Ok(Settled {
                version,
                part,
                bound,
            }),
            None => Err((
                Reason::OperationNotInActivity,
                said.service_not_in_activity(activity),
            )),
        }
    }

    fn decide_groups(
        &self,
        question: &Question<'_>,
        moment: Moment,
        said: &Said<'_>,
        settled: &Settled<'_>,
        mut outcome: Outcome<'_>,
    ) -> Decision {
        let era = self.judge.era(moment);
        let rows = settled.part.rows(&settled.version.version);
        let standing = Standing::new(question, era);
        let hearing = self.hear(question, moment, settled, &standing);
        for group in outcome.groups() {
            let verdict = match (&hearing, group.index) {
                (Some(hearing), Some(index)) => {
                    let slice = settled.part.slice_for(&question.asked.operation, index);
                    slice.map_or(Verdict::Deny(Vec::new()), |slice| {
                        hearing.verdict(slice, index)
                    })
                }
                _ => Verdict::Deny(Vec::new()), // somebody or something that no policy names
            };
            match verdict {
                Verdict::Permit(ids) if settled.names(&group.name) => {
                    outcome.permit(&group, ids, &rows)
                }
                Verdict::Permit(_) => {
                    outcome.refuse(
                        &group,
                        Reason::DataNotInContract,
                        said.data_not_in_contract(),
                    );
                }
                Verdict::Deny(ids) => match ids.first() {
                    Some(rule) => {
                        outcome.policies.extend(ids.iter().cloned());
                        outcome.refuse(
                            &group,
                            Reason::ForbiddenByRule(rule.clone()),
                            said.forbidden(rule),
                        );
                    }
                    None => {
                        let (reason, explanation) = standing.nearest(&rows, &group, said);
                        outcome.refuse(&group, reason, explanation);
                    }
                },
                Verdict::Failed => {
                    return outcome.refuse_all(Reason::EvaluationFailed, &said.evaluation_failed());
                }
            }
        }
        outcome.conclude()
    }

    /// Puts the question to Cedar; `None` when it is about somebody whom no policy names.
    fn hear<'a>(
        &'a self,
        question: &Question<'_>,
        moment: Moment,
        settled: &'a Settled<'_>,
        standing: &Standing<'_>,
    ) -> Option<Hearing<'a>> {
        if question.delegator.is_some() && standing.delegator.is_none() {
            return None;
        }
        let facts = Facts {
            direction: question.direction,
            purpose: &settled.version.version.activity.name,
            moment,
            subjects: u32::try_from(question.asked.subjects.len()).unwrap_or(u32::MAX),
            party: standing.party?,
            delegator: standing.delegator,
            role: question.role,
            channel: question.channel,
        };
        self.judge.hear(&question.asked.operation, &facts)
    }
}

impl Settled<'_> {
    /// Whether the contract names a data group.
    fn names(&self, group: &Arc<str>) -> bool {
        self.bound.iter().any(|bound| bound.data.contains(group))
    }
}
