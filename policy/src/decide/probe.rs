//! What a contract would open: the register's own decisions about the questions that the contract allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Register, Version};
use crate::civil_time::Moment;
use crate::contract::{ProposedContract, ProposedGrant};
use crate::purpose_binding::BoundPurpose;
use crate::register::row::Row;
use crate::{
    Asked, Decision, Direction, GroupSet, Opening, Operation, PurposeBinding, PurposePreview,
    Question, Subject, SubjectValue,
};

/// One purpose of a grant under a contract.
struct Probe<'a> {
    register: &'a Register,
    direction: Direction,
    /// The party at the other end.
    party: &'a str,
    /// On whose behalf it acts, if not its own.
    delegator: Option<&'a str>,
    purpose: &'a BoundPurpose,
    binding: PurposeBinding,
}

impl Register {
    /// What one purpose of a grant would open.
    pub(crate) fn preview_purpose(
        &self,
        contract: &ProposedContract<'_>,
        grant: &ProposedGrant<'_>,
        purpose: &BoundPurpose,
    ) -> PurposePreview {
        let ends = match grant.caller {
            Some(caller) if grant.provider == contract.own => {
                Some((Direction::Disclose, caller, grant.delegator))
            }
            Some(caller) if caller == contract.own => {
                Some((Direction::Obtain, grant.provider, grant.service_delegator))
            }
            _ => None,
        };
        let mut preview = PurposePreview {
            activity: purpose.activity.clone(),
            direction: ends.map(|(direction, ..)| direction),
            opens: Vec::new(),
            closed: Vec::new(),
            problem: None,
        };
        let versions = match self.versions_for(contract, purpose) {
            Ok(versions) => versions,
            Err(problem) => {
                preview.problem = Some(problem);
                return preview;
            }
        };
        let Some((direction, party, delegator)) = ends else {
            return preview;
        };
        let probe = Probe {
            register: self,
            direction,
            party,
            delegator,
            purpose,
            binding: PurposeBinding::new(vec![purpose.clone()]),
        };
        let mut closed = BTreeMap::new();
        for version in versions {
            probe.version(
                version,
                contract,
                grant.service,
                &mut preview.opens,
                &mut closed,
            );
        }
        let released: BTreeSet<&Arc<str>> = preview
            .opens
            .iter()
            .flat_map(|opening| &opening.data)
            .collect();
        let nothing: Arc<str> = Arc::from("no row of the activity releases it");
        preview.closed = purpose
            .data
            .iter()
            .filter(|name| !released.contains(name))
            .map(|name| {
                let why = closed.get(name).unwrap_or(&nothing);
                (name.clone(), why.clone())
            })
            .collect();
        preview
    }

    /// The versions of the activity that are in force at some time of the contract, on the same ground.
    fn versions_for(
        &self,
        contract: &ProposedContract<'_>,
        purpose: &BoundPurpose,
    ) -> Result<Vec<&Version>, String> {
        let Some(versions) = self.activities.get(&purpose.activity) else {
            return Err("is not in the register".to_owned());
        };
        let in_period: Vec<&Version> = versions
            .iter()
            .filter(|version| window(contract, version).is_some())
            .collect();
        if in_period.is_empty() {
            return Err("is in the register, but not in force while the contract runs".to_owned());
        }
        let basis = |version: &&Version| version.version.activity.legal_basis.text();
        let same = |version: &&Version| {
            let basis = basis(version);
            let signed = purpose.legal_basis.split_whitespace();
            signed.eq(basis.split_whitespace())
        };
        let fitting: Vec<&Version> = in_period.iter().copied().filter(same).collect();
        if fitting.is_empty() {
            let known: Vec<Arc<str>> = in_period.iter().map(basis).collect();
            return Err(format!(
                "rests on `{}` in the contract and on `{}` in the register",
                purpose.legal_basis,
                known.join("` or `")
            ));
        }
        Ok(fitting)
    }
}

impl Probe<'_> {
    fn version(
        &self,
        version: &Version,
        contract: &ProposedContract<'_>,
        service: &str,
        opens: &mut Vec<Opening>,
        closed: &mut BTreeMap<Arc<str>, Arc<str>>,
    ) {
        let Some((from, until)) = window(contract, version) else {
            return;
        };
        let at = noon(from, until);
        let rows = version.version.rows.iter();
        let rows = rows.filter(|row| row.direction == self.direction && *row.service == *service);
        for row in rows {
            let mut released: BTreeMap<Vec<Arc<str>>, Vec<Arc<str>>> = BTreeMap::new();
            for operation in &row.operations {
                if !self.purpose.operations.contains(operation.name()) {
                    continue;
                }
                let data = self.released(row, operation, at, closed);
                if !data.is_empty() {
                    let operations = released.entry(data).or_default();
                    operations.push(operation.name().clone());
                }
            }
            opens.extend(released.into_iter().map(|(data, operations)| Opening {
                activity: version.version.activity.clone(),
                row: row.id.clone(),
                operations,
                data,
                roles: row.roles.clone(),
                channels: row.channels.clone(),
                subjects_max: row.subjects_max,
                from_unix_seconds: from,
                until_unix_seconds: until,
            }));
        }
    }

    /// The data groups that a row releases for an operation. Each is asked by itself: with `beyond: refuse` one that may
    /// not be given would hide the others.
    fn released(
        &self,
        row: &Row,
        operation: &Operation,
        at_unix_seconds: i64,
        closed: &mut BTreeMap<Arc<str>, Arc<str>>,
    ) -> Vec<Arc<str>> {
        let mut released = Vec::new();
        for index in row.groups.indices() {
            let group = GroupSet::only(index);
            let Some(name) = operation.group_names(group).into_iter().next() else {
                continue;
            };
            if !operation.groups().contains(index) || !self.purpose.data.contains(&name) {
                continue;
            }
            let decision = self.ask(row, operation, group, at_unix_seconds);
            if decision.verdict.is_ok() && decision.policies.contains(&row.id) {
                released.push(name);
            } else {
                closed.insert(name, decision.explanation);
            }
        }
        released
    }

    fn ask(
        &self,
        row: &Row,
        operation: &Operation,
        groups: GroupSet,
        at_unix_seconds: i64,
    ) -> Decision {
        let rule = operation.0.subjects.as_ref();
        let names_persons = rule.is_some_and(|rule| !rule.request.is_empty());
        let person = || Subject {
            kind: Arc::from("preview"),
            value: SubjectValue::new(String::from("1")),
        };
        let asked = Asked {
            operation: operation.clone(),
            groups,
            subjects: names_persons.then(person).into_iter().collect(),
        };
        let question = Question {
            direction: self.direction,
            party: self.party,
            delegator: self.delegator,
            asked: &asked,
            purpose: Some(&self.purpose.activity),
            role: row.roles.first().map(|role| &**role),
            channel: row.channels.first().map(|channel| &**channel),
            contract: Some(&self.binding),
            at_unix_seconds,
        };
        self.register.decide_anew(&question, &[])
    }
}

/// When contract and version are both in force, from now on; `None` when never.
fn window(contract: &ProposedContract<'_>, version: &Version) -> Option<(i64, i64)> {
    let version = &version.version;
    let begin = version.from.at(0, 0).unwrap_or(i64::MIN);
    let end = version.until.and_then(|until| until.at(0, 0));
    let from = contract
        .not_before_unix_seconds
        .max(contract.at_unix_seconds)
        .max(begin);
    let until = contract.not_after_unix_seconds.min(end.unwrap_or(i64::MAX));
    (from < until).then_some((from, until))
}

/// Noon of the first working day, when that lies in the period; else its begin.
fn noon(from_unix_seconds: i64, until_unix_seconds: i64) -> i64 {
    let day = Moment::at(from_unix_seconds).day.first_working_day();
    let noon = day.at(12, 0).filter(|noon| *noon < until_unix_seconds);
    noon.unwrap_or(from_unix_seconds)
}
