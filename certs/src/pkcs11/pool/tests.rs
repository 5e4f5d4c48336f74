//! The threads, with tokens that hang, fail and break at will.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use super::*;

/// Far more than anything here takes.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

/// What a fake token is to do.
enum Order {
    /// Answer.
    Answer,
    /// Say that the call is made, then hang until told to go on.
    Hang(Sender<()>, Receiver<()>),
    /// Fail when the session has been used before.
    FailWhenOld,
    Fail,
    Panic,
}

struct Fake {
    opened: AtomicUsize,
    closed: Mutex<Sender<usize>>,
}

struct FakeSession {
    number: usize,
    uses: AtomicUsize,
    closed: Sender<usize>,
}

impl Drop for FakeSession {
    fn drop(&mut self) {
        let _ = self.closed.send(self.number);
    }
}

impl Token for Fake {
    type Session = FakeSession;
    type Work = Order;
    type Done = usize;

    fn open(&self) -> Result<FakeSession, Pkcs11Error> {
        Ok(FakeSession {
            number: self.opened.fetch_add(1, Ordering::SeqCst),
            uses: AtomicUsize::new(0),
            closed: self.closed.lock().unwrap().clone(),
        })
    }

    fn work(&self, session: &FakeSession, order: &Order) -> Result<usize, Pkcs11Error> {
        let uses = session.uses.fetch_add(1, Ordering::SeqCst);
        match order {
            Order::Answer => Ok(session.number),
            Order::Hang(made, go_on) => {
                made.send(()).unwrap();
                let _ = go_on.recv();
                Ok(session.number)
            }
            Order::FailWhenOld if uses == 0 => Ok(session.number),
            Order::FailWhenOld | Order::Fail => Err(failed()),
            // A panic that says nothing on the way.
            Order::Panic => std::panic::resume_unwind(Box::new(())),
        }
    }
}

fn failed() -> Pkcs11Error {
    Pkcs11Error::Failed("CKR_DEVICE_ERROR to C_Sign".to_owned())
}

fn pool(
    sessions_max: usize,
    waiting_max: usize,
    timeout: Duration,
) -> (Pool<Fake>, Receiver<usize>) {
    let (closed, sessions) = channel();
    let fake = Fake {
        opened: AtomicUsize::new(0),
        closed: Mutex::new(closed),
    };
    let limits = PoolLimits {
        sessions_max,
        waiting_max,
        timeout,
        off_the_workers: |wait| wait(),
    };
    (Pool::new(fake, limits), sessions)
}

/// An order to hang, with what tells that it does and what ends it.
fn hang() -> (Order, Receiver<()>, Sender<()>) {
    let (made, is_made) = channel();
    let (end, go_on) = channel();
    (Order::Hang(made, go_on), is_made, end)
}

/// Makes one session hang, and gives up on it. Under load a thread can take longer than SHORT to begin; then there
/// was no call.
fn make_hang(pool: &Pool<Fake>) -> Sender<()> {
    loop {
        let (order, is_made, end) = hang();
        let timed_out = Err(Pkcs11Error::TimedOut { milliseconds: 20 });
        assert_eq!(pool.run(order), timed_out);
        if is_made.recv_timeout(LONG).is_ok() {
            return end;
        }
    }
}

fn waiting(pool: &Pool<Fake>) -> usize {
    pool.0.lock().waiting.len()
}

#[test]
fn who_waits_for_a_token_that_hangs_gives_up_and_the_token_may_come_back() {
    let (pool, _sessions) = pool(2, 8, SHORT);
    let ends = [make_hang(&pool), make_hang(&pool)];
    // Both sessions hang: nobody waits for them any more.
    for _ in 0..3 {
        let refused = pool.run(Order::Answer).unwrap_err();
        assert_eq!(refused, Pkcs11Error::NotAnswering { sessions: 2 });
        assert_eq!(pool.fault(), Some(refused));
    }
    drop(ends);
    while pool.run(Order::Answer).is_err() {
        thread::yield_now();
    }
    assert_eq!(pool.fault(), None);
    assert_eq!(pool.0.lock().threads, 2);
}

#[test]
fn one_session_that_hangs_leaves_the_others() {
    let (pool, _sessions) = pool(2, 8, SHORT);
    let _end = make_hang(&pool);
    for _ in 0..20 {
        while pool.run(Order::Answer).is_err() {}
    }
}

#[test]
fn a_full_queue_refuses_at_once_and_the_queue_empties_in_turn() {
    let (pool, _sessions) = pool(1, 1, LONG);
    thread::scope(|scope| {
        let (order, is_made, end) = hang();
        let first = scope.spawn(|| pool.run(order));
        is_made.recv_timeout(LONG).unwrap();
        let second = scope.spawn(|| pool.run(Order::Answer));
        while waiting(&pool) == 0 {
            thread::yield_now();
        }
        assert_eq!(
            pool.run(Order::Answer),
            Err(Pkcs11Error::Busy { waiting: 1 })
        );
        end.send(()).unwrap();
        assert_eq!(first.join().unwrap(), Ok(0));
        assert_eq!(second.join().unwrap(), Ok(0));
    });
    assert_eq!(pool.run(Order::Answer), Ok(0));
}

#[test]
fn who_gives_up_waiting_in_the_queue_leaves_nothing_behind() {
    let (pool, _sessions) = pool(1, 8, SHORT);
    let (order, is_made, end) = hang();
    thread::scope(|scope| {
        let first = scope.spawn(|| pool.run_first(order));
        is_made.recv_timeout(LONG).unwrap();
        assert!(matches!(
            pool.run(Order::Answer),
            Err(Pkcs11Error::TimedOut { .. })
        ));
        assert_eq!(waiting(&pool), 0);
        assert!(pool.0.lock().given_up.is_empty());
        end.send(()).unwrap();
        assert_eq!(first.join().unwrap(), Ok(0));
    });
}

#[test]
fn an_old_session_that_fails_has_one_successor() {
    let (pool, sessions) = pool(1, 8, LONG);
    assert_eq!(pool.run(Order::Answer), Ok(0));
    assert_eq!(pool.run(Order::Answer), Ok(0));
    assert_eq!(pool.run(Order::FailWhenOld), Ok(1));
    assert_eq!(sessions.recv_timeout(LONG), Ok(0));
    // The successor fails as well: that is the answer, and the next one begins anew.
    assert_eq!(pool.run(Order::Fail), Err(failed()));
    assert_eq!(pool.fault(), Some(failed()));
    assert_eq!(pool.run(Order::Answer), Ok(3));
    assert_eq!(pool.fault(), None);
}

#[test]
fn a_thread_that_breaks_is_replaced() {
    let (pool, _sessions) = pool(1, 8, LONG);
    assert_eq!(pool.run(Order::Panic), Err(Pkcs11Error::BrokeOff));
    while pool.0.lock().threads > 0 {
        thread::yield_now();
    }
    assert_eq!(pool.run(Order::Answer), Ok(1));
}

#[test]
fn threads_are_made_as_they_are_needed_and_end_with_the_pool() {
    let (pool, sessions) = pool(3, 64, LONG);
    assert_eq!(pool.run(Order::Answer), Ok(0));
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..20 {
                    pool.run(Order::Answer).unwrap();
                }
            });
        }
    });
    let opened = pool.token().opened.load(Ordering::SeqCst);
    assert!((1..=3).contains(&opened), "{opened}");
    drop(pool);
    wait_for_closed_tokens(LONG);
    let mut closed: Vec<usize> = (0..opened)
        .map(|_| sessions.recv_timeout(LONG).unwrap())
        .collect();
    closed.sort_unstable();
    assert_eq!(closed, (0..opened).collect::<Vec<_>>());
}

#[test]
fn waiting_is_done_as_the_settings_say() {
    static WAITED: AtomicUsize = AtomicUsize::new(0);
    let (mut pool, _sessions) = pool(1, 1, LONG);
    Arc::get_mut(&mut pool.0).unwrap().limits.off_the_workers = |wait| {
        WAITED.fetch_add(1, Ordering::SeqCst);
        wait();
    };
    pool.run(Order::Answer).unwrap();
    pool.run(Order::Answer).unwrap();
    assert_eq!(WAITED.load(Ordering::SeqCst), 2);
}
