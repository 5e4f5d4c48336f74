//! `contracts.db`: contracts, signatures, peers and the outbox, in one SQLite file.
//!
//! What has been accepted or signed must survive a power cut, so every commit is flushed to disk
//! (`synchronous=FULL`) before an answer leaves. The statements themselves are in the sibling files; this file opens the
//! database and runs work on it without blocking the asynchronous runtime.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use thiserror::Error;
use tokio::sync::Mutex;

use super::schema;

/// The database file's name inside the store folder.
pub const FILE_NAME: &str = "contracts.db";

/// How long a statement waits for another process (a backup, an operator's shell) that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The store of contracts. Cheap to clone; every clone shares one connection.
///
/// One connection is enough: nothing on the path of a request for data comes here, those read the
/// [`GrantIndex`](super::GrantIndex).
#[derive(Clone)]
pub struct ContractStore {
    connection: Arc<Mutex<Connection>>,
}

impl ContractStore {
    /// Opens or creates `contracts.db` in `folder` and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened or was written by a newer version.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE_NAME);
        create_private(&path)?;
        let mut connection = Connection::open(&path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        schema::migrate(&mut connection)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Works on the connection at once, on this thread: for the start of the program, before anybody else has it.
    pub(super) fn at_start<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = self.connection.try_lock();
        work(&*connection.map_err(|_| StoreError::Stopped)?)
    }

    /// Reads, outside a transaction of its own, on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read_then(work, Ok).await
    }

    /// As [`Self::read`]; `then` makes something of what was read, on the same thread, when others may read again. Reading a
    /// large contract takes long.
    pub(super) async fn read_then<T, U: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(T) -> Result<U, StoreError> + Send + 'static,
    ) -> Result<U, StoreError> {
        self.run(move |connection| work(connection), then).await
    }

    /// Runs `work` in one transaction: everything it wrote is on disk when this returns `Ok`, nothing of it otherwise.
    ///
    /// `committed` runs after the commit and before any later write, so what it does (bringing the index up to date)
    /// happens in the order of the commits. Once begun, both are carried through even if the caller stops waiting: a peer that
    /// hangs up cannot leave half a change.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        committed: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let work = move |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            committed(&value);
            Ok(value)
        };
        self.run(work, Ok).await
    }

    async fn run<T, U: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(T) -> Result<U, StoreError> + Send + 'static,
    ) -> Result<U, StoreError> {
        // Waiting for one's turn costs no thread, and comes in the order of asking.
        let mut connection = Arc::clone(&self.connection).lock_owned().await;
        tokio::task::spawn_blocking(move || {
            // Work that panics inside a transaction drops it, which rolls it back.
            let value = work(&mut connection)?;
            drop(connection);
            then(value)
        })
        .await
        .map_err(|_| StoreError::Stopped)?
    }
}

impl std::fmt::Debug for ContractStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ContractStore")
            .finish_non_exhaustive()
    }
}

/// The store cannot do what was asked. Nothing of a failed change has been kept.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file cannot be created or opened.
    #[error(
        "cannot open {path}: {source}; check that the store folder exists and that the gateway may write in it"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A later version of Sluis has written this file.
    #[error(
        "contracts.db has version {found} and this program knows up to {known}; start the newer version of sluis that wrote it"
    )]
    Newer {
        /// The version in the file.
        found: usize,
        /// The newest version that this program knows.
        known: usize,
    },
    /// SQLite refused: disk full, file locked, damaged.
    #[error("the contract store refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored row no longer says what was stored: the file has been changed by something else.
    #[error(
        "the contract store is damaged: {what} of contract {content_hash}; restore contracts.db from a backup"
    )]
    Damaged {
        /// Which part cannot be read.
        what: &'static str,
        /// The contract concerned.
        content_hash: String,
    },
    /// The runtime is stopping.
    #[error("the contract store is closed: the gateway is stopping")]
    Stopped,
}

/// Creates the file readable by its owner only; SQLite gives its journal files the same permission.
fn create_private(path: &Path) -> Result<(), StoreError> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|source| StoreError::Open {
            path: path.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_a_new_folder_and_the_same_folder_again() {
        let folder = tempfile::tempdir().unwrap();
        drop(ContractStore::open(folder.path()).unwrap());
        ContractStore::open(folder.path()).unwrap();
    }

    #[test]
    fn the_file_is_private_to_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let _store = ContractStore::open(folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join(FILE_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn refuses_a_file_of_a_newer_version() {
        let folder = tempfile::tempdir().unwrap();
        drop(ContractStore::open(folder.path()).unwrap());
        let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let error = ContractStore::open(folder.path()).unwrap_err();
        assert!(
            matches!(error, StoreError::Newer { found: 99, .. }),
            "{error}"
        );
    }

    #[test]
    fn names_the_file_when_the_folder_does_not_exist() {
        let folder = tempfile::tempdir().unwrap();
        let error = ContractStore::open(&folder.path().join("absent")).unwrap_err();
        assert!(error.to_string().contains("contracts.db"), "{error}");
    }

    #[tokio::test]
    async fn a_failed_change_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = ContractStore::open(folder.path()).unwrap();
        let failed = store
            .write(
                |connection| {
                    connection
                        .execute("INSERT INTO peers VALUES ('p', 'n', 'n', 'a', NULL, 1)", [])?;
                    connection.execute("INSERT INTO nowhere VALUES (1)", [])?;
                    Ok(())
                },
                |()| panic!("nothing was committed"),
            )
            .await;
        assert!(failed.is_err());
        let peers: i64 = store
            .read(|connection| {
                Ok(connection.query_row("SELECT count(*) FROM peers", [], |row| row.get(0))?)
            })
            .await
            .unwrap();
        assert_eq!(peers, 0);
    }
}
