//! Parties and contracts for the tests of this crate.

use std::sync::LazyLock;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_RSA_SHA256, RsaKeySize,
};
use serde_json::{Value, json};
use sluis_certs::{Identity, PeerId};

use crate::{GroupId, contract::Content};

/// The moment of the tests, inside the period of [`content_json`].
pub(crate) const NOW: i64 = 1_780_000_000;

pub(crate) const OUTWAY_PEER: &str = "00000001002220647000";
pub(crate) const SERVICE_PEER: &str = "00000001003214345000";
pub(crate) const DIRECTORY_PEER: &str = "00000001001234567000";
pub(crate) const CONNECTION_DELEGATOR: &str = "00000001005555555000";
pub(crate) const PUBLICATION_DELEGATOR: &str = "00000001007654321000";

/// An identity and its private key in PKCS#8.
pub(crate) struct Party {
    pub(crate) identity: Identity,
    pub(crate) pkcs8: Vec<u8>,
}

impl Party {
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.identity.chain()[0]
    }
}

/// The Peer of the service, once for every kind of key.
pub(crate) static RSA: LazyLock<Party> = LazyLock::new(|| {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    party(SERVICE_PEER, "zaken.example", &key)
});
pub(crate) static P256: LazyLock<Party> = LazyLock::new(|| new_party(SERVICE_PEER));
pub(crate) static P384: LazyLock<Party> = LazyLock::new(|| {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    party(SERVICE_PEER, "zaken.example", &key)
});
pub(crate) static P521: LazyLock<Party> = LazyLock::new(|| {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
    party(SERVICE_PEER, "zaken.example", &key)
});
/// The Peer of the outway.
pub(crate) static CLIENT: LazyLock<Party> = LazyLock::new(|| new_party(OUTWAY_PEER));

/// A party with a new P-256 key and certificate.
pub(crate) fn new_party(peer_id: &str) -> Party {
    party(
        peer_id,
        "outway.example.nl",
        &KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
    )
}

fn party(peer_id: &str, dns_name: &str, key: &KeyPair) -> Party {
    let mut params = CertificateParams::new(vec![dns_name.to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Gemeente Voorbeeld");
    params
        .distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 5]), peer_id);
    let certificate = params.self_signed(key).unwrap();
    let identity =
        Identity::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    Party {
        identity,
        pkcs8: key.serialize_der(),
    }
}

pub(crate) fn peer(text: &str) -> PeerId {
    PeerId::new(text).unwrap()
}

pub(crate) fn group() -> GroupId {
    GroupId::parse("test.example").unwrap()
}

/// Contract content of one example in the notes on the standard, with these grants.
pub(crate) fn content_json(grants: &[Value]) -> Value {
    let grants: Vec<Value> = grants.iter().map(|data| json!({ "data": data })).collect();
    json!({
        "fsc_version": "2.0.0",
        "iv": "019a7dea-9048-7c4d-9e66-4d3f75a18f58",
        "group_id": "test.example",
        "validity": { "not_before": 1_767_225_600, "not_after": 1_798_761_600 },
        "grants": grants,
        "hash_algorithm": "HASH_ALGORITHM_SHA3_512",
        "created_at": 1_767_225_600
    })
}

pub(crate) fn content(grants: &[Value]) -> Content {
    Content::parse(content_json(grants).to_string().as_bytes()).unwrap()
}

pub(crate) fn outway() -> Value {
    json!({
        "peer_id": OUTWAY_PEER,
        "identification": {
            "type": "OUTWAY_IDENTIFICATION_TYPE_PUBLIC_KEY_THUMBPRINT",
            "public_key_thumbprint": "3a56f2e9269ac63f0d4394c46b96539da1625b6a985d38029ff89f34e490960c"
        }
    })
}

pub(crate) fn outway_by_domain() -> Value {
    json!({
        "peer_id": OUTWAY_PEER,
        "identification": {
            "type": "OUTWAY_IDENTIFICATION_TYPE_DOMAIN_NAME",
            "domain_name": "outway.example.nl"
        }
    })
}

pub(crate) fn connection() -> Value {
    json!({
        "type": "GRANT_TYPE_SERVICE_CONNECTION",
        "service": { "type": "SERVICE_TYPE_SERVICE", "peer_id": SERVICE_PEER, "name": "zaken-api" },
        "outway": outway()
    })
}

pub(crate) fn delegated_connection() -> Value {
    json!({
        "type": "GRANT_TYPE_DELEGATED_SERVICE_CONNECTION",
        "outway": outway_by_domain(),
        "service": {
            "type": "SERVICE_TYPE_DELEGATED_SERVICE",
            "peer_id": SERVICE_PEER,
            "name": "zaken-api",
            "delegator": { "peer_id": PUBLICATION_DELEGATOR }
        },
        "delegator": { "peer_id": CONNECTION_DELEGATOR },
        "properties": {
            "purpose_binding.connection": {
                "purposes": [{ "activity": "bijstand-aanvraag", "operations": ["raadpleeg-met-bsn"] }]
            },
            "n": [1, -2, true, null]
        }
    })
}

pub(crate) fn publication() -> Value {
    json!({
        "type": "GRANT_TYPE_SERVICE_PUBLICATION",
        "directory": { "peer_id": DIRECTORY_PEER },
        "service": { "peer_id": SERVICE_PEER, "name": "zaken-api", "protocol": "PROTOCOL_TCP_HTTP_1.1" }
    })
}

pub(crate) fn delegated_publication() -> Value {
    json!({
        "type": "GRANT_TYPE_DELEGATED_SERVICE_PUBLICATION",
        "directory": { "peer_id": DIRECTORY_PEER },
        "service": { "peer_id": SERVICE_PEER, "name": "zaken-api", "protocol": "PROTOCOL_TCP_HTTP_2" },
        "delegator": { "peer_id": PUBLICATION_DELEGATOR }
    })
}
