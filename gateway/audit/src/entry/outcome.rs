//! What became of a passage: written after the answer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SubjectRef;
use super::intent::is_false;

/// How a passage ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Bytes of the answer's body that left for the caller.
    pub answer_bytes: u64,
    /// Fields that were left out of the answer: path template and how often. At most 100 are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<(Arc<str>, u32)>,
    /// Data groups that were in the answer that left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Arc<str>>,
    /// How it ended.
    pub result: OutcomeResult,
    /// HTTP status that the caller got, or that the source gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The persons in the answer. At most 500 are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectRef>,
    /// There may be persons in the answer whom neither `subjects` names nor the intent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub subjects_incomplete: bool,
}

impl Outcome {
    /// An outcome of which nothing is known but its result.
    pub fn of(result: OutcomeResult) -> Self {
        Self {
            answer_bytes: 0,
            dropped: Vec::new(),
            groups: Vec::new(),
            result,
            status: None,
            subjects: Vec::new(),
            subjects_incomplete: false,
        }
    }
}

/// How a passage ended, in one word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeResult {
    /// The answer left whole.
    Delivered,
    /// The source said no (4xx or 5xx), and that was passed on.
    RefusedBySource,
    /// No connection to the source.
    SourceUnreachable,
    /// The source did not answer in time.
    SourceTimedOut,
    /// The source stopped half way.
    SourceBrokeOff,
    /// The answer was not passed on, with the reason's code.
    AnswerRefused(Arc<str>),
    /// The caller went away before the answer had left whole.
    ClientGone,
    /// The gateway stopped before the outcome was written; found at the next start.
    Interrupted,
}

/// An [`Outcome`] as it stands in the log, with the intent it closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRecord {
    /// Index of the intent's entry.
    pub intent_index: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// FSC transaction id of the intent.
    pub transaction_id: Uuid,
}
