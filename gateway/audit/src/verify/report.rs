//! What a verification found.

use std::fmt;
use std::path::PathBuf;

use crate::Record;
use crate::merkle::{Hash, empty_root};
use crate::store::StoreError;

/// Findings that are kept: enough to see a pattern.
const FINDINGS_MAX: usize = 100;

/// A log that is what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Intents among them.
    pub intents: u64,
    /// Outcomes among them.
    pub outcomes: u64,
    /// Refusals among them.
    pub refusals: u64,
    /// Events among them.
    pub events: u64,
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: `entry 17`, `tile 3 of level 0`, `checkpoint`, ...
    pub place: String,
    /// What.
    pub what: String,
}

/// Why a log was not found sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// There is no log.
    #[error("there is no audit log in {folder}")]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// It is not what was signed.
    #[error("the audit log is not sound: {}", list(findings, *more))]
    Unsound {
        /// What is wrong: at least one finding, at most 100.
        findings: Vec<Finding>,
        /// How many findings there are beyond these.
        more: u64,
    },
    /// It could not be read to its end.
    #[error("the audit log cannot be read: {reason}")]
    Unreadable {
        /// What the system or the database said.
        reason: String,
    },
}

impl VerifyReport {
    pub(super) fn nothing() -> Self {
        Self {
            size: 0,
            root: empty_root(),
            intents: 0,
            outcomes: 0,
            refusals: 0,
            events: 0,
        }
    }

    pub(super) fn count(&mut self, record: &Record) {
        match record {
            Record::Intent(_) => self.intents += 1,
            Record::Outcome(_) => self.outcomes += 1,
            Record::Refusal(_) => self.refusals += 1,
            Record::Event(_) => self.events += 1,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        Self::Unreadable {
            reason: error.to_string(),
        }
    }
}

fn list(findings: &[Finding], more: u64) -> String {
    let mut text = findings
        .iter()
        .map(Finding::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Findings so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    more: u64,
}

impl Findings {
    pub(super) fn add(&mut self, place: &str, what: impl Into<String>) {
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(Finding {
                place: place.to_owned(),
                what: what.into(),
            });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn judge(self, report: VerifyReport) -> Judgement {
        Judgement {
            report,
            findings: self,
        }
    }
}

/// A report, and what speaks against it.
#[derive(Debug)]
pub(crate) struct Judgement {
    report: VerifyReport,
    findings: Findings,
}

impl Judgement {
    /// The report, if nothing speaks against it.
    pub(crate) fn sound(self) -> Result<VerifyReport, VerifyError> {
        if self.findings.kept.is_empty() {
            Ok(self.report)
        } else {
            Err(VerifyError::Unsound {
                findings: self.findings.kept,
                more: self.findings.more,
            })
        }
    }
}
