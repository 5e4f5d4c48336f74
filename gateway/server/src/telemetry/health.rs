//! Whether the gateway can do its work.
//!
//! Being ready means that a real record can be written to the audit log and read back: a gateway
//! that cannot record refuses every passage, so it must not be given any. Asking is cheap for
//! whoever polls and bounded for the log: answers are kept for a second, and however many ask at
//! once, one probe runs.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(1);
/// How long a probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// What must succeed before the gateway calls itself ready.
pub trait ReadinessProbe: Send + Sync + 'static {
    /// Tries to do real work. The error is one sentence for an administrator, without personal
    /// data.
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>>;
}

/// Answers whether the gateway is ready. Cheap to clone.
#[derive(Clone)]
pub struct Readiness(Arc<Shared>);

struct Shared {
    probe: Box<dyn ReadinessProbe>,
    kept: Duration,
    timeout: Duration,
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Readiness {
    /// Readiness by this probe, which runs at most once a second.
    #[must_use]
    pub fn new(probe: impl ReadinessProbe) -> Self {
        Self::with_times(probe, KEPT, PROBE_TIMEOUT)
    }

    fn with_times(probe: impl ReadinessProbe, kept: Duration, timeout: Duration) -> Self {
        Self(Arc::new(Shared {
            probe: Box::new(probe),
            kept,
            timeout,
            last: Mutex::new(None),
        }))
    }

    /// Whether the gateway is ready; an answer of less than a second ago is given again.
    ///
    /// # Errors
    ///
    /// Why it is not, in one sentence.
    pub async fn check(&self) -> Result<(), String> {
        let shared = &*self.0;
        // Held while the probe runs: whoever asks meanwhile waits for the same answer.
        let mut last = shared.last.lock().await;
        if let Some((at, result)) = &*last
            && at.elapsed() < shared.kept
        {
            return result.clone();
        }
        let result = match tokio::time::timeout(shared.timeout, shared.probe.probe()).await {
            Ok(result) => result,
            Err(_) => Err(format!(
                "no record could be written and read back within {} seconds",
                shared.timeout.as_secs()
            )),
        };
        *last = Some((Instant::now(), result.clone()));
        result
    }
}

impl std::fmt::Debug for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Readiness")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Counted {
        calls: Arc<AtomicUsize>,
        hangs: bool,
    }

    impl ReadinessProbe for Counted {
        fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
            Box::pin(async {
                let call = self.calls.fetch_add(1, Ordering::SeqCst);
                if self.hangs {
                    std::future::pending::<()>().await;
                }
                tokio::task::yield_now().await;
                if call == 0 {
                    Ok(())
                } else {
                    Err("the disk is full".to_owned())
                }
            })
        }
    }

    fn readiness(kept: Duration, hangs: bool) -> (Readiness, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let probe = Counted {
            calls: Arc::clone(&calls),
            hangs,
        };
        (
            Readiness::with_times(probe, kept, Duration::from_millis(10)),
            calls,
        )
    }

    #[tokio::test]
    async fn polling_does_not_flood_the_log() {
        let (readiness, calls) = readiness(Duration::from_secs(3600), false);
        let polls = (0..50).map(|_| {
            let readiness = readiness.clone();
            tokio::spawn(async move { readiness.check().await })
        });
        for poll in polls.collect::<Vec<_>>() {
            assert_eq!(poll.await.unwrap(), Ok(()));
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn an_old_answer_is_not_given_again() {
        let (readiness, _) = readiness(Duration::ZERO, false);
        assert_eq!(readiness.check().await, Ok(()));
        assert_eq!(readiness.check().await, Err("the disk is full".to_owned()));
    }

    #[tokio::test]
    async fn a_log_that_hangs_is_not_ready() {
        let (readiness, _) = readiness(Duration::ZERO, true);
        assert!(readiness.check().await.unwrap_err().contains("within"));
    }
}
