//! Versions, suites, curves and what else a handshake is about.

use tokio_rustls::rustls::{NamedGroup, ProtocolVersion};

use crate::hello::{Hello, Reply, SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3};
use crate::stage::{Stage, client};

/// Suites of TLS 1.2 that NCSC calls sufficient and that an RSA certificate can do.
const SUFFICIENT: [u16; 3] = [0xc02f, 0xc030, 0xcca8];
/// Suites of TLS 1.3 that NCSC calls good or sufficient, without CCM.
const GOOD: [u16; 3] = [0x1301, 0x1302, 0x1303];

const HANDSHAKE_FAILURE: u8 = 40;
const ILLEGAL_PARAMETER: u8 = 47;
const PROTOCOL_VERSION: u8 = 70;
const NO_APPLICATION_PROTOCOL: u8 = 120;

#[tokio::test]
async fn only_tls_1_2_and_1_3_are_spoken() {
    let stage = Stage::start().await;
    for version in [SSL_3_0, TLS_1_0, TLS_1_1] {
        let reply = Hello::new(version, &SUFFICIENT).say(stage.address).await;
        assert!(
            matches!(reply, Reply::Refused(_)),
            "{version:#06x}: {reply:?}"
        );
    }
    let reply = Hello::new(TLS_1_1, &SUFFICIENT).say(stage.address).await;
    assert_eq!(reply, Reply::Refused(PROTOCOL_VERSION));
    for (version, suites) in [(TLS_1_2, SUFFICIENT), (TLS_1_3, GOOD)] {
        let reply = Hello::new(version, &suites).say(stage.address).await;
        assert!(reply.suite().is_some(), "{version:#06x}: {reply:?}");
    }
}

#[tokio::test]
async fn only_suites_that_ncsc_calls_good_or_sufficient_are_accepted() {
    let stage = Stage::start().await;
    for (version, suites) in [(TLS_1_2, SUFFICIENT), (TLS_1_3, GOOD)] {
        for suite in suites {
            let reply = Hello::new(version, &[suite]).say(stage.address).await;
            assert_eq!(reply.suite(), Some(suite), "{suite:#06x}: {reply:?}");
        }
    }
    for (name, suite) in [
        ("RSA_WITH_NULL_SHA256", 0x003b),
        ("RSA_WITH_RC4_128_SHA", 0x0005),
        ("RSA_WITH_3DES_EDE_CBC_SHA", 0x000a),
        ("RSA_WITH_AES_128_CBC_SHA", 0x002f),
        ("RSA_WITH_AES_256_GCM_SHA384", 0x009d),
        ("DH_anon_WITH_AES_128_GCM_SHA256", 0x00a6),
        ("DHE_RSA_WITH_AES_256_GCM_SHA384", 0x009f),
        ("DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xccaa),
        ("ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", 0xc012),
        ("ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xc013),
        ("ECDHE_RSA_WITH_AES_256_CBC_SHA384", 0xc028),
        ("ECDHE_RSA_WITH_ARIA_128_GCM_SHA256", 0xc060),
        ("ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", 0xc08a),
        ("ECDHE_ECDSA_WITH_AES_128_CCM_8", 0xc0ae),
    ] {
        let reply = Hello::new(TLS_1_2, &[suite]).say(stage.address).await;
        assert_eq!(reply, Reply::Refused(HANDSHAKE_FAILURE), "{name}");
    }
    let ccm_8 = Hello::new(TLS_1_3, &[0x1305]).say(stage.address).await;
    assert_eq!(ccm_8, Reply::Refused(HANDSHAKE_FAILURE));
}

#[tokio::test]
async fn the_best_suite_is_chosen_among_those_that_are_offered() {
    let stage = Stage::start().await;
    let reply = Hello::new(TLS_1_3, &[0x1305, 0x1302])
        .say(stage.address)
        .await;
    assert_eq!(reply.suite(), Some(0x1302));
    let reply = Hello::new(TLS_1_2, &[0x009d, 0xc013, 0xc030])
        .say(stage.address)
        .await;
    assert_eq!(reply.suite(), Some(0xc030));
}

#[tokio::test]
async fn weak_groups_and_signatures_are_not_used() {
    let stage = Stage::start().await;
    // secp224r1, sect283k1, ffdhe3072
    for group in [0x0015, 0x0009, 0x0101] {
        let mut hello = Hello::new(TLS_1_2, &SUFFICIENT);
        hello.groups = vec![group];
        let reply = hello.say(stage.address).await;
        assert_eq!(reply, Reply::Refused(HANDSHAKE_FAILURE), "{group:#06x}");
    }
    let mut hello = Hello::new(TLS_1_2, &SUFFICIENT);
    // rsa_pkcs1_sha1, rsa_pkcs1_md5
    hello.schemes = vec![0x0201, 0x0101];
    let reply = hello.say(stage.address).await;
    assert_eq!(reply, Reply::Refused(HANDSHAKE_FAILURE));
}

#[tokio::test]
async fn tls_1_2_needs_the_extended_master_secret() {
    const EXTENDED_MASTER_SECRET: u16 = 23;
    let stage = Stage::start().await;
    let mut hello = Hello::new(TLS_1_2, &SUFFICIENT);
    let Reply::Accepted { extensions, .. } = hello.say(stage.address).await else {
        panic!("refused with it");
    };
    assert!(
        extensions.contains(&EXTENDED_MASTER_SECRET),
        "{extensions:?}"
    );
    hello.extended_master_secret = false;
    assert_eq!(
        hello.say(stage.address).await,
        Reply::Refused(HANDSHAKE_FAILURE)
    );
}

#[tokio::test]
async fn nothing_is_compressed() {
    const DEFLATE: u8 = 1;
    let stage = Stage::start().await;
    let mut hello = Hello::new(TLS_1_2, &SUFFICIENT);
    hello.compressions = vec![DEFLATE, 0];
    let reply = hello.say(stage.address).await;
    assert!(
        matches!(reply, Reply::Accepted { compression: 0, .. }),
        "{reply:?}"
    );
    hello.compressions = vec![DEFLATE];
    let reply = hello.say(stage.address).await;
    assert_eq!(reply, Reply::Refused(ILLEGAL_PARAMETER));
}

#[tokio::test]
async fn a_client_that_speaks_neither_version_of_http_is_refused() {
    let stage = Stage::start().await;
    let mut hello = Hello::new(TLS_1_2, &SUFFICIENT);
    hello.protocols = vec![b"spdy/3", b"h3"];
    let reply = hello.say(stage.address).await;
    assert_eq!(reply, Reply::Refused(NO_APPLICATION_PROTOCOL));
    let only_h3 = client(|config| config.alpn_protocols = vec![b"h3".to_vec()]);
    let refused = stage.try_to_connect(only_h3).await.unwrap_err();
    assert!(
        refused.to_string().contains("NoApplicationProtocol"),
        "{refused}"
    );
    for (offered, expected) in [
        (vec![b"http/1.1".to_vec()], &b"http/1.1"[..]),
        (vec![b"http/1.1".to_vec(), b"h2".to_vec()], b"h2"),
    ] {
        let stream = stage
            .connect(client(|config| config.alpn_protocols = offered))
            .await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(expected));
    }
}

#[tokio::test]
async fn two_gateways_agree_on_a_key_that_no_quantum_computer_finds() {
    let stage = Stage::start().await;
    let stream = stage.connect(client(|_| ())).await;
    let connection = stream.get_ref().1;
    assert_eq!(
        connection.protocol_version(),
        Some(ProtocolVersion::TLSv1_3)
    );
    let group = connection.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519MLKEM768);
}
