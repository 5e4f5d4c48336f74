//! Inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2; checked as in RFC 9162
//! sections 2.1.3.2 and 2.1.4.2).

use super::{Hash, empty_root, node_hash};

/// Where proofs find the nodes of the tree.
pub(crate) trait Nodes {
    type Error;
    /// Root of the full subtree over the leaves `index << height .. (index + 1) << height`.
    fn node(&mut self, height: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// Root of the tree over the leaves `low..high`, where `low` is a multiple of the largest power of
/// two that is at most `high - low`.
pub(crate) fn subtree_root<N: Nodes>(nodes: &mut N, low: u64, high: u64) -> Result<Hash, N::Error> {
    let leaves = high.saturating_sub(low);
    if leaves == 0 {
        return Ok(empty_root());
    }
    if leaves.is_power_of_two() {
        let height = leaves.trailing_zeros();
        return nodes.node(height, low >> height);
    }
    let middle = low + split(leaves);
    let left = subtree_root(nodes, low, middle)?;
    let right = subtree_root(nodes, middle, high)?;
    Ok(node_hash(&left, &right))
}

/// The inclusion proof of leaf `index` in the tree of `size` leaves; `index < size`.
pub(crate) fn inclusion_proof<N: Nodes>(
    nodes: &mut N,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, N::Error> {
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(subtree_root(nodes, middle, high)?);
            high = middle;
        } else {
            proof.push(subtree_root(nodes, low, middle)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The consistency proof between the trees of `old` and `new` leaves; `0 < old <= new`.
pub(crate) fn consistency_proof<N: Nodes>(
    nodes: &mut N,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, N::Error> {
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, new);
    // Whether the old tree is, so far, a subtree that the verifier knows the root of.
    let mut known = true;
    while old != high {
        let middle = low + split(high - low);
        if old <= middle {
            proof.push(subtree_root(nodes, middle, high)?);
            high = middle;
        } else {
            proof.push(subtree_root(nodes, low, middle)?);
            low = middle;
            known = false;
        }
    }
    if !known {
        proof.push(subtree_root(nodes, low, high)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `proof` shows that `leaf` is the leaf number `index` of the tree with `size` leaves and
/// the root `root`.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut result = *leaf;
    for step in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            result = node_hash(step, &result);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            result = node_hash(&result, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && result == *root
}

/// Whether `proof` shows that the tree with `old_size` leaves and the root `old_root` is the
/// beginning of the tree with `new_size` leaves and the root `new_root`.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> bool {
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    let shift = node.trailing_ones();
    node >>= shift;
    last >>= shift;
    let mut steps = proof.iter();
    // An old tree that is one full subtree is the start of its own proof.
    let first = if old_size.is_power_of_two() {
        Some(old_root)
    } else {
        steps.next()
    };
    let Some(first) = first else {
        return false;
    };
    let (mut old, mut new) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old = node_hash(step, &old);
            new = node_hash(step, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old == *old_root && new == *new_root
}

/// The largest power of two smaller than `leaves`, which is at least 2.
fn split(leaves: u64) -> u64 {
    1 << (63 - (leaves - 1).leading_zeros())
}
