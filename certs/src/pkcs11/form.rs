//! The two forms of an ECDSA signature.

/// Turns `r || s`, as tokens and JWS have it, into the DER that TLS wants (RFC 3279 section 2.2.3).
pub(super) fn ecdsa_der(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let numbers = [integer(r), integer(s)].concat();
    element(0x30, &numbers)
}

/// A DER INTEGER that is not negative, in as few bytes as can be.
fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let mut digits = number.get(zeros..).unwrap_or_default().to_vec();
    // A first bit of 1 would make it negative; and zero itself has one byte.
    if digits.first().is_none_or(|first| first & 0x80 != 0) {
        digits.insert(0, 0);
    }
    element(0x02, &digits)
}

/// Contents of at most 255 bytes: a signature of P-521 has 139.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u8::try_from(contents.len()).unwrap_or(u8::MAX);
    let header: &[u8] = if length < 0x80 {
        &[tag, length]
    } else {
        &[tag, 0x81, length]
    };
    [header, contents].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use x509_parser::asn1_rs::{FromDer, Integer, Sequence};

    use super::*;

    #[test]
    fn numbers_are_as_short_as_can_be_and_not_negative() {
        assert_eq!(
            ecdsa_der(&[0, 1, 0x80, 0]),
            [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 0]
        );
        assert_eq!(ecdsa_der(&[0, 0, 0, 0x7f]), [0x30, 6, 2, 1, 0, 2, 1, 0x7f]);
    }

    proptest! {
        #[test]
        fn the_numbers_stay_the_same(
            fixed in prop_oneof![
                proptest::collection::vec(any::<u8>(), 64),
                proptest::collection::vec(any::<u8>(), 96),
                proptest::collection::vec(any::<u8>(), 132),
            ],
        ) {
            let der = ecdsa_der(&fixed);
            let (rest, sequence) = Sequence::from_der(&der).unwrap();
            prop_assert!(rest.is_empty());
            let (rest, r) = Integer::from_der(&sequence.content).unwrap();
            let (rest, s) = Integer::from_der(rest).unwrap();
            prop_assert!(rest.is_empty());
            let plain = |number: &[u8]| -> Vec<u8> {
                number.iter().copied().skip_while(|byte| *byte == 0).collect()
            };
            let (expected_r, expected_s) = fixed.split_at(fixed.len() / 2);
            prop_assert_eq!(plain(r.as_ref()), plain(expected_r));
            prop_assert_eq!(plain(s.as_ref()), plain(expected_s));
        }
    }
}
