//! When a list is fetched again.

use aws_lc_rs::rand;

/// Shortest time between two attempts, in seconds.
const PAUSE_MIN_SECONDS: i64 = 60;
/// First pause after a failed attempt, in seconds; doubled each time.
const BACKOFF_MIN_SECONDS: i64 = 30;

/// When to fetch again after `now`, given until when the list in use counts: at half the time that it has left, and within
/// `refresh_seconds`. `random` takes up to a tenth off, so that the gateways of a country do not come all at once.
pub(super) fn after_success(now: i64, next_update: i64, refresh_seconds: i64, random: u8) -> i64 {
    let half = next_update.saturating_sub(now) / 2;
    let pause = half.min(refresh_seconds);
    now.saturating_add(jittered(pause, random).max(PAUSE_MIN_SECONDS))
}

/// When to try again after `failures` failed attempts in a row (1 or more).
pub(super) fn after_failure(now: i64, failures: u32, refresh_seconds: i64, random: u8) -> i64 {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = (BACKOFF_MIN_SECONDS << doublings).min(refresh_seconds);
    now.saturating_add(jittered(pause, random).max(1))
}

fn jittered(pause: i64, random: u8) -> i64 {
    pause - pause / 10 * i64::from(random) / 255
}

/// One byte from the operating system's generator; 0 if it has none to give, which only costs the spreading.
pub(super) fn random_byte() -> u8 {
    let mut byte = [0];
    let [byte] = match rand::fill(&mut byte) {
        Ok(()) => byte,
        Err(_) => [0],
    };
    byte
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    #[test]
    fn a_list_is_fetched_at_half_its_life_and_every_four_hours() {
        let next = |left, random| after_success(1_000, 1_000 + left, 4 * HOUR, random) - 1_000;
        assert_eq!(next(48 * HOUR, 0), 4 * HOUR);
        assert_eq!(next(2 * HOUR, 0), HOUR);
        assert_eq!(next(60, 0), 60, "not more than once a minute");
        assert_eq!(next(-HOUR, 0), 60);
        for random in [1, 128, 255] {
            let pause = next(48 * HOUR, random);
            assert!((4 * HOUR * 9 / 10..4 * HOUR).contains(&pause), "{pause}");
        }
    }

    #[test]
    fn failures_are_spaced_out() {
        let pauses: Vec<i64> = (1..=12)
            .map(|failures| after_failure(0, failures, 4 * HOUR, 0))
            .collect();
        let expected = [
            30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 14_400, 14_400, 14_400,
        ];
        assert_eq!(pauses, expected);
        assert_eq!(after_failure(0, u32::MAX, 4 * HOUR, 0), 4 * HOUR);
        assert_eq!(after_failure(0, 1, 4 * HOUR, 255), 27);
    }
}
