//! How many contracts are read and checked at the same time.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use sluis_certs::PeerId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Refusal;

/// Contracts being read or checked at once, all peers together. With the largest contract of 12 MB, and some four times
/// that while it is parsed, this bounds the memory that peers can take.
const AT_ONCE_MAX: usize = 16;
/// Of these, the most for one peer, so that a slow or hostile one leaves room for the others.
const AT_ONCE_PER_PEER_MAX: usize = 4;
/// Peers for which a count is kept; those that are idle are forgotten first.
const PEERS_MAX: u64 = 10_000;

/// The doorkeeper in front of everything that reads a contract.
pub(super) struct Admission {
    all: Arc<Semaphore>,
    per_peer: Cache<PeerId, Arc<Semaphore>>,
    patience: Duration,
}

/// Leave to read one contract; dropping it lets the next one in.
pub(super) struct Admitted {
    _peer: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Admission {
    /// `patience` is how long a request waits for its turn.
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            per_peer: Cache::new(PEERS_MAX),
            patience,
        }
    }

    /// Waits for a turn.
    pub(super) async fn enter(&self, peer: &PeerId) -> Result<Admitted, Refusal> {
        let own = self
            .per_peer
            .get_with_by_ref(peer, || Arc::new(Semaphore::new(AT_ONCE_PER_PEER_MAX)));
        let turn = async {
            let peer = own.acquire_owned().await.map_err(|_| Refusal::Overloaded)?;
            let all = Arc::clone(&self.all)
                .acquire_owned()
                .await
                .map_err(|_| Refusal::Overloaded)?;
            Ok(Admitted {
                _peer: peer,
                _all: all,
            })
        };
        tokio::time::timeout(self.patience, turn)
            .await
            .map_err(|_| Refusal::Overloaded)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_peer_cannot_take_every_place() {
        let admission = Admission::new(Duration::from_millis(20));
        let (greedy, other) = (
            PeerId::new("greedy").unwrap(),
            PeerId::new("other").unwrap(),
        );
        let mut held = Vec::new();
        for _ in 0..AT_ONCE_PER_PEER_MAX {
            held.push(admission.enter(&greedy).await.ok().unwrap());
        }
        assert!(matches!(
            admission.enter(&greedy).await,
            Err(Refusal::Overloaded)
        ));
        assert!(admission.enter(&other).await.is_ok());
        held.pop();
        assert!(admission.enter(&greedy).await.is_ok());
    }
}
