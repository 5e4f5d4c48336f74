//! Statements on contracts, their grants and their signatures.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::StoreError;

/// A contract on its way into the store. Written once and never changed: the content of a contract is immutable.
#[derive(Debug, Clone)]
pub(super) struct NewContract {
    pub(super) content_hash: String,
    pub(super) iv: String,
    /// The peer that brought it here; our own id for what we proposed ourselves.
    pub(super) submitted_by: String,
    /// The content as JSON.
    pub(super) content: String,
    pub(super) created_at: i64,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    /// Everybody who takes part.
    pub(super) peers: Vec<String>,
    pub(super) grants: Vec<NewGrant>,
    pub(super) stored_at_ms: u64,
}

/// What the store must be able to search on in a grant.
#[derive(Debug, Clone)]
pub(super) struct NewGrant {
    pub(super) grant_hash: String,
    pub(super) grant_type: &'static str,
    pub(super) service_peer: String,
    pub(super) service_name: String,
}

/// A signature whose certificate has been verified, with that certificate as evidence.
#[derive(Debug, Clone)]
pub(super) struct NewSignature {
    pub(super) content_hash: String,
    pub(super) peer_id: String,
    pub(super) kind: &'static str,
    pub(super) jws: String,
    pub(super) signed_at: i64,
    pub(super) certificate: Vec<u8>,
    pub(super) received_at_ms: u64,
}

/// A contract as it was stored, with what has been signed since.
#[derive(Debug, Clone)]
pub(super) struct StoredContract {
    pub(super) content_hash: String,
    pub(super) content: String,
    pub(super) submitted_by: String,
    pub(super) stored_at_ms: u64,
    pub(super) signatures: Vec<StoredSignature>,
}

/// A signature as it was stored.
#[derive(Debug, Clone)]
pub(super) struct StoredSignature {
    pub(super) peer_id: String,
    pub(super) kind: String,
    pub(super) jws: String,
    pub(super) signed_at: i64,
    pub(super) certificate: Vec<u8>,
    pub(super) received_at_ms: u64,
}

/// A page to read: those after `after` in the order asked for.
#[derive(Debug, Clone)]
pub(super) struct ContractPage {
    /// Only contracts in which this peer takes part.
    pub(super) peer_id: String,
    pub(super) grant_type: Option<&'static str>,
    /// `created_at` and content hash of the last one of the page before.
    pub(super) after: Option<(i64, String)>,
    pub(super) ascending: bool,
    /// Most contracts on the page.
    pub(super) limit: u32,
    /// A page that has grown to this size ends there; one contract may go over it.
    pub(super) bytes_max: usize,
}

/// The hash of the contract with this `iv`. FSC Core 2.0.0, Contract Validation: each peer sees to it that only one
/// contract exists with a given `iv`.
pub(super) fn hash_with_iv(
    connection: &Connection,
    iv: &str,
) -> Result<Option<String>, StoreError> {
    let statement = "SELECT content_hash FROM contracts WHERE iv = ?1";
    Ok(connection
        .query_row(statement, [iv], |row| row.get(0))
        .optional()?)
}

pub(super) fn insert(connection: &Connection, contract: &NewContract) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO contracts
         (content_hash, iv, submitted_by, content, created_at, not_before, not_after, stored_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            contract.content_hash,
            contract.iv,
            contract.submitted_by,
            contract.content,
            contract.created_at,
            contract.not_before,
            contract.not_after,
            i64::try_from(contract.stored_at_ms).unwrap_or(i64::MAX),
        ],
    )?;
    let mut peers = connection.prepare(
        "INSERT INTO contract_peers (peer_id, created_at, content_hash) VALUES (?1, ?2, ?3)",
    )?;
    for peer in &contract.peers {
        peers.execute(params![peer, contract.created_at, contract.content_hash])?;
    }
    let mut grants = connection.prepare(
        "INSERT INTO grants (content_hash, position, grant_hash, grant_type, service_peer, service_name)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (position, grant) in contract.grants.iter().enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        grants.execute(params![
            contract.content_hash,
            position,
            grant.grant_hash,
            grant.grant_type,
            grant.service_peer,
            grant.service_name,
        ])?;
    }
    Ok(())
}

/// Keeps the signature unless the same peer already placed a later one of this kind.
///
/// A peer whose certificate was renewed places a new accept signature (FSC Core 2.0.0, certificate renewal); the newest
/// one counts. Of two from the same second it is the one that sorts last, so that everybody keeps the same whichever came first.
/// Returns whether anything changed, so that the same signature sent twice is harmless.
pub(super) fn put_signature(
    connection: &Connection,
    signature: &NewSignature,
) -> Result<bool, StoreError> {
    let changed = connection.execute(
        "INSERT INTO signatures (content_hash, peer_id, kind, jws, signed_at, certificate, received_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (content_hash, peer_id, kind) DO UPDATE SET
             jws = excluded.jws, signed_at = excluded.signed_at,
             certificate = excluded.certificate, received_at_ms = excluded.received_at_ms
         WHERE (excluded.signed_at, excluded.jws) > (signatures.signed_at, signatures.jws)",
        params![
            signature.content_hash,
            signature.peer_id,
            signature.kind,
            signature.jws,
            signature.signed_at,
            signature.certificate,
            i64::try_from(signature.received_at_ms).unwrap_or(i64::MAX),
        ],
    )?;
    Ok(changed > 0)
}

/// How many contracts `submitted_by` brought here that are still running and that `own` has not answered.
pub(super) fn unanswered(
    connection: &Connection,
    submitted_by: &str,
    own: &str,
    now_unix_seconds: i64,
) -> Result<u64, StoreError> {
    let count: i64 = connection.query_row(
        "SELECT count(*) FROM contracts c WHERE c.submitted_by = ?1 AND c.not_after > ?3
         AND NOT EXISTS (SELECT 1 FROM signatures s WHERE s.content_hash = c.content_hash AND s.peer_id = ?2)",
        params![submitted_by, own, now_unix_seconds],
        |row| row.get(0),
    )?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The least that a contract counts for in [`unwanted_bytes`]: its signatures, their certificates and what it is found by
/// take about as much.
const CONTRACT_BYTES_MIN: u32 = 4_096;
/// How long a contract counts there, in milliseconds: a year.
const UNWANTED_FOR_MS: u64 = 365 * 86_400_000;

/// The bytes of the contracts that `submitted_by` brought here within a year and that `own` has not accepted, or that somebody
/// rejected or revoked.
pub(super) fn unwanted_bytes(
    connection: &Connection,
    submitted_by: &str,
    own: &str,
    now_ms: u64,
) -> Result<u64, StoreError> {
    let since_ms = now_ms.saturating_sub(UNWANTED_FOR_MS);
    let bytes: i64 = connection.query_row(
        "SELECT coalesce(sum(max(octet_length(c.content), ?4)), 0) FROM contracts c
         WHERE c.submitted_by = ?1 AND c.stored_at_ms > ?3 AND (
             NOT EXISTS (SELECT 1 FROM signatures s
                 WHERE s.content_hash = c.content_hash AND s.peer_id = ?2 AND s.kind = 'accept')
             OR EXISTS (SELECT 1 FROM signatures s WHERE s.content_hash = c.content_hash AND s.kind <> 'accept'))",
        params![
            submitted_by,
            own,
            i64::try_from(since_ms).unwrap_or(i64::MAX),
            CONTRACT_BYTES_MIN
        ],
        |row| row.get(0),
    )?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

pub(super) fn get(
    connection: &Connection,
    content_hash: &str,
) -> Result<Option<StoredContract>, StoreError> {
    let found = connection
        .query_row(
            "SELECT content_hash, content, submitted_by, stored_at_ms FROM contracts WHERE content_hash = ?1",
            [content_hash],
            contract_of,
        )
        .optional()?;
    found
        .map(|contract| with_signatures(connection, contract))
        .transpose()
}

/// The signatures on a contract; none when there is no such contract.
pub(super) fn signatures(
    connection: &Connection,
    content_hash: &str,
) -> Result<Vec<StoredSignature>, StoreError> {
    let mut statement = connection.prepare(SIGNATURES)?;
    let signatures = statement.query_map([content_hash], signature_of)?;
    Ok(signatures.collect::<Result<_, _>>()?)
}

/// One page, and whether more follow.
pub(super) fn page(
    connection: &Connection,
    page: &ContractPage,
) -> Result<(Vec<StoredContract>, bool), StoreError> {
    // Two statements rather than one with a computed order, so that both walk the index.
    let sql = if page.ascending {
        "SELECT c.content_hash, c.content, c.submitted_by, c.stored_at_ms
         FROM contract_peers p JOIN contracts c ON c.content_hash = p.content_hash
         WHERE p.peer_id = :peer AND (p.created_at, p.content_hash) > (:created_at, :content_hash)
         AND (:grant_type IS NULL OR EXISTS (
             SELECT 1 FROM grants g WHERE g.content_hash = p.content_hash AND g.grant_type = :grant_type))
         ORDER BY p.created_at, p.content_hash LIMIT :limit"
    } else {
        "SELECT c.content_hash, c.content, c.submitted_by, c.stored_at_ms
         FROM contract_peers p JOIN contracts c ON c.content_hash = p.content_hash
         WHERE p.peer_id = :peer AND (p.created_at, p.content_hash) < (:created_at, :content_hash)
         AND (:grant_type IS NULL OR EXISTS (
             SELECT 1 FROM grants g WHERE g.content_hash = p.content_hash AND g.grant_type = :grant_type))
         ORDER BY p.created_at DESC, p.content_hash DESC LIMIT :limit"
    };
    let (created_at, content_hash) = match &page.after {
        Some((created_at, content_hash)) => (*created_at, content_hash.as_str()),
        None if page.ascending => (i64::MIN, ""),
        None => (i64::MAX, ""),
    };
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map(
        named_params! {
            ":peer": page.peer_id,
            ":created_at": created_at,
            ":content_hash": content_hash,
            ":grant_type": page.grant_type,
            ":limit": i64::from(page.limit) + 1,
        },
        contract_of,
    )?;
    limited(connection, rows, page.limit, page.bytes_max)
}

/// The first of these contracts, up to `limit` and until they have `bytes_max` bytes together, and whether more follow.
fn limited(
    connection: &Connection,
    rows: impl Iterator<Item = rusqlite::Result<StoredContract>>,
    limit: u32,
    bytes_max: usize,
) -> Result<(Vec<StoredContract>, bool), StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut contracts, mut bytes) = (Vec::new(), 0_usize);
    for contract in rows {
        if contracts.len() >= limit || bytes >= bytes_max {
            return Ok((contracts, true));
        }
        let contract = with_signatures(connection, contract?)?;
        bytes = bytes.saturating_add(contract.content.len());
        contracts.push(contract);
    }
    Ok((contracts, false))
}

/// The contracts of `peer_id` that hold one of these grants, newest first. At most `limit`, and none after those that together
/// have `bytes_max` bytes.
pub(super) fn with_grants(
    connection: &Connection,
    peer_id: &str,
    grant_hashes: &[String],
    limit: u32,
    bytes_max: usize,
) -> Result<Vec<StoredContract>, StoreError> {
    let hashes = serde_json::Value::from(grant_hashes.to_vec()).to_string();
    let mut statement = connection.prepare(
        "SELECT c.content_hash, c.content, c.submitted_by, c.stored_at_ms
         FROM contracts c JOIN contract_peers p ON p.content_hash = c.content_hash AND p.peer_id = ?1
              AND p.created_at = c.created_at
         WHERE c.content_hash IN (
             SELECT g.content_hash FROM grants g WHERE g.grant_hash IN (SELECT value FROM json_each(?2)))
         ORDER BY c.created_at DESC, c.content_hash DESC LIMIT ?3",
    )?;
    let rows = statement.query_map(params![peer_id, hashes, limit], contract_of)?;
    Ok(limited(connection, rows, limit, bytes_max)?.0)
}

/// Hands every contract with its signatures to `visit`, oldest first.
pub(super) fn for_each(
    connection: &Connection,
    mut visit: impl FnMut(StoredContract) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT content_hash, content, submitted_by, stored_at_ms FROM contracts
         ORDER BY created_at, content_hash",
    )?;
    let mut signatures = connection.prepare(SIGNATURES)?;
    for contract in statement.query_map([], contract_of)? {
        let mut contract = contract?;
        contract.signatures = signatures
            .query_map([&contract.content_hash], signature_of)?
            .collect::<Result<_, _>>()?;
        visit(contract)?;
    }
    Ok(())
}

const SIGNATURES: &str = "SELECT peer_id, kind, jws, signed_at, certificate, received_at_ms
                          FROM signatures WHERE content_hash = ?1 ORDER BY peer_id, kind";

fn with_signatures(
    connection: &Connection,
    mut contract: StoredContract,
) -> Result<StoredContract, StoreError> {
    contract.signatures = signatures(connection, &contract.content_hash)?;
    Ok(contract)
}

fn contract_of(row: &Row<'_>) -> rusqlite::Result<StoredContract> {
    Ok(StoredContract {
        content_hash: row.get(0)?,
        content: row.get(1)?,
        submitted_by: row.get(2)?,
        stored_at_ms: millis(row.get(3)?),
        signatures: Vec::new(),
    })
}

fn signature_of(row: &Row<'_>) -> rusqlite::Result<StoredSignature> {
    Ok(StoredSignature {
        peer_id: row.get(0)?,
        kind: row.get(1)?,
        jws: row.get(2)?,
        signed_at: row.get(3)?,
        certificate: row.get(4)?,
        received_at_ms: millis(row.get(5)?),
    })
}

/// Our own clock never writes a negative time; a file changed by hand might hold one.
pub(super) fn millis(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}
