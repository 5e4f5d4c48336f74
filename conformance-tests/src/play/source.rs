//! The source behind the target's inway.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::Arrivals;
use crate::wire::{Arrived, Handler, Reply};

/// Answers every request with the same JSON object, and remembers what arrived.
#[derive(Debug)]
pub(crate) struct SourcePlay {
    /// What arrived.
    pub(crate) arrivals: Arrivals,
}

impl SourcePlay {
    /// The member by which an answer of the source is known.
    pub(crate) const SIGN: &'static str = "answered_by";

    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            arrivals: Arrivals::new(),
        })
    }
}

impl Handler for SourcePlay {
    fn answer(self: Arc<Self>, arrived: Arrived) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            let chosen = self.arrivals.pass(arrived).await;
            chosen.unwrap_or_else(|| {
                let body = json!({ Self::SIGN: "the conformance suite" });
                Reply::json(StatusCode::OK, &body)
            })
        })
    }
}
