//! Activities of which no version is in force, or soon none.

use crate::support;

/// 2026-06-02, in unix seconds.
const NOW: i64 = 1_780_387_200;
const DAY: i64 = 86_400;
const LAST: &str = "activities/bijstand-aanvraag-3.yaml";

/// What is told of the activity when the validity of its last version is this: `ahead` or `now`, file and message.
fn told(valid: &str, at: i64) -> Vec<String> {
    let mut source = support::source("gemeente");
    let text = source.files.get_mut(LAST).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("valid:"))
        .unwrap();
    *text = text.replace(line, &format!("valid: {{ {valid} }}"));
    source.files.retain(|path, _| !path.starts_with("tests/"));
    let lapses = support::compiled(&source).lapses(at);
    lapses
        .into_iter()
        .filter(|lapse| lapse.diagnostic.message.contains("`bijstand-aanvraag`"))
        .map(|lapse| {
            let when = if lapse.is_ahead { "ahead" } else { "now" };
            let told = lapse.diagnostic;
            assert!(told.line > 0 && !told.help.is_empty());
            format!("{when} {}: {}", told.file, told.message)
        })
        .collect()
}

#[test]
fn an_activity_that_is_in_force_and_stays_so_is_not_told() {
    assert_eq!(told("from: 2026-01-01", NOW), Vec::<String>::new());
    // 61 days are not soon; a version that has ended and is followed is no matter.
    let until = "from: 2026-01-01, until: 2026-08-02";
    assert_eq!(told(until, NOW), Vec::<String>::new());
}

#[test]
fn an_end_is_told_sixty_days_ahead_and_when_it_is_there() {
    let valid = "from: 2026-01-01, until: 2026-08-01";
    let ahead = format!(
        "ahead {LAST}: version 3 of `bijstand-aanvraag` ends on 2026-08-01 and no version begins then, so that calls for it are refused from that day"
    );
    let soon = [ahead];
    assert_eq!(told(valid, NOW), soon);
    assert_eq!(told(valid, NOW + 59 * DAY), soon);
    let ended = format!(
        "now {LAST}: every version of `bijstand-aanvraag` has ended, the last on 2026-08-01, so that every call for it is refused"
    );
    assert_eq!(told(valid, NOW + 60 * DAY), [ended]);
}

#[test]
fn a_gap_before_the_next_version_is_told() {
    let found = told("from: 2027-01-01", NOW);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("no version of `bijstand-aanvraag` is in force before 2027-01-01"),
        "{found:?}"
    );
}
