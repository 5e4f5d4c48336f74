//! The pools of connections to other organisations.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Every pool of connections to other organisations, so that none is used longer than its certificates were
/// judged for. Cheap to clone.
#[derive(Clone)]
pub struct Pools(Arc<Shared>);

struct Shared {
    age_max: Duration,
    forget: Mutex<Vec<Forget>>,
}

/// Drops the pools of at least this age. Requests under way on their connections finish.
type Forget = Box<dyn Fn(Duration) + Send>;

impl Pools {
    /// No pool yet; none gets older than `age_max`.
    #[must_use]
    pub fn new(age_max: Duration) -> Pools {
        Pools(Arc::new(Shared {
            age_max,
            forget: Mutex::default(),
        }))
    }

    /// Adds pools: `forget` is called with the least age of those that it must drop.
    pub fn add(&self, forget: impl Fn(Duration) + Send + 'static) {
        let mut all = self.0.forget.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Box::new(forget));
    }

    /// Makes no new request over any connection that there is now: it was made under an earlier trust or with an earlier
    /// certificate. Requests under way finish.
    pub fn forget(&self) {
        self.forget_older(Duration::ZERO);
    }

    /// Drops pools in time, until `shutdown`.
    pub async fn keep_young(self, shutdown: CancellationToken) {
        let tenth = self.0.age_max / 10;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(tenth) => self.forget_older(tenth * 9),
            }
        }
    }

    fn forget_older(&self, age: Duration) {
        let all = self.0.forget.lock().unwrap_or_else(PoisonError::into_inner);
        for forget in all.iter() {
            forget(age);
        }
    }
}
