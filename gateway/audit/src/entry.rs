//! One entry of the log and the bytes that are hashed.

mod event;
mod intent;
mod outcome;
mod refusal;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use event::Event;
pub use intent::{Destination, Direction, Intent, Source, SubjectRef, Trace};
pub use outcome::{Outcome, OutcomeRecord, OutcomeResult};
pub use refusal::Refusal;

/// Version of the entry format, member `v` of every entry.
const FORMAT: u8 = 1;

/// An entry may have at most this many bytes: an entry bundle of C2SP tlog-tiles gives the length
/// of an entry in 16 bits.
pub(crate) const ENTRY_BYTES_MAX: usize = 65_535;

/// One entry of the log.
///
/// Its bytes, which are what the Merkle tree hashes, are compact JSON (RFC 8259, no white space,
/// UTF-8, only the escapes that JSON demands) with the members of every object in alphabetical
/// order and absent or empty members left out, so that one entry has one form:
///
/// ```json
/// {"at_ms":1767225700123,"intent":{...},"v":1}
/// ```
///
/// Beside `at_ms` (when the entry was written, unix milliseconds) and `v` (the format's version)
/// stands exactly one of `event`, `intent`, `outcome` and `refusal`. All numbers are unsigned
/// integers; identifiers of traces and spans are lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was written, unix milliseconds.
    pub at_ms: u64,
    /// What was written.
    pub record: Record,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A passage is about to happen.
    Intent(Box<Intent>),
    /// A passage has ended.
    Outcome(Box<OutcomeRecord>),
    /// A request was turned away.
    Refusal(Box<Refusal>),
    /// Something happened to the gateway itself.
    Event(Box<Event>),
}

/// A record that stands by itself, with nothing to follow it: see
/// [`AuditLog::record`](crate::AuditLog::record).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A request was turned away.
    Refusal(Box<Refusal>),
    /// Something happened to the gateway itself.
    Event(Box<Event>),
}

impl Entry {
    /// The bytes that the tree hashes.
    ///
    /// # Errors
    ///
    /// [`EntryError::TooLong`] when there are more than 65,535.
    pub fn encode(&self) -> Result<Vec<u8>, EntryError> {
        let mut bytes = Vec::new();
        encode(self.at_ms, &self.record, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads an entry. Bytes that say the same in another form (white space, another order, an
    /// unknown member) are refused: what is read encodes to the same bytes again.
    ///
    /// # Errors
    ///
    /// [`EntryError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLong { bytes: bytes.len() });
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| EntryError::Malformed {
            column: error.column(),
        })?;
        let record = match (wire.event, wire.intent, wire.outcome, wire.refusal) {
            (Some(event), None, None, None) => Record::Event(event),
            (None, Some(intent), None, None) => Record::Intent(intent),
            (None, None, Some(outcome), None) => Record::Outcome(outcome),
            (None, None, None, Some(refusal)) => Record::Refusal(refusal),
            _ => return Err(EntryError::NotOneRecord),
        };
        if wire.v != FORMAT {
            return Err(EntryError::UnknownFormat { format: wire.v });
        }
        let entry = Self {
            at_ms: wire.at_ms,
            record,
        };
        if entry.encode()? == bytes {
            Ok(entry)
        } else {
            Err(EntryError::NotCanonical)
        }
    }
}

impl Record {
    /// The FSC transaction id, if the record belongs to a transaction.
    pub fn transaction_id(&self) -> Option<Uuid> {
        match self {
            Self::Intent(intent) => Some(intent.transaction_id),
            Self::Outcome(outcome) => Some(outcome.transaction_id),
            Self::Refusal(refusal) => refusal.transaction_id,
            Self::Event(_) => None,
        }
    }
}

impl From<Refusal> for Notice {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(Box::new(refusal))
    }
}

impl From<Event> for Notice {
    fn from(event: Event) -> Self {
        Self::Event(Box::new(event))
    }
}

impl From<Notice> for Record {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Refusal(refusal) => Self::Refusal(refusal),
            Notice::Event(event) => Self::Event(event),
        }
    }
}

/// Appends the bytes of an entry to `bytes`; leaves `bytes` as it was on an error.
pub(crate) fn encode(at_ms: u64, record: &Record, bytes: &mut Vec<u8>) -> Result<(), EntryError> {
    let start = bytes.len();
    let mut wire = WireRef {
        at_ms,
        event: None,
        intent: None,
        outcome: None,
        refusal: None,
        v: FORMAT,
    };
    match record {
        Record::Intent(intent) => wire.intent = Some(intent),
        Record::Outcome(outcome) => wire.outcome = Some(outcome),
        Record::Refusal(refusal) => wire.refusal = Some(refusal),
        Record::Event(event) => wire.event = Some(event),
    }
    let written = serde_json::to_writer(&mut *bytes, &wire).map_err(|_| EntryError::Unwritable);
    let length = bytes.len() - start;
    let result = match written {
        Ok(()) if length > ENTRY_BYTES_MAX => Err(EntryError::TooLong { bytes: length }),
        other => other,
    };
    if result.is_err() {
        bytes.truncate(start);
    }
    result
}

#[derive(Serialize)]
struct WireRef<'a> {
    at_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<&'a Intent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a OutcomeRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a Refusal>,
    v: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    at_ms: u64,
    event: Option<Box<Event>>,
    intent: Option<Box<Intent>>,
    outcome: Option<Box<OutcomeRecord>>,
    refusal: Option<Box<Refusal>>,
    v: u8,
}

/// Why bytes are no entry, or an entry has no bytes. Never repeats what the entry says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// More bytes than an entry bundle can hold.
    #[error("the entry has {bytes} bytes and may have at most 65535: shorten its lists and texts")]
    TooLong {
        /// How many it would have.
        bytes: usize,
    },
    /// No JSON, or a member that is unknown, missing or of another type.
    #[error("the entry is not in the form of an audit entry (byte {column})")]
    Malformed {
        /// Where reading stopped.
        column: usize,
    },
    /// None or several of `event`, `intent`, `outcome`, `refusal`.
    #[error("the entry must hold exactly one of event, intent, outcome and refusal")]
    NotOneRecord,
    /// Written by a newer version.
    #[error("the entry has format {format}: read it with the version of sluis that wrote it")]
    UnknownFormat {
        /// Its format.
        format: u8,
    },
    /// It says something, but not in the one form.
    #[error("the entry is not in canonical form")]
    NotCanonical,
    /// A text could not be written as JSON.
    #[error("the entry cannot be written as JSON")]
    Unwritable,
}
