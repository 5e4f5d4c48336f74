//! `GET /logs`: the transaction log, as far as it concerns the caller (FSC Logging 1.1.0).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use serde_json::{Map, Value};
use sluis_audit::{Direction as Logged, LogQuery, LoggedIntent, ReadError};
use sluis_certs::PeerId;
use sluis_fsc::api::{Pagination, SortOrder};
use sluis_fsc::grant::ExternalContract;
use sluis_fsc::log::{
    Destination, Direction, LogRecord, LogsPage, LogsQuery, Source, TransactionId,
};
use sluis_fsc::{GrantHash, ServiceName};

use super::listing::pairs;
use super::router::json;
use super::state::State;
use super::{Caller, Refusal};

/// Answers with the records in which the caller is the outway, the service or a delegator.
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = question(
        LogsQuery::from_pairs(pairs(query))?,
        caller.id(),
        state.settings.page_size_max,
    );
    let log = Arc::clone(&state.log);
    let page = tokio::task::spawn_blocking(move || log.logs(&query))
        .await
        .map_err(|_| Refusal::Internal)?;
    let page = page.map_err(|error| match error {
        ReadError::Question { .. } => Refusal::Unreadable(error.to_string()),
        _ => {
            tracing::error!(%error, "could not read the transaction log for a peer");
            Refusal::Log
        }
    })?;
    let records = page
        .records
        .iter()
        .map(record)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| {
            tracing::error!("the transaction log holds a record that is not of FSC Logging");
            Refusal::Log
        })?;
    let pagination = Pagination {
        next_cursor: page.next_cursor,
    };
    Ok(json(&LogsPage {
        records,
        pagination,
    }))
}

/// The question to our log. The caller is always part of it: nobody sees the transactions of others.
fn question(query: LogsQuery, caller: &PeerId, page_size_max: u32) -> LogQuery {
    LogQuery {
        peer: Some(caller.shared()),
        cursor: query.page.cursor,
        limit: query.page.limit.min(page_size_max).max(1),
        ascending: query.page.sort_order == SortOrder::Ascending,
        after_unix_seconds: query.after,
        before_unix_seconds: query.before,
        grant_hashes: query.grant_hashes.iter().map(GrantHash::shared).collect(),
        service_names: query
            .service_names
            .iter()
            .map(ServiceName::shared)
            .collect(),
        transaction_ids: query
            .transaction_ids
            .into_iter()
            .map(TransactionId::uuid)
            .collect(),
    }
}

/// The record as FSC Logging has it; what else we wrote down (purpose, data groups, persons) stays here.
fn record(logged: &LoggedIntent) -> Option<LogRecord> {
    let intent = &logged.intent;
    let outway_peer_id = PeerId::new(&intent.source.outway_peer_id).ok()?;
    let service_peer_id = PeerId::new(&intent.destination.service_peer_id).ok()?;
    Some(LogRecord {
        transaction_id: TransactionId::parse(&intent.transaction_id.hyphenated().to_string())
            .ok()?,
        direction: match intent.direction {
            Logged::Incoming => Direction::Incoming,
            Logged::Outgoing => Direction::Outgoing,
        },
        grant_hash: GrantHash::parse(&intent.grant_hash).ok()?,
        source: match &intent.source.delegator_peer_id {
            None => Source::Source { outway_peer_id },
            Some(delegator) => Source::DelegatedSource {
                outway_peer_id,
                delegator_peer_id: PeerId::new(delegator).ok()?,
            },
        },
        destination: match &intent.destination.delegator_peer_id {
            None => Destination::Destination { service_peer_id },
            Some(delegator) => Destination::DelegatedDestination {
                service_peer_id,
                delegator_peer_id: PeerId::new(delegator).ok()?,
            },
        },
        service_name: ServiceName::parse(&intent.service).ok()?,
        created_at: i64::try_from(logged.at_ms / 1000).ok()?,
        additional_data: additional(&intent.additional_data),
        // Both sides write down what travelled in `traceparent`, so that their records can be joined.
        trace_id: (!intent.trace.derived).then(|| hex(&intent.trace.trace_id)),
        span_id: match intent.direction {
            _ if intent.trace.derived => None,
            Logged::Incoming => intent.trace.parent_span_id.as_ref().map(|span| hex(span)),
            Logged::Outgoing => Some(hex(&intent.trace.span_id)),
        },
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The facts as the extensions of FSC write them: those of a contract outside FSC together in one object.
fn additional(data: &BTreeMap<Arc<str>, Arc<str>>) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    for (name, value) in data {
        let value = Value::from(value.to_string());
        let external = name
            .strip_prefix(ExternalContract::CONNECTION)
            .and_then(|rest| rest.strip_prefix('.'));
        match external {
            None => drop(members.insert(name.to_string(), value)),
            Some(member) => {
                let object = members
                    .entry(ExternalContract::CONNECTION)
                    .or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(object) = object {
                    object.insert(member.to_owned(), value);
                }
            }
        }
    }
    (!members.is_empty()).then_some(members)
}
