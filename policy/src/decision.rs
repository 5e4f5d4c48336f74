//! The answer to a question.

use std::sync::Arc;

use crate::{Activity, Reason, Release};

/// The answer to a [`crate::Question`].
#[derive(Clone, Debug)]
pub struct Decision {
    /// What is released, or why nothing is.
    pub verdict: Result<Release, Reason>,
    /// The version of the activity under which it was decided, when one is in force.
    pub activity: Option<Arc<Activity>>,
    /// The data groups that are released; empty when the verdict is a refusal.
    pub permitted: Vec<Arc<str>>,
    /// The data groups that were asked for and are not released, each with its reason.
    pub refused: Vec<(Arc<str>, Reason)>,
    /// The ids of the policies that determined the decision: rows of the register, or hand-written rules.
    pub policies: Vec<Arc<str>>,
    /// Why, in a sentence or two that can be read aloud: the row that permits, or the nearest row and the one condition
    /// that it misses.
    pub explanation: Arc<str>,
}
