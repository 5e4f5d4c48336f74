//! A request that is sent many times.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Length of a transaction id, a UUID as text.
pub(crate) const ID_LENGTH: usize = 36;

/// The bytes of a request, each time with another transaction id; clones share the count.
#[derive(Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// Where the id stands, where there is one.
    id_at: Option<usize>,
    count: Arc<AtomicU64>,
    unix_ms: u64,
}

impl Request {
    /// A request that is always the same.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            id_at: None,
            count: Arc::default(),
            unix_ms: 0,
        }
    }

    /// A request with a transaction id at `id_at`, from this moment.
    pub(crate) fn numbered(bytes: Vec<u8>, id_at: usize, unix_ms: u64) -> Self {
        Self {
            bytes,
            id_at: Some(id_at),
            count: Arc::default(),
            unix_ms,
        }
    }

    /// The bytes to send, with a new version 7 UUID (RFC 9562, section 5.7).
    pub(crate) fn fill(&mut self) -> &[u8] {
        let place = self
            .id_at
            .and_then(|at| self.bytes.get_mut(at..at + ID_LENGTH));
        if let Some(place) = place {
            // Counting on from a scrambled start gives ids that differ between processes and look as scattered as real ones.
            let count = self.count.fetch_add(1, Ordering::Relaxed);
            let scattered = (count + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let low = u128::from(scattered >> 2 | 1 << 63);
            let time = u128::from((self.unix_ms + count / 20) & 0xffff_ffff_ffff) << 80;
            let id = Uuid::from_u128(time | 0x7 << 76 | low);
            id.hyphenated().encode_lower(place);
        }
        &self.bytes
    }
}
