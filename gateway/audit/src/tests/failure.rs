use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::results;
use crate::testing::{Fixture, delivered, intent, transaction};
use crate::{AppendError, AuditLog, LogState, OpenError, OutcomeResult, Refusal};

/// Waits until the state is as expected; the test runner's patience is the limit.
async fn until(log: &AuditLog, expected: impl Fn(&LogState) -> bool) -> Arc<LogState> {
    tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let state = log.state();
            if expected(&state) {
                return state;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the state did not come")
}

fn quick(fixture: &Fixture) -> AuditLog {
    let mut options = fixture.options();
    options.lock_wait_max_ms = 50;
    AuditLog::open(options).unwrap()
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let open = log.admit(intent(0)).await.unwrap();
    // Room for what is there, and nothing more.
    log.set_database_bytes_max(Some(1));
    let mut admitted = Vec::new();
    let mut n = 1;
    let reason = loop {
        match log.admit(intent(n)).await {
            Ok(receipt) => admitted.push((n, receipt)),
            Err(AppendError::NotWritten { reason }) => break reason,
            Err(error) => panic!("{error}"),
        }
        n += 1;
        assert!(n < 100, "a page does not hold so many");
    };
    assert!(reason.contains("full"), "{reason}");
    let state = log.state();
    assert!(!state.writable);
    assert_eq!(state.last_error.as_ref(), Some(&reason));
    assert_eq!(state.size, admitted.len() as u64 + 1);
    // Nothing is half written.
    fixture.verify().unwrap();
    // What is owed meanwhile is not lost.
    open.close(delivered());
    for (_, receipt) in admitted.drain(1..) {
        receipt.close(delivered());
    }
    assert!(log.admit(intent(500)).await.is_err());
    let refusal = log.record(Refusal::default()).await.unwrap_err();
    assert!(matches!(refusal, AppendError::NotWritten { .. }));
    assert!(log.probe().await.is_err());

    log.set_database_bytes_max(None);
    let receipt = log.admit(intent(1_000)).await.unwrap();
    assert!(log.state().writable);
    assert_eq!(log.state().last_error, None);
    receipt.close(delivered());
    log.probe().await.unwrap();
    log.close();
    assert_eq!(
        results(&log.reader(), transaction(0)),
        [OutcomeResult::Delivered]
    );
    assert_eq!(
        results(&log.reader(), transaction(1_000)),
        [OutcomeResult::Delivered]
    );
    assert_eq!(log.reader().transaction(transaction(500)).unwrap(), []);
    fixture.verify().unwrap();
}

#[tokio::test]
async fn a_locked_database_refuses_and_recovers() {
    let fixture = Fixture::new();
    let log = quick(&fixture);
    let open = log.admit(intent(0)).await.unwrap();
    let other = fixture.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = log.admit(intent(1)).await.unwrap_err();
    assert!(matches!(error, AppendError::NotWritten { .. }), "{error}");
    assert!(!log.state().writable);
    open.close(delivered());
    other.execute_batch("ROLLBACK").unwrap();
    // The outcome is written without anybody asking again.
    let state = until(&log, |state| state.open_intents == 0).await;
    assert!(state.writable);
    let receipt = log.admit(intent(2)).await.unwrap();
    receipt.close(delivered());
    log.close();
    assert_eq!(
        results(&log.reader(), transaction(0)),
        [OutcomeResult::Delivered]
    );
    assert_eq!(fixture.verify().unwrap().size, 4);
}

#[test]
fn a_locked_database_does_not_open() {
    let fixture = Fixture::new();
    fixture.open().close();
    let other = fixture.connection();
    other
        .execute_batch("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE")
        .unwrap();
    let mut options = fixture.options();
    options.lock_wait_max_ms = 1;
    let error = AuditLog::open(options).unwrap_err();
    assert!(matches!(error, OpenError::Database { .. }), "{error}");
    drop(other);
    fixture.open();
}

#[tokio::test]
async fn a_full_queue_answers_at_once() {
    let fixture = Fixture::new();
    let mut options = fixture.options();
    options.queue_entries_max = 4;
    options.lock_wait_max_ms = 60_000;
    let log = AuditLog::open(options).unwrap();
    let other = fixture.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Every passage takes two places, one of which is free again when the appender takes it out.
    let mut waiting = Vec::new();
    let overloaded = loop {
        let asked = {
            let log = log.clone();
            let n = waiting.len() as u64;
            tokio::spawn(async move { log.admit(intent(n)).await })
        };
        tokio::task::yield_now().await;
        if asked.is_finished() {
            break asked.await.unwrap().unwrap_err();
        }
        waiting.push(asked);
        assert!(waiting.len() < 5);
    };
    assert_eq!(
        overloaded,
        AppendError::Overloaded {
            queue_entries_max: 4
        }
    );
    assert!(!waiting.is_empty());
    other.execute_batch("ROLLBACK").unwrap();
    let mut receipts = Vec::new();
    for asked in waiting {
        receipts.push(asked.await.unwrap().unwrap());
    }
    // Passages in flight keep their places, so that their outcomes find room.
    for receipt in receipts {
        receipt.close(delivered());
    }
    until(&log, |state| state.open_intents == 0).await;
    drop(log.admit(intent(100)).await.unwrap());
    log.close();
    fixture.verify().unwrap();
}

#[tokio::test]
async fn passages_in_flight_are_limited_by_the_queue() {
    let fixture = Fixture::new();
    let mut options = fixture.options();
    options.queue_entries_max = 4;
    let log = AuditLog::open(options).unwrap();
    let mut receipts = Vec::new();
    for n in 0..3 {
        receipts.push(log.admit(intent(n)).await.unwrap());
    }
    let error = log.admit(intent(3)).await.unwrap_err();
    assert!(matches!(error, AppendError::Overloaded { .. }));
    // A refusal still finds the last place.
    log.record(Refusal::default()).await.unwrap();
    receipts.pop();
    until(&log, |state| state.open_intents == 2).await;
    receipts.push(log.admit(intent(4)).await.unwrap());
}

#[tokio::test]
async fn nobody_waits_for_an_appender_that_is_gone() {
    let fixture = Fixture::new();
    let mut options = fixture.options();
    let broken = Arc::new(AtomicBool::new(false));
    options.clock = {
        let broken = broken.clone();
        Arc::new(move || {
            assert!(
                !broken.load(Ordering::Relaxed),
                "the clock breaks on purpose"
            );
            1
        })
    };
    let log = AuditLog::open(options).unwrap();
    let receipt = log.admit(intent(1)).await.unwrap();
    broken.store(true, Ordering::Relaxed);
    assert_eq!(log.admit(intent(2)).await.unwrap_err(), AppendError::Closed);
    until(&log, |state| !state.writable).await;
    assert_eq!(log.admit(intent(3)).await.unwrap_err(), AppendError::Closed);
    receipt.close(delivered());
    log.close();
    let log = fixture.open();
    assert_eq!(
        results(&log.reader(), transaction(1)),
        [OutcomeResult::Interrupted]
    );
    log.close();
    assert_eq!(fixture.verify().unwrap().size, 2);
}

#[tokio::test]
async fn a_receipt_that_outlives_the_log_is_found_as_interrupted() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let receipt = log.admit(intent(1)).await.unwrap();
    log.close();
    receipt.close(delivered());
    let log = fixture.open();
    assert_eq!(
        results(&log.reader(), transaction(1)),
        [OutcomeResult::Interrupted]
    );
    assert_eq!(log.state().open_intents, 0);
    log.close();
    fixture.verify().unwrap();
}
