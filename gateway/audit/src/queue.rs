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
    items: VecDeque<(Haste, T)>,
    /// Items that somebody waits for.
    urgent: usize,
    /// Places taken: by items and by reservations.
    places: usize,
    consumer: Consumer,
    stage: Stage,
}

/// Whether somebody waits for what becomes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// Somebody waits.
    Urgent,
    /// Nobody waits: it may stay until the consumer comes for an urgent one, or for a few
    /// milliseconds.
    Quiet,
}

/// What wakes the consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consumer {
    /// Nothing: it is awake.
    Awake,
    /// Any item.
    Idle,
    /// An urgent item, or so many of any kind.
    Patient { items: usize },
}

/// How long the consumer waits, and for what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Takes at most so many items at once.
    pub(crate) items_max: usize,
    /// Does not wait longer than this for a first item.
    pub(crate) idle: Option<Duration>,
    /// Leaves quiet items waiting for at most this long.
    pub(crate) quiet: Duration,
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
                urgent: 0,
                places: 0,
                consumer: Consumer::Awake,
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

    /// For the consumer: waits for items and moves them to the end of `items`.
    pub(crate) fn take(&self, items: &mut Vec<T>, patience: &Patience) -> Waiting {
        let Patience {
            items_max,
            idle,
            quiet,
        } = *patience;
        let mut inner = self.lock();
        if inner.items.is_empty() {
            inner = self.wait(inner, Consumer::Idle, idle);
        }
        if !inner.items.is_empty() && inner.urgent == 0 {
            inner = self.wait(inner, Consumer::Patient { items: items_max }, Some(quiet));
        }
        let count = inner.items.len().min(items_max);
        if count == 0 {
            return if inner.stage == Stage::Open {
                Waiting::TimedOut
            } else {
                inner.stage = Stage::Closed;
                Waiting::Closed
            };
        }
        let Inner {
            items: waiting,
            urgent,
            ..
        } = &mut *inner;
        items.extend(waiting.drain(..count).map(|(haste, item)| {
            *urgent -= usize::from(haste == Haste::Urgent);
            item
        }));
        inner.places -= count;
        Waiting::Items
    }

    /// Waits until there is what `consumer` says, or the queue is closed, or the time is over.
    fn wait<'q>(
        &self,
        mut inner: MutexGuard<'q, Inner<T>>,
        consumer: Consumer,
        time: Option<Duration>,
    ) -> MutexGuard<'q, Inner<T>> {
        let goes_on = |inner: &mut Inner<T>| inner.stage == Stage::Open && !inner.has(consumer);
        inner.consumer = consumer;
        inner = match time {
            None => self
                .filled
                .wait_while(inner, goes_on)
                .unwrap_or_else(PoisonError::into_inner),
            Some(time) => {
                self.filled
                    .wait_timeout_while(inner, time, goes_on)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        inner.consumer = Consumer::Awake;
        inner
    }

    /// The consumer is gone. What still waits is dropped, so that nobody waits for an answer that
    /// will not come.
    pub(crate) fn abandon(&self) {
        let mut inner = self.lock();
        inner.stage = Stage::Closed;
        let items = std::mem::take(&mut inner.items);
        inner.places -= items.len();
        // Items may hold places of their own, which are given back when they are dropped.
        inner.urgent = 0;
        drop(inner);
        drop(items);
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // Nothing in here panics while it holds the lock; and if it did, the numbers still hold.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Inner<T> {
    fn has(&self, consumer: Consumer) -> bool {
        match consumer {
            Consumer::Awake => false,
            Consumer::Idle => !self.items.is_empty(),
            Consumer::Patient { items } => self.urgent > 0 || self.items.len() >= items,
        }
    }
}

impl<T> Place<T> {
    /// Puts an item in this place. `Err` gives it back when the consumer is gone.
    pub(crate) fn fill(mut self, haste: Haste, item: T) -> Result<(), T> {
        let Some(queue) = self.queue.take() else {
            return Err(item);
        };
        let mut inner = queue.lock();
        if inner.stage == Stage::Closed {
            inner.places -= 1;
            return Err(item);
        }
        inner.items.push_back((haste, item));
        inner.urgent += usize::from(haste == Haste::Urgent);
        let wake = inner.has(inner.consumer);
        if wake {
            // Who comes next need not wake it again.
            inner.consumer = Consumer::Awake;
        }
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

    const PATIENCE: Patience = Patience {
        items_max: 9,
        idle: None,
        quiet: Duration::ZERO,
    };

    fn taken(queue: &Queue<u32>, items_max: usize) -> Vec<u32> {
        let mut items = Vec::new();
        let patience = Patience {
            items_max,
            idle: Some(Duration::ZERO),
            ..PATIENCE
        };
        queue.take(&mut items, &patience);
        items
    }

    fn fill(queue: &Arc<Queue<u32>>, haste: Haste, item: u32) {
        let [place] = queue.reserve().unwrap();
        place.fill(haste, item).unwrap();
    }

    #[test]
    fn a_reserved_place_is_taken_until_the_item_is_out() {
        let queue = Queue::new(2);
        let [first, second] = queue.reserve().unwrap();
        assert_eq!(queue.reserve::<1>().unwrap_err(), NoPlace::Full);
        drop(first);
        let [third] = queue.reserve().unwrap();
        second.fill(Haste::Urgent, 2).unwrap();
        assert_eq!(queue.reserve::<1>().unwrap_err(), NoPlace::Full);
        assert_eq!(taken(&queue, 9), [2]);
        assert_eq!(queue.reserve::<2>().unwrap_err(), NoPlace::Full);
        third.fill(Haste::Quiet, 3).unwrap();
        assert_eq!(taken(&queue, 9), [3]);
        assert!(queue.reserve::<2>().is_ok());
    }

    #[test]
    fn gives_at_most_so_many_in_order() {
        let queue = Queue::new(9);
        for (item, place) in (0..).zip(queue.reserve::<5>().unwrap()) {
            place.fill(Haste::Urgent, item).unwrap();
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
        early.fill(Haste::Urgent, 1).unwrap();
        assert_eq!(taken(&queue, 9), [1]);
        let mut items = Vec::new();
        assert_eq!(queue.take(&mut items, &PATIENCE), Waiting::Closed);
        assert_eq!(late.fill(Haste::Quiet, 2), Err(2));
    }

    #[test]
    fn quiet_items_wait_for_an_urgent_one_and_no_longer() {
        let queue = Queue::new(9);
        let patience = Patience {
            quiet: Duration::from_secs(3_600),
            ..PATIENCE
        };
        let consumer = {
            let queue = queue.clone();
            std::thread::spawn(move || {
                let mut items = Vec::new();
                queue.take(&mut items, &patience);
                items
            })
        };
        fill(&queue, Haste::Quiet, 1);
        fill(&queue, Haste::Quiet, 2);
        fill(&queue, Haste::Urgent, 3);
        assert_eq!(consumer.join().unwrap(), [1, 2, 3]);
        assert_eq!(queue.lock().urgent, 0);
        fill(&queue, Haste::Quiet, 4);
        assert_eq!(taken(&queue, 9), [4]);
    }

    #[test]
    fn without_a_consumer_nothing_waits() {
        /// An item that holds a place itself, as an intent does.
        struct Holder(Option<Place<Holder>>);

        let queue = Queue::new(3);
        let [first, held, late] = queue.reserve().unwrap();
        assert!(first.fill(Haste::Urgent, Holder(Some(held))).is_ok());
        queue.abandon();
        assert!(matches!(queue.reserve::<1>(), Err(NoPlace::Closed)));
        let returned = late.fill(Haste::Quiet, Holder(None)).err().unwrap();
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
                let patience = Patience {
                    items_max: 1,
                    ..PATIENCE
                };
                while queue.take(&mut items, &patience) == Waiting::Items {}
                items
            })
        };
        for item in 0..1_000 {
            loop {
                if let Ok([place]) = queue.reserve() {
                    place.fill(Haste::Urgent, item).unwrap();
                    break;
                }
                std::thread::yield_now();
            }
        }
        queue.close();
        assert_eq!(consumer.join().unwrap(), (0..1_000).collect::<Vec<_>>());
    }
}
