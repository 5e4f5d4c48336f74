//! The nodes of the tree, out of the tiles and entries in the database.

use std::collections::HashMap;

use rusqlite::Connection;

use super::{StoreError, blob, entry_bytes, signed};
use crate::merkle::{Hash, Nodes, TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, fold, leaf_hash};

/// Reads nodes of the tree over the first `size` entries. Keeps the tiles that it read: use one
/// for a few proofs, not for ever.
pub(crate) struct TileNodes<'c> {
    connection: &'c Connection,
    size: u64,
    tiles: HashMap<(u32, u64), Vec<Hash>>,
}

impl<'c> TileNodes<'c> {
    pub(crate) fn new(connection: &'c Connection, size: u64) -> Self {
        Self {
            connection,
            size,
            tiles: HashMap::new(),
        }
    }

    /// Root of a full tile: one node of the level above.
    pub(crate) fn tile_root(&self, level: u32, n: u64) -> Result<Hash, StoreError> {
        fold(self.read(level, n)?).ok_or_else(|| damaged(level, n))
    }

    /// The hashes of a tile, as many as the tree has.
    pub(crate) fn tile(&mut self, level: u32, n: u64) -> Result<Vec<Hash>, StoreError> {
        let width = (self.size >> (level * TILE_HEIGHT))
            .saturating_sub(n * TILE_WIDTH)
            .min(TILE_WIDTH);
        if width == TILE_WIDTH {
            return Ok(self.full_tile(level, n)?.to_vec());
        }
        (n * TILE_WIDTH..n * TILE_WIDTH + width)
            .map(|index| self.edge_node(level, index))
            .collect()
    }

    fn full_tile(&mut self, level: u32, n: u64) -> Result<&[Hash], StoreError> {
        if !self.tiles.contains_key(&(level, n)) {
            let tile = self.read(level, n)?;
            self.tiles.insert((level, n), tile);
        }
        self.tiles
            .get(&(level, n))
            .map(Vec::as_slice)
            .ok_or_else(|| damaged(level, n))
    }

    /// A node of a tile that is not full.
    fn edge_node(&self, level: u32, index: u64) -> Result<Hash, StoreError> {
        if level > 0 {
            return self.tile_root(level - 1, index);
        }
        entry_bytes(self.connection, index)?
            .map(|bytes| leaf_hash(&bytes))
            .ok_or_else(|| StoreError::Damaged(format!("entry {index}")))
    }

    fn read(&self, level: u32, n: u64) -> Result<Vec<Hash>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT hashes FROM tile WHERE level = ?1 AND n = ?2")?;
        let mut rows = statement.query((level, signed(n)?))?;
        let row = rows.next()?.ok_or_else(|| damaged(level, n))?;
        let bytes = blob(row, 0, &format!("tile {n} of level {level}"))?;
        let (hashes, _) = bytes.as_chunks::<32>();
        if bytes.len() == TILE_BYTES {
            Ok(hashes.to_vec())
        } else {
            Err(damaged(level, n))
        }
    }
}

impl Nodes for TileNodes<'_> {
    type Error = StoreError;

    fn node(&mut self, height: u32, index: u64) -> Result<Hash, StoreError> {
        let level = height / TILE_HEIGHT;
        let width = 1 << (height % TILE_HEIGHT);
        let first = index * width;
        let n = first / TILE_WIDTH;
        let in_full_tile = (n + 1) * TILE_WIDTH <= self.size >> (level * TILE_HEIGHT);
        let nodes = if in_full_tile {
            self.full_tile(level, n)?
                .iter()
                // At most 255 and 128.
                .skip((first % TILE_WIDTH) as usize)
                .take(width as usize)
                .copied()
                .collect()
        } else {
            (first..first + width)
                .map(|index| self.edge_node(level, index))
                .collect::<Result<Vec<_>, _>>()?
        };
        fold(nodes).ok_or_else(|| damaged(level, n))
    }
}

fn damaged(level: u32, n: u64) -> StoreError {
    StoreError::Damaged(format!("tile {n} of level {level}"))
}
