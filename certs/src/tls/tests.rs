mod bad_parties;
mod handshake;
mod hierarchies;
mod live;
mod ncsc;
mod token;
mod verdicts;

use std::io;

use bad_parties::{bad_parties, changed, permissive_identity};
use handshake::handshake;
use rcgen::ExtendedKeyUsagePurpose;
use rustls::sign::SingleCertAndKey;
use rustls::{Connection, HandshakeKind, NamedGroup, ProtocolVersion, ServerConnection};

use super::*;
use crate::dev_pki::{DevPki, IssuedLeaf};
use crate::test_kit::{
    FixedTime, HOST, NOW, OIN, OTHER_OIN, certificates, identity_of, leaf_options, new_pki,
    trust_of,
};
use crate::{Identity, Peer, Trust};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

fn client(
    version: &'static SupportedProtocolVersion,
    identity: &Identity,
    trust: &Trust,
    expected: &str,
    now: i64,
) -> Arc<ClientConfig> {
    let expected = PeerId::new(expected).unwrap();
    let time = Arc::new(FixedTime(now));
    client_config_for(
        &[version],
        identity,
        trust,
        &expected,
        &[b"h2", b"http/1.1"],
        time,
    )
    .unwrap()
}

fn server(identity: &Identity, trust: &Trust, now: i64) -> Arc<ServerConfig> {
    server_config(
        identity,
        trust,
        &[b"h2", b"http/1.1"],
        Arc::new(FixedTime(now)),
    )
    .unwrap()
}

fn peer_of<D>(connection: &impl std::ops::Deref<Target = rustls::ConnectionCommon<D>>) -> Peer {
    Peer::from_chain(
        connection.peer_certificates(),
        crate::Attribute::SerialNumber,
    )
    .unwrap()
}

/// An organisation whose certificate is fine, and what it trusts.
struct Good {
    identity: Identity,
    trust: Trust,
}

fn good(pki: &mut DevPki) -> Good {
    let leaf = pki.issue(&leaf_options(OTHER_OIN)).unwrap();
    Good {
        identity: identity_of(&leaf),
        trust: trust_of(pki),
    }
}

#[test]
fn two_organisations_connect_with_what_ncsc_calls_good() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let ours = identity_of(&pki.issue(&leaf_options(OIN)).unwrap());
    for version in VERSIONS {
        let done = handshake(
            client(version, &ours, &theirs.trust, OTHER_OIN, NOW),
            server(&theirs.identity, &theirs.trust, NOW),
            HOST,
        );
        let (client, server) = (done.client.unwrap(), done.server.unwrap());
        assert_eq!(peer_of(&client).id.as_str(), OTHER_OIN);
        assert_eq!(peer_of(&server), *ours.peer());
        assert_eq!(server.alpn_protocol(), Some(&b"h2"[..]));
        assert_eq!(server.protocol_version(), Some(version.version));
        let group = server.negotiated_key_exchange_group().unwrap().name();
        if version.version == ProtocolVersion::TLSv1_3 {
            assert_eq!(group, NamedGroup::X25519MLKEM768, "post-quantum first");
        } else {
            assert_eq!(group, NamedGroup::X25519);
        }
    }
}

#[test]
fn the_public_configurations_offer_both_versions() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let time = || Arc::new(FixedTime(NOW));
    let expected = theirs.identity.peer().id.clone();
    let config = client_config(&theirs.identity, &theirs.trust, &expected, &[], time()).unwrap();
    let done = handshake(
        config.clone(),
        server(&theirs.identity, &theirs.trust, NOW),
        HOST,
    );
    let connection = done.client.unwrap();
    assert_eq!(
        connection.protocol_version(),
        Some(ProtocolVersion::TLSv1_3)
    );
    assert_eq!(connection.alpn_protocol(), None);
    assert!(config.require_ems && !config.enable_early_data && !config.enable_secret_extraction);
    let config = server(&theirs.identity, &theirs.trust, NOW);
    assert!(
        config.require_ems && config.max_early_data_size == 0 && !config.enable_secret_extraction
    );
    assert_eq!(config.send_tls13_tickets, 0);
}

#[test]
fn a_session_is_never_resumed() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    for version in VERSIONS {
        // The same configurations again, as for a second connection between two gateways.
        let client = client(version, &theirs.identity, &theirs.trust, OTHER_OIN, NOW);
        let server = server(&theirs.identity, &theirs.trust, NOW);
        for _ in 0..3 {
            let done = handshake(client.clone(), server.clone(), HOST);
            let (client, server) = (done.client.unwrap(), done.server.unwrap());
            assert_eq!(client.handshake_kind(), Some(HandshakeKind::Full));
            assert_eq!(server.handshake_kind(), Some(HandshakeKind::Full));
            assert_eq!(client.tls13_tickets_received(), 0);
        }
    }
}

/// Even a client that keeps sessions gets none from us.
#[test]
fn a_client_that_wants_to_resume_cannot() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    for version in VERSIONS {
        let config = client(version, &theirs.identity, &theirs.trust, OTHER_OIN, NOW);
        let mut config = Arc::unwrap_or_clone(config);
        config.resumption = Resumption::in_memory_sessions(8);
        config.enable_early_data = true;
        let config = Arc::new(config);
        let server = server(&theirs.identity, &theirs.trust, NOW);
        for _ in 0..2 {
            let done = handshake(config.clone(), server.clone(), HOST);
            assert_eq!(
                done.server.unwrap().handshake_kind(),
                Some(HandshakeKind::Full)
            );
            assert!(!done.client.unwrap().is_early_data_accepted());
        }
    }
}

/// Even of a server that hands out sessions we use none.
#[test]
fn a_server_that_wants_to_resume_cannot() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let server = raw_server(theirs.identity.certified_key(), &theirs);
    assert!(server.send_tls13_tickets > 0 && server.session_storage.can_cache());
    for version in VERSIONS {
        let client = client(version, &theirs.identity, &theirs.trust, OTHER_OIN, NOW);
        for _ in 0..2 {
            let done = handshake(client.clone(), server.clone(), HOST);
            assert_eq!(
                done.client.unwrap().handshake_kind(),
                Some(HandshakeKind::Full)
            );
        }
    }
}

#[test]
fn a_client_without_a_certificate_is_refused() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    for version in VERSIONS {
        let config =
            ClientConfig::builder_with_details(Arc::clone(&PROVIDER), Arc::new(FixedTime(NOW)))
                .with_protocol_versions(&[version])
                .unwrap()
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier(
                    &theirs.trust,
                    Some(theirs.identity.peer().id.clone()),
                )))
                .with_no_client_auth();
        let done = handshake(
            config.into(),
            server(&theirs.identity, &theirs.trust, NOW),
            HOST,
        );
        assert_eq!(done.reasons(), ("refused-by-peer", "no-client-certificate"));
    }
}

#[test]
fn a_server_must_have_the_name_and_be_the_peer_that_was_called() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let server = server(&theirs.identity, &theirs.trust, NOW);
    for version in VERSIONS {
        let call = |expected: &str, host| {
            let client = client(version, &theirs.identity, &theirs.trust, expected, NOW);
            handshake(client, server.clone(), host).reasons()
        };
        assert_eq!(call(OTHER_OIN, HOST), ("ok", "ok"));
        assert_eq!(
            call(OTHER_OIN, "inway.ander.test"),
            ("wrong-name", "refused-by-peer")
        );
        assert_eq!(
            call(OTHER_OIN, "127.0.0.1"),
            ("wrong-name", "refused-by-peer")
        );
        assert_eq!(call(OIN, HOST), ("unexpected-peer", "refused-by-peer"));
    }
}

#[test]
fn a_common_name_is_no_server_name() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let mut options = leaf_options(OIN);
    options.dns_names = &[];
    options.common_name = HOST;
    let bare = identity_of(&pki.issue(&options).unwrap());
    let client = client(&TLS13, &theirs.identity, &theirs.trust, OIN, NOW);
    let done = handshake(client, server(&bare, &theirs.trust, NOW), HOST);
    assert_eq!(done.reasons(), ("wrong-name", "refused-by-peer"));
}

#[test]
fn every_bad_client_is_refused_in_the_handshake() {
    let mut pki = new_pki();
    let good = good(&mut pki);
    for bad in bad_parties(&mut pki) {
        let identity = permissive_identity(&bad.leaf);
        for version in VERSIONS {
            let client = raw_client(version, &identity, &good, NOW);
            let done = handshake(client, server(&good.identity, &bad.trust, bad.now), HOST);
            assert_eq!(
                done.reasons().1,
                bad.reason,
                "client {} with {:?}",
                bad.case,
                version.version
            );
            assert!(done.server.is_err());
            let told = done.reasons().0;
            assert!(
                ["refused-by-peer", "protocol"].contains(&told),
                "client {}: {told}",
                bad.case
            );
        }
    }
}

#[test]
fn every_bad_server_is_refused_in_the_handshake() {
    let mut pki = new_pki();
    let good = good(&mut pki);
    for bad in bad_parties(&mut pki) {
        let identity = permissive_identity(&bad.leaf);
        for version in VERSIONS {
            let client = client(version, &good.identity, &bad.trust, OIN, bad.now);
            let done = handshake(client, raw_server(&identity, &good), HOST);
            assert_eq!(
                done.reasons().0,
                bad.reason,
                "server {} with {:?}",
                bad.case,
                version.version
            );
            assert!(done.client.is_err() && done.server.is_err());
        }
    }
}

/// One usage is enough for its own direction and not for the other.
#[test]
fn a_certificate_for_one_direction_is_refused_in_the_other() {
    use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
    let mut pki = new_pki();
    let good = good(&mut pki);
    for version in VERSIONS {
        for (usage, as_client, as_server) in [
            (ClientAuth, "ok", "wrong-usage"),
            (ServerAuth, "wrong-usage", "ok"),
        ] {
            let leaf = changed(&mut pki, |params| params.extended_key_usages = vec![usage]);
            let identity = identity_of(&leaf);
            let done = handshake(
                client(version, &identity, &good.trust, OTHER_OIN, NOW),
                server(&good.identity, &good.trust, NOW),
                HOST,
            );
            assert_eq!(done.reasons().1, as_client);
            let done = handshake(
                client(version, &good.identity, &good.trust, OIN, NOW),
                server(&identity, &good.trust, NOW),
                HOST,
            );
            assert_eq!(done.reasons().0, as_server);
        }
    }
}

/// Holding somebody else's certificate is not enough.
#[test]
fn a_certificate_without_its_key_is_refused() {
    let mut pki = new_pki();
    let good = good(&mut pki);
    let victim = pki.issue(&leaf_options(OIN)).unwrap();
    let thief = pki.issue(&leaf_options(OIN)).unwrap();
    let identity = permissive_identity(&IssuedLeaf {
        key_pem: thief.key_pem,
        ..victim
    });
    for version in VERSIONS {
        let done = handshake(
            raw_client(version, &identity, &good, NOW),
            server(&good.identity, &good.trust, NOW),
            HOST,
        );
        assert_eq!(done.reasons().1, "bad-signature");
        let done = handshake(
            client(version, &good.identity, &good.trust, OIN, NOW),
            raw_server(&identity, &good),
            HOST,
        );
        assert_eq!(done.reasons().0, "bad-signature");
    }
}

#[test]
fn anything_but_tls_is_a_protocol_error() {
    let mut pki = new_pki();
    let good = good(&mut pki);
    let mut connection: Connection =
        ServerConnection::new(server(&good.identity, &good.trust, NOW))
            .unwrap()
            .into();
    connection
        .read_tls(&mut io::Cursor::new(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        .unwrap();
    assert_eq!(
        handshake_reason(&connection.process_new_packets().unwrap_err()),
        "protocol"
    );
}

#[test]
fn clients_are_told_which_roots_are_trusted() {
    let pki = new_pki();
    let verifier = verifier(&trust_of(&pki), None);
    let root = certificates(&pki.anchors_pem());
    let root = crate::peer::parse_certificate(&root[0]).unwrap();
    let hints: Vec<&[u8]> = ClientCertVerifier::root_hint_subjects(&verifier)
        .iter()
        .map(AsRef::as_ref)
        .collect();
    assert_eq!(hints, [root.subject().as_raw()]);
}

fn verifier(trust: &Trust, expected: Option<PeerId>) -> Verifier {
    let trust = LiveTrust::from(trust);
    Verifier { trust, expected }
}

fn raw_client(
    version: &'static SupportedProtocolVersion,
    identity: &Arc<rustls::sign::CertifiedKey>,
    good: &Good,
    now: i64,
) -> Arc<ClientConfig> {
    let verifier = verifier(&good.trust, Some(good.identity.peer().id.clone()));
    let config =
        ClientConfig::builder_with_details(Arc::clone(&PROVIDER), Arc::new(FixedTime(now)))
            .with_protocol_versions(&[version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(identity))));
    Arc::new(config)
}

fn raw_server(identity: &Arc<rustls::sign::CertifiedKey>, good: &Good) -> Arc<ServerConfig> {
    let config =
        ServerConfig::builder_with_details(Arc::clone(&PROVIDER), Arc::new(FixedTime(NOW)))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .unwrap()
            .with_client_cert_verifier(Arc::new(verifier(&good.trust, None)))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(identity))));
    Arc::new(config)
}
