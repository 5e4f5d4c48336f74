//! What the writer must know before it can append, read back without reading all entries.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{StoreError, blob, entry_bytes, signed, size, text, unsigned};
use crate::bitmap::Bitmap;
use crate::entry::Entry;
use crate::index::{BLOCK_ENTRIES, Block, OpenIntents};
use crate::merkle::{TILE_HEIGHT, Tree, leaf_hash};
use crate::store::TileNodes;

/// The right edge of the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) tree: Tree,
    pub(crate) block: Block,
    pub(crate) open: OpenIntents,
}

/// Reads the right edge: at most 255 entries, and at most 255 tiles a level (of which 10 million
/// entries have two).
pub(crate) fn load(connection: &Connection) -> Result<State, StoreError> {
    let size = size(connection)?;
    let nodes = TileNodes::new(connection, size);
    let mut state = State {
        open: OpenIntents::from_blocks(open_blocks(connection)?),
        ..State::default()
    };
    let mut full = Vec::new();
    for level in (1..=7).rev() {
        for index in edge(size, level) {
            let root = nodes.tile_root(level - 1, index)?;
            state.tree.push_subtree(level, root, &mut full);
        }
    }
    for index in edge(size, 0) {
        let place = format!("entry {index}");
        let bytes =
            entry_bytes(connection, index)?.ok_or_else(|| StoreError::Damaged(place.clone()))?;
        let entry = Entry::decode(&bytes).map_err(|_| StoreError::Damaged(place))?;
        state.tree.append(leaf_hash(&bytes), &mut full);
        // Never full: these are fewer than 256 entries.
        let _ = state.block.add(index, entry.at_ms, &entry.record);
        // What is stored was followed once before, so an outcome finds its intent.
        let _ = state.open.follow(index, &entry.record);
    }
    Ok(state)
}

/// The indices of the nodes of a level that lie in its partial tile.
fn edge(size: u64, level: u32) -> std::ops::Range<u64> {
    let nodes = size >> (level * TILE_HEIGHT);
    nodes - nodes % BLOCK_ENTRIES..nodes
}

/// The bitmaps of open intents, as they were when a block last became full.
fn open_blocks(connection: &Connection) -> Result<BTreeMap<u64, Bitmap>, StoreError> {
    let place = "the table open_intent";
    let mut statement = connection.prepare("SELECT block, bitmap FROM open_intent")?;
    let mut rows = statement.query([])?;
    let mut blocks = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let bits = Bitmap::from_bytes(blob(row, 1, place)?)
            .ok_or_else(|| StoreError::Damaged(place.to_owned()))?;
        blocks.insert(unsigned(row, 0, place)?, bits);
    }
    Ok(blocks)
}

/// The signed checkpoint.
pub(crate) fn stored_checkpoint(connection: &Connection) -> Result<String, StoreError> {
    let place = "the table checkpoint";
    let damaged = || StoreError::Damaged(place.to_owned());
    let mut statement = connection.prepare("SELECT id, note FROM checkpoint")?;
    let mut rows = statement.query([])?;
    let row = rows.next()?.ok_or_else(damaged)?;
    if row.get_ref(0)? != rusqlite::types::ValueRef::Integer(signed(0)?) {
        return Err(damaged());
    }
    let note = String::from_utf8(text(row, 1, place)?.to_vec()).map_err(|_| damaged())?;
    if rows.next()?.is_some() {
        return Err(damaged());
    }
    Ok(note)
}
