//! What is done with bytes from outside, one function per fuzz target. None may panic, whatever the bytes are, and none
//! may accept what nobody signed.
//!
//! `certs/tests/any_bytes.rs` runs the same functions with random and with damaged bytes in every test run; this crate
//! runs them for as long as you like: `cargo run --example seeds`, then `cargo +nightly fuzz run certificate`.

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::sync::LazyLock;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
use sluis_certs::{
    AnchorPin, CertificateSummary, CertificateThumbprint, Identity, Oin, Peer, PeerId, Pkcs11Uri,
    PolicyOid, PublicKey, PublicKeyThumbprint, RevocationList, RevocationLists, SigningKey, Trust,
    Usage, distribution_points,
};

/// 2026-11-22, in Unix seconds.
pub const NOW: i64 = 1_795_305_600;

/// Good material to damage.
pub struct Good {
    /// A leaf, its issuing CA and its domain CA, in DER.
    pub chain: Vec<CertificateDer<'static>>,
    /// The same in PEM, with the leaf's private key.
    pub pem: Vec<u8>,
    /// The revocation list of the issuing CA, in PEM.
    pub list_pem: Vec<u8>,
    /// The same in DER.
    pub list: Vec<u8>,
    trust: Trust,
}

/// Made once per process.
pub static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let mut pki = DevPki::create(&DevPkiOptions {
        key_type: KeyType::EcdsaP256,
        now_unix_seconds: NOW,
        crl_valid_seconds: 172_800,
    })
    .expect("a PKI");
    let names = ["inway.gemeente.test"];
    let leaf = LeafOptions::new("00000099123456789000", "Gemeente Voorbeeld", &names, NOW);
    let leaf = pki.issue(&leaf).expect("a leaf");
    let lists: Vec<Vec<u8>> = pki
        .crls_pem()
        .expect("lists")
        .into_iter()
        .map(|(_, pem)| pem.into_bytes())
        .collect();
    let list_pem = lists.last().expect("a list").clone();
    let list = rustls_pki_types::CertificateRevocationListDer::from_pem_slice(&list_pem);
    Good {
        chain: CertificateDer::pem_slice_iter(leaf.chain_pem.as_bytes())
            .collect::<Result<_, _>>()
            .expect("a chain"),
        pem: [leaf.chain_pem, leaf.key_pem].concat().into_bytes(),
        list: list.expect("a list").to_vec(),
        list_pem,
        trust: Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).expect("trust"),
    }
});

/// Texts of every kind that [`text`] reads.
pub const GOOD_TEXTS: [&str; 6] = [
    "00000099123456789000",
    "2.16.528.1.1003.1.2.44.15.35.11",
    "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0",
    "59f9fbefb56c0d713e716dd6bf39bb0ae330e83ea1d79291855aaade8f341f8f",
    "02:57:CE:27:B5:24:08:E2:4E:E2:C0:94:56:40:B7:23:C5:BC:66:DD:BD:A4:AD:A5:8C:60:35:76:04:F0:E6:75",
    "pkcs11:token=sluis;object=tls%20key;id=%01%02?module-path=/usr/lib/x.so&pin-source=file:/run/pin",
];

/// A certificate in DER, at every place of a chain.
pub fn certificate(data: &[u8]) {
    let der = CertificateDer::from(data);
    let _ = Peer::from_certificate(&der);
    let _ = CertificateSummary::of(&der);
    let _ = distribution_points(&der);
    let _ = PublicKey::from_certificate(&der);
    for place in 0..GOOD.chain.len() {
        let mut chain = GOOD.chain.clone();
        if chain[place].as_ref() == data {
            continue;
        }
        chain[place] = der.clone();
        let refused = GOOD.trust.verify(&chain, Usage::Client, NOW);
        let refused = refused.expect_err("nobody signed this");
        assert!(!refused.to_string().is_empty());
        if let Ok(explained) = GOOD.trust.explain(&chain, NOW) {
            let [(_, as_client), _] = explained.verdicts;
            assert_eq!(as_client.expect_err("nobody signed this"), refused);
        }
    }
}

/// A file with revocation lists.
pub fn revocation_list(data: &[u8]) {
    let Ok(lists) = RevocationList::from_file(data) else {
        return;
    };
    for list in lists {
        let _ = (
            list.issuer().to_string(),
            list.entries(),
            list.next_update(),
        );
        if let Ok((lists, _)) = RevocationLists::default().with_list(list, &GOOD.chain) {
            let _ = lists.summaries();
        }
    }
}

/// Text with certificates and keys.
pub fn pem(data: &[u8]) {
    let _ = Identity::from_pem(data, data);
    let _ = SigningKey::from_pem(data);
    let _ = Trust::from_pem(data, &[data.to_vec()]);
}

/// Every kind of text that has a form: what is accepted is kept as it was.
pub fn text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    kept::<Oin>(text, true);
    kept::<PeerId>(text, true);
    kept::<CertificateThumbprint>(text, false);
    kept::<PublicKeyThumbprint>(text, false);
    kept::<AnchorPin>(text, false);
    kept::<PolicyOid>(text, true);
    let _ = Pkcs11Uri::parse(text);
}

/// What was read is written and read again as the same; `exactly`: in the same characters.
fn kept<T>(text: &str, exactly: bool)
where
    T: FromStr + Display + PartialEq + Debug,
    T::Err: Debug,
{
    if let Ok(read) = text.parse::<T>() {
        let written = read.to_string();
        assert!(!exactly || written == text);
        assert_eq!(written.parse::<T>().expect("its own text"), read);
    }
}
