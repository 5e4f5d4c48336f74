//! Keeps citizen service numbers out of the log.
//!
//! Callers write what they like into headers such as purpose and role, and a source may use an
//! identifier as a field name. Every free text is therefore searched before it is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::Record;
use crate::entry::{Event, Intent, Outcome, OutcomeResult, Refusal, SubjectRef};

const BSN_DIGITS: usize = 9;

/// Masks every citizen service number in the free texts of `record`; the result is the number of
/// texts that held one.
pub(crate) fn mask_record(record: &mut Record) -> u64 {
    let mut guard = Guard { masked: 0 };
    match record {
        Record::Intent(intent) => guard.intent(intent),
        Record::Outcome(record) => guard.outcome(&mut record.outcome),
        Record::Refusal(refusal) => guard.refusal(refusal),
        Record::Event(event) => guard.event(event),
    }
    guard.masked
}

struct Guard {
    masked: u64,
}

impl Guard {
    fn intent(&mut self, intent: &mut Intent) {
        self.map(&mut intent.additional_data);
        self.texts([
            &mut intent.method,
            &mut intent.operation,
            &mut intent.path_template,
            &mut intent.service,
        ]);
        self.texts(
            [
                &mut intent.application,
                &mut intent.channel,
                &mut intent.legal_basis,
                &mut intent.purpose,
                &mut intent.role,
            ]
            .into_iter()
            .flatten(),
        );
        self.texts(&mut intent.groups);
        self.texts(&mut intent.withheld);
        self.subjects(&mut intent.subjects);
    }

    fn outcome(&mut self, outcome: &mut Outcome) {
        if let OutcomeResult::AnswerRefused(reason) = &mut outcome.result {
            self.text(reason);
        }
        self.texts(outcome.dropped.iter_mut().map(|(path, _)| path));
        self.texts(&mut outcome.groups);
        self.subjects(&mut outcome.subjects);
    }

    fn refusal(&mut self, refusal: &mut Refusal) {
        self.map(&mut refusal.additional_data);
        self.texts([&mut refusal.component, &mut refusal.reason]);
        // A refused request may claim to belong to any group or contract.
        self.texts(refusal.optional_texts_mut());
        self.texts(&mut refusal.groups);
        self.subjects(&mut refusal.subjects);
    }

    fn event(&mut self, event: &mut Event) {
        self.texts([&mut event.component, &mut event.name]);
        self.map(&mut event.details);
    }

    fn subjects(&mut self, subjects: &mut [SubjectRef]) {
        self.texts(subjects.iter_mut().map(|subject| &mut subject.kind));
    }

    fn map(&mut self, map: &mut BTreeMap<Arc<str>, Arc<str>>) {
        if map.keys().any(|key| mask(key).is_some()) {
            *map = std::mem::take(map)
                .into_iter()
                .map(|(mut key, value)| {
                    self.text(&mut key);
                    (key, value)
                })
                .collect();
        }
        self.texts(map.values_mut());
    }

    fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a mut Arc<str>>) {
        for text in texts {
            self.text(text);
        }
    }

    fn text(&mut self, text: &mut Arc<str>) {
        if let Some(masked) = mask(text) {
            *text = masked;
            self.masked += 1;
        }
    }
}

/// `text` with every standalone run of exactly nine digits that passes the elfproef replaced by
/// asterisks; `None` when there is none. The digits of a UUID or a digest are drawn by lot, and one
/// UUID in some 750 and one digest in 92 hold such a run: a reference to a contract, an activity or
/// a policy stays whole.
fn mask(text: &str) -> Option<Arc<str>> {
    let bytes = text.as_bytes();
    let mut masked: Option<Vec<u8>> = None;
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let run = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if run == BSN_DIGITS
            && passes_elfproef(rest.get(..run).unwrap_or_default())
            && !is_within_uuid(bytes, start)
            && !is_within_digest(bytes, start)
        {
            let masked = masked.get_or_insert_with(|| bytes.to_vec());
            if let Some(digits) = masked.get_mut(start..start + run) {
                digits.fill(b'*');
            }
        }
        start += run.max(1);
    }
    // Only ASCII digits were replaced, by ASCII.
    masked.map(|masked| String::from_utf8_lossy(&masked).into())
}

/// Whether the nine digits at `at` are part of a UUID as RFC 9562 writes it.
fn is_within_uuid(bytes: &[u8], at: usize) -> bool {
    let before = Hyphenated::LENGTH - BSN_DIGITS;
    (at.saturating_sub(before)..=at).any(|start| {
        bytes
            .get(start..start + Hyphenated::LENGTH)
            .is_some_and(|part| Uuid::try_parse_ascii(part).is_ok())
    })
}

/// Whether the nine digits at `at` are part of a SHA-256 digest: `sha256:` and 64 hexadecimal digits.
fn is_within_digest(bytes: &[u8], at: usize) -> bool {
    let (before, after) = bytes.split_at(at.min(bytes.len()));
    let hex = |byte: &&u8| byte.is_ascii_hexdigit();
    let head = before.iter().rev().take_while(hex).count();
    let tail = after.iter().take_while(hex).count();
    head + tail == 64
        && before
            .get(..before.len() - head)
            .is_some_and(|label| label.ends_with(b"sha256:"))
}

/// The elfproef of the citizen service number: 9a + 8b + 7c + 6d + 5e + 4f + 3g + 2h - i is a
/// multiple of 11.
fn passes_elfproef(digits: &[u8]) -> bool {
    let sum: i32 = [9, 8, 7, 6, 5, 4, 3, 2, -1]
        .iter()
        .zip(digits)
        .map(|(weight, digit)| weight * i32::from(digit - b'0'))
        .sum();
    sum % 11 == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masks_a_bsn_wherever_it_stands() {
        for (text, expected) in [
            ("999993653", "*********"),
            ("bsn=999993653&naam=x", "bsn=*********&naam=x"),
            ("999993653/999990019", "*********/*********"),
            ("é999993653é", "é*********é"),
            (
                "01a204be-d0be-7e17-8096-x999993653bc",
                "01a204be-d0be-7e17-8096-x*********bc",
            ),
            (
                "332dd56f9bdfea86a700e575c4d50a9f109284574bcf3aa943aaf280842bc1ed",
                "332dd56f9bdfea86a700e575c4d50a9f*********bcf3aa943aaf280842bc1ed",
            ),
        ] {
            assert_eq!(mask(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn leaves_other_numbers_alone() {
        for text in [
            "",
            "raadpleeg-met-bsn",
            // Fails the elfproef.
            "999993654",
            // An OIN, and other lengths.
            "00000099000000001000",
            "9999936531",
            "99999365",
            "1999993653",
            "urn:uuid:01a204be-d0be-7e17-8096-a999993653bc",
            "sha256:332dd56f9bdfea86a700e575c4d50a9f109284574bcf3aa943aaf280842bc1ed",
        ] {
            assert_eq!(mask(text), None, "{text}");
        }
    }

    #[test]
    fn searches_names_and_values_of_extra_facts() {
        let mut record = Record::Event(Box::new(Event {
            component: "test".into(),
            details: BTreeMap::from([("999993653".into(), "van 999990019".into())]),
            name: "probe".into(),
        }));
        assert_eq!(mask_record(&mut record), 2);
        let Record::Event(event) = record else {
            panic!("still an event");
        };
        assert_eq!(
            event.details,
            BTreeMap::from([("*********".into(), "van *********".into())])
        );
    }

    proptest! {
        #[test]
        fn any_text_around_a_bsn(before in "[^0-9]{0,20}", after in "[^0-9]{0,20}") {
            let masked = mask(&format!("{before}999993653{after}"));
            let expected = format!("{before}*********{after}");
            prop_assert_eq!(masked.as_deref(), Some(expected.as_str()));
        }

        #[test]
        fn nothing_passes_twice(text in "[0-9 a]{0,40}") {
            if let Some(masked) = mask(&text) {
                prop_assert_eq!(mask(&masked), None);
            }
        }
    }
}
