//! Keys in a real token (SoftHSM), against the same keys in files.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use cryptoki::object::Attribute;
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512,
    PKCS_RSA_SHA256,
};
use rustls::SignatureScheme as Tls;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::aws_lc_rs as verified_by;

use super::*;
use crate::test_kit::softhsm::{SoftHsm, with_softhsm};
use crate::{KeyError, SignatureAlgorithm, SigningKey, verify_signature};

const P256: &rcgen::SignatureAlgorithm = &PKCS_ECDSA_P256_SHA256;

/// A self-signed certificate with its key, PKCS#8.
fn certified(kind: &'static rcgen::SignatureAlgorithm) -> (Vec<u8>, String) {
    let key = KeyPair::generate_for(kind).unwrap();
    let certificate = rcgen::CertificateParams::default()
        .self_signed(&key)
        .unwrap();
    (certificate.der().to_vec(), key.serialize_pem())
}

fn open(settings: Pkcs11Settings, certificate_der: &[u8]) -> Result<SigningKey, Pkcs11Error> {
    let key = TokenKey::open(settings, certificate_der)?;
    Ok(SigningKey::in_token(Arc::new(key)))
}

/// A token `t` with one P-256 key `k`, and the certificate of it.
fn one_key(hsm: &SoftHsm) -> (SigningKey, Vec<u8>) {
    let (certificate, pem) = certified(P256);
    hsm.token("t").import("k", b"1", &pem);
    let key = open(hsm.settings("pkcs11:token=t;object=k"), &certificate).unwrap();
    (key, certificate)
}

fn signs(key: &SigningKey, certificate_der: &[u8]) -> Result<(), KeyError> {
    let signature = key.sign(key.algorithm(), b"message")?;
    verify_signature(certificate_der, key.algorithm(), b"message", &signature).unwrap();
    Ok(())
}

#[test]
fn all_algorithms_of_jws_sign_as_with_a_key_from_a_file() {
    with_softhsm(
        "pkcs11::tests::all_algorithms_of_jws_sign_as_with_a_key_from_a_file",
        |hsm| {
            let token = hsm.token("t");
            let mut signed = Vec::new();
            for (number, kind) in [
                &PKCS_RSA_SHA256,
                P256,
                &PKCS_ECDSA_P384_SHA384,
                &PKCS_ECDSA_P521_SHA512,
            ]
            .into_iter()
            .enumerate()
            {
                let (certificate, pem) = certified(kind);
                token.import("k", &[number as u8], &pem);
                let uri = format!("pkcs11:token=t;object=k;id=%{number:02}");
                let ours = open(hsm.settings(&uri), &certificate).unwrap();
                let theirs = SigningKey::from_pem(pem.as_bytes()).unwrap();
                assert_eq!(ours.algorithm(), theirs.algorithm());
                assert_eq!(
                    format!("{ours:?}"),
                    format!("SigningKey({}, {uri})", ours.algorithm())
                );
                for algorithm in SignatureAlgorithm::ALL {
                    let pair = (
                        ours.sign(algorithm, b"message"),
                        theirs.sign(algorithm, b"message"),
                    );
                    let (Ok(ours), Ok(theirs)) = pair else {
                        assert_eq!(pair.0, Err(KeyError::DoesNotFit(algorithm)));
                        assert_eq!(pair.0, pair.1);
                        continue;
                    };
                    verify_signature(&certificate, algorithm, b"message", &ours).unwrap();
                    assert_eq!(ours.len(), theirs.len());
                    // ECDSA takes a new random number for each signature.
                    assert!(theirs == ours || algorithm.as_str().starts_with("ES"));
                    signed.push(algorithm);
                }
            }
            assert_eq!(signed, SignatureAlgorithm::ALL);
        },
    );
}

#[test]
fn every_scheme_of_tls_verifies() {
    type Schemes<'a> = &'a [(Tls, &'a dyn SignatureVerificationAlgorithm)];
    let cases: [(_, Schemes<'_>); 4] = [
        (
            &PKCS_RSA_SHA256,
            &[
                (
                    Tls::RSA_PSS_SHA512,
                    verified_by::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
                ),
                (
                    Tls::RSA_PSS_SHA384,
                    verified_by::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
                ),
                (
                    Tls::RSA_PSS_SHA256,
                    verified_by::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
                ),
                (
                    Tls::RSA_PKCS1_SHA512,
                    verified_by::RSA_PKCS1_2048_8192_SHA512,
                ),
                (
                    Tls::RSA_PKCS1_SHA384,
                    verified_by::RSA_PKCS1_2048_8192_SHA384,
                ),
                (
                    Tls::RSA_PKCS1_SHA256,
                    verified_by::RSA_PKCS1_2048_8192_SHA256,
                ),
            ],
        ),
        (
            P256,
            &[(Tls::ECDSA_NISTP256_SHA256, verified_by::ECDSA_P256_SHA256)],
        ),
        (
            &PKCS_ECDSA_P384_SHA384,
            &[(Tls::ECDSA_NISTP384_SHA384, verified_by::ECDSA_P384_SHA384)],
        ),
        (
            &PKCS_ECDSA_P521_SHA512,
            &[(Tls::ECDSA_NISTP521_SHA512, verified_by::ECDSA_P521_SHA512)],
        ),
    ];
    with_softhsm("pkcs11::tests::every_scheme_of_tls_verifies", |hsm| {
        let token = hsm.token("t");
        for (number, (kind, schemes)) in cases.into_iter().enumerate() {
            let (certificate, pem) = certified(kind);
            token.import("k", &[number as u8], &pem);
            let settings = hsm.settings(&format!("pkcs11:id=%{number:02}"));
            let key = Arc::new(TokenKey::open(settings, &certificate).unwrap()).for_tls();
            let der = CertificateDer::from(certificate);
            let leaf = webpki::EndEntityCert::try_from(&der).unwrap();
            for (scheme, algorithm) in schemes {
                let signer = key.choose_scheme(&[Tls::ED25519, *scheme]).unwrap();
                assert_eq!(signer.scheme(), *scheme);
                let signature = signer.sign(b"message").unwrap();
                leaf.verify_signature(*algorithm, b"message", &signature)
                    .unwrap_or_else(|error| panic!("{scheme:?}: {error}"));
            }
            assert!(key.choose_scheme(&[Tls::ED25519]).is_none());
            let all: Vec<Tls> = schemes.iter().rev().map(|(scheme, _)| *scheme).collect();
            let chosen = key.choose_scheme(&all).unwrap().scheme();
            assert_eq!(chosen, schemes[0].0, "the strongest is taken");
        }
    });
}

#[test]
fn exactly_one_key_must_fit_and_belong_to_the_certificate() {
    with_softhsm(
        "pkcs11::tests::exactly_one_key_must_fit_and_belong_to_the_certificate",
        |hsm| {
            let (certificate, pem) = certified(P256);
            let (_, other) = certified(P256);
            let (_, rsa) = certified(&PKCS_RSA_SHA256);
            let (first, second) = (hsm.token("first"), hsm.token("second"));
            first.import("k", b"1", &pem);
            first.import("k", b"2", &other);
            first.import("rsa", b"3", &rsa);
            second.import("k", b"1", &other);
            let no = [Attribute::Sign(false), Attribute::Decrypt(true)];
            first.import_with("no", b"4", &pem, &no);
            let always = [Attribute::AlwaysAuthenticate(true)];
            first.import_with("always", b"5", &pem, &always);

            let opened = |uri: &str| open(hsm.settings(uri), &certificate);
            let slot = {
                let slots = hsm.module.get_slots_with_token().unwrap();
                let is_first = |info: cryptoki::slot::TokenInfo| info.label() == "first";
                let is_first = |slot: &_| is_first(hsm.module.get_token_info(*slot).unwrap());
                slots.into_iter().find(is_first).unwrap()
            };
            let serial = hsm.module.get_token_info(slot).unwrap();
            let serial = serial.serial_number();
            for uri in [
                "pkcs11:token=first;object=k;id=%31;type=private".to_owned(),
                format!(
                    "pkcs11:id=1;serial={serial};model=SoftHSM%20v2;manufacturer=SoftHSM%20project"
                ),
                format!(
                    "pkcs11:id=1;slot-id={};library-manufacturer=SoftHSM;slot-manufacturer=SoftHSM%20project",
                    slot.id()
                ),
            ] {
                signs(&opened(&uri).unwrap(), &certificate).unwrap();
            }
            let refused = |uri: &str| opened(uri).unwrap_err();
            assert_eq!(
                refused("pkcs11:token=third").to_string(),
                "no token fits `pkcs11:token=third`; there are `first`, `second`; attach the token, or correct the URI"
            );
            for uri in [
                "pkcs11:slot-description=none",
                "pkcs11:library-version=99",
                "pkcs11:slot-id=77777",
            ] {
                assert!(matches!(refused(uri), Pkcs11Error::NoToken { .. }), "{uri}");
            }
            assert!(matches!(
                refused("pkcs11:object=k;id=1"),
                Pkcs11Error::SeveralTokens { count: 2, .. }
            ));
            assert!(matches!(
                refused("pkcs11:token=first;object=K"),
                Pkcs11Error::NoKey { .. }
            ));
            assert_eq!(
                refused("pkcs11:token=first;object=k").to_string(),
                "2 private keys of token `first` fit `pkcs11:token=first;object=k`; add id= or object= so that one is left"
            );
            for uri in [
                "pkcs11:token=second",
                "pkcs11:token=first;id=2",
                "pkcs11:object=rsa;token=first",
            ] {
                assert_eq!(refused(uri), Pkcs11Error::KeyOfAnother, "{uri}");
            }
            assert_eq!(
                refused("pkcs11:token=first;object=no"),
                Pkcs11Error::NotForSigning
            );
            assert_eq!(
                refused("pkcs11:token=first;object=always"),
                Pkcs11Error::AlwaysAuthenticate
            );
        },
    );
}

#[test]
fn a_wrong_pin_is_given_once() {
    with_softhsm("pkcs11::tests::a_wrong_pin_is_given_once", |hsm| {
        let (certificate, pem) = certified(P256);
        hsm.token("t").import("k", b"1", &pem);
        let with = |pin: Option<&str>| {
            let mut settings = hsm.settings("pkcs11:token=t");
            settings.pin = pin.map(|pin| Pin::from_file_contents(pin.into()).unwrap());
            open(settings, &certificate)
        };
        let refused = |problem| Pkcs11Error::Pin {
            token: "t".to_owned(),
            problem,
        };
        assert_eq!(with(None).unwrap_err(), refused(PinProblem::Missing));
        assert_eq!(
            with(Some("1111")).unwrap_err(),
            refused(PinProblem::Refused)
        );
        let again = with(Some("1111")).unwrap_err();
        assert_eq!(again, refused(PinProblem::RefusedBefore));
        assert!(!again.to_string().contains("1111"));
        // Another wrong one is another mistake; the right one is taken.
        assert_eq!(
            with(Some("2222")).unwrap_err(),
            refused(PinProblem::Refused)
        );
        let key = with(Some(crate::test_kit::softhsm::PIN)).unwrap();
        signs(&key, &certificate).unwrap();
    });
}

#[test]
fn whoever_was_logged_out_logs_in_again() {
    with_softhsm(
        "pkcs11::tests::whoever_was_logged_out_logs_in_again",
        |hsm| {
            let (certificate, pem) = certified(P256);
            let token = hsm.token("t");
            token.import("k", b"1", &pem);
            let key = open(hsm.settings("pkcs11:token=t"), &certificate).unwrap();
            for _ in 0..3 {
                signs(&key, &certificate).unwrap();
                token.log_out();
            }
            signs(&key, &certificate).unwrap();
            assert_eq!(key.fault(), None);
        },
    );
}

/// As after the token was pulled out and put back: every session has ended, and so has the login.
#[test]
fn sessions_that_have_ended_are_opened_anew() {
    with_softhsm(
        "pkcs11::tests::sessions_that_have_ended_are_opened_anew",
        |hsm| {
            let (key, certificate) = one_key(hsm);
            signs(&key, &certificate).unwrap();
            for _ in 0..2 {
                hsm.module.clone().finalize().unwrap();
                let error = signs(&key, &certificate).unwrap_err().to_string();
                assert!(error.contains("CKR_CRYPTOKI_NOT_INITIALIZED"), "{error}");
                let flags = cryptoki::context::CInitializeFlags::OS_LOCKING_OK;
                let arguments = cryptoki::context::CInitializeArgs::new(flags);
                hsm.module.initialize(arguments).unwrap();
                signs(&key, &certificate).unwrap();
            }
            assert_eq!(key.fault(), None);
        },
    );
}

#[test]
fn a_key_that_goes_is_missed_and_may_come_back() {
    with_softhsm(
        "pkcs11::tests::a_key_that_goes_is_missed_and_may_come_back",
        |hsm| {
            let (certificate, pem) = certified(P256);
            let (_, other) = certified(P256);
            let token = hsm.token("t");
            token.import("k", b"1", &pem);
            let key = open(hsm.settings("pkcs11:token=t;object=k"), &certificate).unwrap();
            signs(&key, &certificate).unwrap();

            token.destroy("k");
            let gone = signs(&key, &certificate).unwrap_err();
            assert!(
                gone.to_string().starts_with("token `t` has no private key"),
                "{gone}"
            );
            assert_eq!(key.fault(), Some(gone.clone()));
            assert_eq!(key.check(), Err(gone));

            token.import("k", b"1", &other);
            assert_eq!(
                signs(&key, &certificate),
                Err(KeyError::Pkcs11(Pkcs11Error::KeyOfAnother))
            );
            token.destroy("k");

            token.import("k", b"1", &pem);
            signs(&key, &certificate).unwrap();
            assert_eq!((key.check(), key.fault()), (Ok(()), None));
        },
    );
}

#[test]
fn many_signatures_share_a_few_sessions() {
    with_softhsm(
        "pkcs11::tests::many_signatures_share_a_few_sessions",
        |hsm| {
            let (key, certificate) = one_key(hsm);
            thread::scope(|scope| {
                for _ in 0..32 {
                    scope.spawn(|| {
                        for _ in 0..5 {
                            signs(&key, &certificate).unwrap();
                        }
                    });
                }
            });
            let slot = hsm.module.get_slots_with_token().unwrap()[0];
            let sessions = hsm.module.get_token_info(slot).unwrap().session_count();
            assert!(sessions.is_none_or(|count| count <= 4), "{sessions:?}");
        },
    );
}

#[test]
fn a_module_that_is_none_is_named() {
    let (certificate, _) = certified(P256);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["no-module.so", "Cargo.toml"] {
        let settings = Pkcs11Settings {
            uri: "pkcs11:".parse().unwrap(),
            module_file: here.join(file),
            pin: None,
            sessions_max: 1,
            waiting_max: 1,
            timeout: std::time::Duration::from_secs(20),
            off_the_workers: |work| work(),
        };
        let error = open(settings, &certificate).unwrap_err();
        assert!(matches!(error, Pkcs11Error::Module { .. }), "{error}");
        assert!(error.to_string().contains(file), "{error}");
    }
}

#[test]
fn a_certificate_with_another_kind_of_key_is_refused() {
    let (certificate, _) = certified(&rcgen::PKCS_ED25519);
    assert!(scheme::KeyKind::of(&certificate).is_none());
    assert!(scheme::KeyKind::of(b"").is_none());
}
