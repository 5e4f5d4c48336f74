//! Why, in sentences that can be read aloud. They hold no personal data: words out of a request are shown only when
//! they look like a name.

use std::collections::HashMap;
use std::sync::Arc;

use super::AskedGroup;
use super::nearest::{Condition, Standing};
use crate::civil_time::Moment;
use crate::register::activity::ActivityVersion;
use crate::register::party::Member;
use crate::register::row::{Beyond, Row};
use crate::shown::shown;
use crate::table::listed;
use crate::{Activity, Direction, PurposeBinding, Question, Reason};

/// Says why.
pub(super) struct Said<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) moment: Moment,
    pub(super) messages: &'a HashMap<Arc<str>, Arc<str>>,
}

impl Said<'_> {
    pub(super) fn operation_unknown(&self) -> String {
        "the operation is one of another policy folder; read the request again with the present one"
            .to_owned()
    }

    pub(super) fn nothing_asked(&self) -> String {
        "the request asks for no data; name at least one field of a data group".to_owned()
    }

    pub(super) fn purpose_missing(&self) -> String {
        "the request states no purpose (doelbinding); state the name of a processing activity"
            .to_owned()
    }

    pub(super) fn contract_without_purpose(&self) -> String {
        let property = PurposeBinding::PROPERTY;
        format!(
            "the contract binds no purpose; both parties must sign a grant with the property `{property}`"
        )
    }

    pub(super) fn purpose_not_in_contract(
        &self,
        purpose: &str,
        contract: &PurposeBinding,
    ) -> String {
        let signed = listed(contract.purposes().iter().map(|bound| &*bound.activity));
        format!(
            "the contract does not name purpose `{}`; it names {signed}",
            shown(purpose)
        )
    }

    pub(super) fn purpose_not_in_register(&self, purpose: &str) -> String {
        format!(
            "the register has no activity `{}`, though request and contract name it",
            shown(purpose)
        )
    }

    pub(super) fn not_in_force<'v>(
        &self,
        purpose: &str,
        versions: impl Iterator<Item = &'v ActivityVersion>,
    ) -> String {
        let versions: Vec<String> = versions
            .map(|version| {
                let until = version
                    .until
                    .map(|until| format!(" until {until}"))
                    .unwrap_or_default();
                format!(
                    "version {} is from {}{until}",
                    version.activity.version, version.from
                )
            })
            .collect();
        format!(
            "no version of `{purpose}` is in force on {}; {}",
            self.moment.day,
            versions.join(", ")
        )
    }

    pub(super) fn legal_basis_differs(&self, activity: &Activity, signed: &[Arc<str>]) -> String {
        let signed = listed(signed.iter().map(|basis| &**basis));
        format!(
            "contract and register name another legal basis (grondslag) for `{}`: the contract {signed}, the register `{}`",
            activity.name,
            activity.legal_basis.text()
        )
    }

    pub(super) fn operation_not_in_contract(&self, activity: &Activity) -> String {
        let operation = self.question.asked.operation.name();
        format!(
            "the contract does not name operation `{operation}` for `{}`",
            activity.name
        )
    }

    pub(super) fn service_not_in_activity(&self, activity: &Activity) -> String {
        let verb = match self.question.direction {
            Direction::Disclose => "discloses nothing of",
            Direction::Obtain => "obtains nothing from",
        };
        let service = self.question.asked.operation.service();
        format!(
            "`{}` version {} {verb} service `{service}`",
            activity.name, activity.version
        )
    }

    pub(super) fn data_not_in_contract(&self) -> String {
        "the register permits it, but the contract does not name it".to_owned()
    }

    pub(super) fn forbidden(&self, rule: &Arc<str>) -> String {
        let message = self
            .messages
            .get(rule)
            .map(|message| format!(": {message}"))
            .unwrap_or_default();
        format!("rule `{rule}` forbids it{message}")
    }

    pub(super) fn evaluation_failed(&self) -> String {
        "a policy could not be evaluated, so nothing is released; ask the authors of the policy to run its tests".to_owned()
    }

    /// The nearest row and the condition that it misses.
    pub(super) fn row_misses(
        &self,
        row: &Row,
        condition: Condition,
        group: &AskedGroup,
        standing: &Standing<'_>,
    ) -> String {
        let miss = match condition {
            Condition::Operation => {
                let operations = listed(row.operations.iter().map(|operation| &**operation.name()));
                format!(
                    "it is for {operations}, not for `{}`",
                    self.question.asked.operation.name()
                )
            }
            Condition::Party => {
                let who = if self.question.delegator.is_some() {
                    standing.delegator
                } else {
                    standing.party
                };
                let who = who.map_or_else(
                    || "a party that no policy names".to_owned(),
                    |name| format!("`{name}`"),
                );
                let verb = if row.direction == Direction::Disclose {
                    "discloses to"
                } else {
                    "obtains from"
                };
                format!(
                    "it {verb} {}, and {who} is not among them",
                    names(&row.parties)
                )
            }
            Condition::Delegation if row.via.is_empty() => {
                "it lets nobody act on behalf of another; it has no `via`".to_owned()
            }
            Condition::Delegation => {
                format!(
                    "on behalf of another only {} may act, as it says under `via`",
                    names(&row.via)
                )
            }
            Condition::Data => {
                let covered = row
                    .operations
                    .first()
                    .map(|operation| operation.group_names(row.groups));
                let covered = covered.unwrap_or_default();
                format!(
                    "it does not cover data group `{}`; it covers {}",
                    group.name,
                    listed(covered.iter().map(|name| &**name))
                )
            }
            Condition::Role => {
                format!(
                    "it asks for role {}; the request states {}",
                    listed(row.roles.iter().map(|role| &**role)),
                    stated(self.question.role)
                )
            }
            Condition::Channel => {
                let channels = listed(row.channels.iter().map(|channel| &**channel));
                format!(
                    "it asks for channel {channels}; the request states {}",
                    stated(self.question.channel)
                )
            }
            Condition::Subjects => {
                let max = row.subjects_max.unwrap_or_default();
                format!(
                    "it allows {max} at most in one request, and the request names {} persons",
                    self.question.asked.subjects.len()
                )
            }
        };
        format!(
            "row {} ({}:{}) comes nearest, but {miss}",
            row.id, row.file, row.line
        )
    }

    /// What it comes to when every data group has been looked at.
    pub(super) fn conclusion(
        &self,
        permitted: &[Arc<str>],
        refused: &[(Arc<str>, Reason, String)],
        rows: &[String],
        beyond: Beyond,
        activity: Option<&Activity>,
    ) -> String {
        let why = reasons(refused);
        let groups = listed(permitted.iter().map(|name| &**name));
        if permitted.is_empty() {
            return format!("refused: {why}");
        }
        if !refused.is_empty() && beyond == Beyond::Refuse {
            return format!(
                "refused: {why}; {groups} alone would be permitted, but the row refuses when more is asked"
            );
        }
        let ground = activity.map(|activity| {
            format!(
                "for `{}` version {}, {}",
                activity.name,
                activity.version,
                activity.legal_basis.text()
            )
        });
        let left_out = if refused.is_empty() {
            String::new()
        } else {
            format!("; left out: {why}")
        };
        format!(
            "permitted: {groups} {}, by row {}{left_out}",
            ground.unwrap_or_default(),
            rows.join(" and row ")
        )
    }
}

/// The refused groups with why, those that share a sentence together.
fn reasons(refused: &[(Arc<str>, Reason, String)]) -> String {
    let mut sentences: Vec<(&str, Vec<&str>)> = Vec::new();
    for (group, _, sentence) in refused {
        match sentences
            .iter_mut()
            .find(|(known, _)| *known == sentence.as_str())
        {
            Some((_, groups)) => groups.push(group),
            None => sentences.push((sentence, vec![group])),
        }
    }
    let all: Vec<String> = sentences
        .into_iter()
        .map(|(sentence, groups)| format!("{}: {sentence}", listed(groups.into_iter())))
        .collect();
    all.join("; ")
}

fn names(members: &[Member]) -> String {
    listed(members.iter().map(|member| &**member.name()))
}

fn stated(word: Option<&str>) -> String {
    word.map_or_else(|| "none".to_owned(), |word| format!("`{}`", shown(word)))
}
