//! Everything in the database that follows from the entries: computed again and compared, row by
//! row, and then counted, so that no row is changed, missing or too many.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Statement};
use uuid::Uuid;

use super::report::Findings;
use crate::Record;
use crate::entry::Entry;
use crate::index::{Block, FullBlock, OpenIntents};
use crate::merkle::{Hash, Tile, Tree};
use crate::store::{StoreError, signed};

/// What follows from the entries so far.
pub(super) struct Derived<'c> {
    connection: &'c Connection,
    stored: Stored<'c>,
    tree: Tree,
    tiles: u64,
    /// What follows from what the entries say. `None` after an entry that cannot be read.
    said: Option<Said>,
}

#[derive(Default)]
struct Said {
    block: Block,
    /// Intents without an outcome, with their transactions.
    open: HashMap<u64, Uuid>,
    /// Those of them that were open when the last block became full.
    open_in_full_blocks: OpenIntents,
    transactions: u64,
    blocks: u64,
    postings: u64,
}

/// Looks up the rows that should be there.
struct Stored<'c> {
    transaction: Statement<'c>,
    tile: Statement<'c>,
    block: Statement<'c>,
    posting: Statement<'c>,
    open: Statement<'c>,
}

impl<'c> Derived<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, StoreError> {
        let prepare = |sql| connection.prepare(sql);
        Ok(Self {
            connection,
            stored: Stored {
                transaction: prepare(
                    "SELECT idx FROM transaction_entry WHERE transaction_id = ?1 AND idx = ?2",
                )?,
                tile: prepare("SELECT hashes FROM tile WHERE level = ?1 AND n = ?2")?,
                block: prepare("SELECT first_ms, last_ms FROM block WHERE n = ?1")?,
                posting: prepare("SELECT bitmap FROM posting WHERE term = ?1 AND block = ?2")?,
                open: prepare("SELECT bitmap FROM open_intent WHERE block = ?1")?,
            },
            tree: Tree::default(),
            tiles: 0,
            said: Some(Said::default()),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(super) fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Adds an entry, and compares the rows that it leads to. `None`: it cannot be read.
    pub(super) fn add(
        &mut self,
        leaf: Hash,
        entry: Option<&Entry>,
        findings: &mut Findings,
    ) -> Result<(), StoreError> {
        let index = self.tree.size();
        match (entry, &mut self.said) {
            (Some(entry), Some(said)) => said.add(index, entry, &mut self.stored, findings)?,
            (None, said) => *said = None,
            (Some(_), None) => {}
        }
        let mut full = Vec::new();
        self.tree.append(leaf, &mut full);
        for tile in full {
            self.tiles += 1;
            self.stored.compare_tile(&tile, findings)?;
        }
        Ok(())
    }

    /// Compares what is only known at the end.
    pub(super) fn finish(mut self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut counts = vec![("tile", self.tiles)];
        if let Some(said) = &self.said {
            let open = &said.open_in_full_blocks;
            for (block, bits) in open.blocks() {
                compare(
                    &mut self.stored.open,
                    [signed(*block)?],
                    &[ValueRef::Blob(&bits.to_bytes())],
                    || format!("open_intent of block {block}"),
                    findings,
                )?;
            }
            counts.extend([
                ("transaction_entry", said.transactions),
                ("open_intent", open.blocks().len() as u64),
                ("block", said.blocks),
                ("posting", said.postings),
            ]);
        }
        for (table, expected) in counts {
            let sql = format!("SELECT count(*) FROM {table}");
            let rows: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
            if u64::try_from(rows) != Ok(expected) {
                findings.add(table, format!("it has {rows} rows instead of {expected}"));
            }
        }
        Ok(())
    }
}

impl Said {
    fn add(
        &mut self,
        index: u64,
        entry: &Entry,
        stored: &mut Stored<'_>,
        findings: &mut Findings,
    ) -> Result<(), StoreError> {
        self.passage(index, &entry.record, findings);
        if let Some(block) = self.block.add(index, entry.at_ms, &entry.record) {
            self.blocks += 1;
            self.postings += block.postings.len() as u64;
            self.transactions += block.transactions.len() as u64;
            self.open_in_full_blocks = OpenIntents::default();
            for index in self.open.keys() {
                self.open_in_full_blocks.open(*index);
            }
            stored.compare_block(&block, findings)?;
        }
        Ok(())
    }

    /// Whether every outcome closes an intent that is open, and of its own transaction.
    fn passage(&mut self, index: u64, record: &Record, findings: &mut Findings) {
        match record {
            Record::Intent(intent) => {
                self.open.insert(index, intent.transaction_id);
            }
            Record::Outcome(outcome) => {
                let intent = outcome.intent_index;
                if self.open.remove(&intent) != Some(outcome.transaction_id) {
                    findings.add(
                        &format!("entry {index}"),
                        format!(
                            "it closes entry {intent}, which is no open intent of its transaction"
                        ),
                    );
                }
            }
            Record::Refusal(_) | Record::Event(_) => {}
        }
    }
}

impl Stored<'_> {
    fn compare_tile(&mut self, tile: &Tile, findings: &mut Findings) -> Result<(), StoreError> {
        compare(
            &mut self.tile,
            (tile.level, signed(tile.n)?),
            &[ValueRef::Blob(&tile.hashes)],
            || format!("tile {} of level {}", tile.n, tile.level),
            findings,
        )
    }

    fn compare_block(
        &mut self,
        block: &FullBlock,
        findings: &mut Findings,
    ) -> Result<(), StoreError> {
        let n = signed(block.n)?;
        compare(
            &mut self.block,
            [n],
            &[
                ValueRef::Integer(signed(block.first_ms)?),
                ValueRef::Integer(signed(block.last_ms)?),
            ],
            || format!("block {n}"),
            findings,
        )?;
        for (term, bits) in &block.postings {
            compare(
                &mut self.posting,
                (term.to_string(), n),
                &[ValueRef::Blob(&bits.to_bytes())],
                || format!("posting of block {n}"),
                findings,
            )?;
        }
        for (id, index) in &block.transactions {
            let row = signed(*index)?;
            compare(
                &mut self.transaction,
                (id.as_bytes().as_slice(), row),
                &[ValueRef::Integer(row)],
                || format!("transaction_entry of entry {index}"),
                findings,
            )?;
        }
        Ok(())
    }
}

/// Whether the row is there and holds `expected`, type and value.
fn compare(
    statement: &mut Statement<'_>,
    key: impl Params,
    expected: &[ValueRef<'_>],
    place: impl FnOnce() -> String,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let mut rows = statement.query(key)?;
    let Some(row) = rows.next()? else {
        findings.add(&place(), "the row is missing");
        return Ok(());
    };
    for (column, value) in expected.iter().enumerate() {
        if row.get_ref(column)? != *value {
            findings.add(&place(), "the row does not follow from the entries");
            break;
        }
    }
    Ok(())
}
