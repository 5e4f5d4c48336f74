//! Lists in pages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most entries of one page.
pub const LIMIT_MAX: u32 = 1000;

/// The longest query parameter that is read, in bytes: 1000 grant hashes would have 93,000.
const PARAMETER_BYTES_MAX: usize = 16_384;

/// Where a list goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pagination {
    /// The cursor of the next page; empty after the last. Another implementation may give one after
    /// the last page too, so read on until the cursor *or the page* is empty.
    #[serde(default)]
    pub next_cursor: String,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SortOrder {
    /// Oldest first.
    #[serde(rename = "SORT_ORDER_ASCENDING")]
    Ascending,
    /// Newest first.
    #[default]
    #[serde(rename = "SORT_ORDER_DESCENDING")]
    Descending,
}

impl SortOrder {
    /// The name in the query.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "SORT_ORDER_ASCENDING",
            Self::Descending => "SORT_ORDER_DESCENDING",
        }
    }

    fn parse(name: &str) -> Result<Self, &'static str> {
        let known = [Self::Ascending, Self::Descending]
            .into_iter()
            .find(|known| known.as_str() == name);
        known.ok_or("it is SORT_ORDER_ASCENDING or SORT_ORDER_DESCENDING")
    }
}

/// Which page of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The cursor of the page before; empty for the first page.
    pub cursor: String,
    /// The most entries, 1 to [`LIMIT_MAX`].
    pub limit: u32,
    /// The order.
    pub sort_order: SortOrder,
}

impl PageRequest {
    /// The first page, of this many entries, newest first.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self {
            cursor: String::new(),
            limit: limit.clamp(1, LIMIT_MAX),
            sort_order: SortOrder::default(),
        }
    }

    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("limit", self.limit.to_string()),
            ("sort_order", self.sort_order.as_str().to_owned()),
        ];
        if !self.cursor.is_empty() {
            pairs.push(("cursor", self.cursor.clone()));
        }
        pairs
    }
}

/// Why the query of a list is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QueryError {
    /// A parameter that stands twice.
    #[error("the query parameter {0} occurs twice; join the values of a list with commas")]
    Repeated(&'static str),
    /// A parameter with a value that is not allowed.
    #[error("the query parameter {parameter} is not valid: {reason}")]
    Invalid {
        /// Which one.
        parameter: &'static str,
        /// What would be valid.
        reason: String,
    },
}

/// The decoded parameters of a query, those of one list only; others are ignored.
pub(crate) struct Query(BTreeMap<&'static str, String>);

impl Query {
    pub(crate) fn read<K: AsRef<str>, V: AsRef<str>>(
        known: &'static [&'static str],
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, QueryError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            let Some(name) = known.iter().find(|known| **known == name.as_ref()) else {
                continue;
            };
            let value = value.as_ref();
            if value.len() > PARAMETER_BYTES_MAX {
                return Err(QueryError::Invalid {
                    parameter: name,
                    reason: format!("it has at most {PARAMETER_BYTES_MAX} bytes; ask in parts"),
                });
            }
            if parameters.insert(*name, value.to_owned()).is_some() {
                return Err(QueryError::Repeated(name));
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn one<T, E: std::fmt::Display>(
        &self,
        parameter: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, QueryError> {
        let refuse = |reason: E| QueryError::Invalid {
            parameter,
            reason: reason.to_string(),
        };
        self.text(parameter)
            .map(|value| read(value).map_err(refuse))
            .transpose()
    }

    pub(crate) fn list<T, E: std::fmt::Display>(
        &self,
        parameter: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, QueryError> {
        let refuse = |reason: E| QueryError::Invalid {
            parameter,
            reason: reason.to_string(),
        };
        let values = self
            .text(parameter)
            .into_iter()
            .flat_map(|value| value.split(','));
        values.map(|value| read(value).map_err(refuse)).collect()
    }

    pub(crate) fn page(&self, limit_default: u32) -> Result<PageRequest, QueryError> {
        let limit = self.one("limit", |text| match text.parse::<u32>() {
            Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
            _ => Err(format!("it is a whole number from 1 to {LIMIT_MAX}")),
        })?;
        Ok(PageRequest {
            cursor: self.text("cursor").unwrap_or_default().to_owned(),
            limit: limit.unwrap_or(limit_default),
            sort_order: self
                .one("sort_order", SortOrder::parse)?
                .unwrap_or_default(),
        })
    }
}
