//! Operations: which request it is, and what its answer can hold.

use std::sync::Arc;

use super::group::{Group, group_set};
use super::{pointer, pointers};
use crate::capture::Capture;
use crate::field::{Conflict, Field, Owner};
use crate::operation::{Condition, FieldList, OperationInner, Scalar, SubjectRule};
use crate::pointer::{Pointer, Segment};
use crate::register::route::Route;
use crate::table::{self, File, Table, Word};
use crate::yaml::{Content, Node, Place, ScalarKind};
use crate::{Answer, GroupSet, Operation};

/// What every operation of a file shares.
pub(super) struct Shared<'s> {
    pub(super) set: &'s Arc<str>,
    pub(super) service: &'s Arc<str>,
    pub(super) groups: &'s [Group],
    pub(super) group_names: Arc<[Arc<str>]>,
    pub(super) always: &'s [(Pointer, Place)],
    pub(super) errors: &'s [Arc<str>],
}

impl Shared<'_> {
    /// Reads an operation.
    pub(super) fn read_operation(
        &self,
        name: &Word,
        node: &Node,
        index: u32,
        file: &mut File<'_>,
    ) -> Option<(Route, Operation)> {
        table::check_name(name, "an operation", file);
        let what = format!("operation `{}`", name.text);
        let mut table = Table::open(node, what.clone(), file)?;
        let route = table
            .need("http", file)
            .and_then(|node| table::word(node, "`http`", file));
        let route = route.and_then(|word| Route::read(&word, file));
        let conditions = table
            .take("where")
            .map(|node| read_conditions(node, file))
            .unwrap_or_default();
        let subjects = table
            .take("subjects")
            .and_then(|node| read_subjects(node, file));
        let data = table
            .take("data")
            .map(|node| table::words(node, "`data`", file));
        let groups = match &data {
            Some(words) => group_set(self.groups, self.service, words, file),
            None => self
                .groups
                .iter()
                .enumerate()
                .fold(GroupSet::EMPTY, |set, (index, _)| {
                    set.union(GroupSet::only(index))
                }),
        };
        let errors = match table.take("errors") {
            Some(node) => table::words(node, "`errors`", file)
                .into_iter()
                .map(|word| word.text)
                .collect(),
            None => self.errors.to_vec(),
        };
        if groups.is_empty() && data.is_none() {
            file.note(
                name.place,
                format!("{what} gives no data group"),
                "add one under `data`, with sensitivity none if need be",
            );
        }
        let fields = self.fields_of(groups, file);
        let answer = self.answer_of(name, groups, subjects.as_ref(), file);
        let list = table
            .take("narrow")
            .and_then(|node| read_list(node, &fields, file));
        if list.is_some() && answer == Answer::Whole {
            file.note(
                name.place,
                format!("{what} is released whole and cannot be narrowed"),
                "leave out `narrow`",
            );
        }
        table.finish(file);
        let route = route?;
        let request_subjects = subjects.iter().flat_map(|rule| &rule.request);
        let request = Capture::new(request_subjects.chain(list.as_ref().map(|list| &list.pointer)));
        let inner = OperationInner {
            set: self.set.clone(),
            index,
            service: self.service.clone(),
            name: name.text.clone(),
            method: route.method.clone(),
            path_template: route.template.clone(),
            conditions,
            subjects,
            list,
            request,
            group_names: self.group_names.clone(),
            groups,
            fields,
            errors,
            answer,
        };
        Some((route, Operation(Arc::new(inner))))
    }

    /// The tree of the fields that an operation with these groups can give.
    fn fields_of(&self, groups: GroupSet, file: &mut File<'_>) -> Field {
        let of_groups = self
            .groups
            .iter()
            .enumerate()
            .filter(|(index, _)| groups.contains(*index));
        let of_groups = of_groups.flat_map(|(index, group)| {
            group
                .fields
                .iter()
                .map(move |field| (field, Owner::Group(index)))
        });
        let all: Vec<_> = self
            .always
            .iter()
            .map(|field| (field, Owner::Always))
            .chain(of_groups)
            .collect();
        let (tree, conflicts) =
            Field::tree(all.iter().map(|((pointer, _), owner)| (pointer, *owner)));
        for (index, Conflict { other, how }) in conflicts {
            if let Some(((pointer, place), _)) = all.get(index) {
                let message = format!("`{pointer}` {how} `{other}`");
                file.note(*place, message, "a field belongs to one data group; give operations with different answers their own `data: [...]`");
            }
        }
        tree
    }

    fn answer_of(
        &self,
        name: &Word,
        groups: GroupSet,
        subjects: Option<&SubjectRule>,
        file: &mut File<'_>,
    ) -> Answer {
        let given: Vec<&Group> = self
            .groups
            .iter()
            .enumerate()
            .filter(|(index, _)| groups.contains(*index))
            .map(|(_, group)| group)
            .collect();
        if !given.iter().any(|group| group.is_whole) {
            return Answer::Filter;
        }
        if given.len() > 1 {
            let names = table::listed(given.iter().map(|group| &*group.name));
            let message = format!(
                "operation `{}` gives a group that is `whole` and other groups: {names}",
                name.text
            );
            file.note(
                name.place,
                message,
                "name the one group that covers its answer: `data: [...]`",
            );
        }
        if subjects.is_some_and(|rule| !rule.answer.is_empty()) {
            let message = format!(
                "operation `{}` is released whole; its answer is not read for subjects",
                name.text
            );
            file.note(name.place, message, "leave out `answer` under `subjects`");
        }
        Answer::Whole
    }
}

fn read_conditions(node: &Node, file: &mut File<'_>) -> Vec<Condition> {
    let Some(mut table) = Table::open(node, "`where`", file) else {
        return Vec::new();
    };
    let mut conditions = Vec::new();
    for (key, node) in table.rest() {
        let pointer = match Pointer::parse(&key.text) {
            Ok(pointer) if pointer.has_each() => {
                Err("goes through a list; a condition is about one value")
            }
            other => other,
        };
        let value = match &node.content {
            Content::Scalar(text, ScalarKind::Text) => Some(Scalar::Text(Arc::from(text.as_str()))),
            Content::Scalar(text, ScalarKind::Number) => {
                Some(Scalar::Number(Arc::from(text.as_str())))
            }
            Content::Scalar(text, ScalarKind::Boolean) => Some(Scalar::Boolean(text == "true")),
            _ => None,
        };
        match (pointer, value) {
            (Ok(pointer), Some(value)) => conditions.push(Condition { pointer, value }),
            (Err(mistake), _) => file.note(
                key.place,
                format!("`{}` {mistake}", key.text),
                "write it as `/type`",
            ),
            (_, None) => file.note(
                node.place,
                "a condition must be one word, number or truth value",
                "",
            ),
        }
    }
    conditions
}

fn read_subjects(node: &Node, file: &mut File<'_>) -> Option<SubjectRule> {
    let mut table = Table::open(node, "`subjects`", file)?;
    let kind = table
        .need("kind", file)
        .and_then(|node| table::name(node, "a kind of subject", file));
    let mut places = |key: &'static str, file: &mut File<'_>| -> Vec<Pointer> {
        let all = table
            .take(key)
            .map(|node| pointers(node, &format!("`{key}`"), file))
            .unwrap_or_default();
        all.into_iter().map(|(pointer, _)| pointer).collect()
    };
    let request = places("request", file);
    let answer = places("answer", file);
    if request.is_empty() && answer.is_empty() {
        file.note(
            node.place,
            "`subjects` names no place",
            "add `request: [...]` or `answer: [...]`",
        );
    }
    table.finish(file);
    Some(SubjectRule {
        kind: kind?.text,
        request,
        answer: Capture::new(&answer),
    })
}

fn read_list(node: &Node, fields: &Field, file: &mut File<'_>) -> Option<FieldList> {
    let mut table = Table::open(node, "`narrow`", file)?;
    let list = table.need("list", file);
    let list = list.and_then(|node| Some((pointer(node, "`list`", file)?, node.place)));
    // Without it the paths go from the top of the answer.
    let relative_to = match table.take("relative_to") {
        Some(node) => {
            pointer(node, "`relative_to`", file).map(|relative_to| (relative_to, node.place))
        }
        None => Some((Pointer::default(), table.place)),
    };
    table.finish(file);
    let ((list, list_place), (relative_to, relative_place)) = (list?, relative_to?);
    let Some(parent) = list
        .parent()
        .filter(|_| matches!(list.segments().last(), Some(Segment::Member(_))) && !list.has_each())
    else {
        file.note(
            list_place,
            format!("`{list}` is no list of one request"),
            "name the member that holds the list: `/fields`",
        );
        return None;
    };
    let Some(base) = fields.at(relative_to.segments()) else {
        let message = format!("no field of the operation's data lies under `{relative_to}`");
        file.note(
            relative_place,
            message,
            "name the place from which the paths in the list go: `/personen/*`",
        );
        return None;
    };
    if let Some(path) = base.undottable() {
        let message =
            format!("`{path}` has a name with a dot, which no dotted path in the list can name");
        file.note(
            relative_place,
            message,
            "take the field out of the data group, or leave out `narrow`",
        );
    }
    let capture = Capture::new([&list, &parent]);
    Some(FieldList {
        pointer: list,
        relative_to,
        capture,
    })
}
