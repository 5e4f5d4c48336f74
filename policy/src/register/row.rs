//! One row of an activity: who may have what, on which conditions.

use std::sync::Arc;

use super::party::{Member, Parties};
use super::service::{ServiceFile, Services};
use crate::table::{self, File, Table, Word};
use crate::yaml::{Node, Place};
use crate::{Answer, Direction, GroupSet, Operation};

/// A row under `discloses` or `obtains`, checked against services and parties.
#[derive(Debug)]
pub(crate) struct Row {
    /// Names activity, version, direction and number: `bijstand-aanvraag@3/discloses/1`.
    pub(crate) id: Arc<str>,
    pub(crate) file: Arc<str>,
    pub(crate) line: u32,
    pub(crate) direction: Direction,
    pub(crate) service: Arc<str>,
    pub(crate) operations: Vec<Operation>,
    /// Those to whom (or from whom) the data go.
    pub(crate) parties: Vec<Member>,
    /// Those who may act for them.
    pub(crate) via: Vec<Member>,
    pub(crate) groups: GroupSet,
    pub(crate) subjects_max: Option<u32>,
    pub(crate) roles: Vec<Arc<str>>,
    pub(crate) channels: Vec<Arc<str>>,
    pub(crate) beyond: Beyond,
}

/// What happens when more is asked than may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// What may be given is given.
    Narrow,
    /// Nothing is given.
    Refuse,
}

/// A row as its author wrote it.
#[derive(Debug)]
pub(crate) struct RowText {
    place: Place,
    direction: Direction,
    /// Counted from 1 among the rows of that direction.
    number: usize,
    service: Word,
    operations: Vec<Word>,
    parties: Vec<Word>,
    via: Vec<Word>,
    data: Vec<Word>,
    subjects_max: Option<(u32, Place)>,
    roles: Vec<Word>,
    channels: Vec<Word>,
    beyond: Beyond,
}

impl Direction {
    /// The key of the rows in an activity.
    pub(crate) fn rows_key(self) -> &'static str {
        match self {
            Direction::Disclose => "discloses",
            Direction::Obtain => "obtains",
        }
    }

    /// The key of the parties in a row.
    pub(crate) fn parties_key(self) -> &'static str {
        match self {
            Direction::Disclose => "to",
            Direction::Obtain => "from",
        }
    }
}

impl RowText {
    const ROLES_MAX: usize = 200;

    /// Reads a row.
    pub(crate) fn read(
        node: &Node,
        direction: Direction,
        number: usize,
        file: &mut File<'_>,
    ) -> Option<RowText> {
        let what = format!("row {number} of `{}`", direction.rows_key());
        let mut table = Table::open(node, what.clone(), file)?;
        let service = table
            .need("service", file)
            .and_then(|node| table::word(node, "`service`", file));
        let mut need = |key: &'static str, file: &mut File<'_>| {
            let node = table.need(key, file);
            node.map(|node| table::words(node, &format!("`{key}`"), file))
                .unwrap_or_default()
        };
        let operations = need("operations", file);
        let parties = need(direction.parties_key(), file);
        let data = need("data", file);
        let via = table
            .take("via")
            .map(|node| table::words(node, "`via`", file))
            .unwrap_or_default();
        let subjects_max = table
            .take("subjects_max")
            .and_then(|node| Some((table::count(node, "`subjects_max`", file)?, node.place)));
        let when = table
            .take("when")
            .and_then(|node| Table::open(node, "`when`", file));
        let (mut roles, mut channels) = (Vec::new(), Vec::new());
        if let Some(mut when) = when {
            roles = when
                .take("role")
                .map(|node| table::words(node, "`role`", file))
                .unwrap_or_default();
            channels = when
                .take("channel")
                .map(|node| table::words(node, "`channel`", file))
                .unwrap_or_default();
            when.finish(file);
        }
        for (words, key) in [(&roles, "role"), (&channels, "channel")] {
            if words.len() > Self::ROLES_MAX
                || words.iter().any(|word| word.text.chars().count() > 200)
            {
                let message = format!(
                    "`{key}` has more than {} entries, or one of more than 200 characters",
                    Self::ROLES_MAX
                );
                file.note(table.place, message, "");
            }
        }
        let beyonds = [("narrow", Beyond::Narrow), ("refuse", Beyond::Refuse)];
        let beyond = table
            .take("beyond")
            .and_then(|node| table::choice(node, "way to go `beyond`", &beyonds, file));
        let beyond = beyond.unwrap_or(Beyond::Refuse);
        table.finish(file);
        let place = node.place;
        let service = service?;
        Some(RowText {
            place,
            direction,
            number,
            service,
            operations,
            parties,
            via,
            data,
            subjects_max,
            roles,
            channels,
            beyond,
        })
    }

    /// Checks the row against services and parties.
    pub(crate) fn check(
        self,
        activity: &str,
        version: u32,
        services: &Services,
        parties: &mut Parties,
        file: &mut File<'_>,
    ) -> Option<Row> {
        let members = |words: &[Word], parties: &mut Parties, file: &mut File<'_>| -> Vec<Member> {
            words
                .iter()
                .filter_map(|word| parties.find(word, file))
                .collect()
        };
        let to = members(&self.parties, parties, file);
        let via = members(&self.via, parties, file);
        let Some(service) = services.get(&self.service.text) else {
            table::unknown(
                &self.service,
                "service",
                services.keys().map(|name| &**name),
                file,
            );
            return None;
        };
        let operations = self.operations_of(service, file);
        let groups = service.group_set(&self.data, file);
        self.check_groups(service, &operations, file);
        self.check_subjects(&operations, file);
        let texts = |words: &[Word]| words.iter().map(|word| word.text.clone()).collect();
        Some(Row {
            id: Arc::from(format!(
                "{activity}@{version}/{}/{}",
                self.direction.rows_key(),
                self.number
            )),
            file: file.name.clone(),
            line: self.place.line,
            direction: self.direction,
            service: self.service.text.clone(),
            operations,
            parties: to,
            via,
            groups,
            subjects_max: self.subjects_max.map(|(max, _)| max),
            roles: texts(&self.roles),
            channels: texts(&self.channels),
            beyond: self.beyond,
        })
    }

    fn operations_of(&self, service: &ServiceFile, file: &mut File<'_>) -> Vec<Operation> {
        let mut operations = Vec::new();
        for word in &self.operations {
            match service
                .operations
                .iter()
                .find(|(_, operation)| **operation.name() == *word.text)
            {
                Some((_, operation)) => operations.push(operation.clone()),
                None => {
                    let known = service
                        .operations
                        .iter()
                        .map(|(_, operation)| &**operation.name());
                    table::unknown(
                        word,
                        &format!("operation of `{}`", service.name),
                        known,
                        file,
                    );
                }
            }
        }
        operations
    }

    /// A group that none of the row's operations gives is a row that says nothing.
    fn check_groups(&self, service: &ServiceFile, operations: &[Operation], file: &mut File<'_>) {
        let given = operations.iter().fold(GroupSet::EMPTY, |set, operation| {
            set.union(operation.groups())
        });
        for (index, group) in service.groups.iter().enumerate() {
            let word = self.data.iter().find(|word| word.text == group.name);
            if let Some(word) = word
                && !given.contains(index)
                && !operations.is_empty()
            {
                let message = format!(
                    "none of the row's operations gives data group `{}`",
                    group.name
                );
                file.note(
                    word.place,
                    message,
                    "take it out of `data`, or name the operation that gives it",
                );
            }
        }
    }

    /// A limit that nothing can check is no limit.
    fn check_subjects(&self, operations: &[Operation], file: &mut File<'_>) {
        let Some((_, place)) = self.subjects_max else {
            return;
        };
        for operation in operations {
            let countable = match &operation.0.subjects {
                Some(rule) => !rule.request.is_empty() || operation.answer() == Answer::Filter,
                None => false,
            };
            if !countable {
                let message = format!(
                    "`subjects_max` cannot be kept: operation `{}` does not say where persons are named",
                    operation.name()
                );
                file.note(
                    place,
                    message,
                    "add `subjects` to the operation, or leave out `subjects_max`",
                );
            }
        }
    }
}
