//! How long our gateway takes from its start until it is ready, with many contracts in its store.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use sluis_fsc::contract::{Content, Draft};
use uuid::Uuid;

use crate::Failure;
use crate::arguments::Side;
use crate::child::Tools;
use crate::federation::Federation;

const COPY_CONTRACT: &str = "INSERT INTO contracts
    SELECT ?2, ?3, submitted_by, ?4, created_at, not_before, not_after, stored_at_ms
    FROM contracts WHERE content_hash = ?1";
const COPY_PEERS: &str = "INSERT INTO contract_peers
    SELECT peer_id, created_at, ?2 FROM contract_peers WHERE content_hash = ?1";
const COPY_SIGNATURES: &str = "INSERT INTO signatures
    SELECT ?2, peer_id, kind, jws, signed_at, certificate, received_at_ms
    FROM signatures WHERE content_hash = ?1";
const COPY_GRANT: &str = "INSERT INTO grants
    SELECT ?2, position, ?3, grant_type, service_peer, service_name
    FROM grants WHERE content_hash = ?1 AND position = ?4";

/// Copies the contract in the store of a gateway that does not run until there are `contracts` of them, each with a
/// hash of its own. Signatures are not verified again at start, so they are copied as they are.
pub(crate) fn multiply_contract(store: &Path, contracts: u32) -> Result<(), Failure> {
    let mut connection = Connection::open(store)?;
    let transaction = connection.transaction()?;
    let (old_hash, text): (String, String) = transaction.query_row(
        "SELECT content_hash, content FROM contracts LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let first = Content::parse(text.as_bytes())?;
    for number in 1..contracts {
        let content = Content::new(&Draft {
            iv: Uuid::from_u128(first.iv().as_u128() ^ u128::from(number)),
            group_id: first.group_id().clone(),
            validity: first.validity(),
            grants: first
                .grants()
                .iter()
                .map(|grant| grant.data().clone())
                .collect(),
            created_at: first.created_at(),
        })?;
        let hash = content.hash().as_str();
        transaction.execute(
            COPY_CONTRACT,
            params![
                old_hash,
                hash,
                content.iv().hyphenated().to_string(),
                content.canonical_json()
            ],
        )?;
        transaction.execute(COPY_PEERS, params![old_hash, hash])?;
        transaction.execute(COPY_SIGNATURES, params![old_hash, hash])?;
        for (position, grant) in (0_i64..).zip(content.grants()) {
            let grant = grant.hash().as_str();
            transaction.execute(COPY_GRANT, params![old_hash, hash, grant, position])?;
        }
    }
    Ok(transaction.commit()?)
}

/// Time from the start of the process until `/health/ready` says yes, after a record was written and read back.
pub(crate) async fn until_ready(
    federation: &Federation,
    tools: Tools,
) -> Result<Duration, Failure> {
    let began = Instant::now();
    let child = federation.start(Side::Inway, tools).await?;
    let took = began.elapsed();
    drop(child);
    Ok(took)
}
