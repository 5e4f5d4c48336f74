//! How the manager of another organisation answered when it was last asked.

use rusqlite::{Connection, Row, params};

use super::contract_table::millis;
use super::{Contracts, StoreError};

/// What the last check of an organisation's manager gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCheck {
    /// The organisation, by Peer ID.
    pub peer_id: String,
    /// Whether its manager answered.
    pub answers: bool,
    /// Since when that is so, Unix milliseconds.
    pub since_ms: u64,
    /// When it was asked, Unix milliseconds.
    pub checked_at_ms: u64,
    /// What went wrong, in one sentence; `None` when nothing did.
    pub last_error: Option<String>,
    /// Where its manager last answered; `None` when it never did.
    pub answered_at: Option<String>,
    /// Where it answered before it moved to where it answers now; `None` when it never moved.
    pub moved_from: Option<String>,
    /// When the move was noticed, Unix milliseconds; 0 when it never moved.
    pub moved_at_ms: u64,
}

impl Contracts {
    /// The last check of every organisation that was ever checked, by Peer ID.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn peer_checks(&self) -> Result<Vec<PeerCheck>, StoreError> {
        self.store().read(all).await
    }

    /// Keeps the outcome of a check in place of the one before. An organisation that answered has been seen.
    pub(crate) async fn put_peer_check(&self, check: PeerCheck) -> Result<(), StoreError> {
        self.store()
            .write(move |connection| put(connection, &check), |()| {})
            .await
    }

    /// Notes that the directory lists a service.
    pub(crate) async fn put_listed_service(
        &self,
        peer_id: &str,
        service: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let (peer_id, service) = (peer_id.to_owned(), service.to_owned());
        let statement = "INSERT INTO listed_services VALUES (?1, ?2, ?3)
             ON CONFLICT (peer_id, service) DO UPDATE SET listed_at_ms = excluded.listed_at_ms";
        self.store()
            .write(
                move |connection| {
                    let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
                    connection.execute(statement, params![peer_id, service, now_ms])?;
                    Ok(())
                },
                |()| {},
            )
            .await
    }

    /// Whether the directory ever listed this service.
    pub(crate) async fn was_listed(
        &self,
        peer_id: &str,
        service: &str,
    ) -> Result<bool, StoreError> {
        let (peer_id, service) = (peer_id.to_owned(), service.to_owned());
        let statement =
            "SELECT EXISTS (SELECT 1 FROM listed_services WHERE peer_id = ?1 AND service = ?2)";
        self.store()
            .read(move |connection| {
                Ok(connection.query_row(statement, [&peer_id, &service], |row| row.get(0))?)
            })
            .await
    }
}

fn all(connection: &Connection) -> Result<Vec<PeerCheck>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT peer_id, answers, since_ms, checked_at_ms, last_error, answered_at, moved_from, moved_at_ms
         FROM peer_checks ORDER BY peer_id",
    )?;
    let rows = statement.query_map([], check_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn put(connection: &Connection, check: &PeerCheck) -> Result<(), StoreError> {
    let stored = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    connection.execute(
        "INSERT OR REPLACE INTO peer_checks
         (peer_id, answers, since_ms, checked_at_ms, last_error, answered_at, moved_from, moved_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            check.peer_id,
            check.answers,
            stored(check.since_ms),
            stored(check.checked_at_ms),
            check.last_error,
            check.answered_at,
            check.moved_from,
            stored(check.moved_at_ms),
        ],
    )?;
    if check.answers {
        connection.execute(
            "UPDATE peers SET last_seen_ms = max(last_seen_ms, ?2) WHERE id = ?1",
            params![check.peer_id, stored(check.checked_at_ms)],
        )?;
    }
    Ok(())
}

fn check_of(row: &Row<'_>) -> rusqlite::Result<PeerCheck> {
    Ok(PeerCheck {
        peer_id: row.get(0)?,
        answers: row.get(1)?,
        since_ms: millis(row.get(2)?),
        checked_at_ms: millis(row.get(3)?),
        last_error: row.get(4)?,
        answered_at: row.get(5)?,
        moved_from: row.get(6)?,
        moved_at_ms: millis(row.get(7)?),
    })
}
