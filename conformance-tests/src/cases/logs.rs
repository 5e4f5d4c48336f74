//! Transaction log records, as the target's manager gives them, and `Manager-TransactionLogRecord-1`.

use serde_json::{Value, json};

use crate::case::{Evidence, Stop};
use crate::clauses::{Clause, LOG_MANAGER, LOG_RECORD};
use crate::play::Played;
use crate::stage::{Kind, Stage, list};
use crate::wire::Question;

/// How far `created_at` of a record that was made just now may be off, in seconds: the clocks of two machines.
const AGO_SECONDS_MAX: i64 = 600;

/// What a record must say.
pub(crate) struct Wanted<'a> {
    /// `DIRECTION_INCOMING` or `DIRECTION_OUTGOING`.
    pub(crate) direction: &'static str,
    pub(crate) transaction_id: &'a str,
    pub(crate) grant_hash: &'a str,
    pub(crate) service: &'a str,
    pub(crate) outway_peer: &'a str,
    pub(crate) service_peer: &'a str,
    pub(crate) delegator: Option<&'a str>,
    pub(crate) publication_delegator: Option<&'a str>,
}

/// `Manager-TransactionLogRecord-1`.
pub(crate) async fn records(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let seen = stage.pass(&agreement).await?;
    let (consumer, id) = (&stage.consumer, seen.transaction_id.as_str());
    let record = record(stage, consumer, id).await?;
    let expected = "the record of the peer's transaction in GET /v1/logs?transaction_ids=";
    let none = || "no such record".to_owned();
    evidence.check(record.is_some(), LOG_MANAGER, expected, none)?;
    let (inway, _) = stage.inway_target()?;
    let wanted = Wanted {
        direction: "DIRECTION_INCOMING",
        transaction_id: id,
        grant_hash: agreement.contract.grant_hash(),
        service: &inway.service,
        outway_peer: &consumer.id,
        service_peer: &stage.target.peer_id,
        delegator: None,
        publication_delegator: None,
    };
    check(evidence, record.as_ref(), &wanted, LOG_RECORD)?;
    let entries = stage
        .all(consumer, "/v1/logs", "records", LOG_MANAGER)
        .await?;
    let listed = entries
        .iter()
        .any(|entry| text(entry, "transaction_id") == id);
    let expected = "the record among the pages of GET /v1/logs";
    let came = || format!("{} records, not this one", entries.len());
    evidence.check(listed, LOG_MANAGER, expected, came)?;
    let stranger = self::record(stage, &stage.provider, id).await?;
    let expected = "the record not to be given to a peer that had no part in the transaction";
    let came = || format!("given to peer {}", stage.provider.id);
    evidence.check(stranger.is_none(), LOG_MANAGER, expected, came)
}

/// The record of a transaction as the target gives it to a peer.
pub(crate) async fn record(
    stage: &Stage,
    peer: &Played,
    transaction_id: &str,
) -> Result<Option<Value>, Stop> {
    let path = format!("/v1/logs?transaction_ids={transaction_id}");
    let answer = stage.ask(peer, Question::get(path)).await?;
    let records = list(&answer, "records", LOG_MANAGER)?;
    let found = records
        .into_iter()
        .find(|record| text(record, "transaction_id") == transaction_id);
    Ok(found)
}

/// Checks every field of a record.
pub(crate) fn check(
    evidence: &mut Evidence,
    record: Option<&Value>,
    wanted: &Wanted<'_>,
    clause: Clause,
) -> Result<(), Stop> {
    let nothing = Value::Null;
    let record = record.unwrap_or(&nothing);
    let source = match wanted.delegator {
        None => json!({ "type": "SOURCE_TYPE_SOURCE", "outway_peer_id": wanted.outway_peer }),
        Some(delegator) => json!({
            "type": "SOURCE_TYPE_DELEGATED_SOURCE",
            "outway_peer_id": wanted.outway_peer,
            "delegator_peer_id": delegator,
        }),
    };
    let destination = match wanted.publication_delegator {
        None => json!({
            "type": "DESTINATION_TYPE_DESTINATION", "service_peer_id": wanted.service_peer
        }),
        Some(delegator) => json!({
            "type": "DESTINATION_TYPE_DELEGATED_DESTINATION",
            "service_peer_id": wanted.service_peer,
            "delegator_peer_id": delegator,
        }),
    };
    for (member, value) in [
        ("transaction_id", json!(wanted.transaction_id)),
        ("direction", json!(wanted.direction)),
        ("grant_hash", json!(wanted.grant_hash)),
        ("service_name", json!(wanted.service)),
        ("source", source),
        ("destination", destination),
    ] {
        evidence.check(
            record.get(member) == Some(&value),
            clause,
            format!("`{member}` of the record to be {value}"),
            || record.to_string(),
        )?;
    }
    let created_at = record.get("created_at").and_then(Value::as_i64);
    let expected = "`created_at` of the record in Unix seconds, now";
    let ago = created_at.map(|at| (crate::clock::unix_seconds() - at).abs());
    evidence.check(
        ago.is_some_and(|seconds| seconds <= AGO_SECONDS_MAX),
        clause,
        expected,
        || record.to_string(),
    )
}

fn text<'v>(record: &'v Value, member: &str) -> &'v str {
    record
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
