//! One batch: from commands to rows, and from rows to answers.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::Command;
use crate::entry::{EntryError, Event, OutcomeRecord, encode};
use crate::error::ProbeError;
use crate::guard::mask_record;
use crate::limits::LIMITS;
use crate::merkle::leaf_hash;
use crate::queue::Place;
use crate::store::{State, StoreError, Writer};
use crate::{AppendError, Reader, Receipt, Record};

/// One record to write, and who waits for it.
#[derive(Debug)]
pub(crate) struct Item {
    record: Record,
    caller: Caller,
    /// Its index; or why it was left out of the batch, when that is its own fault.
    written: Result<u64, AppendError>,
}

#[derive(Debug)]
enum Caller {
    Admit {
        place: Place<Command>,
        answer: oneshot::Sender<Result<Receipt, AppendError>>,
    },
    Record(oneshot::Sender<Result<u64, AppendError>>),
    Probe(oneshot::Sender<Result<(), ProbeError>>),
    /// Nobody waits for an outcome.
    Nobody,
}

impl Item {
    pub(crate) fn outcome(outcome: OutcomeRecord) -> Self {
        Self::new(Record::Outcome(Box::new(outcome)), Caller::Nobody)
    }

    fn new(record: Record, caller: Caller) -> Self {
        Self {
            record,
            caller,
            written: Err(AppendError::Closed),
        }
    }

    /// The batch is on disk: answers the caller.
    pub(crate) fn answer_written(self, reader: &Reader) {
        // Wherever nobody listens any more, the answer is dropped; and a receipt that is dropped
        // records that the caller went away.
        match self.caller {
            Caller::Admit { place, answer } => {
                let receipt = self.written.and_then(|index| match &self.record {
                    Record::Intent(intent) => Ok(Receipt::new(intent.transaction_id, index, place)),
                    _ => Err(AppendError::Closed),
                });
                drop(answer.send(receipt));
            }
            Caller::Record(answer) => drop(answer.send(self.written)),
            Caller::Probe(answer) => {
                let result = match self.written {
                    Ok(index) => read_back(reader, index, &self.record),
                    Err(error) => Err(error.into()),
                };
                drop(answer.send(result));
            }
            Caller::Nobody => {}
        }
    }

    /// The batch is not on disk: answers the caller. An outcome, for which nobody waits, comes
    /// back to be written later.
    pub(crate) fn answer_not_written(self, reason: &Arc<str>) -> Option<OutcomeRecord> {
        let error = AppendError::NotWritten {
            reason: reason.clone(),
        };
        match self.caller {
            Caller::Admit { answer, .. } => drop(answer.send(Err(error))),
            Caller::Record(answer) => drop(answer.send(Err(error))),
            Caller::Probe(answer) => drop(answer.send(Err(error.into()))),
            Caller::Nobody => {
                if let Record::Outcome(outcome) = self.record {
                    return Some(*outcome);
                }
            }
        }
        None
    }
}

impl From<Command> for Item {
    fn from(command: Command) -> Self {
        match command {
            Command::Admit {
                intent,
                place,
                answer,
            } => Self::new(Record::Intent(intent), Caller::Admit { place, answer }),
            Command::Close(outcome) => Self::new(Record::Outcome(outcome), Caller::Nobody),
            Command::Record { record, answer } => Self::new(record, Caller::Record(answer)),
            Command::Probe { answer } => Self::new(probe_record(), Caller::Probe(answer)),
        }
    }
}

/// Writes the rows of all items, except the checkpoint, inside a transaction, and brings `state` up to
/// them. The result is the number of texts that were masked.
pub(crate) fn write(
    items: &mut [Item],
    at_ms: u64,
    state: &mut State,
    writer: &mut Writer<'_>,
) -> Result<u64, StoreError> {
    let mut masked = 0;
    let mut json = Vec::with_capacity(2_048);
    let mut tiles = Vec::new();
    for item in items {
        masked += mask_record(&mut item.record);
        if encode_cut(at_ms, &mut item.record, &mut json).is_err() {
            item.written = Err(AppendError::TooLarge {
                field: "encoded form",
                limit: "65535 bytes",
            });
            continue;
        }
        let index = state.tree.size();
        if !state.open.follow(index, &item.record) {
            // It was written after all by an attempt that seemed to fail.
            continue;
        }
        writer.entry(index, &json)?;
        state.tree.append(leaf_hash(&json), &mut tiles);
        for tile in tiles.drain(..) {
            writer.tile(&tile)?;
        }
        if let Some(block) = state.block.add(index, at_ms, &item.record) {
            writer.block(&block)?;
            for (block, bits) in state.open.take_changed() {
                writer.open(block, bits)?;
            }
        }
        item.written = Ok(index);
    }
    Ok(masked)
}

/// Encodes a record, cut down until it fits. Only an intent, which is never cut, can fail.
fn encode_cut(at_ms: u64, record: &mut Record, json: &mut Vec<u8>) -> Result<(), EntryError> {
    json.clear();
    let mut result = Err(EntryError::Unwritable);
    for limits in LIMITS {
        limits.cut(record);
        result = encode(at_ms, record, json);
        if result.is_ok() || matches!(record, Record::Intent(_)) {
            break;
        }
    }
    result
}

/// The record that a probe writes.
fn probe_record() -> Record {
    Record::Event(Box::new(Event {
        component: "audit".into(),
        name: "probe".into(),
        ..Event::default()
    }))
}

fn read_back(reader: &Reader, index: u64, written: &Record) -> Result<(), ProbeError> {
    let reason: Arc<str> = match reader.entry(index) {
        Ok(Some(stored)) if stored.entry.record == *written => return Ok(()),
        Ok(Some(_)) => "it reads differently".into(),
        Ok(None) => "it is not there".into(),
        Err(error) => error.to_string().into(),
    };
    Err(ProbeError::ReadBack { index, reason })
}
