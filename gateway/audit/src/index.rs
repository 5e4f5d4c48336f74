//! What is kept beside the entries so that they are found: computed from the entries alone, once
//! by the writer and again by [`verify`](crate::verify).
//!
//! Entries lie in blocks of 256, like the hashes in a tile. For every full block one bitmap per
//! [`Term`] says which of its entries belong to the term: a fraction of a B-tree row per entry,
//! where an index row per entry and term would cost more than the entry itself. Rows per entry, by
//! which a transaction is found, are written for a whole block too, so that a commit touches few
//! pages. The block at the right edge is searched by reading its entries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::Record;
use crate::bitmap::Bitmap;
use crate::entry::Intent;

/// Entries in a block.
pub(crate) const BLOCK_ENTRIES: u64 = 256;

/// What an intent is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Term {
    /// Every intent.
    Intent,
    /// A peer that is the outway, the service or a delegator.
    Peer(Arc<str>),
    /// A grant.
    Grant(Arc<str>),
    /// A service.
    Service(Arc<str>),
}

impl Term {
    /// The terms of an intent; a peer may come twice.
    fn of(intent: &Intent) -> impl Iterator<Item = Self> {
        let peers = peers(intent).map(|peer| Self::Peer(peer.clone()));
        [
            Self::Intent,
            Self::Grant(intent.grant_hash.clone()),
            Self::Service(intent.service.clone()),
        ]
        .into_iter()
        .chain(peers)
    }
}

/// As it stands in the database.
impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intent => formatter.write_str("intent"),
            Self::Peer(text) => write!(formatter, "peer:{text}"),
            Self::Grant(text) => write!(formatter, "grant:{text}"),
            Self::Service(text) => write!(formatter, "service:{text}"),
        }
    }
}

/// The peers that may see the FSC transaction-log record of an intent (FSC Logging 1.1.0,
/// section 2.2).
pub(crate) fn peers(intent: &Intent) -> impl Iterator<Item = &Arc<str>> {
    [
        Some(&intent.source.outway_peer_id),
        intent.source.delegator_peer_id.as_ref(),
        Some(&intent.destination.service_peer_id),
        intent.destination.delegator_peer_id.as_ref(),
    ]
    .into_iter()
    .flatten()
}

/// The block at the right edge.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    count: u64,
    first_ms: u64,
    last_ms: u64,
    postings: HashMap<Term, Bitmap>,
    transactions: Vec<(Uuid, u64)>,
}

/// A block that has become full.
#[derive(Debug)]
pub(crate) struct FullBlock {
    pub(crate) n: u64,
    /// The earliest and the latest time in it; the clock may have been put back meanwhile.
    pub(crate) first_ms: u64,
    pub(crate) last_ms: u64,
    /// In the order of the terms.
    pub(crate) postings: BTreeMap<Term, Bitmap>,
    /// The transactions of its entries, with the indices of these; in order.
    pub(crate) transactions: Vec<(Uuid, u64)>,
}

impl Block {
    /// Adds the entry with this index, and gives the block when that makes it full.
    pub(crate) fn add(&mut self, index: u64, at_ms: u64, record: &Record) -> Option<FullBlock> {
        if self.count == 0 {
            (self.first_ms, self.last_ms) = (at_ms, at_ms);
        }
        self.count += 1;
        self.first_ms = self.first_ms.min(at_ms);
        self.last_ms = self.last_ms.max(at_ms);
        if let Some(id) = record.transaction_id() {
            self.transactions.push((id, index));
        }
        if let Record::Intent(intent) = record {
            for term in Term::of(intent) {
                self.postings.entry(term).or_default().set(index);
            }
        }
        if self.count < BLOCK_ENTRIES {
            return None;
        }
        let mut full = std::mem::take(self);
        full.transactions.sort_unstable();
        Some(FullBlock {
            n: index / BLOCK_ENTRIES,
            first_ms: full.first_ms,
            last_ms: full.last_ms,
            postings: full.postings.into_iter().collect(),
            transactions: full.transactions,
        })
    }
}

/// The intents that have no outcome yet, one bitmap per block that has any.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenIntents {
    blocks: BTreeMap<u64, Bitmap>,
    changed: BTreeSet<u64>,
}

impl OpenIntents {
    /// As they were read from the database, which has them as they were when a block last became full.
    pub(crate) fn from_blocks(blocks: BTreeMap<u64, Bitmap>) -> Self {
        Self {
            blocks,
            changed: BTreeSet::new(),
        }
    }

    /// Follows an entry: an intent opens, an outcome closes the intent that it is of. `false` for an
    /// outcome whose intent was not open.
    pub(crate) fn follow(&mut self, index: u64, record: &Record) -> bool {
        match record {
            Record::Intent(_) => self.open(index),
            Record::Outcome(outcome) => return self.close(outcome.intent_index),
            Record::Refusal(_) | Record::Event(_) => {}
        }
        true
    }

    pub(crate) fn open(&mut self, index: u64) {
        let block = index / BLOCK_ENTRIES;
        self.blocks.entry(block).or_default().set(index);
        self.changed.insert(block);
    }

    /// Whether the intent was open.
    fn close(&mut self, index: u64) -> bool {
        let block = index / BLOCK_ENTRIES;
        let Some(bits) = self.blocks.get_mut(&block) else {
            return false;
        };
        let was_open = bits.clear(index);
        if bits.is_empty() {
            self.blocks.remove(&block);
        }
        self.changed.insert(block);
        was_open
    }

    pub(crate) fn count(&self) -> u64 {
        self.blocks.values().map(Bitmap::count).sum()
    }

    pub(crate) fn blocks(&self) -> &BTreeMap<u64, Bitmap> {
        &self.blocks
    }

    /// Indices of all open intents.
    pub(crate) fn indices(&self) -> impl Iterator<Item = u64> {
        self.blocks.iter().flat_map(|(block, bits)| {
            bits.places()
                .map(move |place| block * BLOCK_ENTRIES + place)
        })
    }

    /// The blocks that changed since this was last asked; `None` for those without open intents.
    pub(crate) fn take_changed(&mut self) -> Vec<(u64, Option<Bitmap>)> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|block| (block, self.blocks.get(&block).copied()))
            .collect()
    }
}
