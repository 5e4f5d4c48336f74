//! The collections of a case system, and a page of one.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::filter::Filter;
use super::problem::Problem;
use crate::demo::cases::Documents;

/// How many resources one page has. The standard leaves the number to the provider.
const PAGE_SIZE: usize = 20;

/// Octets of the hash that make an entity tag.
const TAG_OCTETS: usize = 16;

/// A collection of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    Zaken,
    Rollen,
    Statussen,
    Resultaten,
}

impl Collection {
    /// The collection at this place in a path.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "zaken" => Some(Self::Zaken),
            "rollen" => Some(Self::Rollen),
            "statussen" => Some(Self::Statussen),
            "resultaten" => Some(Self::Resultaten),
            _ => None,
        }
    }

    /// The resources in it.
    pub(super) fn of(self, documents: &Documents) -> &[Value] {
        match self {
            Self::Zaken => &documents.zaken,
            Self::Rollen => &documents.rollen,
            Self::Statussen => &documents.statussen,
            Self::Resultaten => &documents.resultaten,
        }
    }
}

/// The asked page of what was found, with the URLs of its neighbours.
///
/// # Errors
/// There is no such page.
pub(super) fn page(found: &[&Value], filter: &Filter, url: &str) -> Result<Value, Problem> {
    let number = filter.page();
    let pages = found.len().div_ceil(PAGE_SIZE).max(1);
    if number == 0 || number > pages {
        return Err(Problem::not_found());
    }
    let results: Vec<&Value> = found
        .iter()
        .skip((number - 1) * PAGE_SIZE)
        .take(PAGE_SIZE)
        .copied()
        .collect();
    let neighbour = |number: usize| format!("{url}?{}page={number}", filter.query());
    Ok(json!({
        "count": found.len(),
        "next": (number < pages).then(|| neighbour(number + 1)),
        "previous": (number > 1).then(|| neighbour(number - 1)),
        "results": results,
    }))
}

/// The entity tag of a resource: equal for equal resources only.
pub(super) fn entity_tag(document: &Value) -> String {
    let hash = digest(&SHA256, document.to_string().as_bytes());
    let mut tag = String::from("\"");
    for octet in hash.as_ref().iter().take(TAG_OCTETS) {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{octet:02x}");
    }
    tag.push('"');
    tag
}
