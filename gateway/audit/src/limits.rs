//! How large a record may be.
//!
//! An entry has at most 65,535 bytes (see [`ENTRY_BYTES_MAX`](crate::entry::ENTRY_BYTES_MAX)). An
//! intent that is too large is refused, since the passage has not happened yet and what was cut
//! might be what matters. Everything else has happened and is cut until it fits.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::entry::{Event, Intent, Outcome, OutcomeResult, Refusal, SubjectRef};
use crate::{AppendError, Record};

/// Bytes of one text.
const TEXT_BYTES_MAX: usize = 1_024;
/// Data groups in one list.
const GROUPS_MAX: usize = 256;
/// Persons in one record: 500 of about 90 bytes leave room for the rest of the entry.
const SUBJECTS_MAX: usize = 500;
/// Fields that were left out of an answer.
const DROPPED_MAX: usize = 100;
/// Extra facts.
const FACTS_MAX: usize = 16;

/// How much of a record is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    text_bytes: usize,
    groups: usize,
    subjects: usize,
    dropped: usize,
    facts: usize,
}

/// The limits to try one after the other until the entry fits. Escaping makes a byte of text at
/// most six bytes of JSON; under the last limits a refusal with every text full of such bytes has
/// (21 + 4 + 4 + 8) x 64 x 6 = 14,208 bytes of text, so that the last limits always fit.
pub(crate) const LIMITS: [Limits; 4] = [
    Limits {
        text_bytes: TEXT_BYTES_MAX,
        groups: GROUPS_MAX,
        subjects: SUBJECTS_MAX,
        dropped: DROPPED_MAX,
        facts: FACTS_MAX,
    },
    Limits {
        text_bytes: TEXT_BYTES_MAX,
        groups: 64,
        subjects: 64,
        dropped: 16,
        facts: 8,
    },
    Limits {
        text_bytes: 256,
        groups: 16,
        subjects: 16,
        dropped: 16,
        facts: 4,
    },
    Limits {
        text_bytes: 64,
        groups: 4,
        subjects: 4,
        dropped: 4,
        facts: 4,
    },
];

/// Whether an intent keeps to the limits.
///
/// # Errors
///
/// [`AppendError::TooLarge`] names what is too large.
pub(crate) fn check(intent: &Intent) -> Result<(), AppendError> {
    const TEXT: &str = "1024 bytes";
    let texts = [
        ("service", Some(&intent.service)),
        ("operation", Some(&intent.operation)),
        ("method", Some(&intent.method)),
        ("path_template", Some(&intent.path_template)),
        ("group_id", Some(&intent.group_id)),
        ("grant_hash", Some(&intent.grant_hash)),
        ("content_hash", intent.content_hash.as_ref()),
        ("policy_digest", Some(&intent.policy_digest)),
        ("purpose", intent.purpose.as_ref()),
        ("legal_basis", intent.legal_basis.as_ref()),
        ("role", intent.role.as_ref()),
        ("channel", intent.channel.as_ref()),
        ("application", intent.application.as_ref()),
        ("outway_peer_id", Some(&intent.source.outway_peer_id)),
        (
            "delegator_peer_id",
            intent.source.delegator_peer_id.as_ref(),
        ),
        ("service_peer_id", Some(&intent.destination.service_peer_id)),
        (
            "delegator_peer_id",
            intent.destination.delegator_peer_id.as_ref(),
        ),
    ];
    for (field, text) in texts {
        within(
            field,
            TEXT,
            text.map_or(0, |text| text.len()),
            TEXT_BYTES_MAX,
        )?;
    }
    for (field, list) in [("groups", &intent.groups), ("withheld", &intent.withheld)] {
        within(field, "256 data groups", list.len(), GROUPS_MAX)?;
        for text in list {
            within(field, TEXT, text.len(), TEXT_BYTES_MAX)?;
        }
    }
    within(
        "subjects",
        "500 persons",
        intent.subjects.len(),
        SUBJECTS_MAX,
    )?;
    for subject in &intent.subjects {
        within("subjects", TEXT, subject.kind.len(), TEXT_BYTES_MAX)?;
    }
    let facts = &intent.additional_data;
    within("additional_data", "16 facts", facts.len(), FACTS_MAX)?;
    for text in facts.keys().chain(facts.values()) {
        within("additional_data", TEXT, text.len(), TEXT_BYTES_MAX)?;
    }
    Ok(())
}

fn within(
    field: &'static str,
    limit: &'static str,
    size: usize,
    max: usize,
) -> Result<(), AppendError> {
    if size <= max {
        Ok(())
    } else {
        Err(AppendError::TooLarge { field, limit })
    }
}

impl Limits {
    /// Cuts a record down to these limits. Intents are left alone: see [`check`].
    pub(crate) fn cut(&self, record: &mut Record) {
        match record {
            Record::Intent(_) => {}
            Record::Outcome(record) => self.outcome(&mut record.outcome),
            Record::Refusal(refusal) => self.refusal(refusal),
            Record::Event(event) => self.event(event),
        }
    }

    fn outcome(&self, outcome: &mut Outcome) {
        if let OutcomeResult::AnswerRefused(reason) = &mut outcome.result {
            self.text(reason);
        }
        outcome.dropped.truncate(self.dropped);
        self.texts(outcome.dropped.iter_mut().map(|(path, _)| path));
        outcome.groups.truncate(self.groups);
        self.texts(&mut outcome.groups);
        if self.subjects(&mut outcome.subjects) {
            outcome.subjects_incomplete = true;
        }
    }

    fn refusal(&self, refusal: &mut Refusal) {
        self.texts([&mut refusal.component, &mut refusal.reason]);
        self.texts(refusal.optional_texts_mut());
        if let Some(source) = &mut refusal.source {
            self.text(&mut source.outway_peer_id);
            self.texts(&mut source.delegator_peer_id);
        }
        if let Some(destination) = &mut refusal.destination {
            self.text(&mut destination.service_peer_id);
            self.texts(&mut destination.delegator_peer_id);
        }
        refusal.groups.truncate(self.groups);
        self.texts(&mut refusal.groups);
        self.subjects(&mut refusal.subjects);
        self.facts(&mut refusal.additional_data);
    }

    fn event(&self, event: &mut Event) {
        self.texts([&mut event.component, &mut event.name]);
        self.facts(&mut event.details);
    }

    fn subjects(&self, subjects: &mut Vec<SubjectRef>) -> bool {
        let cut = subjects.len() > self.subjects;
        subjects.truncate(self.subjects);
        self.texts(subjects.iter_mut().map(|subject| &mut subject.kind));
        cut
    }

    fn facts(&self, facts: &mut BTreeMap<Arc<str>, Arc<str>>) {
        let fits = facts.len() <= self.facts
            && facts
                .iter()
                .all(|(key, value)| key.len().max(value.len()) <= self.text_bytes);
        if fits {
            return;
        }
        *facts = std::mem::take(facts)
            .into_iter()
            .take(self.facts)
            .map(|(mut key, mut value)| {
                self.text(&mut key);
                self.text(&mut value);
                (key, value)
            })
            .collect();
    }

    fn texts<'a>(&self, texts: impl IntoIterator<Item = &'a mut Arc<str>>) {
        for text in texts {
            self.text(text);
        }
    }

    fn text(&self, text: &mut Arc<str>) {
        if text.len() > self.text_bytes {
            let end = text.floor_char_boundary(self.text_bytes);
            *text = text.get(..end).unwrap_or_default().into();
        }
    }
}
