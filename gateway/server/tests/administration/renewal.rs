//! A certificate is renewed with a new key, from the first question to the removal of the old one.

use std::fs;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::Value;
use sluis::demo::federation::BRP;
use sluis::demo::policies::contract;
use sluis_certs::dev_pki::{IssuedLeaf, LeafOptions};
use sluis_certs::{Identity, write_private_file};
use sluis_fsc::ServiceName;
use sluis_fsc::contract::Validity;

use crate::command::{line, sluis};
use crate::support::client::{Answer, call, raadpleeg};
use crate::support::outsider::Outsider;
use crate::support::{World, run, until};

const BSN: &str = "999904000";
const PURPOSE: &str = "bijstand-aanvraag";
const DAY: i64 = 86_400;
const CERTIFICATE: &str = "certificate: { chain_file: pki/chain.pem, key_file: pki/key.pem }";
const BOTH: &str = "certificate: { chain_file: pki/new-chain.pem, key_file: pki/new-key.pem, \
    previous: { chain_file: pki/chain.pem, key_file: pki/key.pem } }";
const NEW: &str = "certificate: { chain_file: pki/new-chain.pem, key_file: pki/new-key.pem }";

/// A federation in which the municipality has a contract that outlives its certificate, and a new certificate in a file.
struct Renewal {
    world: World,
    /// The id of the contract on the old key, and the hash of its grant.
    contract: String,
    grant: String,
    new: IssuedLeaf,
}

impl Renewal {
    async fn begin() -> Renewal {
        let mut world = World::start().await;
        let now = world.clock.unix_seconds();
        let manager = world.voorbeeld.manager().unwrap();
        let validity = Validity {
            not_before: now - 60,
            not_after: now + 900 * DAY,
        };
        let service = ServiceName::parse(BRP).unwrap();
        let provider = world.uiw.contracts().own().clone();
        let properties = Some(contract::brp_personen());
        let content = manager
            .propose_connection(&provider, &service, properties, validity)
            .await
            .unwrap();
        let at_uiw = world.uiw.manager().unwrap();
        until(|| async { at_uiw.show(content.hash()).await.is_ok() }).await;
        at_uiw.accept(content.hash()).await.unwrap();
        world.until(&world.voorbeeld, content.hash(), true).await;
        // A signature only takes the place of one of an earlier second, and a renewal is never that quick.
        let signed_by = world.clock.unix_seconds();
        until(|| async { world.clock.unix_seconds() > signed_by }).await;

        let party = world.federation.voorbeeld.plan.party;
        let mut leaf = LeafOptions::new(party.oin, party.name, &["localhost"], now);
        leaf.not_after_unix_seconds = now + 1_000 * DAY;
        let new = world.federation.pki.issue(&leaf).unwrap();
        let renewal = Renewal {
            contract: content.iv().to_string(),
            grant: content.grants()[0].hash().to_string(),
            world,
            new,
        };
        renewal.write("new-chain.pem", &renewal.new.chain_pem);
        let key = renewal.path("new-key.pem");
        write_private_file(std::path::Path::new(&key), renewal.new.key_pem.as_bytes()).unwrap();
        renewal
    }

    fn path(&self, file: &str) -> String {
        let folder = &self.world.federation.voorbeeld.folder;
        folder.join("pki").join(file).to_str().unwrap().to_owned()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    /// Starts the municipality's gateway anew with another line about its certificate.
    async fn start_anew(mut self, from: &str, to: &str) -> Renewal {
        self.world.voorbeeld.stop().await;
        let files = &self.world.federation.voorbeeld;
        let config = fs::read_to_string(&files.config).unwrap();
        assert!(config.contains(from), "{config}");
        fs::write(&files.config, config.replace(from, to)).unwrap();
        self.world.voorbeeld = run(files, &self.world.clock).await;
        self
    }

    async fn status(&self, more: &[&str]) -> Value {
        let words = [&["cert", "status", "--json"], more].concat();
        sluis(&self.world.federation.voorbeeld, &words).await.json()
    }

    /// Asks for a person, under this grant; under whichever contract there is when it is empty.
    async fn ask(&self, grant: &str) -> Answer {
        let mut request = raadpleeg(BSN, &["naam"], Some(PURPOSE));
        if !grant.is_empty() {
            let (target, value) = (request.uri().path().to_owned(), grant.parse().unwrap());
            *request.uri_mut() = target.strip_prefix("/brp").unwrap().parse().unwrap();
            request.headers_mut().insert("fsc-grant-hash", value);
        }
        call(self.world.outway(), request).await
    }

    /// Proposes the same on the new key and has it accepted; the id of the contract and the hash of its grant.
    async fn succeed(&self) -> (String, String) {
        let words = ["contract", "propose", "--like", &self.contract, "--json"];
        let voorbeeld = &self.world.federation.voorbeeld;
        let successor = sluis(voorbeeld, &words).await.json();
        let id = successor["iv"].as_str().unwrap().to_owned();
        let accept = ["contract", "accept", "--yes", &id];
        sluis(&self.world.federation.uiw, &accept).await.done();
        let grant = successor["grants"][0]["grant_hash"].as_str().unwrap();
        let parsed = sluis_fsc::GrantHash::parse(grant).unwrap();
        let now = self.world.clock.unix_seconds();
        until(|| async {
            let index = self.world.voorbeeld.contracts().index();
            index
                .by_hash(&parsed)
                .is_some_and(|entry| entry.is_valid_at(now))
        })
        .await;
        (id, grant.to_owned())
    }

    /// The thumbprints in the key set that the municipality publishes.
    async fn published(&self) -> Vec<String> {
        let world = &self.world;
        let own = world.voorbeeld.contracts().own().to_string();
        let uiw = Outsider::party(world, &world.federation.uiw.folder, &own);
        let at = world.voorbeeld.addresses().manager.unwrap();
        let request = Request::get("/v1/.well-known/jwks.json");
        let request = request.body(Full::<Bytes>::default()).unwrap();
        let answer = uiw.call(at, request).await.unwrap();
        let keys = answer.json()["keys"].as_array().unwrap().clone();
        keys.iter()
            .map(|key| key["x5t#S256"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn fates(status: &Value) -> Vec<(&str, i64)> {
    let grants = status["grants"].as_array().unwrap().iter();
    let mut fates: Vec<_> = grants
        .map(|grant| {
            (
                grant["fate"].as_str().unwrap(),
                grant["rests_on"].as_i64().unwrap_or(-1),
            )
        })
        .collect();
    fates.sort_unstable();
    fates
}

fn steps(status: &Value) -> Vec<&str> {
    let steps = status["steps"].as_array().unwrap().iter();
    steps.map(|step| step["kind"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_in_steps_breaks_nothing() {
    let renewal = Renewal::begin().await;
    let chain = renewal.path("new-chain.pem");
    let status = renewal.status(&["--new", &chain]).await;
    assert_eq!(fates(&status), [("breaks", 0)]);
    assert_eq!(
        steps(&status),
        ["put-beside", "propose", "await", "remove-previous"]
    );
    assert_eq!(status["steps"][1]["contracts"][0], renewal.contract);
    assert_eq!(renewal.published().await.len(), 1);

    // Both certificates are in use: what worked works on, and what signed it was signed anew.
    let renewal = renewal.start_anew(CERTIFICATE, BOTH).await;
    assert_eq!(renewal.ask("").await.status, 200);
    let status = renewal.status(&[]).await;
    assert_eq!(fates(&status), [("breaks", 1)]);
    assert_eq!(steps(&status), ["propose", "await", "remove-previous"]);
    let new = Identity::from_pem(
        renewal.new.chain_pem.as_bytes(),
        renewal.new.key_pem.as_bytes(),
    );
    let thumbprint = new.unwrap().peer().certificate_thumbprint.to_string();
    let published = renewal.published().await;
    assert_eq!((published.len(), &published[0]), (2, &thumbprint));
    let hash = status["grants"][0]["content_hash"].as_str().unwrap();
    let hash = sluis_fsc::ContentHash::parse(hash).unwrap();
    let at_uiw = renewal.world.uiw.manager().unwrap();
    until(|| async {
        let evidence = at_uiw.show(&hash).await.unwrap().record.evidence;
        evidence.iter().any(|one| {
            sluis_certs::CertificateThumbprint::of(&one.certificate).to_string() == thumbprint
        })
    })
    .await;

    // One passage on each key, at the same time, through the same outway to the same inway.
    let (id, grant) = renewal.succeed().await;
    for _ in 0..3 {
        let (old, new) = tokio::join!(renewal.ask(&renewal.grant), renewal.ask(&grant));
        assert_eq!(
            (old.status.as_u16(), new.status.as_u16()),
            (200, 200),
            "{old:?} {new:?}"
        );
    }
    let status = renewal.status(&[]).await;
    assert_eq!(fates(&status), [("succeeded", 1), ("survives", 0)]);
    assert_eq!(steps(&status), ["remove-previous"]);

    // Without the previous one the old contract is refused with the remedy, and applications notice nothing.
    let renewal = renewal.start_anew(BOTH, NEW).await;
    let refused = renewal.ask(&renewal.grant).await;
    refused.assert_refusal(403, "ERROR_CODE_OUTWAY_KEY_NOT_IN_USE", "outway");
    let body = refused.json();
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("names public key "),
        "{body}"
    );
    assert!(
        body["remedy"]
            .as_str()
            .unwrap()
            .contains("certificate.previous"),
        "{body}"
    );
    assert_eq!(renewal.ask("").await.status, 200);
    assert_eq!(renewal.published().await, [thumbprint]);
    let text = sluis(&renewal.world.federation.voorbeeld, &["cert", "status"])
        .await
        .done();
    assert!(
        line(&text, &renewal.contract).contains(&format!("succeeded by {id}")),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_in_one_go_breaks_contracts_and_says_how_to_mend_them() {
    let renewal = Renewal::begin().await.start_anew(CERTIFICATE, NEW).await;
    for refused in [renewal.ask("").await, renewal.ask(&renewal.grant).await] {
        refused.assert_refusal(403, "ERROR_CODE_OUTWAY_KEY_NOT_IN_USE", "outway");
    }
    assert_eq!(renewal.world.brp.source().requests(), 0);
    let status = renewal.status(&[]).await;
    assert_eq!(fates(&status), [("breaks", -1)]);
    assert_eq!(steps(&status), ["propose", "await"]);
    // Putting the old one back helps at once; so does a successor.
    let renewal = renewal.start_anew(NEW, BOTH).await;
    assert_eq!(renewal.ask("").await.status, 200);
    let renewal = renewal.start_anew(BOTH, NEW).await;
    renewal.succeed().await;
    assert_eq!(renewal.ask("").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_does_not_run_is_read_from_disk() {
    let renewal = Renewal::begin().await;
    let running = renewal.status(&[]).await;
    let party = renewal.world.federation.voorbeeld.clone();
    let chain = renewal.path("new-chain.pem");
    renewal.world.voorbeeld.stop().await;
    let ran = sluis(&party, &["cert", "status", "--json"]).await;
    assert!(
        ran.err.contains("the gateway is not running"),
        "{}",
        ran.err
    );
    let read: Value = serde_json::from_str(&ran.out).unwrap();
    for part in [
        "certificates",
        "anchors",
        "revocation_lists",
        "grants",
        "steps",
    ] {
        let without_time = |status: &Value| match part {
            "certificates" => status[part][0]["public_key_thumbprint"].clone(),
            _ => status[part].clone(),
        };
        assert_eq!(without_time(&read), without_time(&running), "{part}");
    }
    let ran = sluis(&party, &["cert", "status", "--new", &chain]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("would break 1 grant"), "{}", ran.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_take_the_place_of_our_certificate_is_refused() {
    let mut renewal = Renewal::begin().await;
    let voorbeeld = renewal.world.federation.voorbeeld.clone();
    let ask = async |file: &str| {
        let words = ["cert", "status", "--new", file];
        sluis(&voorbeeld, &words).await
    };
    ask("no-such-file.pem")
        .await
        .fails(1, &["no-such-file.pem", "cannot be used"]);
    let key = renewal.path("new-key.pem");
    ask(&key).await.fails(1, &["new-key.pem", "no certificate"]);
    let anchors = renewal.path("anchors.pem");
    ask(&anchors)
        .await
        .fails(1, &["anchors.pem", "cannot be used"]);
    // The CAs above it were forgotten.
    let (leaf, _) = renewal
        .new
        .chain_pem
        .split_once("-----END CERTIFICATE-----\n")
        .unwrap();
    renewal.write("alone.pem", &format!("{leaf}-----END CERTIFICATE-----\n"));
    let ran = ask(&renewal.path("alone.pem")).await;
    assert!(
        ran.out.contains("others would not accept it"),
        "{}",
        ran.out
    );
    ran.fails(1, &["cannot take the place"]);
    let now = renewal.world.clock.unix_seconds();
    let foreign = LeafOptions::new("00000099000000002000", "Iemand anders", &["localhost"], now);
    let foreign = renewal.world.federation.pki.issue(&foreign).unwrap();
    renewal.write("foreign.pem", &foreign.chain_pem);
    let ran = ask(&renewal.path("foreign.pem")).await;
    assert!(
        ran.out
            .contains("it is of organisation 00000099000000002000"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("what to do"), "{}", ran.out);
    ran.fails(1, &["cannot take the place"]);
}
