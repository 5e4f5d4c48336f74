//! The one way to the contracts: store, index and notice of change together.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use rusqlite::{Connection, OptionalExtension};
use sluis_certs::PeerId;
use sluis_fsc::ContentHash;
use sluis_fsc::contract::Content;
use sluis_fsc::grant::GrantType;
use sluis_fsc::signature::SignatureType;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::contract_table::{self, ContractPage, NewSignature, StoredContract};
use super::outbox::{self, OutboxAction};
use super::record::row_of;
use super::{ContractRecord, ContractStore, GrantEntry, GrantIndex, StoreError};

/// The contracts, grants and peers that this organisation knows. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Contracts(Arc<Inner>);

struct Inner {
    own: PeerId,
    store: ContractStore,
    index: ArcSwap<GrantIndex>,
    changes: watch::Sender<u64>,
    outbox: Notify,
}

/// A signature to keep, together with the contract that it is under.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) content: Content,
    /// Who brought it here.
    pub(crate) submitted_by: PeerId,
    /// Who signed.
    pub(crate) signer: PeerId,
    pub(crate) signature_type: SignatureType,
    pub(crate) jws: String,
    pub(crate) signed_at_unix_seconds: i64,
    /// The signing certificate, DER.
    pub(crate) certificate: Vec<u8>,
    /// Who must be told, and how; written together with the signature.
    pub(crate) tell: Vec<(PeerId, OutboxAction)>,
    /// Most contracts of one peer that may wait for our answer.
    pub(crate) unanswered_max: u64,
    /// Most bytes of the contracts of one peer within a year that we have not accepted, or that were rejected or revoked.
    pub(crate) unwanted_bytes_max: u64,
    pub(crate) now_ms: u64,
}

/// What became of a [`Signed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The contract was new here.
    NewContract,
    /// The contract was known, the signature is new.
    NewSignature,
    /// Both were known; nothing changed.
    Known,
    /// Nothing was kept: another contract has the same `iv`.
    IvInUse,
    /// Nothing was kept: too many contracts of this peer wait for our answer.
    TooManyUnanswered,
    /// Nothing was kept: the contracts of this peer that came to nothing take too much room.
    TooMuchUnwanted,
}

impl Contracts {
    /// Opens the store in `folder` and reads every contract into memory. Blocks; call it at start.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be opened, or holds something that it was not given.
    pub fn open(folder: &Path, own: PeerId) -> Result<Self, StoreError> {
        let store = ContractStore::open(folder)?;
        let mut index = GrantIndex::new(own.clone());
        store.at_start(|connection| {
            contract_table::for_each(connection, |stored| {
                let record = ContractRecord::read(stored)?;
                index.put(
                    record.contract.content.hash(),
                    GrantEntry::all_of(&record.contract),
                );
                Ok(())
            })
        })?;
        Ok(Self(Arc::new(Inner {
            own,
            store,
            index: ArcSwap::from_pointee(index),
            changes: watch::Sender::new(0),
            outbox: Notify::new(),
        })))
    }

    /// The Peer ID of this organisation.
    #[must_use]
    pub fn own(&self) -> &PeerId {
        &self.0.own
    }

    /// The grants as they are now. Never blocks.
    #[must_use]
    pub fn index(&self) -> Guard<Arc<GrantIndex>> {
        self.0.index.load()
    }

    /// Wakes whenever a contract or signature was added; the number counts the changes since start.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// The contract with this hash.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn contract(
        &self,
        content_hash: &ContentHash,
    ) -> Result<Option<ContractRecord>, StoreError> {
        let hash = content_hash.as_str().to_owned();
        let get = move |connection: &Connection| contract_table::get(connection, &hash);
        let read = |found: Option<_>| found.map(ContractRecord::read).transpose();
        self.0.store.read_then(get, read).await
    }

    /// The signature of a peer on a contract, by what it says. Cheaper than [`Contracts::contract`] for many of them.
    pub(crate) async fn signatures_by(
        &self,
        content_hash: &ContentHash,
        peer: &PeerId,
    ) -> Result<BTreeMap<SignatureType, String>, StoreError> {
        let hash = content_hash.as_str().to_owned();
        let stored = self
            .0
            .store
            .read(move |connection| contract_table::signatures(connection, &hash))
            .await?;
        let of_peer = stored
            .into_iter()
            .filter(|signature| signature.peer_id == peer.as_str());
        Ok(of_peer
            .filter_map(|signature| Some((SignatureType::parse(&signature.kind)?, signature.jws)))
            .collect())
    }

    /// The hash of the contract with this unique id.
    pub(crate) async fn hash_with_iv(&self, iv: Uuid) -> Result<Option<ContentHash>, StoreError> {
        let iv = iv.hyphenated().to_string();
        let found = self
            .0
            .store
            .read(move |connection| contract_table::hash_with_iv(connection, &iv))
            .await?;
        found
            .map(|hash| {
                ContentHash::parse(&hash).map_err(|_| StoreError::Damaged {
                    what: "the content hash",
                    content_hash: hash,
                })
            })
            .transpose()
    }

    /// Contracts in which `peer` takes part, by creation date, and whether more follow. A page ends early once its
    /// contracts together have `bytes_max` bytes.
    pub(crate) async fn page(
        &self,
        peer: &PeerId,
        grant_type: Option<GrantType>,
        after: Option<(i64, String)>,
        ascending: bool,
        limit: u32,
        bytes_max: usize,
    ) -> Result<(Vec<ContractRecord>, bool), StoreError> {
        let page = ContractPage {
            peer_id: peer.as_str().to_owned(),
            grant_type: grant_type.map(GrantType::as_str),
            after,
            ascending,
            limit,
            bytes_max,
        };
        let read = |(stored, more)| Ok((all_of(stored)?, more));
        self.0
            .store
            .read_then(
                move |connection| contract_table::page(connection, &page),
                read,
            )
            .await
    }

    /// Contracts of `peer` that hold one of these grants, newest first, up to `limit` and until they have `bytes_max` bytes
    /// together.
    pub(crate) async fn with_grants(
        &self,
        peer: &PeerId,
        grant_hashes: Vec<String>,
        limit: u32,
        bytes_max: usize,
    ) -> Result<Vec<ContractRecord>, StoreError> {
        let peer = peer.as_str().to_owned();
        let find = move |connection: &Connection| {
            contract_table::with_grants(connection, &peer, &grant_hashes, limit, bytes_max)
        };
        self.0.store.read_then(find, all_of).await
    }

    /// Keeps a signature and, where it is new here, its contract. When this returns it is on disk, the index knows it and
    /// the outbox holds what must be told.
    pub(crate) async fn keep(&self, signed: Signed) -> Result<Kept, StoreError> {
        let (inner, own) = (Arc::clone(&self.0), self.0.own.clone());
        let (kept, _) = self
            .0
            .store
            .write(
                move |connection| keep(connection, &own, &signed),
                move |(_, record)| record.iter().for_each(|record| inner.index_anew(record)),
            )
            .await?;
        if matches!(kept, Kept::NewContract | Kept::NewSignature) {
            self.0.outbox.notify_one();
        }
        Ok(kept)
    }

    /// A fact about ourselves that must survive a restart.
    pub(crate) async fn fact(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        let statement = "SELECT value FROM facts WHERE name = ?1";
        self.store()
            .read(move |connection| {
                Ok(connection
                    .query_row(statement, [name], |row| row.get(0))
                    .optional()?)
            })
            .await
    }

    /// Keeps a fact about ourselves.
    pub(crate) async fn put_fact(&self, name: &'static str, value: &str) -> Result<(), StoreError> {
        let value = value.to_owned();
        let statement = "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.store()
            .write(
                move |connection| Ok(connection.execute(statement, [name, &value]).map(drop)?),
                |()| {},
            )
            .await
    }

    pub(super) fn store(&self) -> &ContractStore {
        &self.0.store
    }

    pub(super) fn outbox_signal(&self) -> &Notify {
        &self.0.outbox
    }
}

fn all_of(stored: Vec<StoredContract>) -> Result<Vec<ContractRecord>, StoreError> {
    stored.into_iter().map(ContractRecord::read).collect()
}

/// The statements of [`Contracts::keep`]; also returns the contract as it has become, when anything changed.
fn keep(
    connection: &Connection,
    own: &PeerId,
    signed: &Signed,
) -> Result<(Kept, Option<ContractRecord>), StoreError> {
    let row = row_of(&signed.content, &signed.submitted_by, signed.now_ms);
    let hash = row.content_hash.as_str();
    let is_new = match contract_table::hash_with_iv(connection, &row.iv)? {
        Some(known) if known != hash => return Ok((Kept::IvInUse, None)),
        known => known.is_none(),
    };
    if is_new {
        let now = i64::try_from(signed.now_ms / 1000).unwrap_or(i64::MAX);
        let from_other = signed.submitted_by != *own;
        if from_other
            && contract_table::unanswered(connection, &row.submitted_by, own.as_str(), now)?
                >= signed.unanswered_max
        {
            return Ok((Kept::TooManyUnanswered, None));
        }
        let (by, now_ms) = (&row.submitted_by, signed.now_ms);
        if from_other
            && contract_table::unwanted_bytes(connection, by, own.as_str(), now_ms)?
                >= signed.unwanted_bytes_max
        {
            return Ok((Kept::TooMuchUnwanted, None));
        }
        contract_table::insert(connection, &row)?;
    }
    let signature = NewSignature {
        content_hash: hash.to_owned(),
        peer_id: signed.signer.as_str().to_owned(),
        kind: signed.signature_type.as_str(),
        jws: signed.jws.clone(),
        signed_at: signed.signed_at_unix_seconds,
        certificate: signed.certificate.clone(),
        received_at_ms: signed.now_ms,
    };
    if !contract_table::put_signature(connection, &signature)? {
        return Ok((Kept::Known, None));
    }
    for (peer, action) in &signed.tell {
        outbox::enqueue(
            connection,
            peer.as_str(),
            hash,
            *action,
            &signed.jws,
            signed.now_ms,
        )?;
    }
    let stored = contract_table::get(connection, hash)?;
    let kept = if is_new {
        Kept::NewContract
    } else {
        Kept::NewSignature
    };
    Ok((kept, stored.map(ContractRecord::read).transpose()?))
}

impl Inner {
    /// Called in the order of the commits, so the index never goes back in time.
    fn index_anew(&self, record: &ContractRecord) {
        let mut index = GrantIndex::clone(&self.index.load());
        index.put(
            record.contract.content.hash(),
            GrantEntry::all_of(&record.contract),
        );
        self.index.store(Arc::new(index));
        self.changes.send_modify(|count| *count += 1);
    }
}

impl std::fmt::Debug for Contracts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Contracts")
            .field("grants", &self.0.index.load().len())
            .finish_non_exhaustive()
    }
}
