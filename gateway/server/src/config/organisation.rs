//! Who we are and what we keep: peer, certificate, trust, store, audit and policy.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor, value};
use sluis_certs::{AnchorPin, PeerId, PolicyOid, Profile};

use super::PeerIdConfig;

use super::own_key::{KeyConfig, Written};
use super::{ListHost, ListUrl};

/// The organisation that this gateway speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// FSC Peer ID; for a Dutch government organisation its OIN of 20 digits. Must equal the
    /// `subject.serialNumber` of the certificate.
    pub id: PeerId,
    /// The organisation's name. Other organisations read it from the certificate (`subject.O`); a
    /// difference between the two is reported.
    pub name: Arc<str>,
}

/// Our certificate and its private key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct CertificateConfig {
    /// PEM file: our own certificate first, then the CAs above it, without the root.
    pub chain_file: PathBuf,
    /// Where the private key is.
    pub key: KeyConfig,
    /// During a renewal: the certificates that this one replaces, newest first, for as long as contracts name their keys.
    /// One, or a list.
    pub previous: Vec<CertificateConfig>,
}

/// Reads one certificate or a list of them; none of them has previous ones of its own.
pub(super) fn one_or_more<'de, D: Deserializer<'de>>(
    reader: D,
) -> Result<Vec<CertificateConfig>, D::Error> {
    struct OneOrMore;

    impl<'de> Visitor<'de> for OneOrMore {
        type Value = Vec<CertificateConfig>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(
                "`chain_file` and `key_file` (or `key_uri`) of the previous certificate, or a list of such certificates",
            )
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Ok(vec![CertificateConfig::deserialize(
                value::MapAccessDeserializer::new(map),
            )?])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(value::SeqAccessDeserializer::new(list))
        }
    }

    let previous = reader.deserialize_any(OneOrMore)?;
    if previous.iter().any(|one| !one.previous.is_empty()) {
        return Err(de::Error::custom(
            "a previous certificate has no `previous` of its own; put them in one list, newest first",
        ));
    }
    Ok(previous)
}

/// Whom we trust.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustConfig {
    /// PEM file with the root certificates (trust anchors) of the group.
    pub anchors_file: PathBuf,
    /// Files with revocation lists (PEM or DER). Every CA from root to issuing CA needs a valid list,
    /// from a file or fetched; a certificate whose CA has none is refused.
    #[serde(default)]
    pub crl_files: Vec<PathBuf>,
    /// What the gateway is used for: `production` (default), `trial` or `test`. It decides which trust
    /// anchors, policies and OINs are accepted, and how long our own key must be.
    #[serde(default)]
    pub profile: Profile,
    /// SHA-256 of the trust anchors that are allowed, in place of those of the profile; for a group that
    /// has its own.
    #[serde(default)]
    pub anchor_sha256: Option<Vec<AnchorPin>>,
    /// Object identifiers of the policies of which a certificate must carry one, in place of those of the
    /// profile; `[]` asks for none.
    #[serde(default)]
    pub policy_oids: Option<Vec<PolicyOid>>,
    /// Shortest RSA key of others that is accepted, in bits. Default 2048; 3072 shuts out what NCSC no
    /// longer calls sufficient.
    #[serde(default)]
    pub rsa_bits_min: Option<u32>,
    /// Where a certificate keeps the peer id, and what it must look like.
    #[serde(default)]
    pub peer_id: PeerIdConfig,
    /// Addresses of revocation lists that are fetched in any case. Their hosts need not stand in
    /// [`Self::crl_hosts`].
    #[serde(default)]
    pub crl_urls: Vec<ListUrl>,
    /// Hosts from which lists are fetched whose address stands in a certificate. Default: where
    /// PKIoverheid and its providers publish theirs. An empty list fetches nothing of that kind.
    #[serde(default = "default_crl_hosts")]
    pub crl_hosts: Vec<ListHost>,
    /// Longest time between two attempts to fetch a list, in seconds. Default and most allowed 14400: four hours
    /// (Digikoppeling, use of certificates).
    #[serde(default = "default_crl_refresh_seconds")]
    pub crl_refresh_seconds: u32,
}

/// `crl.pkioverheid.nl` has the lists of the roots and domain CAs of PKIoverheid; the others are of providers
/// of its private services CAs (KPN, QuoVadis).
const CRL_HOSTS: [&str; 3] = [
    "crl.pkioverheid.nl",
    "crl.managedpki.com",
    "crl.quovadisglobal.com",
];

fn default_crl_hosts() -> Vec<ListHost> {
    let hosts = CRL_HOSTS.iter();
    hosts.filter_map(|host| host.parse().ok()).collect()
}

fn default_crl_refresh_seconds() -> u32 {
    4 * 60 * 60
}

/// Where contracts and the audit log are kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// Folder on a local disk, made at the first start when its parent exists.
    pub folder: PathBuf,
}

/// The audit log. Every field has a default, so that the section may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// Origin of the log, the first line of every checkpoint (C2SP tlog-checkpoint). Never change
    /// it once the log exists. Default `<peer id>.<group id>/log`.
    pub origin: Option<Arc<str>>,
    /// PEM file with the Ed25519 key that signs checkpoints; made at the first start when absent,
    /// readable only by its owner. Default
    /// `audit.key` in the store's folder.
    pub key_file: PathBuf,
    /// File with the key behind the pseudonyms of persons in the log; made at the first start when
    /// absent. Whoever destroys it makes the persons in the log unrecognisable for ever. Default
    /// `pseudonym.key` in the store's folder.
    pub pseudonym_key_file: PathBuf,
    /// Most records that wait to be written; one more refuses its passage. Default 4096.
    pub queue_entries_max: usize,
    /// Most records written in one transaction. Default 512.
    pub batch_entries_max: usize,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            origin: None,
            key_file: PathBuf::new(),
            pseudonym_key_file: PathBuf::new(),
            queue_entries_max: 4096,
            batch_entries_max: 512,
        }
    }
}

/// The register of processing activities and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// The policy folder: `activities/`, `services/`, `parties.yaml`, `rules/`, `tests/`.
    pub folder: PathBuf,
}
