//! An answer on its way to an HTTP/2 caller that may stop taking it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::body::BodyError;
use super::passing::Passing;

/// A [`Passing`] that ends when nobody has asked for its next piece for as long as it may pause.
///
/// The HTTP library asks for nothing while the caller's flow-control window is full (RFC 9113, section 5.2), so a body
/// cannot find out by itself that nobody takes it. On HTTP/1.1 the socket stands still, and that is noticed there.
pub struct Watched {
    shared: Arc<Mutex<Shared>>,
    watch: AbortHandle,
}

struct Shared {
    /// `None` once it was given up.
    passing: Option<Passing>,
    /// When a piece was handed over; `None` while the next one is awaited.
    handed_over: Option<Instant>,
}

/// The caller took nothing for longer than `limits.stream_idle_timeout_ms`.
#[derive(Debug, thiserror::Error)]
#[error("the caller took nothing for too long")]
struct NotTaken;

impl Watched {
    /// Must be called inside a tokio runtime.
    pub(super) fn new(passing: Passing) -> Watched {
        let shared = Arc::new(Mutex::new(Shared {
            passing: Some(passing),
            handed_over: Some(Instant::now()),
        }));
        let watch = tokio::spawn(watch(Arc::downgrade(&shared))).abort_handle();
        Watched { shared, watch }
    }

    pub(super) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let mut shared = lock(&self.shared);
        let Some(passing) = &mut shared.passing else {
            return Poll::Ready(Some(Err(NotTaken.into())));
        };
        let polled = passing.poll_frame(context);
        shared.handed_over = polled.is_ready().then(Instant::now);
        polled
    }

    pub(super) fn is_end_stream(&self) -> bool {
        let shared = lock(&self.shared);
        shared.passing.as_ref().is_some_and(Passing::is_end_stream)
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        let shared = lock(&self.shared);
        shared
            .passing
            .as_ref()
            .map(Passing::size_hint)
            .unwrap_or_default()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watched").finish_non_exhaustive()
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the answer up in time, which lets go of the source, the place among those under way, and the place for the outcome.
async fn watch(shared: Weak<Mutex<Shared>>) {
    loop {
        let look_again = {
            let Some(shared) = shared.upgrade() else {
                return;
            };
            let mut shared = lock(&shared);
            let Some(passing) = &mut shared.passing else {
                return;
            };
            let idle_max = passing.idle_max();
            let now = Instant::now();
            let due = shared
                .handed_over
                .map_or(now + idle_max, |at| at + idle_max);
            if due <= now {
                if let Some(mut passing) = shared.passing.take() {
                    passing.abandon();
                }
                return;
            }
            due
        };
        tokio::time::sleep_until(look_again).await;
    }
}
