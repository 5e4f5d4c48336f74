//! The query of `GET /logs`.

use super::TransactionId;
use crate::{
    GrantHash, ServiceName,
    api::{PageRequest, Query, QueryError, encode_form},
    json::INTEGER_MAX,
};

/// The entries of a page of records when the caller names no limit (logging.yaml).
pub const LIMIT_DEFAULT: u32 = 25;

/// The query of `GET /logs`. Several filters widen the answer: a record is listed when one of them
/// holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogsQuery {
    /// Which page.
    pub page: PageRequest,
    /// Records made after this moment, in Unix seconds.
    pub after: Option<i64>,
    /// Records made before this moment, in Unix seconds.
    pub before: Option<i64>,
    /// Records under one of these grants.
    pub grant_hashes: Vec<GrantHash>,
    /// Records about one of these services.
    pub service_names: Vec<ServiceName>,
    /// Only these transactions; if there are any, nothing else counts.
    pub transaction_ids: Vec<TransactionId>,
}

impl LogsQuery {
    /// The first page without filters.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self {
            page: PageRequest::first(limit),
            after: None,
            before: None,
            grant_hashes: Vec::new(),
            service_names: Vec::new(),
            transaction_ids: Vec::new(),
        }
    }

    /// Reads the decoded pairs of a query string.
    ///
    /// # Errors
    /// The [`QueryError`] that names the parameter.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, QueryError> {
        let known = &[
            "cursor",
            "limit",
            "sort_order",
            "after",
            "before",
            "grant_hash",
            "service_name",
            "transaction_ids",
        ];
        let query = Query::read(known, pairs)?;
        Ok(Self {
            page: query.page(LIMIT_DEFAULT)?,
            after: query.one("after", unix_seconds)?,
            before: query.one("before", unix_seconds)?,
            grant_hashes: query.list("grant_hash", GrantHash::parse)?,
            service_names: query.list("service_name", ServiceName::parse)?,
            transaction_ids: query.list("transaction_ids", TransactionId::parse)?,
        })
    }

    /// The query string, without question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut pairs = self.page.pairs();
        for (name, moment) in [("after", self.after), ("before", self.before)] {
            pairs.extend(moment.map(|moment| (name, moment.to_string())));
        }
        let mut list = |name, values: Vec<String>| {
            if !values.is_empty() {
                pairs.push((name, values.join(",")));
            }
        };
        list(
            "grant_hash",
            self.grant_hashes.iter().map(ToString::to_string).collect(),
        );
        list(
            "service_name",
            self.service_names.iter().map(ToString::to_string).collect(),
        );
        list(
            "transaction_ids",
            self.transaction_ids
                .iter()
                .map(ToString::to_string)
                .collect(),
        );
        encode_form(pairs.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

fn unix_seconds(text: &str) -> Result<i64, &'static str> {
    match text.parse::<i64>() {
        Ok(seconds) if (0..=INTEGER_MAX).contains(&seconds) => Ok(seconds),
        _ => Err("it is a whole number of Unix seconds, 0 or more"),
    }
}
