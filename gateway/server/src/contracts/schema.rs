//! The tables of `contracts.db` and the steps from one version of them to the next.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::StoreError;

/// One entry per schema version; the position plus one is the version that the step leads to.
///
/// A step that has been released is never edited: a change is a new step.
const STEPS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3];

/// Times are Unix seconds where FSC defines them (`created_at`, `not_before`, `not_after`, `signed_at`) and
/// Unix milliseconds, with `_ms` in the name, where we read our own clock.
const VERSION_1: &str = "
CREATE TABLE contracts (
    content_hash TEXT PRIMARY KEY,
    iv           TEXT NOT NULL UNIQUE,
    submitted_by TEXT NOT NULL,
    content      TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    not_after    INTEGER NOT NULL,
    stored_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX contracts_by_submitter ON contracts (submitted_by, created_at);
CREATE INDEX contracts_by_creation ON contracts (created_at, content_hash);

CREATE TABLE contract_peers (
    peer_id      TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    content_hash TEXT NOT NULL REFERENCES contracts (content_hash),
    PRIMARY KEY (peer_id, created_at, content_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    content_hash TEXT NOT NULL REFERENCES contracts (content_hash),
    position     INTEGER NOT NULL,
    grant_hash   TEXT NOT NULL,
    grant_type   TEXT NOT NULL,
    service_peer TEXT NOT NULL,
    service_name TEXT NOT NULL,
    PRIMARY KEY (content_hash, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_by_hash ON grants (grant_hash);

CREATE TABLE signatures (
    content_hash   TEXT NOT NULL REFERENCES contracts (content_hash),
    peer_id        TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('accept', 'reject', 'revoke')),
    jws            TEXT NOT NULL,
    signed_at      INTEGER NOT NULL,
    certificate    BLOB NOT NULL,
    received_at_ms INTEGER NOT NULL,
    PRIMARY KEY (content_hash, peer_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE peers (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    name_lower      TEXT NOT NULL,
    manager_address TEXT NOT NULL,
    fsc_version     TEXT,
    last_seen_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    peer_id            TEXT NOT NULL,
    content_hash       TEXT NOT NULL REFERENCES contracts (content_hash),
    action             TEXT NOT NULL CHECK (action IN ('submit', 'accept', 'reject', 'revoke')),
    jws                TEXT NOT NULL,
    attempts           INTEGER NOT NULL DEFAULT 0,
    next_attempt_at_ms INTEGER NOT NULL,
    last_error         TEXT,
    outcome            TEXT CHECK (outcome IN ('delivered', 'refused')),
    settled_at_ms      INTEGER
) STRICT;
CREATE INDEX outbox_pending ON outbox (peer_id, content_hash, id) WHERE outcome IS NULL;
CREATE INDEX outbox_due ON outbox (next_attempt_at_ms) WHERE outcome IS NULL;
CREATE INDEX outbox_by_contract ON outbox (content_hash, id);

CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// What our rules decided about a contract that came in: the latest decision; the audit log has all of them.
const VERSION_2: &str = "
CREATE TABLE decisions (
    content_hash  TEXT PRIMARY KEY REFERENCES contracts (content_hash),
    outcome       TEXT NOT NULL CHECK (outcome IN ('accept', 'hold', 'reject')),
    code          TEXT NOT NULL,
    reason        TEXT NOT NULL,
    rules         TEXT NOT NULL,
    policy        TEXT NOT NULL,
    decided_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// How other organisations answer, what is not as it was agreed with them, and which services the directory listed.
const VERSION_3: &str = "
CREATE TABLE peer_checks (
    peer_id       TEXT PRIMARY KEY,
    answers       INTEGER NOT NULL,
    since_ms      INTEGER NOT NULL,
    checked_at_ms INTEGER NOT NULL,
    last_error    TEXT,
    answered_at   TEXT,
    moved_from    TEXT,
    moved_at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alarms (
    kind     TEXT NOT NULL,
    peer_id  TEXT NOT NULL,
    subject  TEXT NOT NULL,
    what     TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    seen     INTEGER NOT NULL,
    PRIMARY KEY (peer_id, kind, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE listed_services (
    peer_id      TEXT NOT NULL,
    service      TEXT NOT NULL,
    listed_at_ms INTEGER NOT NULL,
    PRIMARY KEY (peer_id, service)
) STRICT, WITHOUT ROWID;
";

/// Brings the database to the newest version, one transaction per step.
///
/// # Errors
/// [`StoreError::Newer`] when a later version of Sluis wrote the file, [`StoreError::Sqlite`] when the engine refuses.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let newest = STEPS.len();
    loop {
        // Immediate: two processes that start at once do not run the same step twice.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version_of(&transaction)?;
        let Some(step) = STEPS.get(version) else {
            return if version == newest {
                Ok(())
            } else {
                Err(StoreError::Newer {
                    found: version,
                    known: newest,
                })
            };
        };
        transaction.execute_batch(step)?;
        transaction.pragma_update(
            None,
            "user_version",
            i64::try_from(version + 1).unwrap_or(i64::MAX),
        )?;
        transaction.commit()?;
    }
}

fn version_of(transaction: &Transaction<'_>) -> Result<usize, StoreError> {
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}
