//! The whole log, on real files.

mod append;
mod blocks;
mod crash;
mod failure;
mod logs;
mod tamper;

use crate::{OutcomeResult, Reader, Record};
use uuid::Uuid;

/// How the passages of a transaction ended, oldest first.
fn results(reader: &Reader, transaction_id: Uuid) -> Vec<OutcomeResult> {
    reader
        .transaction(transaction_id)
        .unwrap()
        .into_iter()
        .filter_map(|stored| match stored.entry.record {
            Record::Outcome(record) => Some(record.outcome.result),
            _ => None,
        })
        .collect()
}
