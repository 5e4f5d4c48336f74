//! How long to wait before telling a peer again.

use std::time::Duration;

/// Exponential back-off, which Digikoppeling makes mandatory for passing on contracts and signatures (REST-API 3.1.0):
/// 1, 2, 4, ... seconds, never more than 300.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first pause.
    pub min: Duration,
    /// The longest pause.
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            min: Duration::from_secs(1),
            max: Duration::from_secs(300),
        }
    }
}

impl Backoff {
    /// The longest pause in milliseconds.
    pub(super) fn max_ms(self) -> u64 {
        u64::try_from(self.max.as_millis()).unwrap_or(u64::MAX)
    }

    /// The pause in milliseconds after `failures` failed attempts (1 or more).
    ///
    /// `random` takes up to a tenth off, so that many gateways that lost the same peer do not all come back to it in the
    /// same second.
    pub(super) fn pause_ms(self, failures: u32, random: u8) -> u64 {
        let min = u64::try_from(self.min.as_millis()).unwrap_or(u64::MAX);
        let max = self.max_ms();
        let doublings = failures.saturating_sub(1).min(32);
        let pause = min.saturating_mul(1_u64 << doublings).min(max);
        pause - (pause / 10).saturating_mul(u64::from(random)) / 255
    }
}

/// One byte from the operating system's generator; 0 if it has none to give, which only costs the spreading.
pub(super) fn random_byte() -> u8 {
    let mut byte = [0];
    let [byte] = match aws_lc_rs::rand::fill(&mut byte) {
        Ok(()) => byte,
        Err(_) => [0],
    };
    byte
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_from_one_second_to_five_minutes() {
        let backoff = Backoff::default();
        let pauses: Vec<u64> = (1..=12)
            .map(|failures| backoff.pause_ms(failures, 0))
            .collect();
        assert_eq!(
            pauses,
            [
                1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000,
                300_000, 300_000
            ]
        );
        assert_eq!(backoff.pause_ms(u32::MAX, 0), 300_000);
    }

    #[test]
    fn takes_at_most_a_tenth_off() {
        let backoff = Backoff::default();
        assert_eq!(backoff.pause_ms(1, 255), 900);
        assert!((900..=1_000).contains(&backoff.pause_ms(1, 128)));
    }
}
