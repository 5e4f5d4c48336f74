//! Runs cases, one after the other.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::case::{Evidence, Row, Verdict, failed};
use crate::catalogue;
use crate::clauses::SUITE;
use crate::stage::Stage;

/// The case that needs a token to expire: the token is fetched first and the case is run last.
pub(crate) const EXPIRED: &str = "Inway-Incoming-Request-6";
/// A case may take this many times `wait_seconds`.
const WAITS_PER_CASE: u32 = 6;

/// A row with its end.
pub(crate) struct Ended {
    /// Its place among the rows, from 1.
    pub(crate) number: usize,
    /// The row.
    pub(crate) row: &'static Row,
    /// How it ended.
    pub(crate) verdict: Verdict,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Ended {
    /// Whether it is a row of the FSC test suite, and not a case beyond them.
    pub(crate) fn is_row(&self) -> bool {
        self.number <= catalogue::ROWS.len()
    }
}

/// The rows that a pattern names: an identifier, or text with `*` for anything; several between commas.
pub(crate) fn select(pattern: Option<&str>) -> Vec<(usize, &'static Row)> {
    match pattern {
        None => catalogue::all().collect(),
        Some(pattern) => catalogue::all()
            .filter(|(_, row)| pattern.split(',').any(|one| fits(one.trim(), row.id)))
            .collect(),
    }
}

/// Runs rows and returns how they ended, in their order.
pub(crate) async fn run(
    stage: &Stage,
    rows: Vec<(usize, &'static Row)>,
    bar: &ProgressBar,
) -> Vec<Ended> {
    let (last, mut order): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, row)| row.id == EXPIRED);
    if !last.is_empty() {
        // What goes wrong here is said by the case itself.
        let _ = stage.early_token().await;
    }
    order.extend(last);
    let mut ended = Vec::with_capacity(order.len());
    for (number, row) in order {
        bar.set_message(row.id);
        ended.push(one(stage, number, row).await);
        bar.inc(1);
    }
    bar.finish_and_clear();
    ended.sort_by_key(|one| one.number);
    ended
}

async fn one(stage: &Stage, number: usize, row: &'static Row) -> Ended {
    let started = std::time::Instant::now();
    let mut evidence = Evidence::default();
    let longest = u64::try_from(stage.target.expired_token_wait_seconds).unwrap_or(0);
    let limit = stage.target.wait() * WAITS_PER_CASE + Duration::from_secs(longest);
    let end = tokio::time::timeout(limit, (row.case)(stage, &mut evidence)).await;
    let end = end.unwrap_or_else(|_| {
        let came = format!("it was stopped after {} s", limit.as_secs());
        Err(failed(SUITE, "the case to come to an end", came))
    });
    Ended {
        number,
        row,
        verdict: evidence.verdict(end),
        took: started.elapsed(),
    }
}

/// A bar on a terminal; nothing elsewhere.
pub(crate) fn progress(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(0));
    match ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Whether `text` is `pattern`, in which `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => {
            let Some(left) = text.strip_prefix(start) else {
                return false;
            };
            let mut ends = left.char_indices().map(|(place, _)| place);
            fits(rest, "") || ends.any(|place| left.get(place..).is_some_and(|end| fits(rest, end)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_rows_exactly_or_with_stars() {
        let ids = |pattern| -> Vec<&str> {
            select(Some(pattern))
                .iter()
                .map(|(_, row)| row.id)
                .collect()
        };
        assert_eq!(
            ids("Manager-SubmitContract-1"),
            ["Manager-SubmitContract-1"]
        );
        assert_eq!(ids("Manager-Services-1").len(), 2);
        assert_eq!(ids("Inway-*").len(), 13);
        assert_eq!(ids("*-Port-1"), ["Manager-Port-1", "Inway-Port-1"]);
        assert_eq!(ids("Inway-Port-1, *JSON*").len(), 2);
        assert_eq!(ids("Manager").len(), 0);
        assert_eq!(select(None).len(), catalogue::all().count());
        assert_eq!(ids("*").len(), catalogue::all().count());
    }
}
