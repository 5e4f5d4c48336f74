//! The tables, and whose log it is.

use rusqlite::{Connection, types::ValueRef};

use super::{StoreError, text};

/// "Slui", in the header of the database file: this is an audit database of Sluis.
const APPLICATION_ID: i64 = 0x536c_7569;
/// Version of the tables.
const VERSION: i64 = 2;

/// Every table, with the very text that SQLite keeps.
///
/// * `entry`: the leaves of the tree, text so that an operator can query them with `sqlite3`.
/// * `tile`: full tiles of the tree (C2SP tlog-tiles).
/// * `block`, `posting`: what `GET /logs` finds records by; see `index.rs`.
/// * `transaction_entry`: which entries belong to a transaction (16 bytes of UUID).
/// * `open_intent`: bitmaps of intents without an outcome, by block of 256 entries.
/// * `checkpoint`: the signed checkpoint over all entries.
/// * `meta`: whose log it is.
///
/// `entry` and `checkpoint` change with every batch, the others when 256 more entries are full: what they say of
/// the entries since then is read from these.
const TABLES: [(&str, &str); 8] = [
    (
        "block",
        "CREATE TABLE block(n INTEGER PRIMARY KEY, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL) STRICT",
    ),
    (
        "checkpoint",
        "CREATE TABLE checkpoint(id INTEGER PRIMARY KEY CHECK (id = 0), note TEXT NOT NULL) STRICT",
    ),
    (
        "entry",
        "CREATE TABLE entry(idx INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT",
    ),
    (
        "meta",
        "CREATE TABLE meta(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ),
    (
        "open_intent",
        "CREATE TABLE open_intent(block INTEGER PRIMARY KEY, bitmap BLOB NOT NULL) STRICT",
    ),
    (
        "posting",
        "CREATE TABLE posting(term TEXT NOT NULL, block INTEGER NOT NULL, bitmap BLOB NOT NULL, PRIMARY KEY (term, block)) STRICT, WITHOUT ROWID",
    ),
    (
        "tile",
        "CREATE TABLE tile(level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, n)) STRICT, WITHOUT ROWID",
    ),
    (
        "transaction_entry",
        "CREATE TABLE transaction_entry(transaction_id BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (transaction_id, idx)) STRICT, WITHOUT ROWID",
    ),
];

/// Whose log it is, as the database says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// C2SP verifier key: name of the log and its public key.
    pub(crate) verifier_key: String,
}

/// Whether nothing was ever made in this database.
pub(crate) fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0)
}

/// Makes the tables and the first checkpoint, over nothing.
pub(crate) fn create(
    connection: &Connection,
    identity: &Identity,
    checkpoint: &str,
) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    for (_, sql) in TABLES {
        connection.execute_batch(sql)?;
    }
    connection.execute(
        "INSERT INTO meta(name, value) VALUES ('verifier_key', ?1)",
        [&identity.verifier_key],
    )?;
    connection.execute(
        "INSERT INTO checkpoint(id, note) VALUES (0, ?1)",
        [checkpoint],
    )?;
    connection.execute_batch("COMMIT")?;
    Ok(())
}

/// Whether the database is of this version, down to the text of its tables. The result says what
/// is different.
pub(crate) fn check(connection: &Connection) -> Result<Option<String>, StoreError> {
    for (pragma, expected) in [
        ("application_id", APPLICATION_ID),
        ("user_version", VERSION),
        ("auto_vacuum", 0),
    ] {
        let found: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        if found != expected {
            return Ok(Some(format!("{pragma} is {found} instead of {expected}")));
        }
    }
    for (pragma, expected) in [("encoding", "UTF-8"), ("journal_mode", "wal")] {
        let found: String = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        if found != expected {
            return Ok(Some(format!(
                "{pragma} is `{found}` instead of `{expected}`"
            )));
        }
    }
    let mut statement =
        connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")?;
    let mut rows = statement.query([])?;
    let mut expected = TABLES.iter();
    loop {
        match (rows.next()?, expected.next()) {
            (None, None) => return Ok(None),
            (Some(row), Some((name, sql))) => {
                let columns = [
                    b"table".as_slice(),
                    name.as_bytes(),
                    name.as_bytes(),
                    sql.as_bytes(),
                ];
                for (column, expected) in columns.into_iter().enumerate() {
                    if row.get_ref(column)? != ValueRef::Text(expected) {
                        return Ok(Some(format!("the table {name} is defined differently")));
                    }
                }
            }
            (Some(_), None) => return Ok(Some("there is a table too many".to_owned())),
            (None, Some((name, _))) => return Ok(Some(format!("the table {name} is missing"))),
        }
    }
}

/// Whose log it is.
pub(crate) fn read_identity(connection: &Connection) -> Result<Identity, StoreError> {
    let mut statement = connection.prepare("SELECT name, value FROM meta")?;
    let mut rows = statement.query([])?;
    let damaged = || StoreError::Damaged("the table meta".to_owned());
    let row = rows.next()?.ok_or_else(damaged)?;
    if text(row, 0, "the table meta")? != b"verifier_key" {
        return Err(damaged());
    }
    let verifier_key =
        String::from_utf8(text(row, 1, "the table meta")?.to_vec()).map_err(|_| damaged())?;
    if rows.next()?.is_some() {
        return Err(damaged());
    }
    Ok(Identity { verifier_key })
}
