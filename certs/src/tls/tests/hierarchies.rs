//! Handshakes between organisations of the two hierarchies of PKIoverheid.

use super::*;
use crate::dev_pki::{LeafOptions, Shape};
use crate::test_kit::{crls_of, rsa_leaf_key, shaped_pki};

/// An organisation with an RSA certificate of a hierarchy.
fn organisation(pki: &mut DevPki, oin: &str) -> Identity {
    let options = LeafOptions {
        key_pem: Some(rsa_leaf_key()),
        ..leaf_options(oin)
    };
    identity_of(&pki.issue(&options).unwrap())
}

#[test]
fn organisations_of_either_hierarchy_connect_in_both_versions() {
    for shape in [Shape::G1, Shape::G4] {
        let mut pki = shaped_pki(shape);
        let trust = trust_of(&pki);
        let ours = organisation(&mut pki, OIN);
        let theirs = organisation(&mut pki, OTHER_OIN);
        for version in VERSIONS {
            let done = handshake(
                client(version, &ours, &trust, OTHER_OIN, NOW),
                server(&theirs, &trust, NOW),
                HOST,
            );
            assert_eq!(done.reasons(), ("ok", "ok"), "{shape:?} {version:?}");
            let server = done.server.unwrap();
            assert_eq!(peer_of(&server), *ours.peer());
            assert_eq!(
                server.negotiated_cipher_suite().unwrap().version().version,
                version.version
            );
        }
    }
}

/// During the change from G1 to G4 a group trusts both roots, and every list is of its own issuer.
#[test]
fn the_two_hierarchies_meet() {
    let (mut g1, mut g4) = (shaped_pki(Shape::G1), shaped_pki(Shape::G4));
    let anchors = [g1.anchors_pem(), g4.anchors_pem()].concat();
    let lists = [crls_of(&g1), crls_of(&g4)].concat();
    let both = Trust::from_pem(anchors.as_bytes(), &lists).unwrap();
    let (old, new) = (organisation(&mut g1, OIN), organisation(&mut g4, OTHER_OIN));
    for version in VERSIONS {
        let done = handshake(
            client(version, &old, &both, OTHER_OIN, NOW),
            server(&new, &both, NOW),
            HOST,
        );
        assert_eq!(done.reasons(), ("ok", "ok"));
        // Whoever trusts one hierarchy only does not meet the other.
        let done = handshake(
            client(version, &old, &both, OTHER_OIN, NOW),
            server(&new, &trust_of(&g4), NOW),
            HOST,
        );
        assert_eq!(done.reasons(), ("refused-by-peer", "untrusted"));
    }
}
