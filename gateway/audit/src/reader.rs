//! Reading the log, also while it is written.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use crate::{Entry, Intent, ReadError};

/// Reads a log; cheap to clone. Also usable by another process than the one that writes. Every
/// call sees one moment of the log. Calls block on files.
#[derive(Debug, Clone)]
pub struct Reader {}

/// An entry with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Index in the log, from 0.
    pub index: u64,
    /// The entry.
    pub entry: Entry,
}

/// Which FSC transaction-log records to give (FSC Logging 1.1.0, `GET /logs`).
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
    /// Written after this moment, unix seconds. Together with `before` this is one condition.
    pub after_unix_seconds: Option<i64>,
    /// Written before this moment, unix seconds.
    pub before_unix_seconds: Option<i64>,
    /// Under one of these grants.
    pub grant_hashes: Vec<Arc<str>>,
    /// Of one of these services.
    pub service_names: Vec<Arc<str>>,
    /// Of these transactions. When there are any, every other filter, the cursor and the limit are
    /// ignored (`peer` is not).
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
    /// Reads the log in a folder.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn open(folder: &Path) -> Result<Self, ReadError> {
        Err(ReadError::Missing {
            folder: folder.to_owned(),
        })
    }

    /// Everything that was recorded of a transaction, oldest first; at most 1,000 entries.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn transaction(&self, transaction_id: Uuid) -> Result<Vec<StoredEntry>, ReadError> {
        let _ = transaction_id;
        Ok(Vec::new())
    }

    /// A page of FSC transaction-log records. Only intents are such records.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn logs(&self, query: &LogQuery) -> Result<Page, ReadError> {
        let _ = query;
        Ok(Page {
            records: Vec::new(),
            next_cursor: String::new(),
        })
    }
}
