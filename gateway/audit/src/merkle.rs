//! The Merkle tree of RFC 6962 (section 2.1) with SHA-256, and its tiles (C2SP tlog-tiles).

mod proof;
#[cfg(test)]
mod tests;
mod tree;

use aws_lc_rs::digest::{Context, SHA256};

pub(crate) use proof::{Nodes, consistency_proof, inclusion_proof, subtree_root};
pub use proof::{verify_consistency, verify_inclusion};
pub(crate) use tree::{Tile, Tree};

/// A hash in the tree: SHA-256.
pub type Hash = [u8; 32];

/// Hashes in a full tile.
pub(crate) const TILE_WIDTH: u64 = 256;
/// log2 of [`TILE_WIDTH`]: the height of a tile.
pub(crate) const TILE_HEIGHT: u32 = 8;
/// Bytes of a full tile.
pub(crate) const TILE_BYTES: usize = 256 * 32;

/// Hash of a leaf: SHA-256(0x00 || entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    hash(&[&[0], entry])
}

/// Hash of an inner node: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut message = [1; 65];
    for (to, from) in message.iter_mut().skip(1).zip(left.iter().chain(right)) {
        *to = *from;
    }
    hash(&[&message])
}

/// Root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    hash(&[])
}

/// Root of a full subtree over consecutive nodes, whose number is a power of two.
pub(crate) fn fold(mut nodes: Vec<Hash>) -> Option<Hash> {
    while nodes.len() > 1 {
        nodes = nodes
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Some(node_hash(left, right)),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()?;
    }
    nodes.pop()
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    // SHA-256 has 32 bytes; zip cannot leave one out.
    for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    hash
}
