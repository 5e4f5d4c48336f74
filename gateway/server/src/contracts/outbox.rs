//! The outbox: what our own signatures still have to be told, and to whom.
//!
//! An item is written in the same transaction as the signature that it carries, so a crash between signing and telling is
//! made good after the restart. Items for one peer about one contract leave in the order in which they were written.

mod action;

pub use action::OutboxAction;

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use sluis_certs::PeerId;
use sluis_fsc::ContentHash;
use sluis_fsc::signature::SignatureType;

use super::contract_table::millis;
use super::{Contracts, StoreError};

/// How far the telling has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// Still to be told, or to be tried again.
    Pending,
    /// The peer's Manager confirmed it.
    Delivered,
    /// The peer's Manager refused it for good; [`OutboxItem::last_error`] says why.
    Refused,
}

/// One message to one peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Ascending in the order of writing.
    pub id: i64,
    /// The peer to tell.
    pub peer_id: String,
    /// The contract it is about.
    pub content_hash: String,
    /// What to tell.
    pub action: OutboxAction,
    /// Our signature.
    pub jws: String,
    /// How many times in a row it, or what waited for the same peer with it, has been tried in vain.
    pub attempts: u32,
    /// Not before this moment, Unix milliseconds.
    pub next_attempt_at_ms: u64,
    /// What went wrong the last time.
    pub last_error: Option<String>,
    /// How far it has come.
    pub state: OutboxState,
}

/// The moment, and how far ahead of it a pause may end. What is to wait for longer was written before the clock was set
/// back, and waits no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Unix milliseconds.
    pub(crate) now_ms: u64,
    /// The longest pause.
    pub(crate) pause_max_ms: u64,
}

impl Moment {
    /// The latest moment at which a pause may end, Unix milliseconds.
    const fn horizon_ms(self) -> u64 {
        self.now_ms.saturating_add(self.pause_max_ms)
    }
}

/// When a message is tried again after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pause {
    /// What has to wait with it.
    pub(crate) of: Paused,
    /// How many times it has been tried in vain now.
    pub(crate) attempts: u32,
    /// When the attempt began, Unix milliseconds.
    pub(crate) tried_at_ms: u64,
    /// When it had failed.
    pub(crate) failed_at: Moment,
    /// Not before this moment, Unix milliseconds.
    pub(crate) until_ms: u64,
    /// The same for a peer that has called us while it was tried, so that it is there again.
    pub(crate) until_if_seen_ms: u64,
}

/// Who has to wait after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paused {
    /// Everything for the peer: it cannot be reached, so it is knocked on once, not once per message.
    Peer,
    /// This message, and what follows on the same contract: the peer is there and does not take it.
    Contract,
}

impl Contracts {
    /// Everything that was ever to be told about a contract, oldest first, with how far it has come.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn outbox_of(
        &self,
        content_hash: &ContentHash,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let hash = content_hash.as_str().to_owned();
        self.store()
            .read(move |connection| of_contract(connection, &hash))
            .await
    }

    /// How many messages to peers wait, and how many were refused for good.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn outbox_counts(&self) -> Result<(u64, u64), StoreError> {
        self.store().read(counts).await
    }

    /// What may be told now, except to the peers in `busy`.
    pub(crate) async fn outbox_due(
        &self,
        moment: Moment,
        busy: &HashSet<String>,
        limit: u32,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let busy = json_list(busy);
        self.store()
            .read(move |connection| due(connection, moment, &busy, limit))
            .await
    }

    /// When the next thing becomes due for peers that are not in `busy`, Unix milliseconds.
    pub(crate) async fn outbox_next_due_ms(
        &self,
        moment: Moment,
        busy: &HashSet<String>,
    ) -> Result<Option<u64>, StoreError> {
        let busy = json_list(busy);
        self.store()
            .read(move |connection| next_due_ms(connection, moment, &busy))
            .await
    }

    /// Notes that a peer has confirmed a message.
    pub(crate) async fn outbox_delivered(&self, id: i64, now_ms: u64) -> Result<(), StoreError> {
        self.store()
            .write(move |connection| delivered(connection, id, now_ms), |()| {})
            .await
    }

    /// Notes that a peer has refused a message for good.
    pub(crate) async fn outbox_refused(
        &self,
        id: i64,
        error: String,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        self.store()
            .write(
                move |connection| refused(connection, id, &error, now_ms),
                |()| {},
            )
            .await
    }

    /// Tells once more what peers had refused for good, because somebody asks for it.
    pub(crate) async fn outbox_tell_again(
        &self,
        content_hash: &ContentHash,
        signature_type: SignatureType,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let hash = content_hash.as_str().to_owned();
        let work =
            move |connection: &Connection| tell_again(connection, &hash, signature_type, now_ms);
        if self.store().write(work, |_| {}).await? {
            self.outbox_signal().notify_one();
        }
        Ok(())
    }

    /// Notes a failed attempt: what may be tried again, and when.
    pub(crate) async fn outbox_put_off(
        &self,
        item: OutboxItem,
        error: String,
        pause: Pause,
    ) -> Result<(), StoreError> {
        self.store()
            .write(
                move |connection| put_off(connection, &item, &error, pause),
                |()| {},
            )
            .await
    }

    /// Makes whatever waits for this peer due, because it has just answered us.
    pub(crate) async fn outbox_hasten(&self, peer: &PeerId, now_ms: u64) -> Result<(), StoreError> {
        let id = peer.as_str().to_owned();
        let work = move |connection: &Connection| hasten(connection, &id, now_ms);
        if self.store().write(work, |_| {}).await? {
            self.outbox_signal().notify_one();
        }
        Ok(())
    }

    /// Returns when something may have become due before its time.
    pub(crate) async fn outbox_woken(&self) {
        self.outbox_signal().notified().await;
    }

    /// Makes the outbox look again at what is due.
    pub fn wake_outbox(&self) {
        self.outbox_signal().notify_one();
    }
}

const COLUMNS: &str = "o.id, o.peer_id, o.content_hash, o.action, o.jws, o.attempts, o.next_attempt_at_ms, o.last_error, o.outcome";

/// Holds for items that no earlier pending item for the same peer and contract precedes.
const FIRST_IN_LINE: &str = "o.outcome IS NULL AND NOT EXISTS (
    SELECT 1 FROM outbox e WHERE e.peer_id = o.peer_id AND e.content_hash = o.content_hash
    AND e.id < o.id AND e.outcome IS NULL)";

/// Holds for items for peers that are not in the JSON list of the first parameter.
const NOT_BUSY: &str = "o.peer_id NOT IN (SELECT value FROM json_each(?1))";

pub(super) fn enqueue(
    connection: &Connection,
    peer_id: &str,
    content_hash: &str,
    action: OutboxAction,
    jws: &str,
    now_ms: u64,
) -> Result<(), StoreError> {
    // What was not told before stands in the way of what is to be told now.
    connection.execute(
        "UPDATE outbox SET next_attempt_at_ms = min(next_attempt_at_ms, ?3)
         WHERE peer_id = ?1 AND content_hash = ?2 AND outcome IS NULL",
        params![peer_id, content_hash, stored(now_ms)],
    )?;
    connection.execute(
        "INSERT INTO outbox (peer_id, content_hash, action, jws, next_attempt_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![peer_id, content_hash, action.as_str(), jws, stored(now_ms)],
    )?;
    Ok(())
}

/// What may be sent now: per peer and contract at most one, the oldest first of those that were tried as often. So a message that
/// never arrives, for whatever reason, is tried after those that may. `busy` is a JSON list of peers to pass over.
fn due(
    connection: &Connection,
    moment: Moment,
    busy: &str,
    limit: u32,
) -> Result<Vec<OutboxItem>, StoreError> {
    let mut statement = connection.prepare(&format!(
        "SELECT {COLUMNS} FROM outbox o WHERE {FIRST_IN_LINE} AND {NOT_BUSY}
         AND o.next_attempt_at_ms NOT BETWEEN ?2 + 1 AND ?3 ORDER BY o.attempts, o.id LIMIT ?4"
    ))?;
    let (now_ms, horizon_ms) = (stored(moment.now_ms), stored(moment.horizon_ms()));
    let rows = statement.query_map(params![busy, now_ms, horizon_ms, limit], item_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn next_due_ms(
    connection: &Connection,
    moment: Moment,
    busy: &str,
) -> Result<Option<u64>, StoreError> {
    let next: Option<i64> = connection.query_row(
        &format!(
            "SELECT min(iif(o.next_attempt_at_ms > ?3, ?2, o.next_attempt_at_ms)) FROM outbox o
             WHERE {FIRST_IN_LINE} AND {NOT_BUSY}"
        ),
        params![busy, stored(moment.now_ms), stored(moment.horizon_ms())],
        |row| row.get(0),
    )?;
    Ok(next.map(millis))
}

fn json_list(peers: &HashSet<String>) -> String {
    serde_json::Value::from_iter(peers.iter().map(String::as_str)).to_string()
}

pub(super) fn delivered(connection: &Connection, id: i64, now_ms: u64) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE outbox SET outcome = 'delivered', settled_at_ms = ?2, last_error = NULL WHERE id = ?1",
        params![id, stored(now_ms)],
    )?;
    Ok(())
}

pub(super) fn refused(
    connection: &Connection,
    id: i64,
    error: &str,
    now_ms: u64,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE outbox SET outcome = 'refused', settled_at_ms = ?2, last_error = ?3 WHERE id = ?1",
        params![id, stored(now_ms), error],
    )?;
    Ok(())
}

fn tell_again(
    connection: &Connection,
    content_hash: &str,
    signature_type: SignatureType,
    now_ms: u64,
) -> Result<bool, StoreError> {
    let mut again = connection.prepare(
        "UPDATE outbox SET outcome = NULL, settled_at_ms = NULL, attempts = 0, next_attempt_at_ms = ?3
         WHERE content_hash = ?1 AND action = ?2 AND outcome = 'refused'",
    )?;
    let mut changed = 0;
    for action in OutboxAction::ALL {
        if action.signature_type() == signature_type {
            changed += again.execute(params![content_hash, action.as_str(), stored(now_ms)])?;
        }
    }
    Ok(changed > 0)
}

/// Notes a failed attempt, and puts off what has to wait with the message.
pub(super) fn put_off(
    connection: &Connection,
    item: &OutboxItem,
    error: &str,
    pause: Pause,
) -> Result<(), StoreError> {
    // A peer that came back during the attempt has hastened nothing: the message was on its way, and due.
    let failed_at = pause.failed_at;
    let is_seen: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM peers WHERE id = ?1 AND last_seen_ms BETWEEN ?2 + 1 AND ?3)",
        params![
            item.peer_id,
            stored(pause.tried_at_ms),
            stored(failed_at.now_ms)
        ],
        |row| row.get(0),
    )?;
    let until = stored(if is_seen && pause.of == Paused::Peer {
        pause.until_ms.min(pause.until_if_seen_ms)
    } else {
        pause.until_ms
    });
    connection.execute(
        "UPDATE outbox SET attempts = ?4, last_error = ?2, next_attempt_at_ms = ?3 WHERE id = ?1",
        params![item.id, error, until, pause.attempts],
    )?;
    if pause.of == Paused::Peer {
        connection.execute(
            "UPDATE outbox SET next_attempt_at_ms = iif(next_attempt_at_ms > ?3, ?2, max(next_attempt_at_ms, ?2))
             WHERE peer_id = ?1 AND outcome IS NULL",
            params![item.peer_id, until, stored(failed_at.horizon_ms())],
        )?;
    }
    Ok(())
}

/// Milliseconds as SQLite has them.
fn stored(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Makes everything for this peer due at once, because it has just shown that it is there.
pub(super) fn hasten(
    connection: &Connection,
    peer_id: &str,
    now_ms: u64,
) -> Result<bool, StoreError> {
    let changed = connection.execute(
        "UPDATE outbox SET next_attempt_at_ms = ?2
         WHERE peer_id = ?1 AND outcome IS NULL AND next_attempt_at_ms > ?2",
        params![peer_id, stored(now_ms)],
    )?;
    Ok(changed > 0)
}

/// Everything that was ever to be told about a contract, oldest first.
pub(super) fn of_contract(
    connection: &Connection,
    content_hash: &str,
) -> Result<Vec<OutboxItem>, StoreError> {
    let mut statement = connection.prepare(&format!(
        "SELECT {COLUMNS} FROM outbox o WHERE o.content_hash = ?1 ORDER BY o.id"
    ))?;
    let rows = statement.query_map([content_hash], item_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many items are pending and how many were refused for good.
pub(super) fn counts(connection: &Connection) -> Result<(u64, u64), StoreError> {
    let counts = connection
        .query_row(
            "SELECT count(*) FILTER (WHERE outcome IS NULL), count(*) FILTER (WHERE outcome = 'refused') FROM outbox",
            [],
            |row| Ok((millis(row.get(0)?), millis(row.get(1)?))),
        )
        .optional()?;
    Ok(counts.unwrap_or_default())
}

fn item_of(row: &Row<'_>) -> rusqlite::Result<OutboxItem> {
    let action: String = row.get(3)?;
    let outcome: Option<String> = row.get(8)?;
    Ok(OutboxItem {
        id: row.get(0)?,
        peer_id: row.get(1)?,
        content_hash: row.get(2)?,
        action: OutboxAction::parse(&action).ok_or(rusqlite::Error::InvalidQuery)?,
        jws: row.get(4)?,
        attempts: row.get(5)?,
        next_attempt_at_ms: millis(row.get(6)?),
        last_error: row.get(7)?,
        state: match outcome.as_deref() {
            None => OutboxState::Pending,
            Some("delivered") => OutboxState::Delivered,
            Some(_) => OutboxState::Refused,
        },
    })
}

#[cfg(test)]
mod tests;
