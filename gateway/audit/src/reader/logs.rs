//! FSC transaction-log records for a peer (FSC Logging 1.1.0, `GET /logs`).

use std::sync::Arc;

use rusqlite::Connection;
use uuid::Uuid;

use super::search::Search;
use super::transactions::Transactions;
use super::{Reader, stored_entry};
use crate::entry::Intent;
use crate::index::peers;
use crate::store::StoreError;
use crate::{ReadError, Record};

/// Records on a page at most (FSC Logging 1.1.0).
const LIMIT_MAX: u32 = 1_000;
/// Values in one filter at most.
const FILTER_VALUES_MAX: usize = 1_000;

/// Records of given transactions at most: a caller may use one transaction id again and again.
const TRANSACTION_RECORDS_MAX: usize = 10_000;

/// Which FSC transaction-log records to give (FSC Logging 1.1.0, `GET /logs`).
///
/// A record is given when it fits any of the filters: the period, a grant, a service. Without
/// filters every record is given.
#[derive(Debug, Clone, Default)]
pub struct LogQuery {
    /// Only records in which this peer is the outway, the service or a delegator. `None`: all
    /// (for the log's own operator).
    pub peer: Option<Arc<str>>,
    /// `next_cursor` of the page before; empty for the first page.
    pub cursor: String,
    /// Records on a page, 1 to 1,000.
    pub limit: u32,
    /// Oldest first.
    pub ascending: bool,
    /// Written after this moment, unix seconds. Together with `before_unix_seconds` this is one
    /// filter, the period.
    pub after_unix_seconds: Option<i64>,
    /// Written before this moment, unix seconds.
    pub before_unix_seconds: Option<i64>,
    /// Under one of these grants.
    pub grant_hashes: Vec<Arc<str>>,
    /// Of one of these services.
    pub service_names: Vec<Arc<str>>,
    /// Of these transactions. When there are any, every other filter, the cursor and the limit are
    /// ignored (`peer` is not). At most 10,000 records are given.
    pub transaction_ids: Vec<Uuid>,
}

/// One page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<LoggedIntent>,
    /// The cursor of the next page; empty when there is none.
    pub next_cursor: String,
}

/// An intent with its place: one FSC transaction-log record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIntent {
    /// Index in the log.
    pub index: u64,
    /// When it was written, unix milliseconds.
    pub at_ms: u64,
    /// The record.
    pub intent: Intent,
}

impl Reader {
    /// A page of FSC transaction-log records, in the order in which they were written. Only
    /// intents are such records.
    ///
    /// # Errors
    ///
    /// [`ReadError::Question`] names the part of the query that cannot be answered.
    pub fn logs(&self, query: &LogQuery) -> Result<Page, ReadError> {
        check_values("transaction_ids", query.transaction_ids.len())?;
        if !query.transaction_ids.is_empty() {
            let records = self.read(|connection| of_transactions(connection, query))?;
            return Ok(Page {
                records,
                next_cursor: String::new(),
            });
        }
        check_values("grant_hash", query.grant_hashes.len())?;
        check_values("service_name", query.service_names.len())?;
        if query.limit == 0 || query.limit > LIMIT_MAX {
            return Err(question("limit", "1 to 1000"));
        }
        let cursor = match query.cursor.as_str() {
            "" => None,
            cursor => Some(
                cursor
                    .parse()
                    .map_err(|_| question("cursor", "the next_cursor of a page, or empty"))?,
            ),
        };
        self.read(|connection| Search::new(connection, query, cursor)?.page())
    }
}

fn check_values(parameter: &'static str, values: usize) -> Result<(), ReadError> {
    if values <= FILTER_VALUES_MAX {
        Ok(())
    } else {
        Err(question(parameter, "at most 1000 values"))
    }
}

fn question(parameter: &'static str, expected: &str) -> ReadError {
    ReadError::Question {
        parameter,
        expected: expected.to_owned(),
    }
}

fn of_transactions(
    connection: &Connection,
    query: &LogQuery,
) -> Result<Vec<LoggedIntent>, StoreError> {
    let mut ids = query.transaction_ids.clone();
    ids.sort_unstable();
    ids.dedup();
    let mut transactions = Transactions::new(connection)?;
    let mut records = Vec::new();
    for id in ids {
        if records.len() >= TRANSACTION_RECORDS_MAX {
            break;
        }
        for index in transactions.indices(id)? {
            records.extend(record(connection, index)?.filter(|record| visible(query, record)));
        }
    }
    records.sort_unstable_by_key(|record| record.index);
    if !query.ascending {
        records.reverse();
    }
    Ok(records)
}

/// The record with this index; `None` when the entry is no intent.
pub(super) fn record(
    connection: &Connection,
    index: u64,
) -> Result<Option<LoggedIntent>, StoreError> {
    let stored = stored_entry(connection, index)?
        .ok_or_else(|| StoreError::Damaged(format!("entry {index}")))?;
    match stored.entry.record {
        Record::Intent(intent) => Ok(Some(LoggedIntent {
            index,
            at_ms: stored.entry.at_ms,
            intent: *intent,
        })),
        _ => Ok(None),
    }
}

/// Whether the peer of the query may see the record.
pub(super) fn visible(query: &LogQuery, record: &LoggedIntent) -> bool {
    query
        .peer
        .as_ref()
        .is_none_or(|peer| peers(&record.intent).any(|other| other == peer))
}
