//! The only file that reads the wall clock.
//!
//! Every other part is told what time it is, as an argument or through a [`Clock`] that it was
//! handed at start, so that a test can stand at any moment, and so that one passage is judged at
//! one moment only. Measuring how long something took is not the wall clock: use
//! [`std::time::Instant`] for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::time_provider::TimeProvider;

/// Tells the wall-clock time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<AtomicU64>),
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `unix_ms` (milliseconds since 1970) until its hand is moved.
    #[must_use]
    pub fn fixed(unix_ms: u64) -> (Self, ClockHand) {
        let shared = Arc::new(AtomicU64::new(unix_ms));
        (Self(Source::Fixed(Arc::clone(&shared))), ClockHand(shared))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z. A machine whose clock stands before 1970 gets 0,
    /// at which no certificate, token or contract is valid: it fails closed.
    #[must_use]
    pub fn unix_ms(&self) -> u64 {
        match &self.0 {
            Source::System => system_unix_ms(),
            Source::Fixed(unix_ms) => unix_ms.load(Ordering::Relaxed),
        }
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        i64::try_from(self.unix_ms() / 1000).unwrap_or(i64::MAX)
    }

    /// This clock as rustls wants it, for the validity of certificates and revocation lists.
    #[must_use]
    pub fn time_provider(&self) -> Arc<dyn TimeProvider> {
        Arc::new(self.clone())
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(
            std::time::Duration::from_millis(self.unix_ms()),
        ))
    }
}

/// Moves a fixed [`Clock`] and all its clones.
#[derive(Clone, Debug)]
pub struct ClockHand(Arc<AtomicU64>);

impl ClockHand {
    /// Puts the clock at `unix_ms` (milliseconds since 1970), also backwards.
    pub fn set(&self, unix_ms: u64) {
        self.0.store(unix_ms, Ordering::Relaxed);
    }

    /// Moves the clock forward by `ms` milliseconds.
    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the wall clock"
)]
fn system_unix_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_with_its_hand() {
        let (clock, hand) = Clock::fixed(1_795_305_600_999);
        let copy = clock.clone();
        assert_eq!(clock.unix_ms(), 1_795_305_600_999);
        assert_eq!(clock.unix_seconds(), 1_795_305_600);
        hand.advance(1);
        assert_eq!(copy.unix_seconds(), 1_795_305_601);
        hand.set(5);
        assert_eq!(copy.unix_ms(), 5);
    }

    #[test]
    fn rustls_sees_the_same_time() {
        let (clock, hand) = Clock::fixed(1_795_305_600_000);
        let provider = clock.time_provider();
        hand.advance(60_000);
        let seen = provider.current_time().map(|time| time.as_secs());
        assert_eq!(seen, Some(1_795_305_660));
    }

    #[test]
    fn the_system_clock_stands_after_2026() {
        assert!(Clock::system().unix_seconds() > 1_767_225_600);
    }
}
