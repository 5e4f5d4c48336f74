//! What a run has shown, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::case::Verdict;
use crate::runner::Ended;
use crate::target::Target;

/// How many cases ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

/// Counts.
pub(crate) fn totals(ended: &[Ended]) -> Totals {
    let mut totals = Totals::default();
    for one in ended {
        match one.verdict {
            Verdict::Passed(_) => totals.passed += 1,
            Verdict::Failed(_) => totals.failed += 1,
            Verdict::NotRun(_) => totals.skipped += 1,
        }
    }
    totals
}

/// The table, what failed with all that is known of it, and the totals as the last line.
pub(crate) fn text(ended: &[Ended], target_file: &Path) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "{:>3}  {:<40} {:<9} {:>7}",
        "row", "case", "ended", "took"
    );
    for one in ended {
        let _ = writeln!(
            text,
            "{:>3}  {:<40} {:<9} {:>4} ms  {}",
            one.number,
            one.row.id,
            word(&one.verdict),
            one.took.as_millis(),
            one.row.title,
        );
    }
    let not_run = ended.iter().filter_map(|one| match &one.verdict {
        Verdict::NotRun(reason) => Some((one, reason)),
        _ => None,
    });
    for (place, (one, reason)) in not_run.enumerate() {
        if place == 0 {
            text.push_str("\nNot run:\n");
        }
        let _ = writeln!(text, "  {}: {reason}", one.row.id);
    }
    for one in ended {
        if let Verdict::Failed(finding) = &one.verdict {
            let _ = write!(
                text,
                "\nFailed: {} (row {}), {}\n  expected  {}\n  by        {}\n  came      {}\n  repeat    {}\n",
                one.row.id,
                one.number,
                one.row.title,
                finding.expected,
                finding.clause,
                finding.came,
                repeat(one, target_file),
            );
        }
    }
    let Totals {
        passed,
        failed,
        skipped,
    } = totals(ended);
    let _ = writeln!(
        text,
        "\n{passed} passed, {failed} failed, {skipped} skipped"
    );
    text
}

/// The report for programs.
pub(crate) fn json(
    ended: &[Ended],
    target: &Target,
    target_file: &Path,
    started_unix_seconds: i64,
    took: Duration,
) -> Value {
    let totals = totals(ended);
    json!({
        "suite": { "name": "sluis-conformance", "version": env!("CARGO_PKG_VERSION") },
        "standards": ["FSC Core 2.0.0", "FSC Logging 1.1.0"],
        "target": {
            "peer_id": target.peer_id,
            "group_id": target.group_id,
            "manager_address": target.manager_address,
            "inway_address": target.inway.as_ref().map(|inway| &inway.address),
            "outway_address": target.outway.as_ref().map(|outway| &outway.address),
        },
        "started_unix_seconds": started_unix_seconds,
        "took_milliseconds": millis(took),
        "totals": {
            "passed": totals.passed, "failed": totals.failed, "skipped": totals.skipped
        },
        "cases": ended.iter().map(|one| case(one, target_file)).collect::<Vec<_>>(),
    })
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

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed(_) => "passed",
        Verdict::Failed(_) => "FAILED",
        Verdict::NotRun(_) => "not run",
    }
}

fn repeat(one: &Ended, target_file: &Path) -> String {
    format!(
        "sluis-conformance run --target {} --only {}",
        target_file.display(),
        one.row.id
    )
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Finding;
    use crate::catalogue::ROWS;
    use crate::clauses::SUITE;

    #[test]
    fn the_last_line_counts_and_a_failure_says_everything() {
        let finding = Finding {
            clause: SUITE,
            expected: "one".to_owned(),
            came: "other".to_owned(),
        };
        let verdicts = [
            Verdict::Passed(vec!["it held".to_owned()]),
            Verdict::Failed(Box::new(finding)),
            Verdict::NotRun("no inway".to_owned()),
        ];
        let ended: Vec<Ended> = ROWS
            .iter()
            .zip(verdicts)
            .enumerate()
            .map(|(place, (row, verdict))| Ended {
                number: place + 1,
                row,
                verdict,
                took: Duration::from_millis(3),
            })
            .collect();
        let text = text(&ended, Path::new("target.yaml"));
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 1 skipped"));
        for part in ["expected  one", "came      other", SUITE, "no inway"] {
            assert!(text.contains(part), "{text}");
        }
        let repeat = "sluis-conformance run --target target.yaml --only Manager-SubmitContract-2";
        assert!(text.contains(repeat), "{text}");
        assert_eq!(
            case(&ended[0], Path::new("x"))["checked"],
            json!(["it held"])
        );
        assert_eq!(case(&ended[1], Path::new("x"))["finding"]["came"], "other");
    }
}
