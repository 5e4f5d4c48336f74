//! The bodies that go through: whole in memory where the decision or the filter needs them, streamed otherwise.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::passing::Passing;
use super::watched::Watched;

/// Why a body ended early, towards the HTTP library; what it means is recorded by the passage.
pub(super) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// A request body towards the next hop.
#[derive(Debug)]
pub enum RequestBody {
    /// Read and possibly narrowed.
    Whole(Option<Bytes>),
    /// Passed on as it comes, up to the limit.
    Streamed {
        /// The caller's body.
        body: Incoming,
        /// Bytes that may still come.
        allowed: u64,
        /// How far it is; `None` where there is no body.
        progress: Option<Arc<Progress>>,
    },
}

impl RequestBody {
    /// A body in memory.
    pub fn whole(bytes: Bytes) -> RequestBody {
        RequestBody::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }

    /// A body that is passed on as it comes, at most `allowed` bytes of it.
    pub(super) fn streamed(body: Incoming, allowed: u64) -> RequestBody {
        let progress = (!body.is_end_stream()).then(Arc::default);
        RequestBody::Streamed {
            body,
            allowed,
            progress,
        }
    }
}

/// What becomes of a body that is passed on. The HTTP library does not always tell why it gave up: on HTTP/2 it only resets
/// the stream.
#[derive(Debug, Default)]
pub struct Progress {
    moved: AtomicBool,
    failure: OnceLock<Failure>,
}

/// Why a body was not passed on whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is larger than the limit.
    TooLarge,
    /// The caller stopped half way.
    BrokeOff,
}

impl Progress {
    /// Whether a piece went on since this was last asked.
    pub(super) fn has_moved(&self) -> bool {
        self.moved.swap(false, Ordering::Relaxed)
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.get().copied()
    }

    fn fail(&self, failure: Failure) {
        // The first one is why.
        let _ = self.failure.set(failure);
    }
}

/// The caller's body is larger than the limit.
#[derive(Debug, thiserror::Error)]
#[error("the request body is larger than the limit")]
pub(super) struct TooLarge;

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            RequestBody::Whole(bytes) => {
                Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes))))
            }
            RequestBody::Streamed {
                body,
                allowed,
                progress,
            } => match Pin::new(body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    let size = frame.data_ref().map_or(0, |data| data.len() as u64);
                    match allowed.checked_sub(size) {
                        Some(left) => {
                            *allowed = left;
                            if let Some(progress) = progress {
                                progress.moved.store(true, Ordering::Relaxed);
                            }
                            Poll::Ready(Some(Ok(frame)))
                        }
                        None => {
                            if let Some(progress) = progress {
                                progress.fail(Failure::TooLarge);
                            }
                            Poll::Ready(Some(Err(TooLarge.into())))
                        }
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    if let Some(progress) = progress {
                        progress.fail(Failure::BrokeOff);
                    }
                    Poll::Ready(Some(Err(error.into())))
                }
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            RequestBody::Whole(bytes) => bytes.is_none(),
            RequestBody::Streamed { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            RequestBody::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            RequestBody::Streamed { body, .. } => body.size_hint(),
        }
    }
}

/// An answer body towards the caller.
#[derive(Debug)]
pub enum AnswerBody {
    /// Filtered, or our own refusal.
    Whole(Option<Bytes>),
    /// Passed on as it comes; it holds the receipt and closes it when it ends, however it ends.
    Passing(Box<Passing>),
    /// The same, to a caller that speaks HTTP/2.
    Watched(Watched),
}

impl AnswerBody {
    /// A body in memory.
    pub fn whole(bytes: Bytes) -> AnswerBody {
        AnswerBody::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }

    /// For a caller that speaks HTTP/2. Must be called inside a tokio runtime.
    pub(super) fn watched(self) -> AnswerBody {
        match self {
            AnswerBody::Passing(passing) => AnswerBody::Watched(Watched::new(*passing)),
            other => other,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            AnswerBody::Whole(bytes) => {
                Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes))))
            }
            AnswerBody::Passing(passing) => passing.poll_frame(context),
            AnswerBody::Watched(watched) => watched.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            AnswerBody::Whole(bytes) => bytes.is_none(),
            AnswerBody::Passing(passing) => passing.is_end_stream(),
            AnswerBody::Watched(watched) => watched.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            AnswerBody::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            AnswerBody::Passing(passing) => passing.size_hint(),
            AnswerBody::Watched(watched) => watched.size_hint(),
        }
    }
}
