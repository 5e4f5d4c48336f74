//! Which entries belong to a transaction.

use std::collections::HashMap;

use rusqlite::{Connection, Statement};
use uuid::Uuid;

use super::stored_entry;
use crate::index::BLOCK_ENTRIES;
use crate::store::{self, StoreError, signed, unsigned};

/// Entries of one transaction that are given at most. A transaction has two; a caller that uses
/// one id again and again gets no more than this out of it.
const ENTRIES_MAX: usize = 1_000;

/// Finds the entries of one transaction after another at one moment of the log.
pub(super) struct Transactions<'c> {
    find: Statement<'c>,
    /// The block at the right edge has no rows by transaction: its entries are read, once.
    edge: HashMap<Uuid, Vec<u64>>,
}

impl<'c> Transactions<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, StoreError> {
        let size = store::size(connection)?;
        let mut edge: HashMap<Uuid, Vec<u64>> = HashMap::new();
        for index in size - size % BLOCK_ENTRIES..size {
            let stored = stored_entry(connection, index)?;
            if let Some(id) = stored.and_then(|stored| stored.entry.record.transaction_id()) {
                edge.entry(id).or_default().push(index);
            }
        }
        let find = connection.prepare(
            "SELECT idx FROM transaction_entry WHERE transaction_id = ?1 ORDER BY idx LIMIT ?2",
        )?;
        Ok(Self { find, edge })
    }

    /// Indices of the entries of a transaction, in order; at most 1,000.
    pub(super) fn indices(&mut self, id: Uuid) -> Result<Vec<u64>, StoreError> {
        let limit = signed(ENTRIES_MAX as u64)?;
        let mut rows = self.find.query((id.as_bytes().as_slice(), limit))?;
        let mut indices = Vec::new();
        while let Some(row) = rows.next()? {
            indices.push(unsigned(row, 0, "the table transaction_entry")?);
        }
        indices.extend(self.edge.get(&id).into_iter().flatten());
        indices.truncate(ENTRIES_MAX);
        Ok(indices)
    }
}
