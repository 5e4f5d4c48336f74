//! Data groups: which fields belong together, and how sensitive they are.

use std::sync::Arc;

use super::pointers;
use crate::GroupSet;
use crate::pointer::Pointer;
use crate::table::{self, File, Table, Word};
use crate::yaml::{Node, Place};

/// A data group (gegevensgroep).
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Arc<str>,
    pub(crate) sensitivity: &'static str,
    pub(super) fields: Vec<(Pointer, Place)>,
    pub(super) is_whole: bool,
}

/// How sensitive data can be, in the words of the AVG.
const SENSITIVITIES: [(&str, &str); 5] = [
    ("none", "none"),         // no personal data
    ("ordinary", "ordinary"), // personal data
    ("bsn", "bsn"),           // a national identification number: AVG art. 87, UAVG art. 46
    ("special", "special"),   // special categories (bijzondere persoonsgegevens): AVG art. 9
    ("criminal", "criminal"), // criminal convictions and offences: AVG art. 10
];

/// The set of these groups; those that are no group of the service are noted.
pub(super) fn group_set(
    groups: &[Group],
    service: &str,
    words: &[Word],
    file: &mut File<'_>,
) -> GroupSet {
    words.iter().fold(GroupSet::EMPTY, |set, word| {
        match groups.iter().position(|group| group.name == word.text) {
            Some(index) => set.union(GroupSet::only(index)),
            None => {
                let known = groups.iter().map(|group| &*group.name);
                table::unknown(word, &format!("data group of `{service}`"), known, file);
                set
            }
        }
    })
}

/// Reads `data`.
pub(super) fn read_groups(node: &Node, file: &mut File<'_>) -> Vec<Group> {
    let Some(mut table) = Table::open(node, "`data`", file) else {
        return Vec::new();
    };
    let entries = table.rest();
    if entries.len() > GroupSet::GROUPS_MAX {
        let message = format!(
            "the service has more than {} data groups",
            GroupSet::GROUPS_MAX
        );
        file.note(
            node.place,
            message,
            "join groups that are always given together",
        );
    }
    entries
        .into_iter()
        .take(GroupSet::GROUPS_MAX)
        .map(|(name, node)| read_group(name, node, file))
        .collect()
}

fn read_group(name: Word, node: &Node, file: &mut File<'_>) -> Group {
    table::check_name(&name, "a data group", file);
    let mut group = Group {
        name: name.text.clone(),
        sensitivity: "special",
        fields: Vec::new(),
        is_whole: false,
    };
    let Some(mut table) = Table::open(node, format!("data group `{}`", name.text), file) else {
        return group;
    };
    let sensitivity = table.need("sensitivity", file);
    let sensitivity =
        sensitivity.and_then(|node| table::choice(node, "sensitivity", &SENSITIVITIES, file));
    group.sensitivity = sensitivity.unwrap_or("special");
    let whole = table
        .take("whole")
        .and_then(|node| Some((node.place, table::truth(node, "`whole`", file)?)));
    let fields = table.take("fields");
    group.is_whole = whole.is_some_and(|(_, is_whole)| is_whole);
    match fields {
        Some(node) if group.is_whole => {
            file.note(
                node.place,
                "a data group has `fields` or is `whole`, not both",
                "keep one of the two",
            );
        }
        Some(node) => group.fields = pointers(node, "`fields`", file),
        None if !group.is_whole => {
            let message = format!("data group `{}` has no fields", name.text);
            file.note(
                name.place,
                message,
                "add `fields: [...]`, or `whole: true` when the answer is passed on unread",
            );
        }
        None => {}
    }
    table.finish(file);
    group
}
