//! Serial numbers of certificates, to search for.

/// Longest serial number in octets. RFC 5280 section 4.1.2.2: at most 20, and one for a leading zero.
pub(super) const OCTETS_MAX: usize = 23;

/// The serial number of a certificate: an integer in two's complement, in the fewest octets. Of fixed size,
/// so that a long list is one block of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Serial {
    length: u8,
    octets: [u8; OCTETS_MAX],
}

impl Serial {
    /// Reads the contents of a DER integer. `None` when it is empty or longer than any serial in use.
    ///
    /// Superfluous leading octets are dropped: the same number must be found however it was written.
    pub(super) fn read(contents: &[u8]) -> Option<Self> {
        let mut rest = contents;
        while let [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] = rest {
            rest = rest.split_first()?.1;
        }
        let length = u8::try_from(rest.len()).ok().filter(|length| *length > 0)?;
        let mut octets = [0; OCTETS_MAX];
        octets.get_mut(..rest.len())?.copy_from_slice(rest);
        Some(Self { length, octets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_was_written() {
        let same = |one: &[u8], other: &[u8]| Serial::read(one) == Serial::read(other);
        assert!(same(&[0, 0, 5], &[5]));
        assert!(same(&[0xff, 0xff, 0x80], &[0x80]));
        assert!(!same(&[0, 0x80], &[0x80]), "128 is not -128");
        assert!(!same(&[1, 0], &[1]));
        assert!(!same(&[0], &[0, 1]));
    }

    #[test]
    fn a_serial_has_one_to_twenty_three_octets() {
        assert_eq!(Serial::read(&[]), None);
        assert!(Serial::read(&[1; 23]).is_some());
        assert_eq!(Serial::read(&[1; 24]), None);
    }
}
