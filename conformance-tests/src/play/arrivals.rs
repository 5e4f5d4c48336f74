//! What arrived at a place, and a gate that can hold it there.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::wire::{Arrived, Reply};

/// Longest time that a request is held, whatever happens to the case that holds it.
const HELD_MAX: Duration = Duration::from_secs(20);

/// The requests that arrived at a place, oldest first.
#[derive(Debug)]
pub(crate) struct Arrivals {
    seen: Mutex<Vec<Arrived>>,
    count: watch::Sender<usize>,
    open: watch::Sender<bool>,
    next: Mutex<Option<Reply>>,
}

/// While it lives, requests that arrive are not answered.
pub(crate) struct Held<'a>(&'a Arrivals);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.open.send_replace(true);
    }
}

impl Arrivals {
    pub(crate) fn new() -> Self {
        Self {
            seen: Mutex::new(Vec::new()),
            count: watch::Sender::new(0),
            open: watch::Sender::new(true),
            next: Mutex::new(None),
        }
    }

    /// The next request that passes gets this answer.
    pub(crate) fn answer_next(&self, reply: Reply) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
    }

    /// Takes back the answer that was chosen, when nobody fetched it.
    pub(crate) fn answer_as_always(&self) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes a request and returns when the gate is open: with the answer, when a case has chosen one.
    pub(crate) async fn pass(&self, arrived: Arrived) -> Option<Reply> {
        self.note(arrived);
        let mut open = self.open.subscribe();
        // Whether the gate opened or the time is over: the request goes on.
        let _ = tokio::time::timeout(HELD_MAX, open.wait_for(|open| *open)).await;
        self.next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Notes a request.
    pub(crate) fn note(&self, arrived: Arrived) {
        let count = {
            let mut seen = self.lock();
            seen.push(arrived);
            seen.len()
        };
        self.count.send_replace(count);
    }

    /// Closes the gate for as long as the value lives.
    pub(crate) fn hold(&self) -> Held<'_> {
        self.open.send_replace(false);
        Held(self)
    }

    /// How many have arrived.
    pub(crate) fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// The requests after the first `count`.
    pub(crate) fn since(&self, count: usize) -> Vec<Arrived> {
        self.lock().iter().skip(count).cloned().collect()
    }

    /// The first request after the first `count`, as soon as it is there.
    pub(crate) async fn after(&self, count: usize, wait: Duration) -> Option<Arrived> {
        let mut counts = self.count.subscribe();
        let enough = counts.wait_for(|now| *now > count);
        let found = tokio::time::timeout(wait, enough).await;
        if !matches!(found, Ok(Ok(_))) {
            return None;
        }
        self.lock().get(count).cloned()
    }

    /// Makes a request that is held where it arrives, looks around meanwhile, and lets it go on.
    ///
    /// Nothing is looked at when the request is answered without having arrived.
    pub(crate) async fn while_held<A, L>(
        &self,
        wait: Duration,
        asking: impl Future<Output = A>,
        look: impl AsyncFnOnce(Arrived) -> L,
    ) -> (A, Option<L>) {
        let before = self.count();
        let held = self.hold();
        let mut asking = pin!(asking);
        let arrived = tokio::select! {
            biased;
            arrived = self.after(before, wait) => arrived,
            answer = &mut asking => return (answer, None),
        };
        let Some(arrived) = arrived else {
            drop(held);
            return (asking.await, None);
        };
        let looked = look(arrived).await;
        drop(held);
        (asking.await, Some(looked))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arrived>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    use super::*;

    fn arrived() -> Arrived {
        Arrived {
            method: Method::GET,
            target: "/x?y".to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            certificate: None,
        }
    }

    #[tokio::test]
    async fn what_is_held_is_seen_before_it_passes() {
        let arrivals = Arrivals::new();
        let passed = std::cell::Cell::new(false);
        let passing = async {
            assert!(arrivals.pass(arrived()).await.is_none());
            passed.set(true);
        };
        let look = async |seen: Arrived| (seen.path().to_owned(), passed.get());
        let wait = Duration::from_secs(5);
        let (sent, looked) = arrivals.while_held(wait, passing, look).await;
        assert_eq!((sent, looked), ((), Some(("/x".to_owned(), false))));
        assert!(passed.get());
        assert_eq!(arrivals.count(), 1);
    }

    #[tokio::test]
    async fn a_request_that_is_answered_elsewhere_ends_the_watch() {
        let arrivals = Arrivals::new();
        let (answer, looked) = arrivals
            .while_held(Duration::from_secs(60), async { 7 }, async |_| ())
            .await;
        assert_eq!((answer, looked), (7, None));
    }

    #[tokio::test]
    async fn what_does_not_arrive_is_not_waited_for_for_ever() {
        let arrivals = Arrivals::new();
        assert!(arrivals.after(0, Duration::from_millis(1)).await.is_none());
    }
}
