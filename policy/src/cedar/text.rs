//! Rows of the register as Cedar policies.

use std::fmt::Write;

use crate::register::activity::ActivityVersion;
use crate::register::party::Member;
use crate::register::row::Row;

/// A text as Cedar writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => result.extend(['\\', character]),
            '\n' => result.push_str("\\n"),
            _ => result.push(character),
        }
    }
    result.push('"');
    result
}

/// The name of an entity.
pub(super) fn entity(kind: &str, name: &str) -> String {
    format!("{kind}::{}", quoted(name))
}

pub(super) fn member(member: &Member) -> String {
    match member {
        Member::Set(name) => entity("PartySet", name),
        Member::Party(name) => entity("Party", name),
    }
}

/// The id of an operation or a data group: unique over services.
pub(super) fn of_service(service: &str, name: &str) -> String {
    format!("{service}/{name}")
}

/// The permit policy for a row. It says everything that the row says, so that it can be read by itself.
pub(super) fn permit(version: &ActivityVersion, row: &Row) -> String {
    let actions: Vec<String> = row
        .operations
        .iter()
        .map(|operation| entity("Action", &of_service(&row.service, operation.name())))
        .collect();
    let groups = row
        .operations
        .first()
        .map(|operation| operation.group_names(row.groups))
        .unwrap_or_default();
    let groups: Vec<String> = groups
        .iter()
        .map(|group| entity("DataGroup", &of_service(&row.service, group)))
        .collect();

    // First what most often differs, so that a policy that is not about the question costs little. Comparisons one by
    // one and not with a set: Cedar would make the set anew for every question.
    let mut conditions = vec![
        any(groups.iter().map(|group| format!("resource == {group}"))),
        format!("context.direction == {}", quoted(row.direction.as_str())),
        format!("context.purpose == {}", quoted(&version.activity.name)),
        format!("context.date >= {}", version.from.number()),
    ];
    conditions.extend(
        version
            .until
            .map(|until| format!("context.date < {}", until.number())),
    );
    conditions.push(parties(row));
    for (key, words) in [("role", &row.roles), ("channel", &row.channels)] {
        if !words.is_empty() {
            let words = words
                .iter()
                .map(|word| format!("context.{key} == {}", quoted(word)));
            conditions.push(format!("context has {key} && {}", any(words)));
        }
    }
    conditions.extend(
        row.subjects_max
            .map(|max| format!("context.subjects <= {max}")),
    );

    let mut text = String::new();
    let basis = version.activity.legal_basis.text();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "@id({})", quoted(&row.id));
    let _ = writeln!(
        text,
        "@row({})",
        quoted(&format!("{}:{}", row.file, row.line))
    );
    let _ = writeln!(text, "@legal_basis({})", quoted(&basis));
    let action = match actions.as_slice() {
        [one] => format!("action == {one}"),
        many => format!("action in [{}]", many.join(", ")),
    };
    let _ = writeln!(text, "permit (principal, {action}, resource)");
    let _ = writeln!(text, "when {{\n  {}\n}};", conditions.join(" &&\n  "));
    text
}

/// Who the row is about: one of its parties itself, or someone named under `via` on behalf of one of its parties.
fn parties(row: &Row) -> String {
    let among = |who: &str, members: &[Member]| {
        any(members
            .iter()
            .map(|known| format!("{who} in {}", member(known))))
    };
    let itself = format!(
        "!(context has delegator) && {}",
        among("principal", &row.parties)
    );
    if row.via.is_empty() {
        return itself;
    }
    let for_another = format!(
        "context has delegator && {} && {}",
        among("context.delegator", &row.parties),
        among("principal", &row.via)
    );
    format!("(({itself}) || ({for_another}))")
}

/// At least one of these; false when there is none.
fn any(conditions: impl Iterator<Item = String>) -> String {
    let conditions: Vec<String> = conditions.collect();
    either(&conditions)
}

/// Many are joined in halves: Cedar evaluates each `||` inside the other and stops when that goes too deep.
fn either(conditions: &[String]) -> String {
    const FLAT_MAX: usize = 8;
    match conditions {
        [] => "false".to_owned(),
        [one] => one.clone(),
        few if few.len() <= FLAT_MAX => format!("({})", few.join(" || ")),
        many => {
            let (one, other) = many.split_at(many.len() / 2);
            format!("({} || {})", either(one), either(other))
        }
    }
}

/// Everything that rules can ask, for every operation.
pub(super) const FACTS: &str = "\
// What every rule can ask. Times are those of Dutch clocks.
type Facts = {
  // disclose: the party asks us; obtain: we ask the party
  direction: String,
  // the name of the activity
  purpose: String,
  // the day as a number: 20260131
  date: Long,
  // 0 to 23
  hour: Long,
  // 1 is Monday, 7 is Sunday
  weekday: Long,
  // Monday to Friday, 08:00 until 18:00
  office_hours: Bool,
  // how many persons the request names
  subjects: Long,
  // whether the party acts on behalf of another, and of whom
  delegation: Bool,
  delegator?: Party,
  role?: String,
  channel?: String,
};
";
