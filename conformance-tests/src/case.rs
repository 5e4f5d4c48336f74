//! What a case is, and the three ways in which it can end.

use std::future::Future;
use std::pin::Pin;

use crate::clauses::Clause;
use crate::stage::Stage;

/// One row of the FSC test suite.
pub(crate) struct Row {
    /// Its identifier in the FSC test suite. One identifier (`Manager-Services-1`) is used for two rows.
    pub(crate) id: &'static str,
    /// The standards it belongs to, as the FSC test suite says.
    pub(crate) standard: &'static str,
    /// What it is about.
    pub(crate) title: &'static str,
    /// How it is run.
    pub(crate) case: CaseFn,
}

/// A case. It passes when it returns without stopping and has evidence.
pub(crate) type CaseFn = for<'a> fn(&'a Stage, &'a mut Evidence) -> Running<'a>;

/// A case on its way.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Stop>> + Send + 'a>>;

/// Why a case ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The target did something else than the standard says.
    Failed(Box<Finding>),
    /// The case cannot be run here; says why.
    NotRun(String),
}

/// What the target did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The clause that says so.
    pub(crate) clause: Clause,
    /// What it asks for.
    pub(crate) expected: String,
    /// What came.
    pub(crate) came: String,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything that was checked held; says what.
    Passed(Vec<String>),
    /// Something did not.
    Failed(Box<Finding>),
    /// It was not run; says why.
    NotRun(String),
}

/// What a case has seen to hold.
#[derive(Debug, Default)]
pub(crate) struct Evidence(Vec<String>);

impl Evidence {
    /// Notes that `expected` holds, or stops the case.
    pub(crate) fn check(
        &mut self,
        holds: bool,
        clause: Clause,
        expected: impl Into<String>,
        came: impl FnOnce() -> String,
    ) -> Result<(), Stop> {
        if !holds {
            return Err(failed(clause, expected, came()));
        }
        self.0.push(expected.into());
        Ok(())
    }

    /// The verdict over a case that came to this end.
    pub(crate) fn verdict(self, end: Result<(), Stop>) -> Verdict {
        match end {
            Ok(()) if self.0.is_empty() => Verdict::Failed(Box::new(Finding {
                clause: crate::clauses::SUITE,
                expected: "at least one check".to_owned(),
                came: "the case checked nothing; this is a defect of the suite".to_owned(),
            })),
            Ok(()) => Verdict::Passed(self.0),
            Err(Stop::Failed(finding)) => Verdict::Failed(finding),
            Err(Stop::NotRun(reason)) => Verdict::NotRun(reason),
        }
    }
}

/// A failed check.
pub(crate) fn failed(clause: Clause, expected: impl Into<String>, came: impl Into<String>) -> Stop {
    Stop::Failed(Box::new(Finding {
        clause,
        expected: expected.into(),
        came: came.into(),
    }))
}

/// A case that cannot be run here.
pub(crate) fn not_run(reason: impl Into<String>) -> Stop {
    Stop::NotRun(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clauses::SUITE;

    #[test]
    fn nothing_is_passed_by_default() {
        let verdict = Evidence::default().verdict(Ok(()));
        assert!(matches!(verdict, Verdict::Failed(_)), "{verdict:?}");
    }

    #[test]
    fn a_case_passes_when_every_check_held_and_fails_at_the_first_that_did_not() {
        let mut evidence = Evidence::default();
        evidence.check(true, SUITE, "one", String::new).unwrap();
        let stopped = evidence.check(false, SUITE, "two", || "three".to_owned());
        let Err(Stop::Failed(finding)) = stopped.clone() else {
            panic!("{stopped:?}")
        };
        assert_eq!(
            (finding.expected.as_str(), finding.came.as_str()),
            ("two", "three")
        );
        assert!(matches!(evidence.verdict(stopped), Verdict::Failed(_)));
        let mut evidence = Evidence::default();
        evidence.check(true, SUITE, "one", String::new).unwrap();
        assert_eq!(
            evidence.verdict(Ok(())),
            Verdict::Passed(vec!["one".to_owned()])
        );
    }

    #[test]
    fn what_was_not_run_says_why() {
        let verdict = Evidence::default().verdict(Err(not_run("no inway")));
        assert_eq!(verdict, Verdict::NotRun("no inway".to_owned()));
    }
}
