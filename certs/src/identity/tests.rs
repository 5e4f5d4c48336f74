use proptest::prelude::*;

use super::*;
use crate::test_kit::{OIN, certificates, identity_of, leaf_options, new_pki};

fn blocks(chain_pem: &str) -> Vec<String> {
    certificates(chain_pem)
        .iter()
        .map(|der| pem::encode("CERTIFICATE", der))
        .collect()
}

#[test]
fn a_chain_and_its_key_are_an_identity() {
    let leaf = new_pki().issue(&leaf_options(OIN)).unwrap();
    let identity = identity_of(&leaf);
    assert_eq!(identity.peer().id.as_str(), OIN);
    assert_eq!(identity.chain(), certificates(&leaf.chain_pem));
    let text = format!("{identity:?}");
    assert!(text.contains("[redacted]") && text.contains(OIN), "{text}");
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let mut pki = new_pki();
    let leaf = pki.issue(&leaf_options(OIN)).unwrap();
    let other = pki.issue(&leaf_options(OIN)).unwrap();
    let parts = blocks(&leaf.chain_pem);
    let read =
        |chain: String, key: &str| Identity::from_pem(chain.as_bytes(), key.as_bytes()).err();
    let key = &leaf.key_pem;
    assert_eq!(
        read(leaf.chain_pem.clone(), &other.key_pem),
        Some(IdentityError::KeyOfAnother)
    );
    assert_eq!(
        read([&*parts[0], &*parts[2], &*parts[1]].concat(), key),
        Some(IdentityError::Order(1)),
        "issuing CA and domain CA swapped"
    );
    assert_eq!(
        read([&*parts[1], &*parts[0]].concat(), key),
        Some(IdentityError::Order(1)),
        "leaf last"
    );
    assert_eq!(
        read(parts[0].repeat(9), key),
        Some(IdentityError::TooLong(9))
    );
    assert_eq!(
        read(String::new(), key),
        Some(PemError::NoCertificate.into())
    );
    assert_eq!(
        read(leaf.key_pem.clone(), key),
        Some(PemError::NoCertificate.into())
    );
    assert_eq!(
        read(leaf.chain_pem.clone(), ""),
        Some(KeyError::Pem(PemError::NoKey).into())
    );
    let unreadable = pem::encode("CERTIFICATE", b"no certificate");
    assert_eq!(read(unreadable, key), Some(PeerError::Unreadable.into()));
    let nobody = pki
        .issue_changed(&leaf_options(OIN), |params| {
            params
                .distinguished_name
                .remove(rcgen::DnType::CustomDnType(vec![2, 5, 4, 5]));
        })
        .unwrap();
    let missing = PeerError::Missing(crate::Attribute::SerialNumber);
    assert_eq!(
        read(nobody.chain_pem, &nobody.key_pem),
        Some(missing.into())
    );
}

#[test]
fn a_leaf_alone_will_do() {
    let leaf = new_pki().issue(&leaf_options(OIN)).unwrap();
    let alone = &blocks(&leaf.chain_pem)[0];
    assert!(Identity::from_pem(alone.as_bytes(), leaf.key_pem.as_bytes()).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_panic(chain: Vec<u8>, key: Vec<u8>) {
        prop_assert!(Identity::from_pem(&chain, &key).is_err());
        let chain = pem::encode("CERTIFICATE", &chain);
        prop_assert!(Identity::from_pem(chain.as_bytes(), &key).is_err());
    }
}
