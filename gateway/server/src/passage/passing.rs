//! An answer that nobody filters, on its way through.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use sluis_audit::{Outcome, OutcomeResult, Receipt};
use tokio::time::{Instant, Sleep};

use super::body::BodyError;
use super::grpc;
use super::pass::InFlight;

/// Streams the body of the next hop and closes the receipt when it ends: delivered, broken off by the source, stalled, or
/// abandoned by the caller. Memory does not grow with the size of the body.
pub struct Passing {
    body: Incoming,
    open: Option<Open>,
    idle_max: Duration,
    idle: Option<Pin<Box<Sleep>>>,
    waiting_since: Option<Instant>,
    held: Option<InFlight>,
}

/// What is recorded when the body ends.
struct Open {
    receipt: Receipt,
    outcome: Outcome,
}

/// The source paused for longer than `limits.stream_idle_timeout_ms`.
#[derive(Debug, thiserror::Error)]
#[error("the source paused for too long")]
struct Stalled;

impl Passing {
    /// `outcome` says what is known at the head of the answer; the result and the size are filled in at the end.
    pub(super) fn new(
        body: Incoming,
        receipt: Receipt,
        outcome: Outcome,
        idle_max: Duration,
    ) -> Passing {
        Passing {
            body,
            open: Some(Open { receipt, outcome }),
            idle_max,
            idle: None,
            waiting_since: None,
            held: None,
        }
    }

    /// Counts as a passage under way until the body ends.
    pub(super) fn hold(&mut self, in_flight: InFlight) {
        self.held = Some(in_flight);
    }

    /// How long either end may pause.
    pub(super) fn idle_max(&self) -> Duration {
        self.idle_max
    }

    /// The caller takes no more of it.
    pub(super) fn abandon(&mut self) {
        self.close(Some(OutcomeResult::ClientGone));
    }

    fn close(&mut self, result: Option<OutcomeResult>) {
        if let Some(Open {
            receipt,
            mut outcome,
        }) = self.open.take()
        {
            if let Some(result) = result {
                outcome.result = result;
            }
            receipt.close(outcome);
        }
    }

    pub(super) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.waiting_since = None;
                if let Some(open) = &mut self.open {
                    if let Some(data) = frame.data_ref() {
                        open.outcome.answer_bytes += data.len() as u64;
                    }
                    if frame.trailers_ref().is_some_and(grpc::says_failed) {
                        open.outcome.result = OutcomeResult::RefusedBySource;
                    }
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.close(Some(OutcomeResult::SourceBrokeOff));
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                self.close(None);
                Poll::Ready(None)
            }
            Poll::Pending => self.wait(context),
        }
    }

    /// Waits for more, but not for ever. One timer serves the whole body: it is set when nothing comes for the first time, and
    /// when it goes off too early, because something came meanwhile, it is set again. A fast body hardly pays for it.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let until = *self.waiting_since.get_or_insert_with(Instant::now) + self.idle_max;
        let timer = self
            .idle
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= until {
                self.close(Some(OutcomeResult::SourceTimedOut));
                return Poll::Ready(Some(Err(Stalled.into())));
            }
            timer.as_mut().reset(until);
        }
        Poll::Pending
    }

    pub(super) fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // The HTTP library does not ask for more once a body of known length is complete.
        let result = if self.body.is_end_stream() {
            None
        } else {
            Some(OutcomeResult::ClientGone)
        };
        self.close(result);
    }
}

impl fmt::Debug for Passing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Passing")
            .field("open", &self.open.is_some())
            .finish_non_exhaustive()
    }
}
