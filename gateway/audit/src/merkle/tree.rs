//! The growing edge of the tree: enough to append and to know the root, and nothing more.

use super::{Hash, TILE_BYTES, TILE_HEIGHT, empty_root, node_hash};

/// The right edge of a tree. Memory grows with the logarithm of the number of leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    size: u64,
    /// Roots of the full subtrees that make up the tree, the largest first: one for every bit that
    /// is set in `size`.
    peaks: Vec<Hash>,
    /// The hashes of the tile at the right edge, by level. Never a full tile.
    edge: Vec<Vec<u8>>,
}

/// A tile that has become full: 256 hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) level: u32,
    pub(crate) n: u64,
    pub(crate) hashes: Vec<u8>,
}

impl Tree {
    /// Number of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and adds the tiles that it makes full to `full`.
    pub(crate) fn append(&mut self, leaf: Hash, full: &mut Vec<Tile>) {
        self.push_subtree(0, leaf, full);
    }

    /// Appends a subtree of 256^`level` leaves at once. The size must be a multiple of that:
    /// for building the edge of a large tree out of its tiles.
    pub(crate) fn push_subtree(&mut self, level: u32, root: Hash, full: &mut Vec<Tile>) {
        let first_height = level * TILE_HEIGHT;
        let mut node = root;
        let mut height = first_height;
        self.push_edge(level, &node, full);
        // Carry, as in binary addition: two neighbours of one height become one of the next.
        while (self.size >> height) & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
            height += 1;
            if height.is_multiple_of(TILE_HEIGHT) {
                self.push_edge(height / TILE_HEIGHT, &node, full);
            }
        }
        self.peaks.push(node);
        self.size += 1 << first_height;
    }

    /// Root of the tree.
    pub(crate) fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return empty_root();
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The hashes of the partial tiles at the right edge, by level, without empty ones.
    pub(crate) fn edge(&self) -> impl Iterator<Item = (u32, &[u8])> {
        (0..)
            .zip(&self.edge)
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(|(level, hashes)| (level, hashes.as_slice()))
    }

    fn push_edge(&mut self, level: u32, node: &Hash, full: &mut Vec<Tile>) {
        // A u64 of leaves has at most 8 levels of tiles.
        let level_index = level as usize;
        if self.edge.len() <= level_index {
            self.edge.resize_with(level_index + 1, Vec::new);
        }
        let Some(edge) = self.edge.get_mut(level_index) else {
            return;
        };
        edge.extend_from_slice(node);
        if edge.len() == TILE_BYTES {
            full.push(Tile {
                level,
                n: self.size >> (TILE_HEIGHT * (level + 1)),
                hashes: std::mem::take(edge),
            });
        }
    }
}
