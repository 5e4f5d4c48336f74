//! Checks answers against a published OpenAPI document, for the tests.
//!
//! It understands the part of JSON Schema that the documents of the BRP and of ZGW use, and is
//! stricter than they are in one thing: a member that no schema describes is a mistake, so that a
//! misspelt name is found.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde_json::{Value, json};

/// Folder of the published documents, next to the repository. They are not part of it.
const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/standards/openapi"
);

/// A published document.
pub(super) struct Schema {
    document: Value,
    /// Compiled once each: compiling takes longer than all the rest.
    patterns: RefCell<BTreeMap<String, Regex>>,
}

impl Schema {
    /// Reads a document; none, with a message, when it is not on this machine.
    pub(super) fn load(file: &str) -> Option<Self> {
        let path = Path::new(FOLDER).join(file);
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: {file} is not next to the repository");
            return None;
        };
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_nodes: 1_000_000, max_events: 4_000_000 },
        };
        let document = serde_saphyr::from_str_with_options(&text, options).unwrap();
        Some(Self {
            document,
            patterns: RefCell::default(),
        })
    }

    /// Panics with everything that is wrong with `value` as a `name` of the document.
    pub(super) fn check(&self, name: &str, value: &Value) {
        let mistakes = self.mistakes(name, value);
        assert!(mistakes.is_empty(), "{name}: {mistakes:#?}\n{value:#}");
    }

    fn mistakes(&self, name: &str, value: &Value) -> Vec<String> {
        let mut mistakes = Vec::new();
        self.visit(self.named(name), value, "", &mut mistakes);
        mistakes
    }

    fn named(&self, name: &str) -> &Value {
        let schema = &self.document["components"]["schemas"][name];
        assert!(schema.is_object(), "no schema {name}");
        schema
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.named(reference.rsplit('/').next().unwrap()),
            None => schema,
        }
    }

    fn visit(&self, schema: &Value, value: &Value, at: &str, mistakes: &mut Vec<String>) {
        let schema = self.concrete(schema, value);
        if value.is_null() {
            if schema["nullable"] != true && !self.allows_null(schema) {
                mistakes.push(format!("{at}: null"));
            }
            return;
        }
        if let Value::Object(members) = value {
            let properties = self.properties(schema);
            for (name, member) in members {
                match properties.get(name.as_str()) {
                    Some(schema) => self.visit(schema, member, &format!("{at}/{name}"), mistakes),
                    None => mistakes.push(format!("{at}/{name}: in no schema")),
                }
            }
        }
        self.visit_own(schema, value, at, mistakes);
    }

    /// The checks of one schema and those it is composed of, apart from the members.
    fn visit_own(&self, schema: &Value, value: &Value, at: &str, mistakes: &mut Vec<String>) {
        for part in list(schema, "allOf") {
            self.visit_own(self.resolve(part), value, at, mistakes);
        }
        let one_of = list(schema, "oneOf");
        if !one_of.is_empty() {
            let fits = one_of.iter().any(|part| {
                let mut ignored = Vec::new();
                self.visit(part, value, at, &mut ignored);
                ignored.is_empty()
            });
            if !fits {
                mistakes.push(format!("{at}: {value} is none of its alternatives"));
            }
        }
        for name in list(schema, "required") {
            if value.get(name.as_str().unwrap()).is_none() {
                mistakes.push(format!("{at}: {name} is missing"));
            }
        }
        let allowed = list(schema, "enum");
        if !allowed.is_empty() && !allowed.contains(value) {
            mistakes.push(format!("{at}: {value} is not in the enumeration"));
        }
        if let Some(kind) = schema["type"].as_str()
            && !is_of_type(kind, value)
        {
            mistakes.push(format!("{at}: {value} is no {kind}"));
        }
        if let Value::Array(items) = value {
            check_size(schema, ("minItems", "maxItems"), items.len(), at, mistakes);
            for (index, item) in items.iter().enumerate() {
                self.visit(&schema["items"], item, &format!("{at}/{index}"), mistakes);
            }
        }
        if let Some(number) = value.as_i64() {
            let (min, max) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
            if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
                mistakes.push(format!("{at}: {number} is out of range"));
            }
        }
        if let Some(text) = value.as_str() {
            let length = text.chars().count();
            check_size(schema, ("minLength", "maxLength"), length, at, mistakes);
            let pattern = schema["pattern"].as_str();
            if pattern.is_some_and(|pattern| !self.is_like(pattern, text)) {
                mistakes.push(format!("{at}: `{text}` is not like {}", schema["pattern"]));
            }
            let format = schema["format"].as_str();
            if format.is_some_and(|format| !self.is_of_format(format, text)) {
                mistakes.push(format!("{at}: `{text}` is no {}", schema["format"]));
            }
        }
    }

    /// The schema itself, or the more precise one that its discriminator chooses for this value.
    fn concrete<'a>(&'a self, schema: &'a Value, value: &Value) -> &'a Value {
        let schema = self.resolve(schema);
        let Some(name) = schema["discriminator"]["propertyName"].as_str() else {
            return schema;
        };
        let chosen = value[name].as_str().unwrap_or_default();
        match schema["discriminator"]["mapping"][chosen].as_str() {
            Some(reference) => self.named(reference.rsplit('/').next().unwrap()),
            None => schema,
        }
    }

    fn properties<'a>(&'a self, schema: &'a Value) -> BTreeMap<&'a str, &'a Value> {
        let schema = self.resolve(schema);
        let mut properties: BTreeMap<&str, &Value> = BTreeMap::new();
        for part in list(schema, "allOf").iter().chain(list(schema, "oneOf")) {
            properties.extend(self.properties(part));
        }
        let own = schema["properties"].as_object();
        properties.extend(
            own.into_iter()
                .flatten()
                .map(|(name, schema)| (name.as_str(), schema)),
        );
        properties
    }

    fn is_like(&self, pattern: &str, text: &str) -> bool {
        let mut patterns = self.patterns.borrow_mut();
        let compiled = patterns
            .entry(pattern.to_owned())
            .or_insert_with(|| Regex::new(pattern).unwrap());
        compiled.is_match(text)
    }

    fn is_of_format(&self, format: &str, text: &str) -> bool {
        match format {
            "date" => self.is_like(r"^\d{4}-\d\d-\d\d$", text),
            "date-time" => self.is_like(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", text),
            "uuid" => text.parse::<uuid::Uuid>().is_ok(),
            "uri" => self.is_like(r"^(https?://[^/\s]+|urn:[a-z0-9-]+:|/)\S*$", text),
            "duration" => text.starts_with('P'),
            other => panic!("format {other} of a text in a schema"),
        }
    }

    fn allows_null(&self, schema: &Value) -> bool {
        let schema = self.resolve(schema);
        schema["nullable"] == true
            || list(schema, "enum").contains(&Value::Null)
            || ["allOf", "oneOf"]
                .iter()
                .any(|key| list(schema, key).iter().any(|part| self.allows_null(part)))
    }
}

fn list<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema[key].as_array().map_or(&[], Vec::as_slice)
}

fn check_size(
    schema: &Value,
    (min, max): (&str, &str),
    size: usize,
    at: &str,
    mistakes: &mut Vec<String>,
) {
    let size = u64::try_from(size).unwrap();
    if schema[min].as_u64().is_some_and(|min| size < min)
        || schema[max].as_u64().is_some_and(|max| size > max)
    {
        mistakes.push(format!("{at}: size {size} is out of range"));
    }
}

fn is_of_type(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        other => panic!("type {other} in a schema"),
    }
}

#[test]
fn mistakes_are_seen() {
    let Some(schema) = Schema::load("brp-personen-bevragen.yaml") else {
        return;
    };
    let answer =
        |person: Value| json!({"type": "RaadpleegMetBurgerservicenummer", "personen": [person]});
    let name = "PersonenQueryResponse";
    assert!(
        schema
            .mistakes(name, &answer(json!({"leeftijd": 35})))
            .is_empty()
    );
    for wrong in [
        json!({"leeftijd": "35"}),
        json!({"leeftijd": 151}),
        json!({"leeftijd": null}),
        json!({"leeftyd": 35}),
        json!({"burgerservicenummer": "99990400"}),
        json!({"geboorte": {"datum": {"type": "Datum", "langFormaat": "14 maart 1991"}}}),
        json!({"geboorte": {"datum": {"type": "JaarDatum", "langFormaat": "1991", "jaar": 1991, "maand": 3}}}),
        json!({"naam": {"adellijkeTitelPredicaat": {"soort": "rang"}}}),
        json!({"verblijfplaats": {"verblijfadres": {}}}),
        json!({"verblijfplaats": {"type": "VerblijfplaatsBuitenland", "verblijfadres": {"postcode": "1999AB"}}}),
        json!({"gezag": [{"type": "GezamenlijkOuderlijkGezag", "minderjarige": {"burgerservicenummer": "999904000"}, "ouders": []}]}),
    ] {
        assert!(
            !schema.mistakes(name, &answer(wrong.clone())).is_empty(),
            "{wrong}"
        );
    }
}
