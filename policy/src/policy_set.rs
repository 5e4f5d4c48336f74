//! A policy folder, compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Activity, Decision, Diagnostic, PolicyErrors, Question, Reason, Service};

/// The text of a policy folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySource {
    /// Each file by its path relative to the folder, with `/` between the parts, for example `services/brp-personen.yaml`.
    pub files: BTreeMap<String, String>,
}

/// A policy folder, checked and compiled. Immutable; many threads can ask it at once.
#[derive(Debug)]
pub struct PolicySet {
    digest: Arc<str>,
}

/// How one case of `tests/*.yaml` came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// The file that holds the case.
    pub file: Arc<str>,
    /// The line on which the case starts, counted from 1.
    pub line: u32,
    /// The case in its author's words.
    pub case: Arc<str>,
    /// Nothing when the case came out as expected, else one sentence per difference.
    pub differences: Vec<String>,
}

impl TestResult {
    /// Whether the case came out as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl PolicySet {
    /// Checks and compiles a policy folder.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, at once. A folder with a mistake gives no policy set at all.
    pub fn compile(_source: &PolicySource) -> Result<PolicySet, PolicyErrors> {
        Err(PolicyErrors::new(Vec::<Diagnostic>::new()))
    }

    /// The digest of the folder's text: `sha256:` and 64 hexadecimal digits. It stands in every record.
    pub fn digest(&self) -> &Arc<str> {
        &self.digest
    }

    /// The service of that name.
    pub fn service(&self, _name: &str) -> Option<&Service> {
        None
    }

    /// Every service, by name.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        std::iter::empty()
    }

    /// Every version of every activity, by name and version.
    pub fn activities(&self) -> impl Iterator<Item = &Arc<Activity>> {
        std::iter::empty()
    }

    /// Runs the cases of `tests/*.yaml`.
    pub fn run_tests(&self) -> Vec<TestResult> {
        Vec::new()
    }

    /// Answers a question. Never fails: what cannot be evaluated is refused.
    pub fn decide(&self, _question: &Question<'_>) -> Decision {
        Decision {
            verdict: Err(Reason::EvaluationFailed),
            activity: None,
            permitted: Vec::new(),
            refused: Vec::new(),
            policies: Vec::new(),
            explanation: Arc::from("nothing can be decided yet"),
        }
    }
}
