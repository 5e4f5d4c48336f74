//! The connections that are open, so that one can be ended for a reason outside itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Connection, ConnectionLimits};
use crate::telemetry::{Metrics, Role};

/// Every open connection of one gateway. Cheap to clone.
///
/// A certificate is judged in the handshake only. That it was revoked since, or that its authority is not
/// trusted any more, reaches a connection through [`Connections::close`]; and no connection under TLS
/// outlives the age that the configuration allows, so that every judgement is made anew in time.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
    limits: ConnectionLimits,
    metrics: Metrics,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    entries: HashMap<u64, Entry>,
}

struct Entry {
    role: Role,
    connection: Arc<Connection>,
    signal: Arc<Signal>,
    /// When it is asked to go, and how.
    due: Option<(Instant, Ending)>,
    /// It was closed for a reason, and will be cut off.
    is_condemned: bool,
}

/// How a connection is asked to end; each comes on top of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Ending {
    /// It takes no new request after the one under way, and says so: in HTTP/2 with GOAWAY, in HTTP/1.1 with
    /// `Connection: close` in the next answer. Nothing is lost.
    Retire = 1,
    /// As before, but one that is idle is closed at once.
    Finish = 2,
    /// What is under way is cut off.
    Cut = 3,
}

impl Connections {
    /// No connection yet.
    #[must_use]
    pub fn new(limits: ConnectionLimits, metrics: Metrics) -> Connections {
        Connections(Arc::new(Shared {
            limits,
            metrics,
            open: Mutex::default(),
        }))
    }

    /// How many are open, of all listeners together.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open().entries.len()
    }

    /// Who is connected, and with which certificates.
    #[must_use]
    pub fn connected(&self) -> Vec<Arc<Connection>> {
        let open = self.open();
        let entries = open.entries.values();
        entries.map(|entry| Arc::clone(&entry.connection)).collect()
    }

    /// Closes every connection for which `reason` says why, and returns how many. Requests under way on it may finish
    /// within the grace period for shutting down; then it is cut off.
    ///
    /// `reason` is called under a lock: it must not take long. Must be called inside a tokio runtime.
    pub fn close(&self, reason: impl Fn(&Connection) -> Option<&'static str>) -> usize {
        let mut closed = Vec::new();
        for entry in self.open().entries.values_mut() {
            let Some(reason) = reason(&entry.connection) else {
                continue;
            };
            entry.due = None;
            if std::mem::replace(&mut entry.is_condemned, true) {
                continue;
            }
            // It may have been asked before, for its age; that lets what is under way go on for as long as it takes.
            entry.signal.ask(Ending::Finish);
            closed.push(Arc::downgrade(&entry.signal));
            self.0.metrics.connection_closed(entry.role, reason);
            let peer = entry.connection.peer.as_deref();
            tracing::warn!(
                listener = entry.role.as_str(),
                peer_id = peer.map(|peer| tracing::field::display(&peer.id)),
                reason,
                "a connection is closed"
            );
        }
        let count = closed.len();
        if count > 0 {
            let grace = self.0.limits.shutdown_grace;
            tokio::spawn(async move {
                tokio::time::sleep(grace).await;
                for signal in closed.iter().filter_map(std::sync::Weak::upgrade) {
                    signal.ask(Ending::Cut);
                }
            });
        }
        count
    }

    /// Asks each connection to end when it has reached its age, until `shutdown`.
    pub async fn keep_young(self, shutdown: CancellationToken) {
        loop {
            let next = self.retire(Instant::now());
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.0.limits
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Notes that a connection was made. It is open until what is returned is dropped.
    pub(super) fn opened(&self, role: Role, connection: Arc<Connection>) -> OpenConnection {
        let signal = Arc::new(Signal::default());
        let mut open = self.open();
        let id = open.next;
        open.next += 1;
        let due = connection
            .peer
            .is_some()
            .then(|| (connection.since + self.lifetime(id), Ending::Retire));
        let entry = Entry {
            role,
            connection,
            signal: Arc::clone(&signal),
            due,
            is_condemned: false,
        };
        open.entries.insert(id, entry);
        drop(open);
        OpenConnection {
            connections: self.clone(),
            id,
            signal,
        }
    }

    /// Ends every connection of a listener.
    pub(super) fn end(&self, role: Role, ending: Ending) {
        let open = self.open();
        for entry in open.entries.values().filter(|entry| entry.role == role) {
            entry.signal.ask(ending);
        }
    }

    /// Asks those that are due at `now`, and says when to look again.
    fn retire(&self, now: Instant) -> Instant {
        // What is opened from now on is not due before that.
        let mut next = now + self.shortest_lifetime();
        for entry in self.open().entries.values_mut() {
            let Some((at, ending)) = entry.due else {
                continue;
            };
            if now < at {
                next = next.min(at);
                continue;
            }
            entry.due = None;
            if entry.signal.ask(ending) && ending == Ending::Retire {
                self.0.metrics.connection_closed(entry.role, "age");
                // An HTTP/1.1 client that has asked nothing in this time will not be told anything any more.
                let later = now + self.0.limits.header_read_timeout;
                entry.due = Some((later, Ending::Finish));
                next = next.min(later);
            }
        }
        next
    }

    /// Between nine tenths and the whole of the age, so that connections that were made together do not end together.
    /// Multiples of the golden ratio spread evenly, without a source of random numbers.
    fn lifetime(&self, id: u64) -> Duration {
        let spread = id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54;
        let tenth = self.0.limits.connection_age_max / 10;
        let spread = u32::try_from(spread).unwrap_or(0);
        self.shortest_lifetime() + tenth * spread / 1024
    }

    fn shortest_lifetime(&self) -> Duration {
        self.0.limits.connection_age_max / 10 * 9
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is in the register until this is dropped.
pub(super) struct OpenConnection {
    connections: Connections,
    id: u64,
    signal: Arc<Signal>,
}

impl OpenConnection {
    /// What the connection is asked.
    pub(super) fn signal(&self) -> &Arc<Signal> {
        &self.signal
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.connections.open().entries.remove(&self.id);
    }
}

/// Tells one connection to end. It has one listener: the task of the connection.
#[derive(Default)]
pub(super) struct Signal {
    asked: AtomicU8,
    changed: Notify,
}

impl Signal {
    /// Whether no further request should come over this connection. Cheap enough to ask for every answer.
    pub(super) fn is_ending(&self) -> bool {
        self.asked.load(Ordering::Relaxed) != 0
    }

    /// Waits until more is asked than before, and says what.
    pub(super) async fn more(&self) -> Ending {
        self.changed.notified().await;
        match self.asked.load(Ordering::Acquire) {
            0 | 1 => Ending::Retire,
            2 => Ending::Finish,
            _ => Ending::Cut,
        }
    }

    /// Whether this is more than was asked before.
    fn ask(&self, ending: Ending) -> bool {
        let before = self.asked.fetch_max(ending as u8, Ordering::AcqRel);
        let more = before < ending as u8;
        if more {
            self.changed.notify_one();
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(3600);

    fn connections() -> Connections {
        let limits = ConnectionLimits {
            connection_age_max: AGE,
            ..ConnectionLimits::from(&crate::config::Limits::default())
        };
        Connections::new(limits, Metrics::off())
    }

    #[test]
    fn connections_that_are_made_together_end_one_after_another_and_none_too_late() {
        let connections = connections();
        let mut lifetimes: Vec<Duration> = (0..100).map(|id| connections.lifetime(id)).collect();
        lifetimes.sort();
        assert!(lifetimes.first().unwrap() >= &(AGE / 10 * 9));
        assert!(lifetimes.last().unwrap() < &AGE);
        let widest = lifetimes.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(widest.unwrap() < AGE / 10 / 20, "{widest:?}");
    }

    #[test]
    fn more_is_asked_once_and_never_less() {
        let signal = Signal::default();
        assert!(!signal.is_ending());
        assert!(signal.ask(Ending::Finish));
        assert!(!signal.ask(Ending::Finish) && !signal.ask(Ending::Retire));
        assert!(signal.is_ending());
        assert!(signal.ask(Ending::Cut));
        let asked = futures_util::FutureExt::now_or_never(signal.more());
        assert_eq!(asked, Some(Ending::Cut));
    }

    #[tokio::test]
    async fn a_connection_that_was_asked_to_end_for_its_age_is_cut_off_all_the_same() {
        let limits = ConnectionLimits {
            shutdown_grace: Duration::ZERO,
            ..ConnectionLimits::from(&crate::config::Limits::default())
        };
        let connections = Connections::new(limits, Metrics::off());
        let connection = Arc::new(Connection {
            peer: None,
            chain: Arc::new([]),
            remote: ([127, 0, 0, 1], 1).into(),
            http2: true,
            since: Instant::now(),
        });
        let open = connections.opened(Role::Inway, connection);
        open.signal.ask(Ending::Finish);
        assert_eq!(open.signal.more().await, Ending::Finish);
        let revoked = |_: &Connection| Some("revoked");
        assert_eq!(connections.close(revoked), 1);
        assert_eq!(open.signal.more().await, Ending::Cut);
        assert_eq!(connections.close(revoked), 0);
    }
}
