use std::sync::Arc;
use std::sync::atomic::Ordering;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::testing::{Fixture, START_MS, delivered, intent, transaction};
use crate::{Intent, LogQuery, LoggedIntent, ReadError, Reader, Refusal};

const COUNT: u64 = 700;

fn peer(n: u64) -> Arc<str> {
    format!("0000009900000000{n}000").into()
}

fn grant(n: u64) -> Arc<str> {
    format!("$1$3$grant-{n}").into()
}

fn service(n: u64) -> Arc<str> {
    format!("dienst-{n}").into()
}

/// The `n`-th intent of a log with some rare and some frequent peers, grants and services.
fn varied(n: u64) -> Intent {
    let mut intent = intent(n);
    let rare = n == 5 || n == 400 || n == 699;
    intent.source.outway_peer_id = if rare { peer(9) } else { peer(n % 3 + 1) };
    intent.destination.service_peer_id = peer(n % 2 + 3);
    intent.source.delegator_peer_id = n.is_multiple_of(7).then(|| peer(6));
    intent.destination.delegator_peer_id = n.is_multiple_of(11).then(|| peer(7));
    intent.grant_hash = if n == 350 { grant(9) } else { grant(n % 4) };
    intent.service = if n < 10 { service(9) } else { service(n % 3) };
    intent
}

fn seconds_of(n: u64) -> i64 {
    i64::try_from(START_MS / 1_000 + n / 5).unwrap()
}

/// A log of 700 passages, among refusals and outcomes.
fn build(fixture: &Fixture) -> Reader {
    let log = fixture.open();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for n in 0..COUNT {
            fixture.now_ms.store(START_MS + n * 200, Ordering::Relaxed);
            log.admit(varied(n)).await.unwrap().close(delivered());
            if n % 10 == 0 {
                let refusal = Refusal {
                    transaction_id: Some(transaction(n)),
                    ..Refusal::default()
                };
                log.record(refusal).await.unwrap();
            }
        }
    });
    log.close();
    log.reader()
}

/// All pages of a query, one after the other.
fn all(reader: &Reader, query: &LogQuery) -> Vec<LoggedIntent> {
    let mut query = query.clone();
    let mut records = Vec::new();
    loop {
        let page = reader.logs(&query).unwrap();
        if !query.transaction_ids.is_empty() {
            // The limit does not count.
            assert_eq!(page.next_cursor, "");
            return page.records;
        }
        assert!(page.records.len() <= query.limit as usize);
        let last = page.next_cursor.is_empty();
        assert!(last || page.records.len() == query.limit as usize);
        records.extend(page.records);
        if last {
            return records;
        }
        query.cursor = page.next_cursor;
    }
}

/// The transactions that a query should give, by looking at every one.
fn expected(query: &LogQuery) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..COUNT)
        .filter(|n| {
            let intent = varied(*n);
            let peers = [
                Some(&intent.source.outway_peer_id),
                intent.source.delegator_peer_id.as_ref(),
                Some(&intent.destination.service_peer_id),
                intent.destination.delegator_peer_id.as_ref(),
            ];
            let visible = query
                .peer
                .as_ref()
                .is_none_or(|peer| peers.contains(&Some(peer)));
            if !query.transaction_ids.is_empty() {
                return visible && query.transaction_ids.contains(&transaction(*n));
            }
            let at = seconds_of(*n);
            let period = query.after_unix_seconds.is_some() || query.before_unix_seconds.is_some();
            let in_period = period
                && query.after_unix_seconds.is_none_or(|after| at > after)
                && query.before_unix_seconds.is_none_or(|before| at < before);
            let unfiltered =
                !period && query.grant_hashes.is_empty() && query.service_names.is_empty();
            visible
                && (unfiltered
                    || in_period
                    || query.grant_hashes.contains(&intent.grant_hash)
                    || query.service_names.contains(&intent.service))
        })
        .collect();
    if !query.ascending {
        numbers.reverse();
    }
    numbers
}

fn queries() -> impl Strategy<Value = LogQuery> {
    let moment = proptest::option::of((0..COUNT + 50).prop_map(seconds_of));
    (
        proptest::option::of((1..=9u64).prop_map(peer)),
        prop_oneof![Just(1_000u32), 1..60u32],
        any::<bool>(),
        moment.clone(),
        moment,
        proptest::collection::vec((0..=10u64).prop_map(grant), 0..3),
        proptest::collection::vec((0..=10u64).prop_map(service), 0..3),
        prop_oneof![
            4 => Just(Vec::new()),
            1 => proptest::collection::vec((0..COUNT + 20).prop_map(transaction), 1..9),
        ],
    )
        .prop_map(
            |(peer, limit, ascending, after, before, grants, services, transactions)| LogQuery {
                peer,
                cursor: String::new(),
                limit,
                ascending,
                after_unix_seconds: after,
                before_unix_seconds: before,
                grant_hashes: grants,
                service_names: services,
                transaction_ids: transactions,
            },
        )
}

#[test]
fn every_query_gives_what_looking_at_every_record_gives() {
    let fixture = Fixture::new();
    let reader = build(&fixture);
    let mut runner = TestRunner::new(Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&queries(), |query| {
            let records = all(&reader, &query);
            let found: Vec<_> = records
                .iter()
                .map(|record| record.intent.transaction_id)
                .collect();
            let expected: Vec<_> = expected(&query).into_iter().map(transaction).collect();
            prop_assert_eq!(found, expected);
            Ok(())
        })
        .unwrap();
    fixture.verify().unwrap();
    edges(&reader);
}

fn edges(reader: &Reader) {
    let base = LogQuery {
        limit: 25,
        ..LogQuery::default()
    };
    for (parameter, query) in [
        (
            "limit",
            LogQuery {
                limit: 0,
                ..base.clone()
            },
        ),
        (
            "limit",
            LogQuery {
                limit: 1_001,
                ..base.clone()
            },
        ),
        (
            "cursor",
            LogQuery {
                cursor: "x".to_owned(),
                ..base.clone()
            },
        ),
        (
            "cursor",
            LogQuery {
                cursor: "-1".to_owned(),
                ..base.clone()
            },
        ),
        (
            "grant_hash",
            LogQuery {
                grant_hashes: vec![grant(1); 1_001],
                ..base.clone()
            },
        ),
    ] {
        let error = reader.logs(&query).unwrap_err();
        assert!(
            matches!(&error, ReadError::Question { parameter: named, .. } if *named == parameter),
            "{error}"
        );
    }
    // A cursor beyond the end gives an empty last page, not an error.
    for ascending in [true, false] {
        let query = LogQuery {
            cursor: if ascending {
                u64::MAX.to_string()
            } else {
                "0".to_owned()
            },
            ascending,
            ..base.clone()
        };
        let page = reader.logs(&query).unwrap();
        assert!(page.records.is_empty() && page.next_cursor.is_empty());
    }
    // Exactly full pages end as well.
    let query = LogQuery {
        limit: u32::try_from(COUNT).unwrap(),
        ascending: true,
        ..base
    };
    let page = reader.logs(&query).unwrap();
    assert_eq!(page.records.len() as u64, COUNT);
    assert_eq!(page.next_cursor, "");
    assert_eq!(page.records[0].at_ms, START_MS);
}

#[test]
fn pages_stay_as_they_are_while_records_are_added() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut n = 0;
    let mut write = |count: u64| {
        runtime.block_on(async {
            for _ in 0..count {
                log.admit(intent(n)).await.unwrap().close(delivered());
                n += 1;
            }
        });
    };
    write(30);
    let mut query = LogQuery {
        limit: 20,
        ascending: false,
        ..LogQuery::default()
    };
    let first = log.reader().logs(&query).unwrap();
    write(10);
    query.cursor = first.next_cursor;
    let second = log.reader().logs(&query).unwrap();
    assert_eq!(second.next_cursor, "");
    let numbers: Vec<_> = first.records.iter().chain(&second.records).collect();
    assert_eq!(numbers.len(), 30);
    assert!(numbers.is_sorted_by(|a, b| a.index > b.index));
}
