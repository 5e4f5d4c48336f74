//! What the source holds beside what was released, field by field, with the rule that decided it.

use std::sync::Arc;

use serde_json::{Value, json};
use sluis_policy::{Asked, Direction, PolicySet, PurposeBinding, Question, Reason};

use super::question::{BSN, FIELDS};
use super::{Reason as Stated, StepError};
use crate::config::read_policy_folder;
use crate::demo::federation::BRP;
use crate::demo::parties::Party;
use crate::demo::policies::contract;
use crate::demo::show::{Cell, Table, Tone, summary};
use crate::demo::sources::brp::PERSONEN_PATH;
use crate::demo::stage::{Member, unusable};

/// Widest summary of what the source holds.
const HELD_LENGTH: usize = 33;

/// The register of an organisation, to look up which rule decides about a field.
pub(super) struct Register {
    set: PolicySet,
    direction: Direction,
    other: Party,
    contract: Option<PurposeBinding>,
    now_unix_seconds: i64,
}

/// What a register says about one field.
pub(super) struct Ruling {
    /// Its data groups; none when no group has it.
    pub(super) groups: Vec<Arc<str>>,
    /// The row that permits, or the reason why none does.
    pub(super) verdict: Result<Arc<str>, Reason>,
}

/// One field of the record.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) field: String,
    held: String,
    /// Its data group; empty when none has it.
    pub(super) group: Arc<str>,
    pub(super) released: bool,
    pub(super) rule: String,
}

impl Register {
    /// The register in the policy folder of `member`, for exchange with `other`.
    pub(super) fn of(
        member: &Member,
        other: Party,
        direction: Direction,
        now_unix_seconds: i64,
    ) -> Result<Register, StepError> {
        let policy = member.config.policy.as_ref();
        let policy = policy.ok_or(StepError::Missing("the policy folder"))?;
        let source = read_policy_folder(&policy.folder).map_err(|error| unusable(&error))?;
        Ok(Register {
            set: PolicySet::compile(&source).map_err(|error| unusable(&error))?,
            direction,
            other,
            contract: PurposeBinding::from_properties(Some(&contract::brp_personen()))
                .map_err(|error| unusable(&error))?,
            now_unix_seconds,
        })
    }

    /// What it says about one field.
    pub(super) fn ruling(&self, field: &str, stated: Stated) -> Ruling {
        let Some(asked) = self.asked(field) else {
            return Ruling {
                groups: Vec::new(),
                verdict: Err(Reason::DataNotInActivity),
            };
        };
        let groups = asked.operation.group_names(asked.groups);
        let decision = self.set.decide(&Question {
            direction: self.direction,
            party: self.other.oin,
            delegator: None,
            asked: &asked,
            purpose: Some(stated.purpose),
            role: Some(stated.role),
            channel: Some(stated.channel),
            contract: self.contract.as_ref(),
            at_unix_seconds: self.now_unix_seconds,
        });
        let verdict = match decision.refused.into_iter().next() {
            Some((_, reason)) => Err(reason),
            None => Ok(decision.policies.first().cloned().unwrap_or_default()),
        };
        Ruling { groups, verdict }
    }

    fn asked(&self, field: &str) -> Option<Asked> {
        let body = json!({
            "type": "RaadpleegMetBurgerservicenummer",
            "burgerservicenummer": [BSN],
            "fields": [field],
        })
        .to_string();
        let candidates = self.set.service(BRP)?.candidates("POST", PERSONEN_PATH);
        candidates.read(Some(body.as_bytes())).ok()
    }
}

/// The record field by field, what was asked first. `withheld` are the data groups that the logs of outway and inway say they
/// left out.
pub(super) fn lines(
    record: &Value,
    released: &Value,
    stated: Stated,
    registers: [&Register; 2],
    withheld: [&[String]; 2],
) -> Vec<Line> {
    let [consumer, provider] = registers;
    let mut fields = fields(record, provider, stated);
    fields.sort_by_key(|field| place(field));
    let line = |field: String| {
        let ruling = provider.ruling(&field, stated);
        let group = ruling.groups.first().cloned().unwrap_or_default();
        let is_in = |groups: &[String]| groups.iter().any(|name| **name == *group);
        let [by_outway, by_inway] = withheld;
        let is_released = at(released, &field).is_some();
        let rule = if is_released {
            row(ruling.verdict)
        } else if place(&field) == FIELDS.len() {
            "not asked for".to_owned()
        } else if is_in(by_outway) {
            format!("outway: {}", row(consumer.ruling(&field, stated).verdict))
        } else if is_in(by_inway) {
            format!("inway: {}", row(ruling.verdict))
        } else {
            "the source did not give it".to_owned()
        };
        Line {
            held: at(record, &field).map_or_else(String::new, |held| summary(held, HELD_LENGTH)),
            released: is_released,
            group,
            rule,
            field,
        }
    };
    fields.into_iter().map(line).collect()
}

/// What was asked for, and what was released without that.
pub(super) fn table(lines: &[Line]) -> Table {
    let mut table = Table::new([
        "field",
        "at the source",
        "data group",
        "released",
        "by rule",
    ]);
    for line in lines.iter().filter(|line| line.is_of_interest()) {
        let verdict = if line.released {
            Cell::toned(Tone::Good, "yes")
        } else {
            Cell::toned(Tone::Bad, "no")
        };
        table.row([
            line.field.as_str().into(),
            line.held.as_str().into(),
            (&*line.group).into(),
            verdict,
            line.rule.as_str().into(),
        ]);
    }
    table
}

impl Line {
    /// Whether it was asked for or released.
    pub(super) fn is_of_interest(&self) -> bool {
        self.released || place(&self.field) < FIELDS.len()
    }
}

/// The fields of a record. A member of which the parts are in different data groups is taken apart.
fn fields(record: &Value, register: &Register, stated: Stated) -> Vec<String> {
    let mut fields = Vec::new();
    for (name, value) in record.as_object().into_iter().flatten() {
        let first = value.get(0).unwrap_or(value);
        match first.as_object() {
            Some(parts) if register.ruling(name, stated).groups.len() > 1 => {
                fields.extend(parts.keys().map(|part| format!("{name}.{part}")));
            }
            _ => fields.push(name.clone()),
        }
    }
    fields
}

/// The place of a field among those that are asked for; their number when it is not.
fn place(field: &str) -> usize {
    let below = |whole: &str, part: &str| {
        part.strip_prefix(whole)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    FIELDS
        .iter()
        .position(|asked| below(asked, field) || below(field, asked))
        .unwrap_or(FIELDS.len())
}

/// The value at a dotted path; of a list the first.
fn at<'v>(value: &'v Value, field: &str) -> Option<&'v Value> {
    field
        .split('.')
        .try_fold(value, |value, name| value.get(0).unwrap_or(value).get(name))
}

/// The row that decided, without the activity that all rows here belong to; or why there is none.
fn row(verdict: Result<Arc<str>, Reason>) -> String {
    match verdict {
        Ok(row) => row.split_once('/').map_or(&*row, |(_, row)| row).to_owned(),
        Err(Reason::DataNotInActivity) => "in no row".to_owned(),
        Err(reason) => reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_asked_with_what_is_above_and_below_it() {
        for (field, expected) in [
            ("naam", 0),
            ("naam.voornamen", 0),
            ("partners", 3),
            ("partners.naam", 3),
            ("naamgebruik", 6),
            ("partners.geboorte", 6),
        ] {
            assert_eq!(place(field), expected, "{field}");
        }
    }

    #[test]
    fn a_rule_is_named_without_its_activity() {
        assert_eq!(
            row(Ok("bijstand-aanvraag@2/discloses/1".into())),
            "discloses/1"
        );
        assert_eq!(row(Err(Reason::DataNotInActivity)), "in no row");
        assert_eq!(row(Err(Reason::RoleNotAllowed)), "role-not-allowed");
    }

    #[test]
    fn a_value_is_found_by_its_path() {
        let record = json!({"partners": [{"naam": {"voornamen": "Bram"}}], "naam": 1});
        assert_eq!(at(&record, "partners.naam.voornamen"), Some(&json!("Bram")));
        assert_eq!(at(&record, "naam"), Some(&json!(1)));
        assert_eq!(at(&record, "partners.geboorte"), None);
    }
}
