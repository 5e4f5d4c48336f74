use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Reset, Update, consts::U32};
use proptest::prelude::*;

use super::*;

/// SHA-256 in the clothes that ct-merkle asks for.
#[derive(Clone)]
struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl HashMarker for Sha256 {}

impl OutputSizeUser for Sha256 {
    type OutputSize = U32;
}

impl Update for Sha256 {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

impl FixedOutput for Sha256 {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(self.0.finish().as_ref());
    }
}

impl Reset for Sha256 {
    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// All leaves in memory.
struct Leaves(Vec<Hash>);

impl Nodes for Leaves {
    type Error = Infallible;

    fn node(&mut self, height: u32, index: u64) -> Result<Hash, Infallible> {
        let from = usize::try_from(index << height).unwrap();
        let until = usize::try_from((index + 1) << height).unwrap();
        Ok(fold(self.0[from..until].to_vec()).unwrap())
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|index| leaf_hash(&index.to_be_bytes()))
        .collect()
}

fn oracle(count: u64) -> MemoryBackedTree<Sha256, [u8; 8]> {
    let mut tree = MemoryBackedTree::new();
    for index in 0..count {
        tree.push(index.to_be_bytes());
    }
    tree
}

fn tree(leaves: &[Hash]) -> (Tree, Vec<Tile>) {
    let mut tree = Tree::default();
    let mut full = Vec::new();
    for leaf in leaves {
        tree.append(*leaf, &mut full);
    }
    (tree, full)
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    // The reference leaves and roots of the certificate-transparency and transparency-dev projects.
    let leaves: [&[u8]; 8] = [
        &[],
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        b"`abcdefghijklmno",
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Tree::default();
    assert_eq!(crate::hex::encode(&tree.root()), roots[0]);
    for (leaf, root) in leaves.iter().zip(&roots[1..]) {
        tree.append(leaf_hash(leaf), &mut Vec::new());
        assert_eq!(crate::hex::encode(&tree.root()), *root);
    }
}

#[test]
fn roots_agree_with_ct_merkle() {
    let all = leaves(600);
    let mut tree = Tree::default();
    let mut oracle = oracle(0);
    for (index, leaf) in (0u64..).zip(&all) {
        tree.append(*leaf, &mut Vec::new());
        oracle.push(index.to_be_bytes());
        assert_eq!(tree.root().as_slice(), oracle.root().as_bytes().as_slice());
    }
}

#[test]
fn every_proof_of_small_trees_agrees_with_ct_merkle() {
    for size in 1..=33u64 {
        let mut nodes = Leaves(leaves(size));
        let root = tree(&nodes.0).0.root();
        let oracle = oracle(size);
        for index in 0..size {
            let proof = inclusion_proof(&mut nodes, index, size).unwrap();
            let expected = oracle.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(proof.concat(), expected.as_bytes());
            let leaf = nodes.0[usize::try_from(index).unwrap()];
            assert!(verify_inclusion(&leaf, index, size, &proof, &root));
        }
        for old in 1..=size {
            let proof = consistency_proof(&mut nodes, old, size).unwrap();
            let old_root = tree(&nodes.0[..usize::try_from(old).unwrap()]).0.root();
            if old < size {
                let additions = usize::try_from(size - old).unwrap();
                let expected = oracle.prove_consistency(additions);
                assert_eq!(proof.concat(), expected.as_bytes(), "{old} to {size}");
            }
            assert!(verify_consistency(old, &old_root, size, &root, &proof));
        }
        assert!(verify_consistency(0, &empty_root(), size, &root, &[]));
    }
}

#[test]
fn tiles_are_those_of_the_specification() {
    // The example of C2SP tlog-tiles: a tree of size 70,000.
    let (tree, full) = tree(&leaves(70_000));
    let count = |level| full.iter().filter(|tile| tile.level == level).count();
    assert_eq!((count(0), count(1), count(2)), (273, 1, 0));
    let widths: Vec<_> = tree
        .edge()
        .map(|(level, hashes)| (level, hashes.len() / 32))
        .collect();
    assert_eq!(widths, [(0, 112), (1, 17), (2, 1)]);
    let tile = full.iter().find(|tile| tile.level == 1).unwrap();
    assert_eq!(tile.n, 0);
    let mut nodes = Leaves(leaves(70_000));
    for (index, hash) in (0..).zip(tile.hashes.chunks(32)) {
        assert_eq!(hash, nodes.node(8, index).unwrap());
    }
    let tile = full.iter().rfind(|tile| tile.level == 0).unwrap();
    assert_eq!(tile.n, 272);
    assert_eq!(tile.hashes[..32], nodes.node(0, 272 * 256).unwrap());
}

#[test]
fn a_tree_of_256_has_a_full_tile_and_one_above() {
    let (tree, full) = tree(&leaves(256));
    assert_eq!(full.len(), 1);
    let widths: Vec<_> = tree
        .edge()
        .map(|(level, edge)| (level, edge.len()))
        .collect();
    assert_eq!(widths, [(1, 32)]);
}

#[test]
fn the_edge_grows_from_subtrees_as_from_leaves() {
    for size in [255u64, 256, 257, 511, 512, 65_536, 65_537, 66_049] {
        let all = leaves(size);
        let mut nodes = Leaves(all.clone());
        let mut built = Tree::default();
        for level in (0..3).rev() {
            let height = level * TILE_HEIGHT;
            while size - built.size() >= 1 << height {
                let root = nodes.node(height, built.size() >> height).unwrap();
                built.push_subtree(level, root, &mut Vec::new());
            }
        }
        let (grown, _) = tree(&all);
        assert_eq!(built, grown, "size {size}");
    }
}

#[test]
fn no_other_proof_is_accepted() {
    let size = 11;
    let mut nodes = Leaves(leaves(size));
    let root = tree(&nodes.0).0.root();
    let leaf = nodes.0[6];
    let proof = inclusion_proof(&mut nodes, 6, size).unwrap();
    let mut longer = proof.clone();
    longer.push([0; 32]);
    assert!(!verify_inclusion(&leaf, 6, size, &longer, &root));
    assert!(!verify_inclusion(&leaf, 6, size, &proof[1..], &root));
    assert!(!verify_inclusion(&leaf, 5, size, &proof, &root));
    assert!(!verify_inclusion(&leaf, 11, size, &proof, &root));
    assert!(!verify_inclusion(&leaf, 0, 0, &[], &empty_root()));
    for step in 0..proof.len() {
        let mut changed = proof.clone();
        changed[step][31] ^= 1;
        assert!(!verify_inclusion(&leaf, 6, size, &changed, &root));
    }
    let old_root = tree(&nodes.0[..7]).0.root();
    let proof = consistency_proof(&mut nodes, 7, size).unwrap();
    assert!(verify_consistency(7, &old_root, size, &root, &proof));
    for step in 0..proof.len() {
        let mut changed = proof.clone();
        changed[step][0] ^= 1;
        assert!(!verify_consistency(7, &old_root, size, &root, &changed));
    }
    assert!(!verify_consistency(6, &old_root, size, &root, &proof));
    assert!(!verify_consistency(7, &old_root, size, &root, &[]));
    assert!(!verify_consistency(12, &old_root, size, &root, &proof));
    assert!(!verify_consistency(0, &old_root, size, &root, &[]));
    assert!(!verify_consistency(size, &old_root, size, &root, &[]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proofs_of_larger_trees_agree_with_ct_merkle(size in 1..1_500u64, a: u64, b: u64) {
        let mut nodes = Leaves(leaves(size));
        let root = tree(&nodes.0).0.root();
        let oracle = oracle(size);
        let index = a % size;
        let proof = inclusion_proof(&mut nodes, index, size).unwrap();
        let expected = oracle.prove_inclusion(usize::try_from(index).unwrap());
        prop_assert_eq!(proof.concat(), expected.as_bytes());
        let leaf = nodes.0[usize::try_from(index).unwrap()];
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root));

        let old = b % size + 1;
        let proof = consistency_proof(&mut nodes, old, size).unwrap();
        let old_root = tree(&nodes.0[..usize::try_from(old).unwrap()]).0.root();
        prop_assert!(verify_consistency(old, &old_root, size, &root, &proof));
        if old < size {
            let expected = oracle.prove_consistency(usize::try_from(size - old).unwrap());
            prop_assert_eq!(proof.concat(), expected.as_bytes());
        }
    }
}
