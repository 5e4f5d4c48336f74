//! The question of a test case.

use std::sync::Arc;

use super::texts;
use crate::civil_time::{Day, numbers};
use crate::decide::Register;
use crate::register::folder::Folder;
use crate::register::party::{Member, Parties};
use crate::table::{self, File, Table, Word};
use crate::yaml::{Content, Node, ScalarKind};
use crate::{
    Asked, BoundPurpose, Decision, Direction, GroupSet, Operation, PurposeBinding, Question,
    Subject, SubjectValue,
};

/// What the case asks.
#[derive(Debug)]
pub(super) struct Ask {
    direction: Direction,
    party: Arc<str>,
    delegator: Option<Arc<str>>,
    operation: Operation,
    groups: GroupSet,
    /// Data groups that the service does not have; asking for them is a fair question.
    unknown: Vec<Arc<str>>,
    purpose: Option<Arc<str>>,
    role: Option<Arc<str>>,
    channel: Option<Arc<str>>,
    subjects: usize,
    at_unix_seconds: Option<i64>,
    contract: Contract,
}

/// The contract under which the case asks.
#[derive(Debug, Default)]
struct Contract {
    is_absent: bool,
    activity: Option<Arc<str>>,
    legal_basis: Option<Arc<str>>,
    operations: Option<Vec<Arc<str>>>,
    data: Option<Vec<Arc<str>>>,
}

impl Ask {
    /// Reads what a case asks.
    pub(super) fn read(node: &Node, folder: &mut Folder, file: &mut File<'_>) -> Option<Ask> {
        let mut table = Table::open(node, "`ask`", file)?;
        let directions = [
            ("disclose", Direction::Disclose),
            ("obtain", Direction::Obtain),
        ];
        let direction = table
            .take("direction")
            .and_then(|node| table::choice(node, "direction", &directions, file));
        let party = table
            .need("party", file)
            .and_then(|node| read_party(node, &mut folder.parties, file));
        let delegator = table
            .take("delegator")
            .map(|node| read_party(node, &mut folder.parties, file));
        let service = table
            .need("service", file)
            .and_then(|node| table::word(node, "`service`", file));
        let operation = table
            .need("operation", file)
            .and_then(|node| table::word(node, "`operation`", file));
        let mut text = |key: &'static str, file: &mut File<'_>| {
            let node = table.take(key)?;
            table::word(node, &format!("`{key}`"), file).map(|word| word.text)
        };
        let purpose = text("purpose", file);
        let role = text("role", file);
        let channel = text("channel", file);
        let data = table.take("data").map(|node| texts(node, "data", file));
        let subjects = table
            .take("subjects")
            .and_then(|node| read_subjects(node, file));
        let at = table.take("at").and_then(|node| read_time(node, file));
        let contract = table
            .take("contract")
            .and_then(|node| Contract::read(node, file));
        table.finish(file);

        let operation = find_operation(folder, &service?, &operation?, file)?;
        let all = operation.group_names(GroupSet::ALL);
        let (mut groups, mut unknown) = (operation.groups(), Vec::new());
        if let Some(words) = data {
            groups = GroupSet::EMPTY;
            for word in words {
                match all.iter().position(|name| *name == word) {
                    Some(index) => groups = groups.union(GroupSet::only(index)),
                    None => unknown.push(word),
                }
            }
        }
        let names_persons = operation
            .0
            .subjects
            .as_ref()
            .is_some_and(|rule| !rule.request.is_empty());
        let at_unix_seconds = at.or_else(|| usual_time(folder, purpose.as_deref()));
        Some(Ask {
            direction: direction.unwrap_or(Direction::Disclose),
            party: party?,
            delegator: match delegator {
                Some(delegator) => Some(delegator?),
                None => None,
            },
            subjects: subjects.unwrap_or(usize::from(names_persons)),
            operation,
            groups,
            unknown,
            purpose,
            role,
            channel,
            at_unix_seconds,
            contract: contract.unwrap_or_default(),
        })
    }

    /// Puts it to the register.
    pub(super) fn put(&self, register: &Register) -> Decision {
        let person = |number: usize| Subject {
            kind: Arc::from("case"),
            value: SubjectValue::new(number.to_string()),
        };
        let subjects = (0..self.subjects).map(person).collect();
        let asked = Asked {
            operation: self.operation.clone(),
            groups: self.groups,
            subjects,
        };
        let contract = self.binding(register);
        let question = Question {
            direction: self.direction,
            party: &self.party,
            delegator: self.delegator.as_deref(),
            asked: &asked,
            purpose: self.purpose.as_deref(),
            role: self.role.as_deref(),
            channel: self.channel.as_deref(),
            contract: contract.as_ref(),
            at_unix_seconds: self.at_unix_seconds.unwrap_or_default(),
        };
        register.decide_anew(&question, &self.unknown)
    }

    /// The contract of the case: one that agrees with the question, except where the case says otherwise.
    fn binding(&self, register: &Register) -> Option<PurposeBinding> {
        if self.contract.is_absent {
            return None;
        }
        let purpose = self
            .purpose
            .clone()
            .unwrap_or_else(|| Arc::from("no-purpose"));
        let in_register = register
            .versions_of(&purpose)
            .last()
            .map(|version| version.activity.legal_basis.text());
        let contract = &self.contract;
        let asked = || {
            self.operation
                .group_names(self.groups)
                .into_iter()
                .chain(self.unknown.iter().cloned())
                .collect()
        };
        Some(PurposeBinding::new(vec![BoundPurpose {
            activity: contract.activity.clone().unwrap_or(purpose),
            legal_basis: contract
                .legal_basis
                .clone()
                .or(in_register)
                .unwrap_or_else(|| Arc::from("")),
            operations: contract
                .operations
                .clone()
                .unwrap_or_else(|| vec![self.operation.name().clone()]),
            data: contract.data.clone().unwrap_or_else(asked),
        }]))
    }
}

impl Contract {
    fn read(node: &Node, file: &mut File<'_>) -> Option<Contract> {
        if matches!(&node.content, Content::Scalar(text, _) if text == "none") {
            return Some(Contract {
                is_absent: true,
                ..Contract::default()
            });
        }
        let mut table = Table::open(node, "`contract` (`none`, or a table)", file)?;
        let mut text = |key: &'static str, file: &mut File<'_>| {
            let node = table.take(key)?;
            table::word(node, &format!("`{key}`"), file).map(|word| word.text)
        };
        let (activity, legal_basis) = (text("activity", file), text("legal_basis", file));
        let mut names = |key: &'static str, file: &mut File<'_>| {
            table.take(key).map(|node| texts(node, key, file))
        };
        let (operations, data) = (names("operations", file), names("data", file));
        table.finish(file);
        Some(Contract {
            is_absent: false,
            activity,
            legal_basis,
            operations,
            data,
        })
    }
}

pub(super) fn read_party(
    node: &Node,
    parties: &mut Parties,
    file: &mut File<'_>,
) -> Option<Arc<str>> {
    let word = table::word(node, "a party", file)?;
    match parties.find(&word, file)? {
        Member::Party(name) => parties.parties.get(&name).map(|party| party.oin.clone()),
        Member::Set(name) => {
            file.note(
                word.place,
                format!("`{name}` is a set; one organisation asks"),
                "name one of its members",
            );
            None
        }
    }
}

fn find_operation(
    folder: &Folder,
    service: &Word,
    operation: &Word,
    file: &mut File<'_>,
) -> Option<Operation> {
    let Some(found) = folder.services.get(&service.text) else {
        table::unknown(
            service,
            "service",
            folder.services.keys().map(|name| &**name),
            file,
        );
        return None;
    };
    let known = found.operations.iter().map(|(_, operation)| operation);
    let named = known
        .clone()
        .find(|known| **known.name() == *operation.text);
    if named.is_none() {
        let what = format!("operation of `{}`", found.name);
        table::unknown(
            operation,
            &what,
            known.map(|operation| &**operation.name()),
            file,
        );
    }
    named.cloned()
}

fn read_subjects(node: &Node, file: &mut File<'_>) -> Option<usize> {
    let number = match &node.content {
        Content::Scalar(text, ScalarKind::Number) => text
            .parse()
            .ok()
            .filter(|number| *number <= Asked::SUBJECTS_MAX),
        _ => None,
    };
    if number.is_none() {
        file.note(
            node.place,
            format!(
                "`subjects` must be a number from 0 to {}",
                Asked::SUBJECTS_MAX
            ),
            "",
        );
    }
    number
}

/// A day (noon), or a day and a time, by Dutch clocks.
pub(super) fn read_time(node: &Node, file: &mut File<'_>) -> Option<i64> {
    let word = table::word(node, "`at`", file)?;
    let (day, time) = word
        .text
        .split_once(['T', ' '])
        .unwrap_or((&word.text, "12:00"));
    let seconds =
        Day::parse(day)
            .zip(numbers(time, [2, 2], ':'))
            .and_then(|(day, [hour, minute])| {
                day.at(u8::try_from(hour).ok()?, u8::try_from(minute).ok()?)
            });
    if seconds.is_none() {
        let help = "write a day, or a day and a time by Dutch clocks: `2026-01-31T09:30`";
        file.note(word.place, format!("`{}` is no moment", word.text), help);
    }
    seconds
}

/// When a case says nothing about the time: noon on the first working day on which the newest version of its activity
/// is in force.
pub(super) fn usual_time(folder: &Folder, purpose: Option<&str>) -> Option<i64> {
    let newest = folder
        .activities
        .iter()
        .rfind(|version| Some(&*version.activity.name) == purpose);
    let newest = newest.or(folder.activities.last())?;
    let working_day = newest.from.first_working_day();
    let day = if newest.is_in_force(working_day) {
        working_day
    } else {
        newest.from
    };
    day.at(12, 0)
}
