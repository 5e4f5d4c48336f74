//! Threads that sign, each with a session of its own.
//!
//! A call into a PKCS#11 module cannot be broken off: when the token hangs, the thread in the call hangs
//! with it. So the calls are made on threads that do nothing else, and who wants a signature waits for as
//! long as he may and then goes on without. A thread that is left in a call counts as stuck until the
//! call returns; when all are, further signatures fail at once.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::{OffTheWorkers, Pkcs11Error};

/// How long the first session may take to open: a module over a network may look for its servers.
const OPENING: Duration = Duration::from_secs(20);

/// What the threads of a pool work on.
pub(super) trait Token: Send + Sync + 'static {
    /// A session, which stays on the thread that opened it.
    type Session;
    /// What can be asked of a session.
    type Work: Send;
    /// What comes of it.
    type Done: Send;

    /// Opens a session.
    fn open(&self) -> Result<Self::Session, Pkcs11Error>;

    /// Does something in a session.
    fn work(&self, session: &Self::Session, work: &Self::Work) -> Result<Self::Done, Pkcs11Error>;
}

/// How much at once, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolLimits {
    /// Most threads, each with a session. At least one is used.
    pub(super) sessions_max: usize,
    /// Most jobs that wait for a thread.
    pub(super) waiting_max: usize,
    /// How long a job may take, waiting included.
    pub(super) timeout: Duration,
    /// How to wait for a job.
    pub(super) off_the_workers: OffTheWorkers,
}

/// The threads; they end when the pool is dropped.
pub(super) struct Pool<T: Token>(Arc<Shared<T>>);

struct Shared<T: Token> {
    token: T,
    limits: PoolLimits,
    state: Mutex<State<T>>,
    /// Told when work has come or the pool is closed.
    news: Condvar,
}

struct State<T: Token> {
    waiting: VecDeque<Job<T>>,
    jobs_seen: u64,
    threads: usize,
    /// Threads that wait for work.
    idle: usize,
    /// Jobs in a call that nobody waits for any more.
    given_up: Vec<u64>,
    /// Why the last job failed; `None` when it did not.
    fault: Option<Pkcs11Error>,
    closed: bool,
}

struct Job<T: Token> {
    number: u64,
    work: T::Work,
    answer: SyncSender<Answer<T>>,
}

type Answer<T> = Result<<T as Token>::Done, Pkcs11Error>;

impl<T: Token> Pool<T> {
    /// A pool without threads yet.
    pub(super) fn new(token: T, limits: PoolLimits) -> Self {
        Self(Arc::new(Shared {
            token,
            limits,
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                jobs_seen: 0,
                threads: 0,
                idle: 0,
                given_up: Vec::new(),
                fault: None,
                closed: false,
            }),
            news: Condvar::new(),
        }))
    }

    /// Does the first thing, which may take longer: a session is opened for it.
    pub(super) fn run_first(&self, work: T::Work) -> Answer<T> {
        self.perform(work, OPENING.max(self.0.limits.timeout))
    }

    /// Does one thing, within the time that a job may take.
    pub(super) fn run(&self, work: T::Work) -> Answer<T> {
        self.perform(work, self.0.limits.timeout)
    }

    pub(super) fn token(&self) -> &T {
        &self.0.token
    }

    /// Why the last job failed; `None` when it did not.
    pub(super) fn fault(&self) -> Option<Pkcs11Error> {
        self.0.lock().fault.clone()
    }

    fn perform(&self, work: T::Work, within: Duration) -> Answer<T> {
        let shared = &self.0;
        let answer = Shared::submit(shared, work).and_then(|(number, answer)| {
            let mut given = None;
            (shared.limits.off_the_workers)(&mut || {
                given = match answer.recv_timeout(within) {
                    Ok(answer) => Some(answer),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => Some(Err(Pkcs11Error::BrokeOff)),
                };
            });
            given.unwrap_or_else(|| shared.give_up(number, &answer, within))
        });
        shared.lock().fault = answer.as_ref().err().cloned();
        answer
    }
}

impl<T: Token> Drop for Pool<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        *lock(&CLOSING) += state.threads;
        drop(state);
        self.0.news.notify_all();
    }
}

/// Threads of pools that were dropped, which are closing their sessions.
static CLOSING: Mutex<usize> = Mutex::new(0);
/// Told when one of them has ended.
static CLOSED: Condvar = Condvar::new();

/// Waits until the sessions of every key that was dropped are closed, but not for longer than `within`.
///
/// For the end of the process: a module tidies up when the process exits, and must not be in use then. Keys that
/// are still held are not waited for.
pub fn wait_for_closed_tokens(within: Duration) {
    let closing = lock(&CLOSING);
    // A token that hangs is left behind, as the process itself is about to be.
    let _ = CLOSED.wait_timeout_while(closing, within, |threads| *threads > 0);
}

fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Token> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.state)
    }

    /// Puts work into the queue and sees to it that a thread will take it.
    fn submit(
        shared: &Arc<Self>,
        work: T::Work,
    ) -> Result<(u64, Receiver<Answer<T>>), Pkcs11Error> {
        let sessions = shared.limits.sessions_max.max(1);
        let mut state = shared.lock();
        if state.given_up.len() >= sessions {
            return Err(Pkcs11Error::NotAnswering { sessions });
        }
        let waiting = state.waiting.len();
        // Whoever finds a thread idle does not wait.
        if waiting >= shared.limits.waiting_max.saturating_add(state.idle).max(1) {
            return Err(Pkcs11Error::Busy { waiting });
        }
        if waiting >= state.idle && state.threads < sessions {
            let on_thread = Arc::clone(shared);
            thread::Builder::new()
                .name("pkcs11".to_owned())
                .spawn(move || on_thread.serve())
                .map_err(|_| Pkcs11Error::NoThread)?;
            state.threads += 1;
        }
        let number = state.jobs_seen;
        state.jobs_seen += 1;
        let (answer, receiver) = sync_channel(1);
        state.waiting.push_back(Job {
            number,
            work,
            answer,
        });
        drop(state);
        shared.news.notify_one();
        Ok((number, receiver))
    }

    /// The time is over: takes the job out of the queue, or leaves its thread to itself.
    fn give_up(&self, number: u64, answer: &Receiver<Answer<T>>, within: Duration) -> Answer<T> {
        let mut state = self.lock();
        match answer.try_recv() {
            Ok(just_in_time) => return just_in_time,
            Err(TryRecvError::Disconnected) => return Err(Pkcs11Error::BrokeOff),
            Err(TryRecvError::Empty) => {}
        }
        let queued = state.waiting.len();
        state.waiting.retain(|job| job.number != number);
        if state.waiting.len() == queued {
            state.given_up.push(number);
        }
        Err(Pkcs11Error::TimedOut {
            milliseconds: within.as_millis().try_into().unwrap_or(u64::MAX),
        })
    }

    /// The life of a thread.
    fn serve(&self) {
        let _thread = Counted(self);
        let mut session = None;
        while let Some(job) = self.next() {
            let running = Running(self, job.number);
            let answer = self.work(&mut session, &job.work);
            // Nobody may be waiting any more.
            let _ = job.answer.try_send(answer);
            drop(running);
        }
    }

    fn next(&self) -> Option<Job<T>> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                return Some(job);
            }
            state.idle += 1;
            state = self
                .news
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// A session can have ended since it was last used: the token was pulled out, the connection to it was
    /// lost, somebody logged out. So an old session gets one successor, and a new one none.
    fn work(&self, session: &mut Option<T::Session>, work: &T::Work) -> Answer<T> {
        if let Some(old) = session {
            if let Ok(done) = self.token.work(old, work) {
                return Ok(done);
            }
            *session = None;
        }
        let new = self.token.open()?;
        let done = self.token.work(&new, work)?;
        *session = Some(new);
        Ok(done)
    }
}

/// A thread that is counted until it ends, in whichever way.
struct Counted<'a, T: Token>(&'a Shared<T>);

impl<T: Token> Drop for Counted<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.threads -= 1;
        if state.closed {
            *lock(&CLOSING) -= 1;
            CLOSED.notify_all();
        }
    }
}

/// A job in a call: when it returns, its thread is no longer stuck.
struct Running<'a, T: Token>(&'a Shared<T>, u64);

impl<T: Token> Drop for Running<'_, T> {
    fn drop(&mut self) {
        self.0.lock().given_up.retain(|number| *number != self.1);
    }
}

#[cfg(test)]
mod tests;
