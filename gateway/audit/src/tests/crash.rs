use std::sync::{Arc, Mutex};

use super::results;
use crate::testing::{Fixture, copy_log, delivered, intent, transaction};
use crate::{AuditLog, OpenError, OutcomeResult, Record, VerifyError, verify};

/// What is on disk at some moment is all that a killed process leaves behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_is_in_a_copy_made_in_mid_traffic() {
    let fixture = Fixture::new();
    let log = fixture.open();
    for round in 0..5 {
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..8)
            .map(|caller| {
                let first = (round * 8 + caller) * 1_000;
                tokio::spawn(traffic(log.clone(), first, acknowledged.clone()))
            })
            .collect();
        while acknowledged.lock().unwrap().len() < 60 {
            tokio::task::yield_now().await;
        }
        let before = acknowledged.lock().unwrap().clone();
        let copy = copy_log(fixture.folder());
        for task in tasks {
            task.await.unwrap();
        }
        let log = fixture.open_copy(copy.path());
        let reader = log.reader();
        for n in before {
            let stored = reader.transaction(transaction(n)).unwrap();
            assert!(matches!(stored[0].entry.record, Record::Intent(_)));
            let result = results(&reader, transaction(n));
            assert_eq!(result.len(), 1, "every passage has an end");
            if n % 3 == 0 {
                assert_eq!(result, [OutcomeResult::Interrupted]);
            }
        }
        assert_eq!(log.state().open_intents, 0);
        log.close();
        verify(copy.path(), &fixture.verifier()).unwrap();
    }
}

async fn traffic(log: AuditLog, first: u64, acknowledged: Arc<Mutex<Vec<u64>>>) {
    for n in first..first + 30 {
        let receipt = log.admit(intent(n)).await.unwrap();
        acknowledged.lock().unwrap().push(n);
        if n % 3 == 0 {
            // A passage that is still in flight when the process dies.
            std::mem::forget(receipt);
        } else {
            receipt.close(delivered());
        }
    }
}

async fn write(log: &AuditLog, count: u64) {
    for n in 0..count {
        log.admit(intent(n)).await.unwrap().close(delivered());
    }
}

/// As `docs/administration.md` says: first the head, then the database, which may hold more by then.
#[tokio::test]
async fn a_backup_made_while_the_log_is_written_can_be_put_back() {
    let fixture = Fixture::new();
    let log = fixture.open();
    write(&log, 3).await;
    let backup = tempfile::tempdir().unwrap();
    let copy = |name: &str| {
        std::fs::copy(fixture.folder().join(name), backup.path().join(name)).unwrap();
    };
    let copy_database = || {
        let target = backup.path().join("audit.db");
        let _ = std::fs::remove_file(&target);
        let target = target.to_str().unwrap();
        fixture
            .connection()
            .execute("VACUUM INTO ?1", [target])
            .unwrap();
    };
    copy("head");
    write(&log, 2).await;
    copy_database();
    write(&log, 1).await;
    let again = fixture.open_copy(backup.path());
    assert!(again.state().size >= 8);
    write(&again, 1).await;
    again.close();
    verify(backup.path(), &fixture.verifier()).unwrap();

    // The other way round it looks as if an older copy was put back.
    copy_database();
    write(&log, 1).await;
    copy("head");
    log.close();
    let _ = std::fs::remove_file(backup.path().join("audit.db-wal"));
    let mut options = fixture.options();
    options.folder = backup.path().to_owned();
    let refused = AuditLog::open(options).map(drop);
    assert!(
        matches!(refused, Err(OpenError::Tampered { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_older_copy_put_back_is_refused() {
    let fixture = Fixture::new();
    let log = fixture.open();
    write(&log, 3).await;
    log.close();
    let old = copy_log(fixture.folder());
    let log = fixture.open();
    write(&log, 1).await;
    log.close();
    std::fs::copy(
        old.path().join("audit.db"),
        fixture.folder().join("audit.db"),
    )
    .unwrap();
    let error = AuditLog::open(fixture.options()).unwrap_err();
    assert!(matches!(error, OpenError::Tampered { .. }), "{error}");
    assert!(error.to_string().contains("older copy"), "{error}");
    let Err(VerifyError::Unsound { findings, .. }) = fixture.verify() else {
        panic!("an older copy verified");
    };
    assert_eq!(findings[0].place, "head");
    // Nor does an empty database pass for a new log.
    std::fs::remove_file(fixture.folder().join("audit.db")).unwrap();
    let error = AuditLog::open(fixture.options()).unwrap_err();
    assert!(matches!(error, OpenError::Tampered { .. }), "{error}");
}

#[tokio::test]
async fn a_lost_write_ahead_log_is_noticed() {
    let fixture = Fixture::new();
    let log = fixture.open();
    write(&log, 3).await;
    let copy = copy_log(fixture.folder());
    std::fs::remove_file(copy.path().join("audit.db-wal")).unwrap();
    let mut options = fixture.options();
    options.folder = copy.path().to_owned();
    let error = AuditLog::open(options).unwrap_err();
    assert!(
        matches!(error, OpenError::Tampered { .. } | OpenError::Format { .. }),
        "{error}"
    );
    assert!(verify(copy.path(), &fixture.verifier()).is_err());
}

#[tokio::test]
async fn a_missing_head_is_noticed() {
    let fixture = Fixture::new();
    let log = fixture.open();
    log.close();
    std::fs::remove_file(fixture.folder().join("head")).unwrap();
    // Nothing was written yet: there is nothing to lose.
    let log = fixture.open();
    write(&log, 1).await;
    log.close();
    fixture.verify().unwrap();
    std::fs::remove_file(fixture.folder().join("head")).unwrap();
    let error = AuditLog::open(fixture.options()).unwrap_err();
    assert!(matches!(error, OpenError::Tampered { .. }), "{error}");
    assert!(fixture.verify().is_err());
}

#[tokio::test]
async fn an_older_head_is_what_a_power_failure_leaves() {
    let fixture = Fixture::new();
    let log = fixture.open();
    write(&log, 200).await;
    log.close();
    let older = std::fs::read(fixture.folder().join("head")).unwrap();
    let log = fixture.open();
    write(&log, 150).await;
    log.close();
    std::fs::write(fixture.folder().join("head"), older).unwrap();
    fixture.verify().unwrap();
    fixture.open().close();
    fixture.verify().unwrap();
}

#[tokio::test]
async fn changed_entries_do_not_open() {
    let fixture = Fixture::new();
    let log = fixture.open();
    write(&log, 10).await;
    log.close();
    fixture
        .connection()
        .execute(
            "UPDATE entry SET body = replace(body, 'bijstand', 'bijstond') WHERE idx = 0",
            [],
        )
        .unwrap();
    let error = AuditLog::open(fixture.options()).unwrap_err();
    assert!(matches!(error, OpenError::Tampered { .. }), "{error}");
    let Err(VerifyError::Unsound { findings, .. }) = fixture.verify() else {
        panic!("a changed entry verified");
    };
    assert!(!findings.is_empty());
}
