//! What can go wrong when a log is opened, written and read.

use std::path::PathBuf;
use std::sync::Arc;

/// Why a log was not opened. A gateway without its log does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// An option has a value that cannot work.
    #[error("audit option {option} is {value}: {remedy}")]
    Option {
        /// Which one.
        option: &'static str,
        /// Its value.
        value: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file or folder cannot be used.
    #[error("audit log: {path} cannot be used: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process, or another handle in this one, writes this log.
    #[error(
        "the audit log in {folder} is already open for writing: a log has one writer, so stop the other one or give this one a folder of its own"
    )]
    AlreadyOpen {
        /// Its folder.
        folder: PathBuf,
    },
    /// The database was made by somebody else.
    #[error(
        "the audit log in {folder} belongs to `{found}`, and the configuration says `{expected}`: give the right key and origin, or an empty folder for a new log"
    )]
    Foreign {
        /// Its folder.
        folder: PathBuf,
        /// The verifier key in the database.
        found: String,
        /// The verifier key of the configuration.
        expected: String,
    },
    /// The database is no audit log, or of another version.
    #[error(
        "{path} is no audit database of this version: {what}; open it with the version that wrote it, or give an empty folder for a new log"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What is different.
        what: String,
    },
    /// The database does not agree with what was signed: damaged, changed or put back.
    #[error(
        "the audit log in {folder} is not what was signed: {what}; keep the folder as evidence, run `sluis audit verify` on it, and start a new log in an empty folder or put back the newest undamaged copy"
    )]
    Tampered {
        /// Its folder.
        folder: PathBuf,
        /// What does not agree.
        what: String,
    },
    /// The database could not be read or written.
    #[error("the audit log in {folder} cannot be read or written: {reason}")]
    Database {
        /// Its folder.
        folder: PathBuf,
        /// What the database said.
        reason: String,
    },
}

/// Why a record was not written. Whatever was to be recorded must then not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Every place in the queue is taken, by records that wait and by passages in flight.
    #[error("the audit queue is full ({queue_entries_max} places): try again later")]
    Overloaded {
        /// Its size.
        queue_entries_max: usize,
    },
    /// The log is closed.
    #[error("the audit log is closed: the gateway is stopping")]
    Closed,
    /// The database did not take the record: full disk, locked, broken. Later records are tried
    /// again.
    #[error("the audit record could not be written: {reason}")]
    NotWritten {
        /// What the database said.
        reason: Arc<str>,
    },
    /// The record is larger than a record may be.
    #[error("the audit record's {field} is too large: at most {limit}")]
    TooLarge {
        /// Which part of it.
        field: &'static str,
        /// The limit, with its unit.
        limit: &'static str,
    },
}

/// Why the log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no log in the folder.
    #[error("there is no audit log in {folder}")]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// The database could not be read.
    #[error("the audit log cannot be read: {reason}")]
    Database {
        /// What the database said.
        reason: String,
    },
    /// What was read is not what an audit log holds.
    #[error("the audit log is damaged at {place}: run `sluis audit verify`")]
    Damaged {
        /// Where.
        place: String,
    },
    /// The question does not fit the log.
    #[error("{parameter} must be {expected}")]
    Question {
        /// What of the question.
        parameter: &'static str,
        /// What it should be.
        expected: String,
    },
    /// An exported file could not be written.
    #[error("{path} cannot be written: {source}")]
    Export {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Why a probe of the log failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The probe was not written.
    #[error("{0}")]
    Append(#[from] AppendError),
    /// The probe was written, but something else was read back.
    #[error("the audit probe was written as entry {index} and could not be read back: {reason}")]
    ReadBack {
        /// Index of the probe.
        index: u64,
        /// What was wrong.
        reason: Arc<str>,
    },
}
