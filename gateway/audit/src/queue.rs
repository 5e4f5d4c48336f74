//! The bounded queue in front of the appender, in which a place can be reserved for later.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A bounded queue with one consumer, a thread. Every item takes a place until the consumer takes
/// it out; a place can be held without an item, so that the item always finds room.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    places_max: usize,
    inner: Mutex<Inner<T>>,
    filled: Condvar,
}

#[derive(Debug)]
struct Inner<T> {
    items: VecDeque<T>,
    /// Places taken: by items and by reservations.
    places: usize,
    consumer_waits: bool,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// No new places; items still arrive in places that were reserved.
    Closing,
    /// The consumer is gone.
    Closed,
}

/// One place in the queue. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place<T> {
    queue: Option<Arc<Queue<T>>>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    Full,
    Closed,
}

/// What the consumer gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// There are items.
    Items,
    /// Nothing came in time.
    TimedOut,
    /// The queue was closed, and nothing waits any more.
    Closed,
}

impl<T> Queue<T> {
    pub(crate) fn new(places_max: usize) -> Arc<Self> {
        Arc::new(Self {
            places_max,
            inner: Mutex::new(Inner {
                items: VecDeque::new(),
                places: 0,
                consumer_waits: false,
                stage: Stage::Open,
            }),
            filled: Condvar::new(),
        })
    }

    pub(crate) fn places_max(&self) -> usize {
        self.places_max
    }

    /// Reserves `N` places, or none.
    pub(crate) fn reserve<const N: usize>(self: &Arc<Self>) -> Result<[Place<T>; N], NoPlace> {
        let mut inner = self.lock();
        if inner.stage != Stage::Open {
            return Err(NoPlace::Closed);
        }
        if inner.places + N > self.places_max {
            return Err(NoPlace::Full);
        }
        inner.places += N;
        drop(inner);
        Ok(std::array::from_fn(|_| Place {
            queue: Some(self.clone()),
        }))
    }

    /// No new places from now on. The consumer is told when the last item is out.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        if inner.stage == Stage::Open {
            inner.stage = Stage::Closing;
        }
        drop(inner);
        self.filled.notify_one();
    }

    /// For the consumer: waits for items and moves at most `max` of them to the end of `items`.
    /// When `wait` is given, it does not wait longer than that.
    pub(crate) fn take(&self, items: &mut Vec<T>, max: usize, wait: Option<Duration>) -> Waiting {
        let mut inner = self.lock();
        if inner.items.is_empty() && inner.stage == Stage::Open {
            inner.consumer_waits = true;
            let idle = |inner: &mut Inner<T>| inner.items.is_empty() && inner.stage == Stage::Open;
            inner = match wait {
                None => self
                    .filled
                    .wait_while(inner, idle)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(wait) => {
                    self.filled
                        .wait_timeout_while(inner, wait, idle)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
            inner.consumer_waits = false;
        }
        let count = inner.items.len().min(max);
        if count == 0 {
            return if inner.stage == Stage::Open {
                Waiting::TimedOut
            } else {
                inner.stage = Stage::Closed;
                Waiting::Closed
            };
        }
        items.extend(inner.items.drain(..count));
        inner.places -= count;
        Waiting::Items
    }

    /// The consumer is gone. What still waits is dropped, so that nobody waits for an answer that
    /// will not come.
    pub(crate) fn abandon(&self) {
        let mut inner = self.lock();
        inner.stage = Stage::Closed;
        let items = std::mem::take(&mut inner.items);
        inner.places -= items.len();
        // Items may hold places of their own, which are given back when they are dropped.
        drop(inner);
        drop(items);
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // Nothing in here panics while it holds the lock; and if it did, the numbers still hold.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Place<T> {
    /// Puts an item in this place. `Err` gives it back when the consumer is gone.
    pub(crate) fn fill(mut self, item: T) -> Result<(), T> {
        let Some(queue) = self.queue.take() else {
            return Err(item);
        };
        let mut inner = queue.lock();
        if inner.stage == Stage::Closed {
            inner.places -= 1;
            return Err(item);
        }
        inner.items.push_back(item);
        let wake = std::mem::take(&mut inner.consumer_waits);
        drop(inner);
        if wake {
            queue.filled.notify_one();
        }
        Ok(())
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            queue.lock().places -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(queue: &Queue<u32>, max: usize) -> Vec<u32> {
        let mut items = Vec::new();
        queue.take(&mut items, max, Some(Duration::ZERO));
        items
    }

    #[test]
    fn a_reserved_place_is_taken_until_the_item_is_out() {
        let queue = Queue::new(2);
        let [first, second] = queue.reserve().unwrap();
        assert_eq!(queue.reserve::<1>().unwrap_err(), NoPlace::Full);
        drop(first);
        let [third] = queue.reserve().unwrap();
        second.fill(2).unwrap();
        assert_eq!(queue.reserve::<1>().unwrap_err(), NoPlace::Full);
        assert_eq!(taken(&queue, 9), [2]);
        assert_eq!(queue.reserve::<2>().unwrap_err(), NoPlace::Full);
        third.fill(3).unwrap();
        assert_eq!(taken(&queue, 9), [3]);
        assert!(queue.reserve::<2>().is_ok());
    }

    #[test]
    fn gives_at_most_so_many_in_order() {
        let queue = Queue::new(9);
        for (item, place) in (0..).zip(queue.reserve::<5>().unwrap()) {
            place.fill(item).unwrap();
        }
        assert_eq!(taken(&queue, 3), [0, 1, 2]);
        assert_eq!(taken(&queue, 3), [3, 4]);
        assert_eq!(taken(&queue, 3), Vec::<u32>::new());
    }

    #[test]
    fn closing_keeps_what_was_promised() {
        let queue = Queue::new(2);
        let [early, late] = queue.reserve().unwrap();
        queue.close();
        assert_eq!(queue.reserve::<1>().unwrap_err(), NoPlace::Closed);
        early.fill(1).unwrap();
        assert_eq!(taken(&queue, 9), [1]);
        let mut items = Vec::new();
        assert_eq!(queue.take(&mut items, 9, None), Waiting::Closed);
        assert_eq!(late.fill(2), Err(2));
    }

    #[test]
    fn without_a_consumer_nothing_waits() {
        /// An item that holds a place itself, as an intent does.
        struct Holder(Option<Place<Holder>>);

        let queue = Queue::new(3);
        let [first, held, late] = queue.reserve().unwrap();
        assert!(first.fill(Holder(Some(held))).is_ok());
        queue.abandon();
        assert!(matches!(queue.reserve::<1>(), Err(NoPlace::Closed)));
        let returned = late.fill(Holder(None)).err().unwrap();
        assert!(returned.0.is_none());
        assert_eq!(queue.lock().places, 0);
    }

    #[test]
    fn the_consumer_wakes_for_an_item_and_for_the_end() {
        let queue = Queue::<u32>::new(4);
        let consumer = {
            let queue = queue.clone();
            std::thread::spawn(move || {
                let mut items = Vec::new();
                while queue.take(&mut items, 1, None) == Waiting::Items {}
                items
            })
        };
        for item in 0..1_000 {
            loop {
                if let Ok([place]) = queue.reserve() {
                    place.fill(item).unwrap();
                    break;
                }
                std::thread::yield_now();
            }
        }
        queue.close();
        assert_eq!(consumer.join().unwrap(), (0..1_000).collect::<Vec<_>>());
    }
}
