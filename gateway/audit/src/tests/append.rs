use std::collections::BTreeSet;
use std::future::Future as _;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use super::results;
use crate::testing::{Fixture, START_MS, delivered, intent, pseudonymiser, subject, transaction};
use crate::{
    AppendError, AuditLog, Event, OpenError, Options, Outcome, OutcomeResult, Reader, Record,
    Refusal,
};

#[tokio::test]
async fn an_intent_is_on_disk_when_admit_returns() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let receipt = log.admit(intent(1)).await.unwrap();
    assert_eq!(receipt.transaction_id(), transaction(1));
    // Another reader, which sees only what was committed.
    let stored = Reader::open(fixture.folder())
        .unwrap()
        .transaction(transaction(1))
        .unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].index, receipt.index());
    assert_eq!(stored[0].entry.at_ms, START_MS);
    assert_eq!(stored[0].entry.record, Record::Intent(Box::new(intent(1))));
    assert_eq!(log.state().open_intents, 1);
    receipt.close(delivered());
    log.close();
    assert_eq!(log.state().open_intents, 0);
    assert_eq!(
        results(&log.reader(), transaction(1)),
        [OutcomeResult::Delivered]
    );
    let report = fixture.verify().unwrap();
    assert_eq!((report.intents, report.outcomes), (1, 1));
}

#[tokio::test]
async fn a_receipt_without_outcome_says_that_the_client_is_gone() {
    let fixture = Fixture::new();
    let log = fixture.open();
    drop(log.admit(intent(1)).await.unwrap());
    log.close();
    assert_eq!(
        results(&log.reader(), transaction(1)),
        [OutcomeResult::ClientGone]
    );
    fixture.verify().unwrap();
}

#[tokio::test]
async fn a_cancelled_request_loses_nothing() {
    let fixture = Fixture::new();
    let log = fixture.open();
    for n in 0..50 {
        let mut admit = Box::pin(log.admit(intent(n)));
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(receipt) = admit.as_mut().poll(&mut context) {
            drop(receipt);
        }
        // Dropped while it waits, or with the answer in it.
        if n % 2 == 0 {
            std::thread::yield_now();
        }
        drop(admit);
    }
    log.close();
    for n in 0..50 {
        assert_eq!(
            results(&log.reader(), transaction(n)),
            [OutcomeResult::ClientGone]
        );
    }
    fixture.verify().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_batches_and_each_gets_its_own_place() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let mut tasks = Vec::new();
    for caller in 0..40 {
        let log = log.clone();
        tasks.push(tokio::spawn(async move {
            let mut indices = Vec::new();
            for turn in 0..10 {
                let receipt = log.admit(intent(caller * 100 + turn)).await.unwrap();
                indices.push(receipt.index());
                receipt.close(delivered());
            }
            indices
        }));
    }
    let mut indices = BTreeSet::new();
    for task in tasks {
        indices.extend(task.await.unwrap());
    }
    log.close();
    assert_eq!(indices.len(), 400);
    assert_eq!(log.state().size, 800);
    let report = fixture.verify().unwrap();
    assert_eq!((report.intents, report.outcomes), (400, 400));
    assert_eq!(report.root, log.state().root);
}

#[tokio::test]
async fn goes_on_where_it_stopped() {
    let fixture = Fixture::new();
    let mut roots = Vec::new();
    for round in 0..3 {
        let log = fixture.open();
        for n in 0..130 {
            let receipt = log.admit(intent(round * 1_000 + n)).await.unwrap();
            receipt.close(delivered());
        }
        log.close();
        let state = log.state();
        roots.push((state.size, state.root));
    }
    assert_eq!(fixture.verify().unwrap().size, 3 * 260);
    let reader = Reader::open(fixture.folder()).unwrap();
    for (size, root) in &roots {
        assert_eq!(reader.root(*size).unwrap(), *root);
    }
    let (old, old_root) = roots[0];
    let (new, new_root) = roots[2];
    let proof = reader.consistency_proof(old, new).unwrap();
    assert!(crate::verify_consistency(
        old, &old_root, new, &new_root, &proof
    ));
    for index in [0, 255, 256, 700, new - 1] {
        let proof = reader.inclusion_proof(index, new).unwrap();
        let entry = reader.entry(index).unwrap().unwrap().entry;
        let leaf = crate::leaf_hash(&entry.encode().unwrap());
        assert!(crate::verify_inclusion(
            &leaf, index, new, &proof, &new_root
        ));
    }
    assert!(reader.inclusion_proof(new, new).is_err());
    assert!(reader.inclusion_proof(0, new + 1).is_err());
    assert!(reader.consistency_proof(new, old).is_err());
}

#[tokio::test]
async fn refusals_and_events_stand_by_themselves() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let refusal = Refusal {
        component: "inway".into(),
        reason: "purpose-missing".into(),
        status: 403,
        transaction_id: Some(transaction(7)),
        ..Refusal::default()
    };
    let index = log.record(refusal.clone()).await.unwrap();
    let event = Event {
        component: "policy".into(),
        name: "policy-loaded".into(),
        ..Event::default()
    };
    log.record(event).await.unwrap();
    let stored = log.reader().transaction(transaction(7)).unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].index, index);
    assert_eq!(stored[0].entry.record, Record::Refusal(Box::new(refusal)));
    log.probe().await.unwrap();
    log.close();
    let report = fixture.verify().unwrap();
    assert_eq!((report.refusals, report.events), (1, 2));
}

#[tokio::test]
async fn a_log_has_one_writer() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let error = AuditLog::open(fixture.options()).unwrap_err();
    assert!(matches!(error, OpenError::AlreadyOpen { .. }), "{error}");
    log.close();
    assert_eq!(log.admit(intent(1)).await.unwrap_err(), AppendError::Closed);
    let again = fixture.open();
    drop(again);
    // The last handle closes it.
    fixture.open();
}

#[test]
fn a_log_belongs_to_its_key_and_name() {
    let fixture = Fixture::new();
    fixture.open().close();
    let mut options = fixture.options();
    options.origin = "sluis.example/audit/2".to_owned();
    let error = AuditLog::open(options).unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    let other = Fixture::new();
    let mut options = other.options();
    options.folder = fixture.folder().to_owned();
    let error = AuditLog::open(options).unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
}

#[test]
fn options_that_cannot_work_are_named() {
    let fixture = Fixture::new();
    let cases = [
        (
            "queue_entries_max",
            Options {
                queue_entries_max: 1,
                ..fixture.options()
            },
        ),
        (
            "batch_entries_max",
            Options {
                batch_entries_max: 0,
                ..fixture.options()
            },
        ),
        (
            "origin",
            Options {
                origin: "a b".to_owned(),
                ..fixture.options()
            },
        ),
    ];
    for (name, options) in cases {
        let error = AuditLog::open(options).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[tokio::test]
async fn a_bsn_in_free_text_is_masked_and_counted() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let mut with_bsn = intent(1);
    with_bsn.role = Some("namens 999993653".into());
    with_bsn.subjects = vec![subject("999993653")];
    with_bsn.user = Some(pseudonymiser().pseudonym("user", "jan"));
    let receipt = log.admit(with_bsn).await.unwrap();
    receipt.close(Outcome {
        dropped: vec![("/999993653/naam".into(), 1)],
        ..delivered()
    });
    log.close();
    assert_eq!(log.state().masked_texts, 2);
    for file in ["audit.db", "head"] {
        let bytes = std::fs::read(fixture.folder().join(file)).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"999993653"));
    }
    fixture.verify().unwrap();
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_and_cut_after() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let mut long = intent(1);
    long.purpose = Some("x".repeat(1_025).into());
    let error = log.admit(long).await.unwrap_err();
    assert!(matches!(
        error,
        AppendError::TooLarge {
            field: "purpose",
            ..
        }
    ));
    let mut many = intent(2);
    many.groups = (0..257).map(|n| n.to_string().into()).collect();
    let error = log.admit(many).await.unwrap_err();
    assert!(matches!(
        error,
        AppendError::TooLarge {
            field: "groups",
            ..
        }
    ));
    // Within every limit, and yet more than an entry can have.
    let mut whole = intent(3);
    whole.groups = (0..256).map(|_| "x".repeat(1_024).into()).collect();
    let error = log.admit(whole).await.unwrap_err();
    assert!(matches!(error, AppendError::TooLarge { .. }));
    assert_eq!(log.state().size, 0);

    let receipt = log.admit(intent(4)).await.unwrap();
    receipt.close(Outcome {
        subjects: (0..10_000).map(|n| subject(&n.to_string())).collect(),
        dropped: (0..10_000)
            .map(|n| (format!("/{n}/{}", "\u{1}".repeat(5_000)).into(), n))
            .collect(),
        ..delivered()
    });
    let refusal = Refusal {
        reason: "é".repeat(90_000).into(),
        groups: (0..10_000).map(|_| "\u{1}".repeat(9_000).into()).collect(),
        additional_data: (0..100)
            .map(|n| (n.to_string().into(), "\u{1}".repeat(9_000).into()))
            .collect(),
        purpose: Some("\u{1}".repeat(90_000).into()),
        ..Refusal::default()
    };
    log.record(refusal).await.unwrap();
    log.close();
    let stored = log.reader().transaction(transaction(4)).unwrap();
    let Record::Outcome(record) = &stored[1].entry.record else {
        panic!("an outcome");
    };
    assert!(record.outcome.subjects_incomplete);
    assert!(!record.outcome.subjects.is_empty());
    assert_eq!(record.outcome.result, OutcomeResult::Delivered);
    fixture.verify().unwrap();
}

#[tokio::test]
async fn the_state_tells_what_is_on_disk() {
    let fixture = Fixture::new();
    let log = fixture.open();
    assert!(log.state().writable);
    fixture.now_ms.store(START_MS + 5, Ordering::Relaxed);
    let receipt = log.admit(intent(1)).await.unwrap();
    let state = log.state();
    assert_eq!((state.size, state.open_intents), (1, 1));
    let checkpoint = crate::Checkpoint::open(&state.checkpoint, log.verifier_key()).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (1, state.root));
    assert_eq!(*log.reader().checkpoint().unwrap(), *state.checkpoint);
    assert_eq!(log.reader().verifier_key().unwrap(), *log.verifier_key());
    drop(receipt);
}
