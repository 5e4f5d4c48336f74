//! An entry of the audit log as the administration shows it.

use std::sync::Arc;

use sluis_audit::{Direction, EntryError, OutcomeResult, Record, StoredEntry};
use sluis_proto::admin::v1;

/// The entry, with its exact bytes as text.
///
/// # Errors
///
/// [`EntryError`] when it has no bytes, which an entry that was read from a log always has.
pub fn audit_entry(stored: &StoredEntry) -> Result<v1::AuditEntry, EntryError> {
    let StoredEntry { index, entry } = stored;
    let json = entry.encode()?;
    let mut shown = v1::AuditEntry {
        index: *index,
        recorded_at_unix_ms: i64::try_from(entry.at_ms).unwrap_or(i64::MAX),
        transaction_id: entry
            .record
            .transaction_id()
            .map_or_else(String::new, |id| id.hyphenated().to_string()),
        // Entries are JSON, and JSON that we write is UTF-8.
        json: String::from_utf8_lossy(&json).into_owned(),
        ..v1::AuditEntry::default()
    };
    match &entry.record {
        Record::Intent(intent) => {
            shown.set_kind(v1::AuditEntryKind::Intent);
            shown.set_direction(direction(intent.direction));
            shown.service = intent.service.to_string();
            shown.operation = intent.operation.to_string();
            shown.purpose = text(intent.purpose.as_ref());
            shown.groups = texts(&intent.groups);
            shown.withheld = texts(&intent.withheld);
        }
        Record::Outcome(record) => {
            let outcome = &record.outcome;
            shown.set_kind(v1::AuditEntryKind::Outcome);
            shown.result = result(&outcome.result);
            shown.status = outcome.status.map_or(0, u32::from);
            shown.groups = texts(&outcome.groups);
        }
        Record::Refusal(refusal) => {
            shown.set_kind(v1::AuditEntryKind::Refusal);
            if let Some(given) = refusal.direction {
                shown.set_direction(direction(given));
            }
            shown.service = text(refusal.service.as_ref());
            shown.operation = text(refusal.operation.as_ref());
            shown.purpose = text(refusal.purpose.as_ref());
            shown.result = refusal.reason.to_string();
            shown.status = u32::from(refusal.status);
            shown.withheld = texts(&refusal.groups);
        }
        Record::Event(event) => {
            shown.set_kind(v1::AuditEntryKind::Event);
            shown.result = event.name.to_string();
        }
    }
    Ok(shown)
}

fn direction(direction: Direction) -> v1::AuditDirection {
    match direction {
        Direction::Incoming => v1::AuditDirection::Incoming,
        Direction::Outgoing => v1::AuditDirection::Outgoing,
    }
}

/// The result in one word, as in the entry; a refused answer with its reason.
fn result(result: &OutcomeResult) -> String {
    match result {
        OutcomeResult::Delivered => "delivered".to_owned(),
        OutcomeResult::RefusedBySource => "refused_by_source".to_owned(),
        OutcomeResult::SourceUnreachable => "source_unreachable".to_owned(),
        OutcomeResult::SourceTimedOut => "source_timed_out".to_owned(),
        OutcomeResult::SourceBrokeOff => "source_broke_off".to_owned(),
        OutcomeResult::AnswerRefused(reason) => format!("answer_refused: {reason}"),
        OutcomeResult::ClientGone => "client_gone".to_owned(),
        OutcomeResult::Interrupted => "interrupted".to_owned(),
    }
}

fn text(text: Option<&Arc<str>>) -> String {
    text.map_or_else(String::new, ToString::to_string)
}

fn texts(texts: &[Arc<str>]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}
