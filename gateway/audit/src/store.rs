//! The SQLite database of a log.

mod load;
mod nodes;
mod schema;
mod writer;

use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

pub(crate) use load::{State, load, stored_checkpoint};
pub(crate) use nodes::TileNodes;
pub(crate) use schema::{Identity, check, create, is_empty, read_identity};
pub(crate) use writer::Writer;

use crate::folder::Folder;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// SQLite says so.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// It holds what a log cannot hold.
    #[error("{0} is damaged")]
    Damaged(String),
    /// A number that the database cannot hold.
    #[error("the number {0} is too large for the database")]
    Number(u64),
    /// A thread could not be started.
    #[error("a thread cannot be started: {0}")]
    Thread(String),
}

/// Opens the database for writing. Nobody else does: the folder's lock is held. Another program may
/// still hold a lock on the database, which is waited for this long.
pub(crate) fn open_writable(
    folder: &Folder,
    page_bytes: u32,
    lock_wait: Duration,
) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        folder.database(),
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(lock_wait)?;
    connection.pragma_update(None, "page_size", page_bytes)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL: a transaction is on disk when COMMIT returns.
    connection.pragma_update(None, "synchronous", "full")?;
    // 16 MiB, for the inner pages of the index over transactions.
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// Opens the database once more for writing, only to copy the write-ahead log into it.
pub(crate) fn open_copier(folder: &Folder) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        folder.database(),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Closes the database, with everything in one file when nobody reads it just then.
pub(crate) fn close(connection: Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::ZERO)?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.close().map_err(|(_, error)| error)?;
    Ok(emptied?)
}

/// Opens the database for reading.
pub(crate) fn open_readable(folder: &Folder) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        folder.database(),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare_readable(&connection)?;
    let readable = connection.query_row("PRAGMA schema_version", [], |_| Ok(()));
    if readable.is_err() && !folder.write_ahead_log().exists() {
        // SQLite wants to make files beside the database, and on a medium that cannot be written
        // it cannot. What nobody can write can be read without them.
        return open_immutable(folder);
    }
    Ok(connection)
}

/// Opens a database that nobody writes while it is read.
fn open_immutable(folder: &Folder) -> Result<Connection, StoreError> {
    let path = folder.database().display().to_string();
    let path = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let connection = Connection::open_with_flags(
        format!("file:{path}?immutable=1"),
        OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI,
    )?;
    prepare_readable(&connection)?;
    Ok(connection)
}

fn prepare_readable(connection: &Connection) -> Result<(), StoreError> {
    // A reader only meets a lock while another process opens or closes the log.
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(())
}

/// A number as SQLite keeps it.
pub(crate) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Number(number))
}

/// A non-negative integer column.
pub(crate) fn unsigned(row: &Row<'_>, column: usize, place: &str) -> Result<u64, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Integer(number) => {
            u64::try_from(number).map_err(|_| StoreError::Damaged(place.to_owned()))
        }
        _ => Err(StoreError::Damaged(place.to_owned())),
    }
}

/// A column of bytes.
pub(crate) fn blob<'a>(
    row: &'a Row<'_>,
    column: usize,
    place: &str,
) -> Result<&'a [u8], StoreError> {
    match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Ok(bytes),
        _ => Err(StoreError::Damaged(place.to_owned())),
    }
}

/// A column of text, as bytes.
pub(crate) fn text<'a>(
    row: &'a Row<'_>,
    column: usize,
    place: &str,
) -> Result<&'a [u8], StoreError> {
    match row.get_ref(column)? {
        ValueRef::Text(bytes) => Ok(bytes),
        _ => Err(StoreError::Damaged(place.to_owned())),
    }
}

/// The bytes of an entry. `None` when there is none with this index.
pub(crate) fn entry_bytes(
    connection: &Connection,
    index: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare("SELECT body FROM entry WHERE idx = ?1")?;
    let mut rows = statement.query([signed(index)?])?;
    match rows.next()? {
        Some(row) => Ok(Some(text(row, 0, &format!("entry {index}"))?.to_vec())),
        None => Ok(None),
    }
}

/// Number of entries.
pub(crate) fn size(connection: &Connection) -> Result<u64, StoreError> {
    let mut statement = connection.prepare("SELECT max(idx) FROM entry")?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        Some(row) if !matches!(row.get_ref(0)?, ValueRef::Null) => {
            Ok(unsigned(row, 0, "the table entry")? + 1)
        }
        _ => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, intent};

    #[tokio::test]
    async fn a_closed_log_can_be_read_where_nothing_can_be_written() {
        let fixture = Fixture::new();
        let log = fixture.open();
        drop(log.admit(intent(1)).await.unwrap());
        log.close();
        let folder = Folder::new(fixture.folder());
        assert!(!folder.write_ahead_log().exists());
        let odd = tempfile::Builder::new()
            .prefix("a?b#c%20")
            .tempdir()
            .unwrap();
        let copy = Folder::new(odd.path());
        std::fs::copy(folder.database(), copy.database()).unwrap();
        let connection = open_immutable(&copy).unwrap();
        assert_eq!(size(&connection).unwrap(), 2);
        let files = std::fs::read_dir(odd.path()).unwrap().count();
        assert_eq!(files, 1, "nothing was made beside it");
    }
}
