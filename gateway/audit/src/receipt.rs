//! The proof that an intent is durable, and the duty to say how the passage ended.

use uuid::Uuid;

use crate::appender::Command;
use crate::entry::OutcomeRecord;
use crate::queue::{Haste, Place};
use crate::{Outcome, OutcomeResult};

/// An [`Intent`](crate::Intent) is on disk: now, and only now, may the request be forwarded.
///
/// Whoever holds it owes the log an [`Outcome`]: [`Receipt::close`] hands it over and always finds
/// room, because a place in the queue was reserved together with the intent. A receipt that is
/// dropped without an outcome records [`OutcomeResult::ClientGone`], so that a request task that
/// is cancelled half way loses nothing.
#[derive(Debug)]
#[must_use = "a receipt that is dropped at once records that the caller went away"]
pub struct Receipt {
    transaction_id: Uuid,
    index: u64,
    /// `None` when the outcome was handed over.
    place: Option<Place<Command>>,
}

impl Receipt {
    pub(crate) fn new(transaction_id: Uuid, index: u64, place: Place<Command>) -> Self {
        Self {
            transaction_id,
            index,
            place: Some(place),
        }
    }

    /// FSC transaction id of the intent.
    pub fn transaction_id(&self) -> Uuid {
        self.transaction_id
    }

    /// Index of the intent's entry in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Hands over how the passage ended. It returns at once; the outcome is durable with the next
    /// batch (`docs/decisions/0001-outcome-may-follow-the-answer.md`).
    pub fn close(mut self, outcome: Outcome) {
        self.hand_over(outcome);
    }

    fn hand_over(&mut self, outcome: Outcome) {
        let Some(place) = self.place.take() else {
            return;
        };
        let record = OutcomeRecord {
            intent_index: self.index,
            outcome,
            transaction_id: self.transaction_id,
        };
        let command = Command::Close(Box::new(record));
        if place.fill(Haste::Quiet, command).is_err() {
            tracing::warn!(
                transaction_id = %self.transaction_id,
                "audit: the passage ended after the log was closed: it will be found as interrupted"
            );
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.hand_over(Outcome::of(OutcomeResult::ClientGone));
    }
}
