//! Gateways that are killed (SIGKILL) and cut off from each other at random moments of contract exchange come to the same contracts.
//!
//! Three organisations in processes of their own, behind a line that can be cut at any byte. A seed says what they do and when
//! somebody is killed; how the rest falls is up to the machine. `SLUIS_SEED=17 cargo test -p sluis --test converges` repeats
//! one of them.

#[cfg(test)]
#[path = "../support/choices.rs"]
#[expect(unreachable_pub, reason = "other tests use it too")]
mod choices;
#[cfg(test)]
mod diary;
#[cfg(test)]
mod federation;
#[cfg(test)]
mod line;
#[cfg(test)]
mod outcome;
#[cfg(test)]
mod party;
#[cfg(test)]
mod story;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Instant;

    use super::federation::Federation;
    use super::story::Story;

    /// How many runs there are.
    const SEEDS: u64 = 100;
    /// Federations that run at the same time.
    const FEDERATIONS: u64 = 4;
    /// Runs with the same federation. Each leaves contracts behind, which make every start a little longer.
    const RUNS: u64 = 5;

    #[tokio::test(flavor = "multi_thread")]
    async fn gateways_that_are_killed_at_random_come_to_the_same_contracts() {
        #[expect(clippy::disallowed_methods, reason = "names the run to repeat")]
        let only = std::env::var("SLUIS_SEED").ok();
        let seeds = match only {
            Some(seed) => {
                let seed: u64 = seed.parse().expect("SLUIS_SEED is the number of a run");
                seed..seed + 1
            }
            None => 0..SEEDS,
        };
        let started = Instant::now();
        let next = Arc::new(AtomicU64::new(seeds.start));
        let running: Vec<_> = (0..FEDERATIONS.min(seeds.end - seeds.start))
            .map(|_| {
                let (next, end) = (Arc::clone(&next), seeds.end);
                tokio::spawn(async move { run(&next, end).await })
            })
            .collect();
        let mut kills = 0;
        for federation in running {
            kills += federation.await.unwrap();
        }
        println!("{kills} kills in {:?}", started.elapsed());
        assert!(kills > 0, "nobody was killed");
    }

    /// Takes some seeds after the other; how many kills there were.
    async fn run(next: &AtomicU64, end: u64) -> usize {
        let mut kills = 0;
        loop {
            let first = next.fetch_add(RUNS, Ordering::Relaxed);
            if first >= end {
                return kills;
            }
            let mut federation = Federation::start().await;
            for seed in first..end.min(first + RUNS) {
                kills += Story::of(seed, &mut federation).tell().await;
            }
            federation.stop().await;
        }
    }
}
