//! Reading the log, also while it is written.

mod logs;
mod proofs;
mod search;
mod transactions;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use uuid::Uuid;

pub use logs::{LogQuery, LoggedIntent, Page};

use crate::folder::Folder;
use crate::store::{self, StoreError};
use crate::{Entry, ReadError, VerifierKey};
use transactions::Transactions;

/// Connections that are kept open between calls.
const CONNECTIONS_KEPT: usize = 4;

/// Reads a log; cheap to clone. Also usable by another process than the one that writes. Every
/// call sees one moment of the log. Calls block on files.
#[derive(Clone)]
pub struct Reader {
    inner: Arc<Inner>,
}

struct Inner {
    folder: Folder,
    kept: Mutex<Vec<Connection>>,
}

/// An entry with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Index in the log, from 0.
    pub index: u64,
    /// The entry.
    pub entry: Entry,
}

impl Reader {
    /// Reads the log in a folder.
    ///
    /// # Errors
    ///
    /// [`ReadError::Missing`] when there is none, and [`ReadError::Damaged`] when what is there is
    /// no audit log of this version.
    pub fn open(folder: &Path) -> Result<Self, ReadError> {
        let reader = Self::of(Folder::new(folder));
        if !reader.inner.folder.database().is_file() {
            return Err(ReadError::Missing {
                folder: folder.to_owned(),
            });
        }
        match reader.read(store::check)? {
            None => Ok(reader),
            Some(place) => Err(ReadError::Damaged { place }),
        }
    }

    pub(crate) fn of(folder: Folder) -> Self {
        Self {
            inner: Arc::new(Inner {
                folder,
                kept: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Number of entries.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn size(&self) -> Result<u64, ReadError> {
        self.read(store::size)
    }

    /// The entry with this index, if there is one.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn entry(&self, index: u64) -> Result<Option<StoredEntry>, ReadError> {
        self.read(|connection| stored_entry(connection, index))
    }

    /// The entries from this index on, in order, at most `limit` (and at most 1,000).
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn entries(&self, from: u64, limit: u64) -> Result<Vec<StoredEntry>, ReadError> {
        self.read(|connection| {
            let until = from
                .saturating_add(limit.min(1_000))
                .min(store::size(connection)?);
            (from..until)
                .filter_map(|index| stored_entry(connection, index).transpose())
                .collect()
        })
    }

    /// Everything that was recorded of a transaction, oldest first; at most 1,000 entries.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn transaction(&self, transaction_id: Uuid) -> Result<Vec<StoredEntry>, ReadError> {
        self.read(|connection| {
            Transactions::new(connection)?
                .indices(transaction_id)?
                .into_iter()
                .filter_map(|index| stored_entry(connection, index).transpose())
                .collect()
        })
    }

    /// The newest signed checkpoint.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn checkpoint(&self) -> Result<String, ReadError> {
        self.read(store::stored_checkpoint)
    }

    /// The verifier key as the database has it. To check the log with, use one that came from
    /// elsewhere.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn verifier_key(&self) -> Result<VerifierKey, ReadError> {
        let identity = self.read(store::read_identity)?;
        identity
            .verifier_key
            .parse()
            .map_err(|_| ReadError::Damaged {
                place: "the table meta".to_owned(),
            })
    }

    /// Closes the connections that are kept between calls.
    pub(crate) fn release(&self) {
        self.kept().clear();
    }

    /// Runs `question` at one moment of the log.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, ReadError>
    where
        ReadError: From<E>,
    {
        let kept = self.kept().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => store::open_readable(&self.inner.folder)?,
        };
        let answer = at_one_moment(&connection, question)?;
        let mut kept = self.kept();
        if kept.len() < CONNECTIONS_KEPT {
            kept.push(connection);
        }
        Ok(answer)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.inner
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reader")
            .field("folder", &self.inner.folder)
            .finish_non_exhaustive()
    }
}

/// Runs `question` in one read transaction. After an error the connection is not used again.
pub(crate) fn at_one_moment<T, E: From<StoreError>>(
    connection: &Connection,
    question: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let run = |sql| {
        connection
            .execute_batch(sql)
            .map_err(|error| E::from(error.into()))
    };
    run("BEGIN")?;
    let answer = question(connection)?;
    run("COMMIT")?;
    Ok(answer)
}

fn stored_entry(connection: &Connection, index: u64) -> Result<Option<StoredEntry>, StoreError> {
    let Some(bytes) = store::entry_bytes(connection, index)? else {
        return Ok(None);
    };
    let entry = Entry::decode(&bytes).map_err(|_| StoreError::Damaged(format!("entry {index}")))?;
    Ok(Some(StoredEntry { index, entry }))
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged(place) => Self::Damaged { place },
            other => Self::Database {
                reason: other.to_string(),
            },
        }
    }
}
