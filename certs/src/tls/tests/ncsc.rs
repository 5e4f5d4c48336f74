//! What we offer when we connect, by the TLS guidelines of NCSC (2025-05).

use rustls::server::Acceptor;
use rustls::{CipherSuite, ClientConnection};

use super::*;

/// *Goed* and *voldoende*, as far as anything here can do them.
const GOOD_OR_SUFFICIENT: [CipherSuite; 9] = [
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

#[test]
fn a_client_offers_nothing_that_is_weak_and_the_best_first() {
    let mut pki = new_pki();
    let ours = good(&mut pki);
    let time = Arc::new(FixedTime(NOW));
    let expected = PeerId::new(OTHER_OIN).unwrap();
    let config = client_config(
        &ours.identity,
        &ours.trust,
        &expected,
        &[b"h2", b"http/1.1"],
        time,
    );
    let mut client = ClientConnection::new(config.unwrap(), HOST.try_into().unwrap()).unwrap();
    let mut said = Vec::new();
    client.write_tls(&mut said).unwrap();
    let mut acceptor = Acceptor::default();
    acceptor.read_tls(&mut said.as_slice()).unwrap();
    let accepted = acceptor.accept().unwrap().unwrap();
    let hello = accepted.client_hello();

    let suites: Vec<CipherSuite> = hello
        .cipher_suites()
        .iter()
        .copied()
        // Not a suite: it says that renegotiation would be secure (RFC 5746 section 3.3).
        .filter(|suite| *suite != CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
        .collect();
    assert_eq!(suites[0], CipherSuite::TLS13_AES_256_GCM_SHA384);
    for suite in &suites {
        assert!(GOOD_OR_SUFFICIENT.contains(suite), "{suite:?}");
    }
    assert_eq!(
        hello.named_groups().unwrap(),
        [
            NamedGroup::X25519MLKEM768,
            NamedGroup::X25519,
            NamedGroup::secp256r1,
            NamedGroup::secp384r1,
        ]
    );
    for scheme in hello.signature_schemes() {
        let name = format!("{scheme:?}");
        assert!(
            !name.contains("SHA1") && !name.contains("MD5") && !name.contains("DSA_SHA224"),
            "{name}"
        );
    }
    // Without this one, nobody of the G4 hierarchy could be met in TLS 1.2.
    assert!(
        hello
            .signature_schemes()
            .contains(&SignatureScheme::RSA_PSS_SHA512)
    );
    assert_eq!(hello.server_name(), Some(HOST));
    let alpn: Vec<&[u8]> = hello.alpn().unwrap().collect();
    assert_eq!(alpn, [&b"h2"[..], b"http/1.1"]);
}

/// `SSLKEYLOGFILE` would write the keys of every connection to a file; only a key log that says no never looks
/// at it.
#[test]
fn no_key_is_ever_logged() {
    let mut pki = new_pki();
    let ours = good(&mut pki);
    let client = client(&TLS13, &ours.identity, &ours.trust, OTHER_OIN, NOW);
    let server = server(&ours.identity, &ours.trust, NOW);
    for label in [
        "CLIENT_RANDOM",
        "CLIENT_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
    ] {
        assert!(!client.key_log.will_log(label) && !server.key_log.will_log(label));
    }
}
