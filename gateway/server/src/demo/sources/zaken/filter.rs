//! Which resources of a collection a caller asks for.
//!
//! The names are those of the standard: a field, or a field with `__in`, `__gt`, `__gte`, `__lt`,
//! `__lte` or `__isnull`. Dates are written so that comparing the texts compares the dates.

use serde_json::Value;

use super::collection::Collection;
use super::problem::{InvalidParam, Problem};
use crate::demo::cases::Documents;

const ROLE_OF: &str = "rol__";

/// `vertrouwelijkheidaanduiding`, from the least to the most confidential.
const CONFIDENTIALITY: [&str; 8] = [
    "openbaar",
    "beperkt_openbaar",
    "intern",
    "zaakvertrouwelijk",
    "vertrouwelijk",
    "confidentieel",
    "geheim",
    "zeer_geheim",
];

const CASE_FIELDS: [&str; 12] = [
    "uuid",
    "identificatie",
    "bronorganisatie",
    "zaaktype",
    "archiefnominatie",
    "archiefactiedatum",
    "archiefstatus",
    "startdatum",
    "registratiedatum",
    "einddatum",
    "einddatumGepland",
    "uiterlijkeEinddatumAfdoening",
];
const ROLE_FIELDS: [&str; 5] = [
    "zaak",
    "betrokkeneType",
    "roltype",
    "omschrijving",
    "omschrijvingGeneriek",
];
const STATUS_FIELDS: [&str; 3] = ["zaak", "statustype", "indicatieLaatstGezetteStatus"];
const RESULT_FIELDS: [&str; 2] = ["zaak", "resultaattype"];

/// Where the identifying members of a role are named in a filter, and where they stand in the role.
const IDENTIFICATION: [(&str, &str); 3] = [
    (
        "betrokkeneIdentificatie__natuurlijkPersoon__inpBsn",
        "/betrokkeneIdentificatie/inpBsn",
    ),
    (
        "betrokkeneIdentificatie__natuurlijkPersoon__inpA_nummer",
        "/betrokkeneIdentificatie/inpA_nummer",
    ),
    (
        "betrokkeneIdentificatie__medewerker__identificatie",
        "/betrokkeneIdentificatie/identificatie",
    ),
];

/// One name and value, from a query string or from the body of a search.
#[derive(Clone, Debug)]
pub(super) struct Criterion {
    pub(super) name: String,
    pub(super) value: Value,
}

/// What is asked of a collection.
#[derive(Debug)]
pub(super) struct Filter {
    conditions: Vec<Condition>,
    order: Option<(String, bool)>,
    page: usize,
    /// The criteria as a query string that ends in `&`, for the URLs of the other pages. A search
    /// has its criteria in the body, so there it is empty.
    query: String,
}

#[derive(Debug)]
enum Condition {
    Field {
        pointer: String,
        operator: Operator,
        value: Value,
    },
    Role {
        pointer: String,
        value: Value,
    },
    AtMost(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    In,
    After,
    AtOrAfter,
    Before,
    AtOrBefore,
    IsNull,
}

impl Filter {
    /// Reads the criteria for a collection.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once: an unknown name, a value that cannot be, or a
    /// number of a person in a URL.
    pub(super) fn read(
        collection: Collection,
        criteria: Vec<Criterion>,
        in_body: bool,
    ) -> Result<Self, Problem> {
        let mut filter = Self {
            conditions: Vec::new(),
            order: None,
            page: 1,
            query: String::new(),
        };
        let mut invalid = Vec::new();
        for Criterion { name, value } in criteria {
            match filter.add(collection, &name, &value, in_body) {
                Ok(()) if !in_body && name != "page" => {
                    let text = value.as_str().unwrap_or_default();
                    filter.query.push_str(&format!("{name}={}&", escaped(text)));
                }
                Ok(()) => {}
                Err(param) => invalid.push(param),
            }
        }
        if invalid.is_empty() {
            Ok(filter)
        } else {
            Err(Problem::invalid(invalid))
        }
    }

    pub(super) fn page(&self) -> usize {
        self.page
    }

    pub(super) fn query(&self) -> &str {
        &self.query
    }

    /// The resources that meet every condition, in the asked order.
    pub(super) fn apply<'a>(
        &self,
        resources: &'a [Value],
        documents: &Documents,
    ) -> Vec<&'a Value> {
        let mut found: Vec<&Value> = resources
            .iter()
            .filter(|resource| {
                self.conditions
                    .iter()
                    .all(|c| c.is_met(resource, documents))
            })
            .collect();
        if let Some((field, descending)) = &self.order {
            found.sort_by(|a, b| {
                let key =
                    |value: &Value| value.get(field).and_then(Value::as_str).map(str::to_owned);
                let order = key(a).cmp(&key(b));
                if *descending { order.reverse() } else { order }
            });
        }
        found
    }

    fn add(
        &mut self,
        collection: Collection,
        name: &str,
        value: &Value,
        in_body: bool,
    ) -> Result<(), InvalidParam> {
        if name == "page" {
            self.page = value
                .as_str()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| InvalidParam::invalid(name, "Voer een geheel getal in."))?;
            return Ok(());
        }
        if collection == Collection::Zaken {
            if name == "ordering" {
                self.order = Some(ordering(value)?);
                return Ok(());
            }
            if name == "maximaleVertrouwelijkheidaanduiding" {
                self.conditions
                    .push(Condition::AtMost(confidentiality(value).ok_or_else(
                        || {
                            InvalidParam::invalid(
                                name,
                                "Waarde is geen vertrouwelijkheidaanduiding.",
                            )
                        },
                    )?));
                return Ok(());
            }
        }
        let of_role = name
            .strip_prefix(ROLE_OF)
            .filter(|_| collection == Collection::Zaken);
        let identifying = of_role.or_else(|| (collection == Collection::Rollen).then_some(name));
        if let Some((_, pointer)) =
            identifying.and_then(|name| IDENTIFICATION.iter().find(|(known, _)| *known == name))
        {
            let is_of_employee = name.contains("__medewerker__");
            if !in_body && !is_of_employee {
                return Err(InvalidParam::personal_in_url());
            }
            return self.add_role(collection, pointer, value);
        }
        if let Some(field @ ("betrokkeneType" | "omschrijvingGeneriek")) = of_role {
            return self.add_role(collection, &format!("/{field}"), value);
        }
        self.add_field(collection, name, value)
    }

    fn add_role(
        &mut self,
        collection: Collection,
        pointer: &str,
        value: &Value,
    ) -> Result<(), InvalidParam> {
        let (pointer, value) = (pointer.to_owned(), value.clone());
        self.conditions.push(if collection == Collection::Rollen {
            Condition::Field {
                pointer,
                operator: Operator::Equal,
                value,
            }
        } else {
            Condition::Role { pointer, value }
        });
        Ok(())
    }

    fn add_field(
        &mut self,
        collection: Collection,
        name: &str,
        value: &Value,
    ) -> Result<(), InvalidParam> {
        let (field, operator) = match name.split_once("__") {
            None => (name, Some(Operator::Equal)),
            Some((field, operator)) => (field, Operator::named(operator)),
        };
        let known: &[&str] = match collection {
            Collection::Zaken => &CASE_FIELDS,
            Collection::Rollen => &ROLE_FIELDS,
            Collection::Statussen => &STATUS_FIELDS,
            Collection::Resultaten => &RESULT_FIELDS,
        };
        match operator {
            Some(operator) if known.contains(&field) => {
                self.conditions.push(Condition::Field {
                    pointer: format!("/{field}"),
                    operator,
                    value: value.clone(),
                });
                Ok(())
            }
            _ => Err(InvalidParam::unknown()),
        }
    }
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        match name {
            "in" => Some(Self::In),
            "gt" => Some(Self::After),
            "gte" => Some(Self::AtOrAfter),
            "lt" => Some(Self::Before),
            "lte" => Some(Self::AtOrBefore),
            "isnull" => Some(Self::IsNull),
            _ => None,
        }
    }

    fn holds(self, found: Option<&Value>, wanted: &Value) -> bool {
        if self == Self::IsNull {
            let wants_none = is_true(wanted);
            return found.is_none_or(Value::is_null) == wants_none;
        }
        let Some(found) = found.and_then(text) else {
            return false;
        };
        if self == Self::In {
            return match wanted {
                Value::Array(items) => items.iter().filter_map(text).any(|item| item == found),
                other => text(other).is_some_and(|list| list.split(',').any(|item| item == found)),
            };
        }
        let Some(wanted) = text(wanted) else {
            return false;
        };
        match self {
            Self::Equal => found == wanted,
            Self::After => found > wanted,
            Self::AtOrAfter => found >= wanted,
            Self::Before => found < wanted,
            Self::AtOrBefore => found <= wanted,
            Self::In | Self::IsNull => false,
        }
    }
}

impl Condition {
    fn is_met(&self, resource: &Value, documents: &Documents) -> bool {
        match self {
            Self::Field {
                pointer,
                operator,
                value,
            } => operator.holds(resource.pointer(pointer), value),
            Self::Role { pointer, value } => documents.rollen.iter().any(|role| {
                role.get("zaak") == resource.get("url")
                    && Operator::Equal.holds(role.pointer(pointer), value)
            }),
            Self::AtMost(most) => resource
                .get("vertrouwelijkheidaanduiding")
                .and_then(confidentiality)
                .is_some_and(|level| level <= *most),
        }
    }
}

fn confidentiality(value: &Value) -> Option<usize> {
    let name = value.as_str()?;
    CONFIDENTIALITY.iter().position(|level| *level == name)
}

fn ordering(value: &Value) -> Result<(String, bool), InvalidParam> {
    let text = value.as_str().unwrap_or_default();
    let (field, descending) = match text.strip_prefix('-') {
        Some(field) => (field, true),
        None => (text, false),
    };
    match field {
        "startdatum" | "einddatum" | "publicatiedatum" | "archiefactiedatum"
        | "registratiedatum" | "identificatie" => Ok((field.to_owned(), descending)),
        _ => Err(InvalidParam::invalid(
            "ordering",
            "Op dit veld kan niet worden geordend.",
        )),
    }
}

fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true)
        || value
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The value as it stands in a query string: all but unreserved characters as octets.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
