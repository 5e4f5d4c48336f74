//! The line to the manager of a party: what goes over it can be counted, and it can break at any byte.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Most bytes that are passed on at once.
const CHUNK_BYTES: usize = 4096;

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// What others say to the party.
    In,
    /// What the party answers.
    Out,
}

/// What happens where the line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// The connection ends.
    Cut,
    /// Nothing goes over it any more until one end is gone, so that it can be killed at exactly this byte.
    Stall,
}

/// Where the line breaks next.
#[derive(Debug, Clone, Copy)]
struct Trap {
    way: Way,
    /// After this many more bytes that way, over whichever connection.
    bytes: usize,
    how: Break,
}

/// Passes connections on to the manager of a party.
pub(crate) struct Line {
    shared: Arc<Shared>,
}

struct Shared {
    trap: Mutex<Option<Trap>>,
    /// Counts the breaks.
    broken: watch::Sender<u64>,
}

impl Line {
    /// Listens on `at` and passes on to `to`, until the runtime of the test ends.
    pub(crate) async fn start(at: u16, to: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, at)).await.unwrap();
        let shared = Arc::new(Shared {
            trap: Mutex::new(None),
            broken: watch::Sender::new(0),
        });
        let line = Self {
            shared: Arc::clone(&shared),
        };
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // Nobody is there: the caller sees its connection closed.
                    if let Ok(party) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await {
                        connect(caller, party, &shared).await;
                    }
                });
            }
        });
        line
    }

    /// Breaks the connection over which the last of so many bytes goes.
    pub(crate) fn break_after(&self, way: Way, bytes: usize, how: Break) {
        *self.shared.trap.lock().unwrap() = Some(Trap { way, bytes, how });
    }

    /// Breaks nothing any more.
    pub(crate) fn mend(&self) {
        *self.shared.trap.lock().unwrap() = None;
    }

    /// How often the line has broken; wakes when it breaks.
    pub(crate) fn breaks(&self) -> watch::Receiver<u64> {
        self.shared.broken.subscribe()
    }
}

async fn connect(caller: TcpStream, party: TcpStream, shared: &Shared) {
    let (from_caller, to_caller) = caller.into_split();
    let (from_party, to_party) = party.into_split();
    // When either ends, both are dropped and with them the connections.
    tokio::select! {
        () = pass_on(from_caller, to_party, Way::In, shared) => {}
        () = pass_on(from_party, to_caller, Way::Out, shared) => {}
    }
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, way: Way, shared: &Shared) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        let broken = shared.passed(way, length);
        let passed = broken.map_or(length, |(passed, _)| passed);
        if to.write_all(&chunk[..passed]).await.is_err() {
            return;
        }
        if let Some((_, how)) = broken {
            shared.broken.send_modify(|breaks| *breaks += 1);
            if how == Break::Stall {
                std::future::pending::<()>().await;
            }
            return;
        }
    }
}

impl Shared {
    /// Counts a chunk; how much of it still goes through when the line breaks in it.
    fn passed(&self, way: Way, length: usize) -> Option<(usize, Break)> {
        let mut trap = self.trap.lock().unwrap();
        match &mut *trap {
            Some(here) if here.way == way && here.bytes <= length => {
                let broken = (here.bytes, here.how);
                *trap = None;
                Some(broken)
            }
            Some(here) if here.way == way => {
                here.bytes -= length;
                None
            }
            _ => None,
        }
    }
}
