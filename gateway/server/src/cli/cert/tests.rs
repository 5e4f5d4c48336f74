//! What people read about their certificates, in the situations that they are in.

use clap::Parser;
use rustls_pki_types::CertificateDer;
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, IssuedLeaf, KeyType, LeafOptions};
use sluis_certs::{Identities, Identity, PeerId, Trust};
use sluis_fsc::contract::{Content, Draft, Validity};
use sluis_fsc::grant::{ConnectedService, DomainName, GrantData, Outway, OutwayIdentification};
use sluis_fsc::signature::SignatureType;
use sluis_fsc::{GroupId, ServiceName};
use sluis_proto::admin::v1::ShowCertificatesResponse;
use tempfile::TempDir;
use uuid::Uuid;

use super::{json, text};
use crate::admin::CertificatesView;
use crate::cli::show::Names;
use crate::cli::target::Target;
use crate::contracts::{Contracts, Signed};

/// 2026-11-22T00:00:00Z.
const NOW: i64 = 1_795_305_600;
const DAY: i64 = 86_400;
const OWN: &str = "00000099000000001000";
const PROVIDER: &str = "00000099000000002000";
const DELEGATOR: &str = "00000099000000003000";
const HOST: &str = "sluis.voorbeeld.example";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    target: Target,
}

/// A certificate for a test: the name under which it appears in the golden text, and what it is.
struct Certificate {
    name: &'static str,
    leaf: IssuedLeaf,
    identity: Identity,
}

impl Certificate {
    fn key(&self) -> OutwayIdentification {
        OutwayIdentification::PublicKeyThumbprint(self.identity.peer().public_key_thumbprint)
    }
}

struct Scene {
    pki: DevPki,
    contracts: Contracts,
    _folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let options = DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: NOW - 100 * DAY,
            crl_valid_seconds: 101 * DAY,
        };
        let folder = tempfile::tempdir().unwrap();
        let own = PeerId::new(OWN).unwrap();
        Self {
            pki: DevPki::create(&options).unwrap(),
            contracts: Contracts::open(folder.path(), own).unwrap(),
            _folder: folder,
        }
    }

    fn issue(
        &mut self,
        name: &'static str,
        change: impl FnOnce(&mut LeafOptions<'_>),
    ) -> Certificate {
        let mut options = LeafOptions::new(OWN, "Gemeente Voorbeeld", &[HOST], NOW - 90 * DAY);
        options.not_before_unix_seconds = NOW - 90 * DAY;
        change(&mut options);
        let leaf = self.pki.issue(&options).unwrap();
        let identity =
            Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap();
        Certificate {
            name,
            leaf,
            identity,
        }
    }

    fn lasting(&mut self, name: &'static str, days: i64) -> Certificate {
        self.issue(name, |leaf| leaf.not_after_unix_seconds = NOW + days * DAY)
    }

    /// A contract under which we call `service`, accepted by these.
    async fn contract(
        &self,
        number: u128,
        service: &str,
        outway: OutwayIdentification,
        days: i64,
        accepted_by: &[&str],
    ) {
        let peer_id = |id: &str| PeerId::new(id).unwrap();
        let outway = Outway {
            peer_id: peer_id(OWN),
            identification: outway,
        };
        let delegated = accepted_by.contains(&DELEGATOR);
        let service = ConnectedService {
            peer_id: peer_id(PROVIDER),
            name: ServiceName::parse(service).unwrap(),
            delegator: None,
        };
        let properties = None;
        let grant = if delegated {
            GrantData::DelegatedServiceConnection {
                delegator: peer_id(DELEGATOR),
                outway,
                service,
                properties,
            }
        } else {
            GrantData::ServiceConnection {
                outway,
                service,
                properties,
            }
        };
        let content = Content::new(&Draft {
            iv: Uuid::from_u128(number),
            group_id: GroupId::parse("test.example").unwrap(),
            validity: Validity {
                not_before: NOW - 50 * DAY,
                not_after: NOW + days * DAY,
            },
            grants: vec![grant],
            created_at: NOW - 60 * DAY,
        })
        .unwrap();
        for signer in accepted_by {
            // The store keeps what the manager has verified; here any text stands for a signature.
            let signed = Signed {
                content: content.clone(),
                submitted_by: peer_id(OWN),
                signer: peer_id(signer),
                signature_type: SignatureType::Accept,
                jws: format!("{signer}.accept"),
                signed_at_unix_seconds: NOW - 60 * DAY,
                certificate: vec![1],
                tell: Vec::new(),
                unanswered_max: 10,
                unwanted_bytes_max: 1_000_000,
                now_ms: 1,
            };
            self.contracts.keep(signed).await.unwrap();
        }
    }

    fn show(&self, own: &[&Certificate], new: Option<&Certificate>) -> ShowCertificatesResponse {
        let lists: Vec<Vec<u8>> = self
            .pki
            .crls_pem()
            .unwrap()
            .into_iter()
            .map(|(_, pem)| pem.into_bytes())
            .collect();
        let trust = Trust::from_pem(self.pki.anchors_pem().as_bytes(), &lists).unwrap();
        let identities: Vec<Identity> = own.iter().map(|one| one.identity.clone()).collect();
        let (current, previous) = identities.split_first().unwrap();
        let identities = Identities::new(current.clone(), previous.to_vec()).unwrap();
        let chain: Vec<CertificateDer<'static>> = new
            .map(|one| Identity::read_chain(one.leaf.chain_pem.as_bytes()).unwrap())
            .unwrap_or_default();
        let view = CertificatesView {
            identities: &identities,
            trust: &trust,
            grants: Some(&self.contracts.index()),
            now_unix_seconds: NOW,
        };
        view.show(&chain).unwrap()
    }

    /// What people read, with what differs from run to run replaced by names.
    fn read(&self, own: &[&Certificate], new: Option<&Certificate>) -> String {
        let status = self.show(own, new);
        let target = Line::parse_from(["sluis", "--config", "sluis.yaml"]).target;
        let mut out = Vec::new();
        text::write(&mut out, &status, &Names::none(), &target).unwrap();
        named(
            String::from_utf8(out).unwrap(),
            own.iter().copied().chain(new),
        )
    }
}

fn named<'a>(mut text: String, certificates: impl Iterator<Item = &'a Certificate>) -> String {
    for certificate in certificates {
        let peer = certificate.identity.peer();
        let key = peer.public_key_thumbprint.to_string();
        for (random, what) in [
            (peer.certificate_thumbprint.to_string(), "thumbprint"),
            (key[..12].to_owned(), "start of the key"),
            (peer.serial.to_string(), "serial"),
        ] {
            let name = format!("[{what} of {}]", certificate.name);
            text = text.replace(&key, &format!("[key of {}]", certificate.name));
            text = text.replace(&random, &name);
        }
    }
    text
}

fn domain(name: &str) -> OutwayIdentification {
    OutwayIdentification::DomainName(DomainName::parse(name).unwrap())
}

const BOTH: &[&str] = &[OWN, PROVIDER];

#[tokio::test]
async fn far_from_its_end_nothing_needs_to_be_done() {
    let mut scene = Scene::new();
    let current = scene.lasting("current", 800);
    scene.contract(1, "brp", current.key(), 300, BOTH).await;
    scene.contract(2, "zaken", domain(HOST), 900, BOTH).await;
    scene.contract(3, "kvk", current.key(), 100, &[OWN]).await;
    insta::assert_snapshot!(scene.read(&[&current], None));
}

#[tokio::test]
async fn near_its_end_a_new_one_is_asked_for() {
    let mut scene = Scene::new();
    let current = scene.lasting("current", 20);
    scene.contract(1, "brp", current.key(), 300, BOTH).await;
    insta::assert_snapshot!(scene.read(&[&current], None));
}

#[tokio::test]
async fn a_new_key_breaks_what_outlives_the_old_certificate() {
    let mut scene = Scene::new();
    let current = scene.lasting("current", 40);
    let new = scene.lasting("new", 1_000);
    scene.contract(1, "brp", current.key(), 300, BOTH).await;
    scene.contract(2, "zaken", domain(HOST), 900, BOTH).await;
    scene.contract(3, "kvk", current.key(), 10, BOTH).await;
    let delegated = [OWN, PROVIDER, DELEGATOR];
    scene
        .contract(4, "wonen", current.key(), 400, &delegated)
        .await;
    scene.contract(5, "ended", current.key(), -1, BOTH).await;
    insta::assert_snapshot!(scene.read(&[&current], Some(&new)));
}

#[tokio::test]
async fn the_same_key_breaks_nothing() {
    let mut scene = Scene::new();
    let current = scene.lasting("current", 40);
    let key = current.leaf.key_pem.clone();
    let new = scene.issue("new", |leaf| {
        leaf.not_after_unix_seconds = NOW + 1_000 * DAY;
        leaf.key_pem = Some(Box::leak(key.into_boxed_str()));
    });
    scene.contract(1, "brp", current.key(), 300, BOTH).await;
    let read = scene.read(&[&current], Some(&new));
    insta::assert_snapshot!(read.split("contracts under which").nth(1).unwrap());
}

#[tokio::test]
async fn half_way_it_says_what_is_still_waited_for() {
    let mut scene = Scene::new();
    let old = scene.lasting("old", 40);
    let new = scene.lasting("new", 1_000);
    scene.contract(1, "brp", old.key(), 300, BOTH).await;
    scene.contract(2, "zaken", old.key(), 300, BOTH).await;
    scene.contract(3, "kvk", old.key(), 300, BOTH).await;
    scene.contract(12, "zaken", new.key(), 300, &[OWN]).await;
    scene.contract(13, "kvk", new.key(), 300, BOTH).await;
    insta::assert_snapshot!(scene.read(&[&new, &old], None));
}

#[tokio::test]
async fn at_the_end_the_previous_one_may_go() {
    let mut scene = Scene::new();
    let old = scene.lasting("old", 40);
    let new = scene.lasting("new", 1_000);
    scene.contract(1, "brp", old.key(), 300, BOTH).await;
    scene.contract(11, "brp", new.key(), 300, BOTH).await;
    let read = scene.read(&[&new, &old], None);
    insta::assert_snapshot!(read.split("contracts under which").nth(1).unwrap());
}

#[tokio::test]
async fn a_contract_on_a_key_that_is_gone_is_broken() {
    let mut scene = Scene::new();
    let gone = scene.lasting("gone", 40);
    let new = scene.lasting("new", 1_000);
    scene.contract(1, "brp", gone.key(), 300, BOTH).await;
    scene
        .contract(2, "zaken", domain("other.example"), 300, BOTH)
        .await;
    let read = named(scene.read(&[&new], None), std::iter::once(&gone));
    insta::assert_snapshot!(read.split("contracts under which").nth(1).unwrap());
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_not_planned_with() {
    let mut scene = Scene::new();
    let current = scene.lasting("current", 40);
    scene.contract(1, "brp", current.key(), 300, BOTH).await;
    let foreign = scene.issue("foreign", |leaf| {
        leaf.peer_id = PROVIDER;
        leaf.dns_names = &["elsewhere.example"];
        leaf.not_after_unix_seconds = NOW + 30 * DAY;
    });
    let read = scene.read(&[&current], Some(&foreign));
    insta::assert_snapshot!(read.split("contracts under which").nth(1).unwrap());
    let ended = scene.lasting("ended", -1);
    let problems = scene
        .show(&[&current], Some(&ended))
        .new_certificate_problems;
    assert!(
        problems[0].starts_with("others would not accept it"),
        "{problems:?}"
    );
    let previous = scene.lasting("previous", 30);
    let problems = scene
        .show(&[&current, &previous], Some(&previous))
        .new_certificate_problems;
    assert_eq!(
        problems,
        ["it is one of the previous certificates; name the newest one"]
    );
    let same = scene.show(&[&current], Some(&current));
    assert_eq!(same.new_certificate_problems, Vec::<String>::new());
}

#[tokio::test]
async fn programs_get_the_same_as_people() {
    let mut scene = Scene::new();
    let current = scene.lasting("current", 40);
    let new = scene.lasting("new", 1_000);
    scene.contract(1, "brp", current.key(), 300, BOTH).await;
    let status = scene.show(&[&current], Some(&new));
    let (content, grant) = (
        status.grants[0].content_hash.clone(),
        status.grants[0].grant_hash.clone(),
    );
    let shown = format!("{:#}", json::status(&status));
    let shown = shown
        .replace(&content, "[content hash]")
        .replace(&grant, "[grant hash]");
    insta::assert_snapshot!(named(shown, [&current, &new].into_iter()));
}
