//! What a run has shown, for people and for programs.

mod document;
mod html;
mod junit;
mod seal;

pub(crate) use document::{Run, json};
pub(crate) use html::html;
pub(crate) use junit::junit;
pub(crate) use seal::{SealError, Sealed, seal, verify};

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::case::Verdict;
use crate::catalogue::ROWS;
use crate::runner::Ended;

/// How many cases ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

/// Counts.
pub(crate) fn totals<'e>(ended: impl IntoIterator<Item = &'e Ended>) -> Totals {
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

/// The table, what failed with all that is known of it, how long it all took, and the totals as the last line.
pub(crate) fn text(ended: &[Ended], target_file: &Path, took: Duration) -> String {
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
    for (place, (reason, ids)) in not_run(ended).into_iter().enumerate() {
        if place == 0 {
            text.push_str("\nNot run:\n");
        }
        let _ = writeln!(text, "  {}: {reason}", ids.join(", "));
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
    let rows = totals(ended.iter().filter(|one| one.is_row()));
    let _ = writeln!(
        text,
        "\nThe run took {:.1} s.\nOf the {} rows of the FSC test suite {} were run, {} passed.",
        took.as_secs_f64(),
        ROWS.len(),
        rows.passed + rows.failed,
        rows.passed,
    );
    let Totals {
        passed,
        failed,
        skipped,
    } = totals(ended);
    let _ = writeln!(text, "{passed} passed, {failed} failed, {skipped} skipped");
    text
}

/// Why cases were not run, each reason once.
fn not_run(ended: &[Ended]) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in ended {
        let Verdict::NotRun(reason) = &one.verdict else {
            continue;
        };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, ids)) => ids.push(one.row.id),
            None => reasons.push((reason, vec![one.row.id])),
        }
    }
    reasons
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed(_) => "passed",
        Verdict::Failed(_) => "FAILED",
        Verdict::NotRun(_) => "not run",
    }
}

/// The command that runs a case again, to be pasted into a shell.
fn repeat(one: &Ended, target_file: &Path) -> String {
    let file = target_file.to_string_lossy();
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+".contains(character);
    let file = if file.chars().all(is_plain) {
        file.into_owned()
    } else {
        format!("'{}'", file.replace('\'', r"'\''"))
    };
    format!(
        "sluis-conformance run --target {file} --only {}",
        one.row.id
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    use crate::case::Finding;
    use crate::clauses::SUITE;

    /// A case of each end.
    pub(super) fn three() -> Vec<Ended> {
        let finding = Finding {
            clause: SUITE,
            expected: "one".to_owned(),
            came: "other <b> & \u{7}".to_owned(),
        };
        let verdicts = [
            Verdict::Passed(vec!["it held".to_owned()]),
            Verdict::Failed(Box::new(finding)),
            Verdict::NotRun("no inway".to_owned()),
        ];
        let rows = ROWS.iter().zip(verdicts).enumerate();
        rows.map(|(place, (row, verdict))| Ended {
            number: place + 1,
            row,
            verdict,
            took: Duration::from_millis(3),
        })
        .collect()
    }

    #[test]
    fn the_last_line_counts_and_a_failure_says_everything() {
        let ended = three();
        let text = text(
            &ended,
            Path::new("target.yaml"),
            Duration::from_millis(1234),
        );
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 1 skipped"));
        for part in ["expected  one", "came      other", SUITE, "no inway"] {
            assert!(text.contains(part), "{text}");
        }
        let repeat = "sluis-conformance run --target target.yaml --only Manager-SubmitContract-2";
        assert!(text.contains(repeat), "{text}");
        let counts =
            "The run took 1.2 s.\nOf the 85 rows of the FSC test suite 2 were run, 1 passed.\n";
        assert!(text.contains(counts), "{text}");
    }

    #[test]
    fn a_file_with_a_strange_name_can_be_pasted_into_a_shell() {
        let ended = three();
        let command = repeat(&ended[0], Path::new("mijn proef/jan's.yaml"));
        assert!(
            command.contains(r"--target 'mijn proef/jan'\''s.yaml' --only"),
            "{command}"
        );
    }
}
