//! The report for programs, of which the others are made.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Totals, repeat, totals, word};
use crate::case::Verdict;
use crate::runner::Ended;
use crate::target::Target;

/// A run that has come to its end.
pub(crate) struct Run<'r> {
    /// What was tested.
    pub(crate) target: &'r Target,
    /// The file that says so.
    pub(crate) target_file: &'r Path,
    /// Thumbprints of the certificates in the target's key set: which installation this was.
    pub(crate) key_set: Vec<String>,
    /// When it began, in Unix seconds.
    pub(crate) started_unix_seconds: i64,
    /// How long it took.
    pub(crate) took: Duration,
    /// The cases.
    pub(crate) ended: &'r [Ended],
}

/// The report as JSON.
pub(crate) fn json(run: &Run<'_>) -> Value {
    let target = run.target;
    json!({
        "suite": { "name": "sluis-conformance", "version": env!("CARGO_PKG_VERSION") },
        "standards": ["FSC Core 2.0.0", "FSC Logging 1.1.0"],
        "target": {
            "product": target.product,
            "peer_id": target.peer_id,
            "group_id": target.group_id,
            "manager_address": target.manager_address,
            "inway_address": target.inway.as_ref().map(|inway| &inway.address),
            "outway_address": target.outway.as_ref().map(|outway| &outway.address),
            "key_set": run.key_set,
        },
        "started_unix_seconds": run.started_unix_seconds,
        "took_milliseconds": millis(run.took),
        "totals": counted(totals(run.ended)),
        "rows_of_the_fsc_test_suite": counted(totals(run.ended.iter().filter(|one| one.is_row()))),
        "cases": run.ended.iter().map(|one| case(one, run.target_file)).collect::<Vec<_>>(),
    })
}

fn counted(totals: Totals) -> Value {
    json!({ "passed": totals.passed, "failed": totals.failed, "skipped": totals.skipped })
}

fn case(one: &Ended, target_file: &Path) -> Value {
    let mut case = json!({
        "row": one.number,
        "id": one.row.id,
        "standard": one.row.standard,
        "title": one.row.title,
        "ended": word(&one.verdict),
        "took_milliseconds": millis(one.took),
    });
    let (name, more) = match &one.verdict {
        Verdict::Passed(checks) => ("checked", json!(checks)),
        Verdict::NotRun(reason) => ("reason", json!(reason)),
        Verdict::Failed(finding) => (
            "finding",
            json!({
                "expected": finding.expected,
                "clause": finding.clause,
                "came": finding.came,
                "repeat": repeat(one, target_file),
            }),
        ),
    };
    if let Some(members) = case.as_object_mut() {
        members.insert(name.to_owned(), more);
    }
    case
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The report of a run with a case of each end.
    pub(crate) fn sample() -> Value {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target.yaml");
        std::fs::write(&path, crate::init::SAMPLE).unwrap();
        let target = Target::load(&path).unwrap();
        json(&Run {
            target: &target,
            target_file: Path::new("target.yaml"),
            key_set: vec!["AAAA".to_owned()],
            started_unix_seconds: 1_767_225_600,
            took: Duration::from_millis(1500),
            ended: &super::super::tests::three(),
        })
    }

    #[test]
    fn every_case_is_in_it_with_all_that_is_known() {
        let report = sample();
        assert_eq!(report["cases"][0]["checked"], json!(["it held"]));
        assert_eq!(report["cases"][1]["finding"]["expected"], "one");
        assert_eq!(report["cases"][2]["reason"], "no inway");
        assert_eq!(
            report["totals"],
            json!({ "passed": 1, "failed": 1, "skipped": 1 })
        );
        assert_eq!(report["target"]["peer_id"], "00000099000000002000");
    }
}
