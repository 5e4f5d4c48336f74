//! What it costs to verify a chain: the part of a new handshake that the revocation lists are in.
//!
//! `cargo bench -p sluis-certs --features dev-pki`. The chain has the sizes of PKIoverheid G4: four
//! layers, RSA, a list of every CA.

use std::sync::LazyLock;
use std::time::Duration;

use divan::{Bencher, black_box};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
use sluis_certs::{Trust, Usage};
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationOptions, RevocationOptionsBuilder, anchor_from_trusted_cert,
};

/// 2026-11-22, in Unix seconds.
const NOW: i64 = 1_795_305_600;

fn main() {
    divan::main();
}

struct Setup {
    chain: Vec<CertificateDer<'static>>,
    anchor: CertificateDer<'static>,
    lists: Vec<CertRevocationList<'static>>,
    trust: Trust,
}

#[expect(clippy::unwrap_used, reason = "a bench whose setup fails should stop")]
static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let mut pki = DevPki::create(&DevPkiOptions {
        key_type: KeyType::Rsa3072,
        now_unix_seconds: NOW,
        crl_valid_seconds: 3600,
    })
    .unwrap();
    let options = LeafOptions::new(
        "00000099000000001000",
        "Gemeente Voorbeeld",
        &["a.test"],
        NOW,
    );
    let chain = pki.issue(&options).unwrap().chain_pem;
    let files = pki.crls_pem().unwrap().into_iter();
    let files: Vec<Vec<u8>> = files.map(|(_, pem)| pem.into_bytes()).collect();
    let list = |pem: &Vec<u8>| {
        let der = rustls_pki_types::CertificateRevocationListDer::from_pem_slice(pem).unwrap();
        CertRevocationList::from(OwnedCertRevocationList::from_der(&der).unwrap())
    };
    Setup {
        chain: CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<_, _>>()
            .unwrap(),
        anchor: CertificateDer::from_pem_slice(pki.anchors_pem().as_bytes()).unwrap(),
        lists: files.iter().map(list).collect(),
        trust: Trust::from_pem(pki.anchors_pem().as_bytes(), &files).unwrap(),
    }
});

/// The floor: what every proxy with mutual TLS on rustls does.
#[divan::bench]
fn stock_webpki_without_lists(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| stock(None));
}

/// What rustls offers: every list's signature is verified again.
#[divan::bench]
#[expect(clippy::unwrap_used, reason = "a bench whose setup fails should stop")]
fn stock_webpki_with_lists(bencher: Bencher<'_, '_>) {
    let lists: Vec<&CertRevocationList<'_>> = SETUP.lists.iter().collect();
    let options = RevocationOptionsBuilder::new(&lists)
        .unwrap()
        .with_expiration_policy(ExpirationPolicy::Enforce)
        .build();
    bencher.bench_local(|| stock(Some(options)));
}

/// What the gateway does with a chain that it met before: path, lists of every level, usage, and who the holder is.
#[divan::bench]
fn gateway(bencher: Bencher<'_, '_>) {
    let setup = &*SETUP;
    let verify = || {
        setup
            .trust
            .verify(black_box(&setup.chain), Usage::Client, NOW)
    };
    assert!(verify().is_ok());
    bencher.bench_local(verify);
}

#[expect(clippy::unwrap_used, reason = "a bench whose setup fails should stop")]
fn stock(revocation: Option<RevocationOptions<'_>>) {
    let setup = &*SETUP;
    let (leaf, issuers) = setup.chain.split_first().unwrap();
    let anchors: [TrustAnchor<'_>; 1] = [anchor_from_trusted_cert(&setup.anchor).unwrap()];
    let now = Duration::from_secs(NOW.try_into().unwrap());
    EndEntityCert::try_from(black_box(leaf))
        .unwrap()
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            issuers,
            UnixTime::since_unix_epoch(now),
            KeyUsage::client_auth(),
            revocation,
            None,
        )
        .unwrap();
}
