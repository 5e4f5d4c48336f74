//! Proofs over the log, for whoever holds a signed checkpoint of it.

use super::Reader;
use crate::ReadError;
use crate::merkle::{Hash, consistency_proof, inclusion_proof, subtree_root};
use crate::store::{self, StoreError, TileNodes};

impl Reader {
    /// Proof that the entry `index` is in the tree of the first `size` entries; check it with
    /// [`verify_inclusion`](crate::verify_inclusion).
    ///
    /// # Errors
    ///
    /// [`ReadError::Question`] unless `index < size` and the log has `size` entries.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        let proof = self.prove(size, |nodes| {
            (index < size)
                .then(|| inclusion_proof(nodes, index, size))
                .transpose()
        })?;
        proof.ok_or_else(|| ReadError::Question {
            parameter: "index",
            expected: format!("less than the tree size {size}"),
        })
    }

    /// Proof that the tree of the first `old` entries is the beginning of the tree of the first
    /// `new` entries; check it with [`verify_consistency`](crate::verify_consistency).
    ///
    /// # Errors
    ///
    /// [`ReadError::Question`] unless `old <= new` and the log has `new` entries.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, ReadError> {
        let proof = self.prove(new, |nodes| {
            if old > new {
                return Ok(None);
            }
            if old == 0 {
                return Ok(Some(Vec::new()));
            }
            consistency_proof(nodes, old, new).map(Some)
        })?;
        proof.ok_or_else(|| ReadError::Question {
            parameter: "old size",
            expected: format!("at most the new size {new}"),
        })
    }

    /// Root of the tree of the first `size` entries.
    ///
    /// # Errors
    ///
    /// [`ReadError::Question`] unless the log has `size` entries.
    pub fn root(&self, size: u64) -> Result<Hash, ReadError> {
        self.prove(size, |nodes| subtree_root(nodes, 0, size))
    }

    fn prove<T>(
        &self,
        size: u64,
        prove: impl FnOnce(&mut TileNodes<'_>) -> Result<T, StoreError>,
    ) -> Result<T, ReadError> {
        let proof = self.read(|connection| {
            let stored = store::size(connection)?;
            if size > stored {
                return Ok(Err(stored));
            }
            prove(&mut TileNodes::new(connection, stored)).map(Ok)
        })?;
        proof.map_err(|stored| ReadError::Question {
            parameter: "tree size",
            expected: format!("at most {stored}"),
        })
    }
}
