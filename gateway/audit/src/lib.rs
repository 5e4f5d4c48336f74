//! The tamper-evident audit log of Sluis.
//!
//! A passage through the gateway is written twice: an [`Intent`] before anything is forwarded, an
//! [`Outcome`] after. A [`Refusal`] and an [`Event`] are written once. Everything lies in one Merkle
//! tree (RFC 6962) whose head is signed in the same transaction as the entries it covers, in the
//! C2SP formats `tlog-tiles`, `tlog-checkpoint` and `signed-note`, so that tools that exist can
//! check it.
//!
//! The ways in: [`AuditLog`] writes, [`Reader`] reads, [`verify()`] and [`verify_export`] judge a
//! log or an exported copy without trusting whoever wrote it.
//!
//! # The folder
//!
//! | File | What it is |
//! |---|---|
//! | `audit.db` (with `-wal`, `-shm`) | the SQLite database: entries, tiles, indices, the signed checkpoint |
//! | `head` | a copy of the newest signed checkpoint outside the database: shows that an older database was put back |
//! | `lock` | held while a process writes; a log is never written by two |
//!
//! # What this crate deliberately lacks
//!
//! No clock (the time comes in with [`Options`]), no HTTP, no configuration file, no policy. It
//! stores no bodies, no paths with identifiers in them and no citizen service numbers (BSN): path
//! templates, data groups and keyed [`Pseudonym`]s only, and free text is searched for a BSN
//! before it is stored.

mod appender;
mod bitmap;
mod checkpoint;
mod entry;
mod error;
mod export;
mod folder;
mod guard;
mod head;
mod hex;
mod index;
mod limits;
mod log;
mod merkle;
mod note;
mod open;
mod pseudonym;
mod queue;
mod reader;
mod receipt;
mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod verify;

pub use checkpoint::Checkpoint;
pub use entry::{
    Destination, Direction, Entry, EntryError, Event, Intent, Notice, Outcome, OutcomeRecord,
    OutcomeResult, Record, Refusal, Source, SubjectRef, Trace,
};
pub use error::{AppendError, OpenError, ProbeError, ReadError};
pub use log::{AuditLog, LogState, Options};
pub use merkle::{Hash, empty_root, leaf_hash, node_hash, verify_consistency, verify_inclusion};
pub use note::{NoteError, VerifierKey, open_note};
pub use pseudonym::{Pseudonym, PseudonymError, Pseudonymiser};
pub use reader::{LogQuery, LoggedIntent, Page, Reader, StoredEntry};
pub use receipt::Receipt;
pub use verify::{Finding, VerifyError, VerifyReport, verify, verify_export};
