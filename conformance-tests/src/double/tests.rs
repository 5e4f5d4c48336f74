//! The judge is judged: the suite against the double, without faults and with each of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use indicatif::ProgressBar;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::fault::Mutant;
use super::setup::WAIT_SECONDS;
use super::{Fault, MUTANTS, Theatre};
use crate::case::{Row, Verdict};
use crate::catalogue;
use crate::runner::{self, EXPIRED, Ended};

/// How long tokens are valid where a case waits for one to expire, in seconds: all other cases are run in that time.
const SHORT_TOKEN_SECONDS: i64 = 3;
/// How long tokens are valid elsewhere, in seconds.
const TOKEN_SECONDS: i64 = 300;
/// How many doubles are played at once.
const AT_ONCE: usize = 6;
/// The same where all cases are played: most of that time goes by waiting for what a faulty gateway does not do.
const ALL_AT_ONCE: usize = 16;
/// How long one call or event may take there, in seconds.
const ALL_WAIT_SECONDS: u64 = 8;
/// How many cases next to those that must fail are run as well, and must not.
const NEIGHBOURS: usize = 2;

type Rows = Vec<(usize, &'static Row)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_without_faults_passes_every_case() {
    let theatre = Arc::new(Theatre::build());
    let (last, others): (Rows, Rows) = catalogue::all().partition(|(_, row)| row.id == EXPIRED);
    let mut set = JoinSet::new();
    // Two halves, and the case that waits, at the same time on gateways of their own.
    let (one, other) = others.split_at(others.len() / 2);
    for (rows, seconds) in [
        (one.to_vec(), TOKEN_SECONDS),
        (other.to_vec(), TOKEN_SECONDS),
        (last, SHORT_TOKEN_SECONDS),
    ] {
        let theatre = Arc::clone(&theatre);
        set.spawn(async move { perform(&theatre, None, seconds, WAIT_SECONDS, rows).await });
    }
    let mut count = 0;
    while let Some(ended) = set.join_next().await {
        for one in ended.unwrap() {
            let passed = matches!(one.verdict, Verdict::Passed(_)) || has_no_port(&one);
            assert!(passed, "{} ended as {:?}", one.row.id, one.verdict);
            count += 1;
        }
    }
    assert_eq!(count, catalogue::all().count());
}

/// Every fault makes cases fail that must, and leaves alone the cases beside them. That all other cases are left alone too is what
/// `every_fault_fails_exactly_its_cases_*` say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_makes_the_expected_cases_fail() {
    let picked = MUTANTS.iter().map(|mutant| {
        let failing = numbers(mutant.fails);
        let all_failing = &failing | &numbers(mutant.also);
        let first = failing.iter().next().copied().unwrap();
        let mut beside: Rows = catalogue::all()
            .filter(|(number, row)| !all_failing.contains(number) && row.id != EXPIRED)
            .collect();
        beside.sort_by_key(|(number, _)| number.abs_diff(first));
        beside.truncate(NEIGHBOURS);
        let must_fail = catalogue::all().filter(|(number, _)| failing.contains(number));
        (mutant.fault, must_fail.chain(beside).collect())
    });
    let mut wrong = Vec::new();
    play(
        picked.collect(),
        (AT_ONCE, WAIT_SECONDS),
        |mutant, ended| {
            let must_fail = numbers(mutant.fails);
            for one in ended {
                // Not run is neither: a fault must not keep a case from being run.
                let ended_right = match one.verdict {
                    Verdict::Failed(_) => must_fail.contains(&one.number),
                    Verdict::Passed(_) => !must_fail.contains(&one.number),
                    Verdict::NotRun(_) => has_no_port(&one),
                };
                if !ended_right {
                    let (id, what, fault, end) =
                        (one.row.id, mutant.what, mutant.fault, one.verdict);
                    wrong.push(format!(
                        "a gateway that {what} ({fault:?}): {id} ended as {end:?}"
                    ));
                }
            }
        },
    )
    .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_is_failed_by_a_fault() {
    assert!(MUTANTS.len() >= 40);
    let failed: BTreeSet<usize> = MUTANTS
        .iter()
        .flat_map(|mutant| numbers(mutant.fails))
        .collect();
    let never: Vec<&str> = catalogue::all()
        .filter(|(number, _)| !failed.contains(number))
        .map(|(_, row)| row.id)
        .collect();
    assert!(never.is_empty(), "no fault fails these cases: {never:?}");
}

/// All cases against all faults, in parts: for whoever changes a case, the double or a fault. Prints what there is in the form of
/// `fault.rs`.
macro_rules! parts {
    ($($name:ident: $part:literal;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "takes minutes"]
            async fn $name() {
                exactly($part).await;
            }
        )+

        /// How many parts there are.
        const PARTS: usize = [$($part),+].len();
    };
}

parts! {
    every_fault_fails_exactly_its_cases_1: 0;
    every_fault_fails_exactly_its_cases_2: 1;
    every_fault_fails_exactly_its_cases_3: 2;
    every_fault_fails_exactly_its_cases_4: 3;
    every_fault_fails_exactly_its_cases_5: 4;
    every_fault_fails_exactly_its_cases_6: 5;
    every_fault_fails_exactly_its_cases_7: 6;
    every_fault_fails_exactly_its_cases_8: 7;
}

/// Every fault of a part makes its cases fail, and no others.
async fn exactly(part: usize) {
    let all = MUTANTS.iter().skip(part).step_by(PARTS).map(|mutant| {
        let expires = numbers(mutant.fails);
        let rows = catalogue::all().filter(|(number, row)| {
            row.id != EXPIRED || expires.contains(number) && expires.len() == 1
        });
        (mutant.fault, rows.collect())
    });
    let all: Vec<(Fault, Rows)> = all.collect();
    let (mut wrong, mut done, count) = (0, 0, all.len());
    play(all, (ALL_AT_ONCE, ALL_WAIT_SECONDS), |mutant, ended| {
        let mut expected = &numbers(mutant.fails) | &numbers(mutant.also);
        expected.retain(|number| ended.iter().any(|one| one.number == *number));
        let failed = ended
            .iter()
            .filter(|one| !matches!(one.verdict, Verdict::Passed(_)));
        let failed: BTreeSet<usize> = failed.map(|one| one.number).collect();
        if failed != expected {
            wrong += 1;
            let names = |numbers: &BTreeSet<usize>| -> Vec<String> {
                let named = catalogue::all().filter(|(number, _)| numbers.contains(number));
                named
                    .map(|(number, row)| format!("{}@{number}", row.id))
                    .collect()
            };
            println!(
                "{:?}\n  fails, but should not: {}\n  should fail, but does not: {}",
                mutant.fault,
                names(&(&failed - &expected)).join(","),
                names(&(&expected - &failed)).join(",")
            );
        }
        done += 1;
        println!("{done} of {count}");
    })
    .await;
    assert_eq!(wrong, 0, "faults with other cases than fault.rs says");
}

/// Plays each fault with its rows, some at once, and looks at each as soon as it is done.
async fn play(
    picked: Vec<(Fault, Rows)>,
    (at_once, wait_seconds): (usize, u64),
    mut look: impl FnMut(&Mutant, Vec<Ended>),
) {
    let theatre = Arc::new(Theatre::build());
    let places = Arc::new(Semaphore::new(at_once));
    let mut set = JoinSet::new();
    for (fault, rows) in picked {
        let (theatre, places) = (Arc::clone(&theatre), Arc::clone(&places));
        set.spawn(async move {
            let _place = places.acquire().await.unwrap();
            let expires = rows.iter().any(|(_, row)| row.id == EXPIRED);
            let seconds = if expires {
                SHORT_TOKEN_SECONDS
            } else {
                TOKEN_SECONDS
            };
            let ended = perform(&theatre, Some(fault), seconds, wait_seconds, rows).await;
            (fault, ended)
        });
    }
    while let Some(done) = set.join_next().await {
        let (fault, ended) = done.unwrap();
        let mutant = MUTANTS.iter().find(|mutant| mutant.fault == fault);
        look(mutant.unwrap(), ended);
    }
}

async fn perform(
    theatre: &Theatre,
    fault: Option<Fault>,
    token_seconds: i64,
    wait_seconds: u64,
    rows: Rows,
) -> Vec<Ended> {
    let performance = theatre.play(fault, token_seconds, wait_seconds).await;
    runner::run(&performance.stage, rows, &ProgressBar::hidden()).await
}

/// Whether a case could not be run where the loopback network is one address.
fn has_no_port(one: &Ended) -> bool {
    one.row.id.ends_with("-Port-1") && matches!(one.verdict, Verdict::NotRun(_))
}

/// The numbers of the cases that a list of patterns names, without those after a `!`.
fn numbers(patterns: &str) -> BTreeSet<usize> {
    let mut numbers = BTreeSet::new();
    let all = patterns.split(',').map(str::trim);
    for pattern in all.filter(|pattern| !pattern.is_empty()) {
        let (pattern, is_without) = match pattern.strip_prefix('!') {
            Some(pattern) => (pattern, true),
            None => (pattern, false),
        };
        let (name, number) = pattern.split_once('@').unwrap_or((pattern, ""));
        let mut found = runner::select(Some(name));
        found.retain(|(one, _)| number.is_empty() || *one == number.parse::<usize>().unwrap());
        assert!(!found.is_empty(), "no case is called {pattern}");
        for (number, _) in found {
            if is_without {
                numbers.remove(&number);
            } else {
                numbers.insert(number);
            }
        }
    }
    numbers
}
