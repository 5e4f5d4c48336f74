use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    api::{PageRequest, QueryError, SortOrder},
    error::ErrorCode,
    fixtures::*,
    json::read_as,
    token::Parties,
};

const ID: &str = "019a7dea-9048-7c4d-9e66-4d3f75a18f58";

fn record_json() -> serde_json::Value {
    json!({
        "transaction_id": ID,
        "direction": "DIRECTION_INCOMING",
        "grant_hash": content(&[connection()]).grants()[0].hash(),
        "source": { "type": "SOURCE_TYPE_DELEGATED_SOURCE", "outway_peer_id": OUTWAY_PEER, "delegator_peer_id": CONNECTION_DELEGATOR },
        "destination": { "type": "DESTINATION_TYPE_DESTINATION", "service_peer_id": SERVICE_PEER },
        "service_name": "zaken-api",
        "created_at": 1_767_225_700
    })
}

#[test]
fn a_record_has_the_form_of_the_standard() {
    let record: LogRecord = serde_json::from_value(record_json()).unwrap();
    assert_eq!(serde_json::to_value(&record).unwrap(), record_json());
    assert_eq!(
        record.source.delegator_peer_id(),
        Some(&peer(CONNECTION_DELEGATOR))
    );
    assert_eq!(record.destination.delegator_peer_id(), None);

    let mut full = record_json();
    full["additional_data"] =
        json!({ "delegation.connection.external_contract_reference": { "reference": "r" } });
    full["trace_id"] = json!("4bf92f3577b34da6a3ce929d0e0e4736");
    full["span_id"] = json!("00f067aa0ba902b7");
    let record: LogRecord = serde_json::from_value(full.clone()).unwrap();
    assert_eq!(serde_json::to_value(&record).unwrap(), full);
}

#[test]
fn a_page_of_another_manager_is_read() {
    let text =
        json!({ "records": [record_json()], "pagination": { "next_cursor": "c" } }).to_string();
    let page: LogsPage = read_as(text.as_bytes(), 10_000).unwrap();
    assert_eq!(
        (page.records.len(), page.pagination.next_cursor.as_str()),
        (1, "c")
    );
    assert!(read_as::<LogsPage>(br#"{"records":[{}],"pagination":{}}"#, 10_000).is_err());
}

#[test]
fn the_parties_and_nobody_else_see_a_record() {
    let record: LogRecord = serde_json::from_value(record_json()).unwrap();
    for party in [OUTWAY_PEER, SERVICE_PEER, CONNECTION_DELEGATOR] {
        assert!(record.is_visible_to(&peer(party)));
    }
    for stranger in [DIRECTORY_PEER, PUBLICATION_DELEGATOR] {
        assert!(!record.is_visible_to(&peer(stranger)));
    }
    let parties = Parties {
        outway: peer(OUTWAY_PEER),
        connection_delegator: None,
        service: peer(SERVICE_PEER),
        publication_delegator: Some(peer(PUBLICATION_DELEGATOR)),
    };
    let record = LogRecord {
        source: Source::of(&parties),
        destination: Destination::of(&parties),
        ..record
    };
    assert!(
        record.is_visible_to(&peer(PUBLICATION_DELEGATOR))
            && !record.is_visible_to(&peer(CONNECTION_DELEGATOR))
    );
    assert_eq!(
        record.source,
        Source::Source {
            outway_peer_id: peer(OUTWAY_PEER)
        }
    );
    assert_eq!(record.destination.service_peer_id(), &peer(SERVICE_PEER));
}

#[test]
fn a_transaction_id_is_a_uuid_of_version_7() {
    let id = TransactionId::from_header(Some(ID)).unwrap();
    assert_eq!(
        (id.to_string().as_str(), id.uuid()),
        (ID, Uuid::parse_str(ID).unwrap())
    );
    assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{ID}\""));
    for missing in [None, Some("")] {
        let error = TransactionId::from_header(missing).unwrap_err();
        assert_eq!(error.error_code(), ErrorCode::MissingLogRecordId);
    }
    for invalid in [
        "019a7dea90487c4d9e664d3f75a18f58",
        "{019a7dea-9048-7c4d-9e66-4d3f75a18f58}",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
        "019a7dea-9048-7c4d-ce66-4d3f75a18f58",
        "019a7dea-9048-7c4d-9e66-4d3f75a18f5x",
        " 019a7dea-9048-7c4d-9e66-4d3f75a18f58",
        "019a7dea-9048-7c4d-9e66-4d3f75a18f58, x",
    ] {
        let error = TransactionId::from_header(Some(invalid)).unwrap_err();
        assert_eq!(
            error.error_code(),
            ErrorCode::InvalidLogRecordId,
            "{invalid}"
        );
    }
    assert!(TransactionId::new(Uuid::nil()).is_err());
}

#[test]
fn a_query_is_read_and_written() {
    let none: [(&str, &str); 0] = [];
    let query = LogsQuery::from_pairs(none).unwrap();
    assert_eq!(query, LogsQuery::first(25));
    assert_eq!(query.page.sort_order, SortOrder::Descending);

    let hash = content(&[connection()]).grants()[0].hash().clone();
    let query = LogsQuery {
        page: PageRequest {
            cursor: "a b".into(),
            limit: 1000,
            sort_order: SortOrder::Ascending,
        },
        after: Some(1),
        before: Some(2),
        grant_hashes: vec![hash.clone(), hash],
        service_names: vec!["zaken-api".parse().unwrap()],
        transaction_ids: vec![TransactionId::parse(ID).unwrap()],
    };
    let text = query.to_query();
    assert!(text.starts_with("limit=1000&sort_order=SORT_ORDER_ASCENDING&cursor=a+b&after=1&before=2&grant_hash=%241%243%24"));
    assert_eq!(LogsQuery::from_pairs(decode(&text)).unwrap(), query);

    for (name, value) in [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "x"),
        ("sort_order", "UP"),
        ("after", "-1"),
        ("before", "1.5"),
        ("grant_hash", "$1$1$x"),
        ("service_name", "a,b c"),
        ("transaction_ids", "x"),
    ] {
        let error = LogsQuery::from_pairs([(name, value)]).unwrap_err();
        assert!(
            matches!(error, QueryError::Invalid { parameter, .. } if parameter == name),
            "{name}"
        );
    }
    let twice = LogsQuery::from_pairs([("after", "1"), ("after", "2")]);
    assert_eq!(twice, Err(QueryError::Repeated("after")));
    assert!(LogsQuery::from_pairs([("cursor", "x".repeat(20_000))]).is_err());
    assert!(LogsQuery::from_pairs([("unknown", "1"), ("limit", "")]).is_ok());
}

/// Decodes what `to_query` wrote, as an HTTP server would.
fn decode(query: &str) -> Vec<(String, String)> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut left = text.bytes();
        while let Some(byte) = left.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [left.next().unwrap(), left.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}
