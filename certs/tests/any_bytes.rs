//! No bytes make a parser panic, random or damaged, and none are trusted that nobody signed. What is done with them is
//! what the fuzz targets do.

#![cfg(test)]

#[expect(
    unreachable_pub,
    reason = "it is a crate of its own for the fuzz targets"
)]
#[path = "../../fuzz/src/lib.rs"]
mod bodies;

use bodies::{GOOD, GOOD_TEXTS};
use proptest::prelude::*;
use proptest::sample::Index;

/// One way to damage bytes.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    /// What length and tag octets are sensitive to.
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let octets = prop::collection::vec(any::<u8>(), 1..8);
    prop_oneof![
        (any::<Index>(), 1..=255_u8).prop_map(|(at, change)| Damage::Flip(at, change)),
        (
            any::<Index>(),
            prop::sample::select(vec![0, 1, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff])
        )
            .prop_map(|(at, octet)| Damage::Set(at, octet)),
        (any::<Index>(), octets).prop_map(|(at, octets)| Damage::Insert(at, octets)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
        any::<Index>().prop_map(Damage::Cut),
    ]
}

fn damaged(good: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match damage {
            Damage::Flip(at, change) => bytes[at.index(length)] ^= change,
            Damage::Set(at, octet) => bytes[at.index(length)] = *octet,
            Damage::Insert(at, octets) => {
                let at = at.index(length);
                bytes.splice(at..at, octets.iter().copied());
            }
            Damage::Remove(at, count) => {
                let at = at.index(length);
                bytes.drain(at..length.min(at + count));
            }
            Damage::Repeat(at, count) => {
                let at = at.index(length);
                let part = bytes[at..length.min(at + count)].to_vec();
                bytes.splice(at..at, part);
            }
            Damage::Cut(at) => bytes.truncate(at.index(length)),
        }
    }
    bytes
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    prop::collection::vec(damage(), 1..6)
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600)
}

proptest! {
    #[test]
    fn any_certificate(bytes in octets(), damages in damages(), place in 0..3_usize) {
        bodies::certificate(&bytes);
        bodies::certificate(&damaged(&GOOD.chain[place], &damages));
    }

    #[test]
    fn any_revocation_list(bytes in octets(), damages in damages()) {
        bodies::revocation_list(&bytes);
        bodies::revocation_list(&damaged(&GOOD.list, &damages));
        bodies::revocation_list(&damaged(&GOOD.list_pem, &damages));
    }

    #[test]
    fn any_pem(bytes in octets(), damages in damages()) {
        bodies::pem(&bytes);
        bodies::pem(&damaged(&GOOD.pem, &damages));
    }

    #[test]
    fn any_text(bytes in octets(), text in ".{0,120}", damages in damages(), which in any::<Index>()) {
        bodies::text(&bytes);
        bodies::text(text.as_bytes());
        let good = GOOD_TEXTS[which.index(GOOD_TEXTS.len())].as_bytes();
        bodies::text(good);
        bodies::text(&damaged(good, &damages));
    }
}

/// What is not damaged is read, or the tests above would try nothing.
#[test]
fn good_bytes_are_read() {
    for certificate in &GOOD.chain {
        assert!(sluis_certs::CertificateSummary::of(certificate).is_ok());
        bodies::certificate(certificate);
    }
    assert!(sluis_certs::RevocationList::from_der(&GOOD.list).is_ok());
    assert!(sluis_certs::Identity::from_pem(&GOOD.pem, &GOOD.pem).is_ok());
    bodies::revocation_list(&GOOD.list_pem);
    bodies::pem(&GOOD.pem);
}
