//! Which fields a caller may ask for, and what of a record it then gets.
//!
//! The rules are those of BRP Personen Bevragen 2.x: a path names a field in full, part of a date or
//! of a table value brings the whole of it, `type` comes with every group that has one, a relative
//! without any of the asked data comes as an empty object, and what is delivered automatically may
//! not be asked for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::askable::Askable;

/// Delivered with every person that has them, never asked for.
const AUTOMATIC: [&str; 4] = [
    "geheimhoudingPersoonsgegevens",
    "opschortingBijhouding",
    "rni",
    "verificatie",
];

/// Delivered with the group that has it.
const AUTOMATIC_IN_GROUP: [&str; 2] = ["type", "indicatieVastgesteldVerblijftNietOpAdres"];

/// The fields that one question asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Selection);

/// What is asked of an object: all of it, or these members.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Selection {
    All,
    Members(BTreeMap<&'static str, Selection>),
}

impl Default for Selection {
    fn default() -> Self {
        Self::Members(BTreeMap::new())
    }
}

impl Fields {
    /// Adds the field at `path`; false when there is no such field to ask for.
    #[must_use]
    pub(super) fn ask(&mut self, askable: Askable, path: &str) -> bool {
        match askable.find(path) {
            Some(found) => {
                for steps in found {
                    self.0.add(&steps);
                }
                true
            }
            None => false,
        }
    }

    /// What of `record` is delivered.
    pub(super) fn of(&self, record: &Value) -> Value {
        let Value::Object(record) = record else {
            return Value::Null;
        };
        let mut person = Map::new();
        if let Selection::Members(members) = &self.0 {
            for (name, selection) in members {
                let (source, selection) = match *name {
                    "verblijfplaatsBinnenland" if is_abroad(record) => continue,
                    "verblijfplaatsBinnenland" => ("verblijfplaats", selection.clone()),
                    "adresseringBinnenland" => ("adressering", home_only(record, selection)),
                    name => (name, selection.clone()),
                };
                if let Some(value) = record.get(source).and_then(|value| selection.of(value)) {
                    merge(person.entry(source).or_insert(Value::Null), value);
                }
            }
            if let Some(inquiry) = inquiry_into(record, members) {
                person.insert("inOnderzoek".to_owned(), inquiry);
            }
        }
        for name in AUTOMATIC {
            if let Some(value) = record.get(name) {
                person.insert(name.to_owned(), value.clone());
            }
        }
        Value::Object(person)
    }
}

impl Selection {
    fn add(&mut self, steps: &[&'static str]) {
        match (steps.split_first(), &mut *self) {
            (None, _) => *self = Self::All,
            (Some(_), Self::All) => {}
            (Some((first, rest)), Self::Members(members)) => {
                members.entry(first).or_default().add(rest);
            }
        }
    }

    /// What is selected of `value`; none when nothing of it is.
    fn of(&self, value: &Value) -> Option<Value> {
        let Self::Members(members) = self else {
            return Some(value.clone());
        };
        match value {
            // A relative of whom nothing was asked that is known is still there: an empty object.
            Value::Array(items) => Some(
                items
                    .iter()
                    .map(|item| self.of(item).unwrap_or_else(|| Value::Object(Map::new())))
                    .collect(),
            ),
            Value::Object(group) => {
                let mut selected: Map<String, Value> = members
                    .iter()
                    .filter_map(|(name, selection)| {
                        Some(((*name).to_owned(), selection.of(group.get(*name)?)?))
                    })
                    .collect();
                for name in AUTOMATIC_IN_GROUP {
                    if let Some(value) = group.get(name) {
                        selected.insert(name.to_owned(), value.clone());
                    }
                }
                if let Some(inquiry) = inquiry_into(group, members) {
                    selected.insert("inOnderzoek".to_owned(), inquiry);
                }
                (!selected.is_empty()).then_some(Value::Object(selected))
            }
            _ => None,
        }
    }
}

/// The marks of `inOnderzoek` that are about the asked members, with the dates of the inquiry.
fn inquiry_into(
    group: &Map<String, Value>,
    members: &BTreeMap<&'static str, Selection>,
) -> Option<Value> {
    let marks = group.get("inOnderzoek")?.as_object()?;
    let about = |name: &str| name == "type" || members.contains_key(name);
    marks.keys().any(|name| about(name)).then(|| {
        let kept = marks
            .iter()
            .filter(|(name, mark)| mark.is_object() || about(name));
        Value::Object(
            kept.map(|(name, mark)| (name.clone(), mark.clone()))
                .collect(),
        )
    })
}

fn is_abroad(record: &Map<String, Value>) -> bool {
    record
        .get("verblijfplaats")
        .and_then(|place| place.get("type"))
        .is_some_and(|kind| kind != "Adres" && kind != "Locatie")
}

/// `adresseringBinnenland`: the lines of an address abroad are left out, the salutation is not.
fn home_only(record: &Map<String, Value>, selection: &Selection) -> Selection {
    let mut selection = selection.clone();
    if let Selection::Members(members) = &mut selection
        && is_abroad(record)
    {
        members.retain(|name, _| !name.starts_with("adresregel"));
    }
    selection
}

fn merge(into: &mut Value, value: Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(value)) => {
            for (name, value) in value {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, value) => *into = value,
    }
}
