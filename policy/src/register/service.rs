//! What a service offers and which fields belong to which data group: `services/*.yaml`.

mod group;
mod operation;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::route::Route;
use crate::minimise::DEFAULT_ERROR_MEMBERS;
use crate::pointer::Pointer;
use crate::table::{self, File, Table, Word};
use crate::yaml::{Node, Place};
use crate::{GroupSet, Operation};
use group::{Group, group_set, read_groups};
use operation::Shared;

/// A service as its file describes it.
#[derive(Debug)]
pub(crate) struct ServiceFile {
    pub(crate) name: Arc<str>,
    pub(crate) groups: Vec<Group>,
    pub(crate) operations: Vec<(Route, Operation)>,
}

/// The services by name.
pub(crate) type Services = BTreeMap<Arc<str>, ServiceFile>;

impl ServiceFile {
    const OPERATIONS_MAX: usize = 500;

    /// Reads a service. `set` is the digest of the policy set; `index` counts the operations of all services.
    pub(crate) fn read(
        node: &Option<Node>,
        set: &Arc<str>,
        index: &mut u32,
        file: &mut File<'_>,
    ) -> Option<(Word, ServiceFile)> {
        let mut table = file.table(node)?;
        let name = table
            .need("service", file)
            .and_then(|node| table::name(node, "a service", file));
        let groups = table
            .need("data", file)
            .map(|node| read_groups(node, file))
            .unwrap_or_default();
        let always = table
            .take("always")
            .map(|node| pointers(node, "`always`", file))
            .unwrap_or_default();
        let errors = match table.take("errors") {
            Some(node) => table::words(node, "`errors`", file)
                .into_iter()
                .map(|word| word.text)
                .collect(),
            None => DEFAULT_ERROR_MEMBERS.map(Arc::from).to_vec(),
        };
        let operations = table.need("operations", file);
        table.finish(file);
        let name = name?;
        let shared = Shared {
            set,
            service: &name.text,
            group_names: groups.iter().map(|group| group.name.clone()).collect(),
            groups: &groups,
            always: &always,
            errors: &errors,
        };
        let entries = operations
            .and_then(|node| Table::open(node, "`operations`", file))
            .map(|mut table| table.rest());
        let entries = entries.unwrap_or_default();
        if entries.len() > Self::OPERATIONS_MAX {
            let message = format!(
                "the service has more than {} operations",
                Self::OPERATIONS_MAX
            );
            file.note(name.place, message, "divide it into several services");
        }
        let mut operations: Vec<(Place, Route, Operation)> = Vec::new();
        for (name, node) in entries {
            *index += 1;
            if let Some((route, operation)) = shared.read_operation(&name, node, *index, file) {
                for (_, other_route, other) in &operations {
                    check_distinct(&name, &route, &operation, other_route, other, file);
                }
                operations.push((name.place, route, operation));
            }
        }
        let operations = operations
            .into_iter()
            .map(|(_, route, operation)| (route, operation))
            .collect();
        Some((
            name.clone(),
            ServiceFile {
                name: name.text,
                groups,
                operations,
            },
        ))
    }

    /// The set of these groups; those that are no group of the service are noted.
    pub(crate) fn group_set(&self, words: &[Word], file: &mut File<'_>) -> GroupSet {
        group_set(&self.groups, &self.name, words, file)
    }
}

/// Two operations must differ in method, in path, or in what a `where` condition asks of the same place.
fn check_distinct(
    name: &Word,
    route: &Route,
    operation: &Operation,
    other_route: &Route,
    other: &Operation,
    file: &mut File<'_>,
) {
    if route.method != other_route.method || route.segments != other_route.segments {
        return;
    }
    let differs = operation.0.conditions.iter().any(|condition| {
        other
            .0
            .conditions
            .iter()
            .any(|known| known.pointer == condition.pointer && known.value != condition.value)
    });
    if !differs {
        let message = format!(
            "operations `{}` and `{}` have the same method and path",
            name.text,
            other.name()
        );
        let help = "say what tells them apart: `where: { /type: ... }` with the same place and another value in each";
        file.note(name.place, message, help);
    }
}

fn pointer(node: &Node, what: &str, file: &mut File<'_>) -> Option<Pointer> {
    let word = table::word(node, what, file)?;
    match Pointer::parse(&word.text) {
        Ok(pointer) => Some(pointer),
        Err(mistake) => {
            let help =
                "a place in JSON is written as `/personen/*/naam`; `*` is every element of a list";
            file.note(word.place, format!("`{}` {mistake}", word.text), help);
            None
        }
    }
}

fn pointers(node: &Node, what: &str, file: &mut File<'_>) -> Vec<(Pointer, Place)> {
    let nodes = table::list(node, what, file).iter();
    nodes
        .filter_map(|node| Some((pointer(node, what, file)?, node.place)))
        .collect()
}
