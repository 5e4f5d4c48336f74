//! The peers that announced themselves or with whom we negotiated contracts.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use sluis_certs::PeerId;

use super::contract_table::millis;
use super::{Contracts, StoreError, outbox};

/// That a peer was seen is not written again within this time: every write has to reach the disk.
const SEEN_AGAIN_MS: i64 = 1_000;

/// What we know of a peer: its certificate said the id and the name, the peer itself said the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPeer {
    /// The FSC Peer ID.
    pub id: String,
    /// The organisation's name, as in its certificate.
    pub name: String,
    /// Where its Manager is, for example `https://manager.example.nl:8443`.
    pub manager_address: String,
    /// The FSC version that its Manager reported, when it has been asked.
    pub fsc_version: Option<String>,
    /// When it last called us or answered us, Unix milliseconds.
    pub last_seen_ms: u64,
}

/// A page of peers to read, ordered by Peer ID.
#[derive(Debug, Clone, Default)]
pub(crate) struct PeerPage {
    /// Only peers whose name contains this, ignoring case.
    pub(crate) name_contains: Option<String>,
    /// The last Peer ID of the page before.
    pub(crate) after: Option<String>,
    pub(crate) ascending: bool,
    pub(crate) limit: u32,
}

impl Contracts {
    /// Notes a peer and where its Manager is, and makes whatever waits for it due: it has just shown that it is there.
    pub(crate) async fn put_peer(
        &self,
        id: &PeerId,
        name: &str,
        manager_address: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let (id, name, address) = (
            id.as_str().to_owned(),
            name.to_owned(),
            manager_address.to_owned(),
        );
        let due = self
            .store()
            .write(
                move |connection| {
                    put(connection, &id, &name, &address, now_ms)?;
                    outbox::hasten(connection, &id, now_ms)
                },
                |_| {},
            )
            .await?;
        if due {
            self.outbox_signal().notify_one();
        }
        Ok(())
    }

    /// Notes what a third party (the directory) says of a peer; the peer itself has not shown up.
    pub(crate) async fn learn_peer(
        &self,
        id: &PeerId,
        name: &str,
        manager_address: &str,
    ) -> Result<(), StoreError> {
        let (id, name, address) = (
            id.as_str().to_owned(),
            name.to_owned(),
            manager_address.to_owned(),
        );
        self.store()
            .write(
                move |connection| put(connection, &id, &name, &address, 0),
                |()| {},
            )
            .await
    }

    /// Notes which FSC version a peer's Manager speaks.
    pub(crate) async fn put_peer_version(
        &self,
        id: &PeerId,
        version: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let (id, version) = (id.as_str().to_owned(), version.to_owned());
        self.store()
            .write(
                move |connection| set_version(connection, &id, &version, now_ms),
                |()| {},
            )
            .await
    }

    /// What we know of a peer.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn peer(&self, id: &PeerId) -> Result<Option<KnownPeer>, StoreError> {
        let id = id.as_str().to_owned();
        self.store()
            .read(move |connection| get(connection, &id))
            .await
    }

    /// A page of peers; one more than the limit when there is a next page.
    pub(crate) async fn peers(&self, wanted: PeerPage) -> Result<Vec<KnownPeer>, StoreError> {
        self.store()
            .read(move |connection| page(connection, &wanted))
            .await
    }

    /// The peers with these ids, as far as they are known.
    pub(crate) async fn peers_with_ids(
        &self,
        ids: Vec<String>,
    ) -> Result<Vec<KnownPeer>, StoreError> {
        self.store()
            .read(move |connection| with_ids(connection, &ids))
            .await
    }
}

/// Notes that the peer exists and where its Manager is. Keeps the version that was learnt before. `now_ms` is 0 when
/// somebody else told us of it; it is what counts when the clock was set back. Writes nothing when nothing is new, and
/// nothing waits for the peer.
pub(super) fn put(
    connection: &Connection,
    id: &str,
    name: &str,
    manager_address: &str,
    now_ms: u64,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO peers (id, name, name_lower, manager_address, last_seen_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_lower = excluded.name_lower,
             manager_address = excluded.manager_address,
             last_seen_ms = iif(excluded.last_seen_ms = 0, peers.last_seen_ms, excluded.last_seen_ms)
         WHERE peers.name <> excluded.name OR peers.manager_address <> excluded.manager_address
             OR (excluded.last_seen_ms <> 0 AND abs(excluded.last_seen_ms - peers.last_seen_ms) >= ?6)
             OR EXISTS (SELECT 1 FROM outbox o WHERE o.peer_id = peers.id AND o.outcome IS NULL)",
        params![
            id,
            name,
            name.to_lowercase(),
            manager_address,
            i64::try_from(now_ms).unwrap_or(i64::MAX),
            SEEN_AGAIN_MS,
        ],
    )?;
    Ok(())
}

/// Notes which FSC version the peer's Manager speaks.
pub(super) fn set_version(
    connection: &Connection,
    id: &str,
    version: &str,
    now_ms: u64,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE peers SET fsc_version = ?2, last_seen_ms = ?3 WHERE id = ?1",
        params![id, version, i64::try_from(now_ms).unwrap_or(i64::MAX)],
    )?;
    Ok(())
}

pub(super) fn get(connection: &Connection, id: &str) -> Result<Option<KnownPeer>, StoreError> {
    Ok(connection
        .query_row(
            "SELECT id, name, manager_address, fsc_version, last_seen_ms FROM peers WHERE id = ?1",
            [id],
            peer_of,
        )
        .optional()?)
}

/// One page, and one peer more than `limit` when there is a next page.
pub(super) fn page(connection: &Connection, page: &PeerPage) -> Result<Vec<KnownPeer>, StoreError> {
    let sql = if page.ascending {
        "SELECT id, name, manager_address, fsc_version, last_seen_ms FROM peers
         WHERE (:after IS NULL OR id > :after) AND (:name IS NULL OR instr(name_lower, :name) > 0)
         ORDER BY id LIMIT :limit"
    } else {
        "SELECT id, name, manager_address, fsc_version, last_seen_ms FROM peers
         WHERE (:after IS NULL OR id < :after) AND (:name IS NULL OR instr(name_lower, :name) > 0)
         ORDER BY id DESC LIMIT :limit"
    };
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map(
        named_params! {
            ":after": page.after,
            ":name": page.name_contains.as_ref().map(|name| name.to_lowercase()),
            ":limit": i64::from(page.limit) + 1,
        },
        peer_of,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The peers with these ids, as far as they are known.
pub(super) fn with_ids(
    connection: &Connection,
    ids: &[String],
) -> Result<Vec<KnownPeer>, StoreError> {
    let ids = serde_json::Value::from(ids.to_vec()).to_string();
    let mut statement = connection.prepare(
        "SELECT id, name, manager_address, fsc_version, last_seen_ms FROM peers
         WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id",
    )?;
    let rows = statement.query_map([ids], peer_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn peer_of(row: &Row<'_>) -> rusqlite::Result<KnownPeer> {
    Ok(KnownPeer {
        id: row.get(0)?,
        name: row.get(1)?,
        manager_address: row.get(2)?,
        fsc_version: row.get(3)?,
        last_seen_ms: millis(row.get(4)?),
    })
}
