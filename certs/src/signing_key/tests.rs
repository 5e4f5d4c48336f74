use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519,
    PKCS_RSA_SHA256,
};

use super::*;
use crate::test_kit::{children, contents, element};
use crate::verify_signature;

/// A self-signed certificate with its key, PKCS#8.
fn certified(algorithm: &'static rcgen::SignatureAlgorithm) -> (Vec<u8>, String) {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let certificate = rcgen::CertificateParams::default()
        .self_signed(&key)
        .unwrap();
    (certificate.der().to_vec(), key.serialize_pem())
}

#[test]
fn a_signature_verifies_with_the_certificate_of_the_key() {
    let cases = [
        (&PKCS_RSA_SHA256, SignatureAlgorithm::Rs256, 256),
        (&PKCS_ECDSA_P256_SHA256, SignatureAlgorithm::Es256, 64),
        (&PKCS_ECDSA_P384_SHA384, SignatureAlgorithm::Es384, 96),
        (&PKCS_ECDSA_P521_SHA512, SignatureAlgorithm::Es512, 132),
    ];
    for (kind, own, length) in cases {
        let (certificate, pem) = certified(kind);
        let key = SigningKey::from_pem(pem.as_bytes()).unwrap();
        assert_eq!(key.algorithm(), own);
        for algorithm in SignatureAlgorithm::ALL {
            match key.sign(algorithm, b"message") {
                Ok(signature) => {
                    assert_eq!(signature.len(), length, "{algorithm}");
                    assert_eq!(
                        verify_signature(&certificate, algorithm, b"message", &signature),
                        Ok(())
                    );
                }
                Err(error) => {
                    assert_eq!(error, KeyError::DoesNotFit(algorithm));
                    assert_ne!(algorithm, own);
                    assert!(
                        own != SignatureAlgorithm::Rs256 || algorithm.as_str().starts_with("ES")
                    );
                }
            }
        }
    }
}

#[test]
fn older_key_forms_are_the_same_key() {
    let (certificate, pem) = certified(&PKCS_RSA_SHA256);
    let pkcs8 = pem::private_key(pem.as_bytes()).unwrap();
    let pkcs1 = pem::encode(
        "RSA PRIVATE KEY",
        contents(&children(pkcs8.secret_der())[2]),
    );
    let key = SigningKey::from_pem(pkcs1.as_bytes()).unwrap();
    let signature = key.sign(SignatureAlgorithm::Rs512, b"m").unwrap();
    assert_eq!(
        verify_signature(&certificate, SignatureAlgorithm::Rs512, b"m", &signature),
        Ok(())
    );

    let (certificate, pem) = certified(&PKCS_ECDSA_P256_SHA256);
    let pkcs8 = pem::private_key(pem.as_bytes()).unwrap();
    let mut parts = children(contents(&children(pkcs8.secret_der())[2]));
    parts.insert(
        2,
        element(
            0xa0,
            &crate::hex::decode::<10>("06082a8648ce3d030107").unwrap(),
        ),
    );
    let sec1 = pem::encode("EC PRIVATE KEY", &element(0x30, &parts.concat()));
    let key = SigningKey::from_pem(sec1.as_bytes()).unwrap();
    let signature = key.sign(SignatureAlgorithm::Es256, b"m").unwrap();
    assert_eq!(
        verify_signature(&certificate, SignatureAlgorithm::Es256, b"m", &signature),
        Ok(())
    );
}

#[test]
fn other_keys_are_refused_with_a_reason() {
    let (_, ed25519) = certified(&PKCS_ED25519);
    assert_eq!(
        SigningKey::from_pem(ed25519.as_bytes()).err(),
        Some(KeyError::Unsupported)
    );
    let (_, pem) = certified(&PKCS_ECDSA_P256_SHA256);
    let cases = [
        (String::new(), PemError::NoKey),
        ([pem.clone(), pem.clone()].concat(), PemError::TwoKeys),
        (
            pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
            PemError::NoKey,
        ),
        (pem.replace("PRIVATE KEY", "CERTIFICATE"), PemError::NoKey),
        (pem[..80].to_owned(), PemError::Malformed),
    ];
    for (text, expected) in cases {
        assert_eq!(
            SigningKey::from_pem(text.as_bytes()).err(),
            Some(KeyError::Pem(expected)),
            "{text}"
        );
    }
    let empty = pem::encode("PRIVATE KEY", &[0x30, 0]);
    assert_eq!(
        SigningKey::from_pem(empty.as_bytes()).err(),
        Some(KeyError::Unsupported)
    );
}

#[test]
fn a_small_rsa_key_is_refused() {
    // Made with OpenSSL for this test only.
    let pem = pem::encode("PRIVATE KEY", &STANDARD.decode(SMALL).unwrap());
    assert_eq!(
        SigningKey::from_pem(pem.as_bytes()).err(),
        Some(KeyError::Unsupported)
    );
}

#[test]
fn debug_hides_the_key() {
    let (_, pem) = certified(&PKCS_ECDSA_P256_SHA256);
    let key = SigningKey::from_pem(pem.as_bytes()).unwrap();
    assert_eq!(format!("{key:?}"), "SigningKey(ES256, [redacted])");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        prop_assert!(SigningKey::from_pem(&bytes).is_err());
        for label in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"] {
            prop_assert!(SigningKey::from_pem(pem::encode(label, &bytes).as_bytes()).is_err());
        }
    }
}

/// PKCS#8 of an RSA key of 1024 bits.
const SMALL: &str = "\
    MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALM0F2tXpjVG1s4ecx2TEQvnN7/xWusjD5SkRZOOdWPPcaMi\
    uQFZvfwvRLVxsAYJn9+f5hYCk6zM/smJd7kFtCK7VGuIU97wh3huF1SGN3o4qx0Ik+vgMbBQ4upoCiE1+nLIesFMFPU08BMe\
    dkl1+KQcKZm6nZ6V2iTnOcaLdZ2zAgMBAAECgYAfvaJISQYPebSiXZJWMq5aRWIChWVtMJCZ617He/we6adfFc9fBd44xMaO\
    vMxIxXujyFagn2Q4vzaBy++AvhnhoNuBzQS9Rgu190zX3MY268G78QKKBQpekmnRjPK1WTGnadaiuxjBcnJMJfAjYDG5LdIW\
    D0ycOQrI9/7XbKh2AQJBAOhxRTskUfTGDXYXUy36Cs4Sk0vuIJ2NA7wP3gMUj4csQAEbqHzJc2weKBJpar3IgfTLF1b7ROz+\
    uRbvenYJOSECQQDFXYiPu2jA+40hOQK4b9AOfCOzJ2c715Uv5dbJbjJTFXZzbw0gjWRAAQ5T8G+PrE9Udpg8aGdL5n3ssxwE\
    fRhTAkEAuj4f6Z5VaJnUKV3RERK625j4mqtHSNW3O1U/Xxp3Uih7dCfUHYBQUj3rf60lkMD6l8iuf8w+0uHaLe1eIvuK4QJA\
    MvkLMgP29BCDzJbKyxOlqngJSFXe5aeyEiLMLE3XlXmvk/SUcVnTEGy1ZJxuU67u9iODAeb89q9aym0fyVD9nQJAFaOb/Zo7\
    an3cj3vjCMUOJrNRXV2+lAoNperXGaZp06hk1pUL+e3VLgbs/Ebdt7agaNxgdp0KD7t5N6ReSZu0aQ==\
    ";
