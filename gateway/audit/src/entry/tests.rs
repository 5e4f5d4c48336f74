use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::testing::{START_MS, delivered, intent, subject, transaction};

fn text() -> impl Strategy<Value = Arc<str>> {
    // Anything that needs escaping, and anything that must not be escaped.
    "[\\PC\u{0}-\u{1f}\"\\\\/é\u{2028}😀]{0,12}".prop_map(Arc::from)
}

fn texts() -> impl Strategy<Value = Vec<Arc<str>>> {
    vec(text(), 0..4)
}

fn facts() -> impl Strategy<Value = BTreeMap<Arc<str>, Arc<str>>> {
    btree_map(text(), text(), 0..4)
}

fn subjects() -> impl Strategy<Value = Vec<SubjectRef>> {
    vec("[0-9]{1,9}".prop_map(|value| subject(&value)), 0..3)
}

prop_compose! {
    fn traces()(derived: bool, parent_span_id: Option<[u8; 8]>, span_id: [u8; 8], trace_id: [u8; 16]) -> Trace {
        Trace { derived, parent_span_id, span_id, trace_id }
    }
}

prop_compose! {
    fn sources()(delegator_peer_id in option::of(text()), outway_peer_id in text()) -> Source {
        Source { delegator_peer_id, outway_peer_id }
    }
}

prop_compose! {
    fn destinations()(delegator_peer_id in option::of(text()), service_peer_id in text()) -> Destination {
        Destination { delegator_peer_id, service_peer_id }
    }
}

prop_compose! {
    fn intents()(
        (activity_version, additional_data, groups, withheld, subjects) in
            (option::of(any::<u32>()), facts(), texts(), texts(), subjects()),
        (application, channel, content_hash, legal_basis, purpose, role) in
            (option::of(text()), option::of(text()), option::of(text()), option::of(text()), option::of(text()), option::of(text())),
        (grant_hash, group_id, method, operation, path_template, policy_digest, service) in
            (text(), text(), text(), text(), text(), text(), text()),
        (destination, source, trace, id, outgoing) in
            (destinations(), sources(), traces(), any::<u64>(), any::<bool>()),
    ) -> Intent {
        Intent {
            activity_version, additional_data, groups, withheld, application, channel, content_hash,
            legal_basis, purpose, role, grant_hash, group_id, method, operation, path_template,
            policy_digest, service, destination, source, trace,
            direction: if outgoing { Direction::Outgoing } else { Direction::Incoming },
            transaction_id: transaction(id),
            user: subjects.first().map(|subject| subject.pseudonym.clone()),
            subjects,
        }
    }
}

fn results() -> impl Strategy<Value = OutcomeResult> {
    prop_oneof![
        Just(OutcomeResult::Delivered),
        Just(OutcomeResult::RefusedBySource),
        Just(OutcomeResult::SourceUnreachable),
        Just(OutcomeResult::SourceTimedOut),
        Just(OutcomeResult::SourceBrokeOff),
        text().prop_map(OutcomeResult::AnswerRefused),
        Just(OutcomeResult::ClientGone),
        Just(OutcomeResult::Interrupted),
    ]
}

prop_compose! {
    fn outcomes()(
        (intent_index, answer_bytes, id) in (any::<u64>(), any::<u64>(), any::<u64>()),
        (dropped, groups, subjects) in (vec((text(), any::<u32>()), 0..3), texts(), subjects()),
        (result, status, subjects_incomplete) in (results(), any::<Option<u16>>(), any::<bool>()),
    ) -> OutcomeRecord {
        OutcomeRecord {
            intent_index,
            transaction_id: transaction(id),
            outcome: Outcome { answer_bytes, dropped, groups, result, status, subjects, subjects_incomplete },
        }
    }
}

prop_compose! {
    fn refusals()(
        (additional_data, component, reason, status, groups) in
            (facts(), text(), text(), any::<u16>(), texts()),
        (purpose, service, grant_hash, id) in
            (option::of(text()), option::of(text()), option::of(text()), any::<Option<u64>>()),
        (destination, source, trace) in
            (option::of(destinations()), option::of(sources()), option::of(traces())),
    ) -> Refusal {
        Refusal {
            additional_data, component, reason, status, groups, purpose, service, grant_hash,
            destination, source, trace,
            direction: Some(Direction::Outgoing),
            transaction_id: id.map(transaction),
            ..Refusal::default()
        }
    }
}

prop_compose! {
    fn events()(component in text(), details in facts(), name in text()) -> Event {
        Event { component, details, name }
    }
}

fn entries() -> impl Strategy<Value = Entry> {
    let record = prop_oneof![
        intents().prop_map(|intent| Record::Intent(Box::new(intent))),
        outcomes().prop_map(|outcome| Record::Outcome(Box::new(outcome))),
        refusals().prop_map(|refusal| Record::Refusal(Box::new(refusal))),
        events().prop_map(|event| Record::Event(Box::new(event))),
    ];
    (any::<u64>(), record).prop_map(|(at_ms, record)| Entry { at_ms, record })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_encoded_decodes_to_the_same(entry in entries()) {
        let bytes = entry.encode().unwrap();
        prop_assert_eq!(Entry::decode(&bytes), Ok(entry));
    }

    #[test]
    fn members_stand_in_alphabetical_order(entry in entries()) {
        let value: serde_json::Value = serde_json::from_slice(&entry.encode().unwrap()).unwrap();
        assert_sorted(&value);
    }

    #[test]
    fn a_flipped_bit_says_something_else_or_nothing(entry in entries(), bit: prop::sample::Index) {
        let mut bytes = entry.encode().unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert_ne!(Entry::decode(&bytes), Ok(entry));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Entry::decode(&bytes);
    }
}

fn assert_sorted(value: &serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            let names: Vec<_> = members.keys().collect();
            assert!(names.is_sorted(), "{names:?}");
            members.values().for_each(assert_sorted);
        }
        serde_json::Value::Array(items) => items.iter().for_each(assert_sorted),
        _ => {}
    }
}

#[test]
fn the_form_is_fixed() {
    let entry = |record| Entry {
        at_ms: START_MS,
        record,
    };
    let mut full = intent(1);
    full.purpose = Some("a\"b\\c/é\u{7}".into());
    full.trace.parent_span_id = Some([0xab; 8]);
    assert_eq!(
        String::from_utf8(entry(Record::Intent(Box::new(full))).encode().unwrap()).unwrap(),
        concat!(
            r#"{"at_ms":1767225600000,"intent":{"destination":{"service_peer_id":"00000099000000002000"},"#,
            r#""direction":"incoming","grant_hash":"$1$3$grant","group_id":"test.example","groups":["identiteit"],"#,
            r#""method":"POST","operation":"raadpleeg-met-bsn","path_template":"/personen","policy_digest":"sha256:00","#,
            r#""purpose":"a\"b\\c/é\u0007","service":"brp-personen","source":{"outway_peer_id":"00000099000000001000"},"#,
            r#""trace":{"parent_span_id":"abababababababab","span_id":"0303030303030303","trace_id":"04040404040404040404040404040404"},"#,
            r#""transaction_id":"019b76da-a800-7000-8000-000000000001"},"v":1}"#
        )
    );
    let outcome = OutcomeRecord {
        intent_index: 7,
        outcome: Outcome {
            dropped: vec![("/naam".into(), 2)],
            result: OutcomeResult::AnswerRefused("invalid-json".into()),
            ..delivered()
        },
        transaction_id: transaction(1),
    };
    assert_eq!(
        String::from_utf8(entry(Record::Outcome(Box::new(outcome))).encode().unwrap()).unwrap(),
        concat!(
            r#"{"at_ms":1767225600000,"outcome":{"intent_index":7,"outcome":{"answer_bytes":1500,"dropped":[["/naam",2]],"#,
            r#""result":{"answer_refused":"invalid-json"},"status":200},"#,
            r#""transaction_id":"019b76da-a800-7000-8000-000000000001"},"v":1}"#
        )
    );
}

#[test]
fn another_form_of_the_same_is_refused() {
    let event = r#"{"at_ms":5,"event":{"component":"a","name":"b"},"v":1}"#;
    assert!(Entry::decode(event.as_bytes()).is_ok());
    for (other, error) in [
        (event.replace(":5", ": 5"), EntryError::NotCanonical),
        (
            event.replace(r#""a""#, r#""\u0061""#),
            EntryError::NotCanonical,
        ),
        (
            r#"{"v":1,"at_ms":5,"event":{"component":"a","name":"b"}}"#.to_owned(),
            EntryError::NotCanonical,
        ),
        (
            event.replace(r#""name":"b""#, r#""details":{},"name":"b""#),
            EntryError::NotCanonical,
        ),
        (
            event.replace(r#""v":1"#, r#""v":2"#),
            EntryError::UnknownFormat { format: 2 },
        ),
        (r#"{"at_ms":5,"v":1}"#.to_owned(), EntryError::NotOneRecord),
        (format!("{event} "), EntryError::NotCanonical),
        (format!("{event}x"), EntryError::Malformed { column: 0 }),
        (
            event.replace("name", "naam"),
            EntryError::Malformed { column: 0 },
        ),
        (
            event.replace(":5", ":5.0"),
            EntryError::Malformed { column: 0 },
        ),
        (
            event.replace(":5", ":-5"),
            EntryError::Malformed { column: 0 },
        ),
    ] {
        let found = Entry::decode(other.as_bytes()).unwrap_err();
        match (&found, error) {
            (EntryError::Malformed { .. }, EntryError::Malformed { .. }) => {}
            (found, error) => assert_eq!(*found, error, "{other}"),
        }
    }
}

#[test]
fn an_entry_has_at_most_65535_bytes() {
    let entry = |length: usize| Entry {
        at_ms: 5,
        record: Record::Event(Box::new(Event {
            component: "x".repeat(length).into(),
            name: "".into(),
            ..Event::default()
        })),
    };
    let rest = entry(0).encode().unwrap().len();
    assert_eq!(entry(65_535 - rest).encode().unwrap().len(), 65_535);
    let error = EntryError::TooLong { bytes: 65_536 };
    assert_eq!(entry(65_536 - rest).encode(), Err(error.clone()));
    assert_eq!(Entry::decode(&vec![b' '; 65_536]), Err(error));
}
