//! Which of 256 consecutive entries: one bit per entry.

/// 256 bits. As bytes: bit `i` is bit `i % 8` (from the least significant) of byte `i / 8`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bitmap([u64; 4]);

impl Bitmap {
    /// All of the first `count` bits.
    pub(crate) fn first(count: u64) -> Self {
        let mut bits = Self::default();
        for index in 0..count.min(256) {
            bits.set(index);
        }
        bits
    }

    /// Sets the bit of an entry, by its index in the log.
    pub(crate) fn set(&mut self, index: u64) {
        let (word, mask) = place(index);
        if let Some(word) = self.0.get_mut(word) {
            *word |= mask;
        }
    }

    /// Clears the bit of an entry; whether it was set.
    pub(crate) fn clear(&mut self, index: u64) -> bool {
        let (word, mask) = place(index);
        let Some(word) = self.0.get_mut(word) else {
            return false;
        };
        let was_set = *word & mask != 0;
        *word &= !mask;
        was_set
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    pub(crate) fn and(self, other: Self) -> Self {
        let mut bits = self;
        for (word, other) in bits.0.iter_mut().zip(other.0) {
            *word &= other;
        }
        bits
    }

    pub(crate) fn or(self, other: Self) -> Self {
        let mut bits = self;
        for (word, other) in bits.0.iter_mut().zip(other.0) {
            *word |= other;
        }
        bits
    }

    /// The places that are set, from 0.
    pub(crate) fn places(&self) -> impl DoubleEndedIterator<Item = u64> + use<> {
        let bits = self.0;
        (0..256).filter(move |index| {
            let (word, mask) = place(*index);
            bits.get(word).is_some_and(|word| word & mask != 0)
        })
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bits = Self::default();
        if bytes.len() != 32 {
            return None;
        }
        for (word, chunk) in bits.0.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(chunk.try_into().ok()?);
        }
        Some(bits)
    }
}

fn place(index: u64) -> (usize, u64) {
    let bit = index % 256;
    // At most 3.
    ((bit / 64) as usize, 1 << (bit % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_each_bit_by_itself() {
        let mut bits = Bitmap::default();
        for index in [0, 63, 64, 200, 255] {
            bits.set(512 + index);
        }
        assert_eq!(bits.places().collect::<Vec<_>>(), [0, 63, 64, 200, 255]);
        assert_eq!(Bitmap::from_bytes(&bits.to_bytes()), Some(bits));
        assert_eq!(bits.to_bytes()[0], 1);
        assert_eq!(bits.to_bytes()[31], 0x80);
        assert!(bits.clear(200));
        assert!(!bits.clear(200));
        assert_eq!(bits.count(), 4);
        assert_eq!(Bitmap::first(65).count(), 65);
        assert_eq!(Bitmap::first(256).and(bits), bits);
        assert_eq!(Bitmap::first(1).or(bits), bits);
        assert_eq!(Bitmap::from_bytes(&[0; 31]), None);
    }
}
