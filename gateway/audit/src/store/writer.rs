//! The statements of the writer, prepared once.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, ToSql};

use super::{StoreError, signed};
use crate::bitmap::Bitmap;
use crate::index::FullBlock;
use crate::merkle::Tile;

/// Writes rows inside one transaction at a time.
pub(crate) struct Writer<'c> {
    connection: &'c Connection,
    begin: Statement<'c>,
    entry: Statement<'c>,
    transaction: Statement<'c>,
    tile: Statement<'c>,
    block: Statement<'c>,
    posting: Statement<'c>,
    open: Statement<'c>,
    closed: Statement<'c>,
    checkpoint: Statement<'c>,
    commit: Statement<'c>,
}

impl<'c> Writer<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Result<Self, StoreError> {
        let prepare = |sql| connection.prepare(sql);
        Ok(Self {
            connection,
            begin: prepare("BEGIN IMMEDIATE")?,
            entry: prepare("INSERT INTO entry(idx, body) VALUES (?1, ?2)")?,
            transaction: prepare(
                "INSERT INTO transaction_entry(transaction_id, idx) VALUES (?1, ?2)",
            )?,
            tile: prepare("INSERT INTO tile(level, n, hashes) VALUES (?1, ?2, ?3)")?,
            block: prepare("INSERT INTO block(n, first_ms, last_ms) VALUES (?1, ?2, ?3)")?,
            posting: prepare("INSERT INTO posting(term, block, bitmap) VALUES (?1, ?2, ?3)")?,
            open: prepare("INSERT OR REPLACE INTO open_intent(block, bitmap) VALUES (?1, ?2)")?,
            closed: prepare("DELETE FROM open_intent WHERE block = ?1")?,
            checkpoint: prepare("UPDATE checkpoint SET note = ?1 WHERE id = 0")?,
            commit: prepare("COMMIT")?,
        })
    }

    pub(crate) fn begin(&mut self) -> Result<(), StoreError> {
        self.begin.execute([])?;
        Ok(())
    }

    pub(crate) fn entry(&mut self, index: u64, json: &[u8]) -> Result<(), StoreError> {
        self.entry.execute((signed(index)?, Json(json)))?;
        Ok(())
    }

    pub(crate) fn tile(&mut self, tile: &Tile) -> Result<(), StoreError> {
        self.tile
            .execute((tile.level, signed(tile.n)?, tile.hashes.as_slice()))?;
        Ok(())
    }

    pub(crate) fn block(&mut self, block: &FullBlock) -> Result<(), StoreError> {
        let n = signed(block.n)?;
        self.block
            .execute((n, signed(block.first_ms)?, signed(block.last_ms)?))?;
        for (term, bits) in &block.postings {
            self.posting
                .execute((term.to_string(), n, bits.to_bytes().as_slice()))?;
        }
        for (id, index) in &block.transactions {
            self.transaction
                .execute((id.as_bytes().as_slice(), signed(*index)?))?;
        }
        Ok(())
    }

    /// The open intents of a block; `None` when it has none left.
    pub(crate) fn open(&mut self, block: u64, bits: Option<Bitmap>) -> Result<(), StoreError> {
        match bits {
            Some(bits) => self
                .open
                .execute((signed(block)?, bits.to_bytes().as_slice()))?,
            None => self.closed.execute([signed(block)?])?,
        };
        Ok(())
    }

    pub(crate) fn checkpoint(&mut self, note: &str) -> Result<(), StoreError> {
        self.checkpoint.execute([note])?;
        Ok(())
    }

    /// When it returns, everything since `begin` is on disk.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        self.commit.execute([])?;
        Ok(())
    }

    /// Undoes everything since `begin`, if anything is to be undone.
    pub(crate) fn rollback(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            // SQLite rolls back by itself when the connection is next used.
            tracing::warn!(%error, "audit: the transaction could not be rolled back");
        }
    }
}

/// An encoded entry: JSON, which is text.
struct Json<'a>(&'a [u8]);

impl ToSql for Json<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0)))
    }
}
