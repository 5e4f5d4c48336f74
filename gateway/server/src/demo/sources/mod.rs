//! The systems behind the inways: what an agency or a municipality already runs.
//!
//! They know nothing of the gateway. Each is served over plain HTTP/1.1 and HTTP/2 (prior knowledge)
//! on a listener that the caller binds, counts what reaches it and remembers the last exchange, so
//! that the demo and the tests can say whether the source was called, with what, and what it held.

pub mod brp;
mod exchange;
#[cfg(test)]
mod schema;
#[cfg(test)]
pub(super) mod testing;
pub mod zaken;

pub use exchange::Exchange;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use exchange::Ledger;

/// A running source. Dropping it stops it at once; [`Source::stop`] lets requests under way finish.
#[derive(Debug)]
pub struct Source {
    address: SocketAddr,
    ledger: Arc<Ledger>,
    stopping: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

impl Source {
    /// Serves `router` on `listener` until the source is stopped.
    fn start(listener: TcpListener, router: Router) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let ledger = Arc::new(Ledger::default());
        let stopping = CancellationToken::new();
        let service = exchange::recorded(router, Arc::clone(&ledger));
        let stopped = stopping.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            axum::serve(listener, service)
                .with_graceful_shutdown(stopped)
                .await
        });
        Ok(Self {
            address,
            ledger,
            stopping,
            task,
        })
    }

    /// Where the source listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests have reached the source since it started, whatever it answered.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.ledger.requests()
    }

    /// The last request that the source answered, with its answer.
    #[must_use]
    pub fn last_exchange(&self) -> Option<Arc<Exchange>> {
        self.ledger.last()
    }

    /// Takes no new connections, finishes the requests under way, and returns when that is done.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        // A failed listener has nothing left to finish either.
        drop((&mut self.task).await);
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.task.abort();
    }
}
