//! Handshakes with private keys in a PKCS#11 token.

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512};

use super::*;
use crate::dev_pki::{LeafOptions, Shape};
use crate::test_kit::softhsm::{SoftHsm, SoftToken, with_softhsm};
use crate::test_kit::{rsa_leaf_key, shaped_pki};
use crate::{KeyError, Pkcs11Error};

/// An organisation whose key is in the token only.
fn organisation(
    hsm: &SoftHsm,
    token: &SoftToken,
    pki: &mut DevPki,
    oin: &str,
    key_pem: &str,
) -> Identity {
    let options = LeafOptions {
        key_pem: Some(key_pem),
        ..leaf_options(oin)
    };
    let leaf = pki.issue(&options).unwrap();
    token.import(oin, b"1", key_pem);
    let settings = hsm.settings(&format!("pkcs11:token=t;object={oin}"));
    Identity::from_pkcs11(leaf.chain_pem.as_bytes(), settings).unwrap()
}

#[test]
fn keys_in_a_token_connect_in_both_directions_and_versions() {
    with_softhsm(
        "tls::tests::token::keys_in_a_token_connect_in_both_directions_and_versions",
        |hsm| {
            let token = hsm.token("t");
            let mut keys = vec![(Shape::G4, rsa_leaf_key().to_owned())];
            for curve in [
                &PKCS_ECDSA_P256_SHA256,
                &PKCS_ECDSA_P384_SHA384,
                &PKCS_ECDSA_P521_SHA512,
            ] {
                let key = KeyPair::generate_for(curve).unwrap();
                keys.push((Shape::Ecdsa, key.serialize_pem()));
            }
            for (shape, key) in keys {
                let mut pki = shaped_pki(shape);
                let theirs = good(&mut pki);
                let ours = organisation(hsm, &token, &mut pki, OIN, &key);
                for version in VERSIONS {
                    // As client, then as server.
                    let done = handshake(
                        client(version, &ours, &theirs.trust, OTHER_OIN, NOW),
                        server(&theirs.identity, &theirs.trust, NOW),
                        HOST,
                    );
                    assert_eq!(done.reasons(), ("ok", "ok"), "{shape:?} {version:?}");
                    let seen = done.server.unwrap();
                    assert_eq!(peer_of(&seen), *ours.peer());
                    let done = handshake(
                        client(version, &theirs.identity, &theirs.trust, OIN, NOW),
                        server(&ours, &theirs.trust, NOW),
                        HOST,
                    );
                    assert_eq!(done.reasons(), ("ok", "ok"), "{shape:?} {version:?}");
                }
                token.destroy(OIN);
            }
        },
    );
}

#[test]
fn without_its_key_our_handshake_fails_and_says_so() {
    with_softhsm(
        "tls::tests::token::without_its_key_our_handshake_fails_and_says_so",
        |hsm| {
            let token = hsm.token("t");
            let mut pki = new_pki();
            let theirs = good(&mut pki);
            let key = KeyPair::generate().unwrap().serialize_pem();
            let ours = organisation(hsm, &token, &mut pki, OIN, &key);
            token.destroy(OIN);
            for version in VERSIONS {
                let done = handshake(
                    client(version, &ours, &theirs.trust, OTHER_OIN, NOW),
                    server(&theirs.identity, &theirs.trust, NOW),
                    HOST,
                );
                assert_eq!(done.reasons().0, "own-key", "{version:?}");
                let done = handshake(
                    client(version, &theirs.identity, &theirs.trust, OIN, NOW),
                    server(&ours, &theirs.trust, NOW),
                    HOST,
                );
                assert_eq!(done.reasons().1, "own-key", "{version:?}");
                let said = done.server.unwrap_err().to_string();
                assert!(said.contains("token `t` has no private key"), "{said}");
            }
            assert!(matches!(
                ours.signing_key().fault(),
                Some(KeyError::Pkcs11(Pkcs11Error::NoKey { .. }))
            ));
        },
    );
}
