//! Certificate, trust and policy that are replaced while calls go on: good files are in force at once, others change nothing.

#![cfg(test)]

mod support;

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls_pki_types::CertificateDer;
use sluis::demo::parties::{UIW, VOORBEELD};
use sluis::demo::party_files::PartyFiles;
use sluis::reload::Cause;
use sluis_certs::dev_pki::{DevPki, IssuedLeaf, LeafOptions};
use sluis_certs::{Identity, write_private_file};
use sluis_fsc::ServiceName;
use sluis_fsc::api::Jwks;
use sluis_fsc::contract::Validity;
use sluis_fsc::signature::SignatureType;
use support::World;
use support::client::{call, raadpleeg};
use support::outsider::{Outsider, foreign_pki};
use tokio::task::JoinHandle;

const PURPOSE: &str = "bijstand-aanvraag";
const BSN: &str = "999904000";

/// A new certificate for a party, on its present key or on a new one.
fn renewed(pki: &mut DevPki, party: &PartyFiles, same_key: bool, now: i64) -> IssuedLeaf {
    let key = fs::read_to_string(party.folder.join("pki/key.pem")).unwrap();
    let plan = &party.plan.party;
    let mut options = LeafOptions::new(plan.oin, plan.name, &["localhost"], now);
    options.not_after_unix_seconds += 86_400;
    options.key_pem = same_key.then_some(key.as_str());
    pki.issue(&options).unwrap()
}

fn first(leaf: &IssuedLeaf) -> CertificateDer<'static> {
    identity(leaf).chain()[0].clone()
}

fn identity(leaf: &IssuedLeaf) -> Identity {
    Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap()
}

/// The certificate that whoever listens there shows now.
async fn shown(caller: &Outsider, at: SocketAddr) -> CertificateDer<'static> {
    let stream = caller.connect(at).await;
    stream.get_ref().1.peer_certificates().unwrap()[0].clone()
}

/// Calls that never stop, through the outway of Gemeente Voorbeeld.
struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    callers: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(outway: SocketAddr) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let done = Arc::new(AtomicUsize::new(0));
        let callers = (0..3).map(|_| {
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let answer = call(outway, raadpleeg(BSN, &["naam"], Some(PURPOSE))).await;
                    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        Load {
            callers: callers.collect(),
            stop,
            done,
        }
    }

    /// Waits until this many more calls are done.
    async fn more(&self, calls: usize) {
        let enough = self.done.load(Ordering::Relaxed) + calls;
        support::until(|| async { self.done.load(Ordering::Relaxed) >= enough }).await;
    }

    /// Fails when a call failed.
    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_certificates_are_shown_at_once_while_calls_and_connections_go_on() {
    let mut world = World::with_contract().await;
    let now = world.clock.unix_seconds();
    let (consumer, provider) = (
        world.federation.voorbeeld.clone(),
        world.federation.uiw.clone(),
    );
    let load = Load::start(world.outway());
    load.more(5).await;
    let caller = Outsider::party(&world, &consumer.folder, UIW.oin);
    let inway = world.uiw.addresses().inway.unwrap();
    let manager = world.uiw.addresses().manager.unwrap();
    let before = shown(&caller, inway).await;
    let old = caller.connect(inway).await;

    // The provider gets a new key as well; the consumer's is in the contract.
    let theirs = renewed(&mut world.federation.pki, &provider, false, now);
    put_leaf(&provider, &theirs);
    let changed = world.uiw.reload().now(Cause::Command).await;
    assert_eq!(changed, Ok(vec!["certificate"]));
    load.more(20).await;
    let ours = renewed(&mut world.federation.pki, &consumer, true, now);
    put_leaf(&consumer, &ours);
    let changed = world.voorbeeld.reload().now(Cause::Command).await;
    assert_eq!(changed, Ok(vec!["certificate"]));
    load.more(20).await;

    for at in [inway, manager] {
        assert_eq!(shown(&caller, at).await, first(&theirs));
    }
    assert_ne!(before, first(&theirs));
    let connected = world.uiw.connections().connected();
    assert!(connected.iter().any(|one| one.chain[0] == first(&ours)));
    // Who connected before is still heard.
    let (mut sender, connection) = http1::handshake(TokioIo::new(old)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("/").header("host", "localhost");
    let request = request.body(Full::<Bytes>::default()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert!(answer.headers().contains_key("fsc-error-code"));
    // Peers find the new certificate where they look for it.
    let request = Request::get("/v1/.well-known/jwks.json").body(Full::default());
    let keys = caller.call(manager, request.unwrap()).await.unwrap();
    let keys = Jwks::parse(&keys.body).unwrap();
    let thumbprint = identity(&theirs).peer().certificate_thumbprint;
    assert!(keys.chain(&thumbprint).is_some());
    load.end().await;
    assert_eq!(world.uiw.reload().now(Cause::Command).await, Ok(vec![]));
}

type Break = fn(&mut DevPki, &PartyFiles, i64);

/// What can be wrong with files, and what is said of it.
const BROKEN: [(&str, Break, &str); 10] = [
    (
        "the key of another certificate",
        |pki, party, now| {
            let leaf = renewed(pki, party, false, now);
            put(party, "key.pem", leaf.key_pem.as_bytes());
        },
        "certificate.key_file",
    ),
    (
        "a chain of another PKI",
        |_, party, now| {
            let leaf = renewed(&mut foreign_pki(), party, false, now);
            put_leaf(party, &leaf);
        },
        "certificate.chain_file",
    ),
    (
        "the certificate of another organisation",
        |pki, party, now| {
            let options = LeafOptions::new(VOORBEELD.oin, VOORBEELD.name, &["localhost"], now);
            let leaf = pki.issue(&options).unwrap();
            put_leaf(party, &leaf);
        },
        "peer.id",
    ),
    (
        "garbage",
        |_, party, _| put(party, "chain.pem", &[0xff; 100]),
        "certificate.chain_file",
    ),
    (
        "half a chain",
        |_, party, _| halve(&party.folder.join("pki/chain.pem")),
        "certificate.chain_file",
    ),
    (
        "half a list",
        |_, party, _| halve(&list(party)),
        "trust.crl_files",
    ),
    (
        "no anchors",
        |_, party, _| fs::remove_file(party.folder.join("pki/anchors.pem")).unwrap(),
        "anchors.pem",
    ),
    (
        "expired lists",
        |pki, party, now| {
            pki.renew_crls(now - 100 * 86_400);
            for (name, pem) in pki.crls_pem().unwrap() {
                put(party, &name, pem.as_bytes());
            }
            pki.renew_crls(now);
        },
        "expired",
    ),
    (
        "half a policy",
        |_, party, _| halve(&activity(party)),
        "bijstand-aanvraag-2.yaml",
    ),
    (
        "a policy that was in force and is changed",
        |_, party, _| {
            let text = fs::read_to_string(activity(party)).unwrap();
            let (head, tail) = text.split_once("title: ").unwrap();
            fs::write(activity(party), format!("{head}title: Anders en {tail}")).unwrap();
        },
        "has been in force and is changed",
    ),
];

fn put(party: &PartyFiles, name: &str, bytes: &[u8]) {
    write_private_file(&party.folder.join("pki").join(name), bytes).unwrap();
}

fn put_leaf(party: &PartyFiles, leaf: &IssuedLeaf) {
    put(party, "chain.pem", leaf.chain_pem.as_bytes());
    put(party, "key.pem", leaf.key_pem.as_bytes());
}

fn halve(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn list(party: &PartyFiles) -> PathBuf {
    let files = fs::read_dir(party.folder.join("pki")).unwrap();
    let mut files = files.map(|entry| entry.unwrap().path());
    files
        .find(|path| path.to_string_lossy().ends_with(".crl.pem"))
        .unwrap()
}

/// A policy file of which a version is in force.
fn activity(party: &PartyFiles) -> PathBuf {
    let folder = party.folder.join("policy/activities");
    let newest = folder.join("bijstand-aanvraag-2.yaml");
    if newest.exists() {
        return newest;
    }
    folder.join("bijstand-aanvraag.yaml")
}

/// Every file of a party that can be replaced, as it is now.
fn saved(party: &PartyFiles) -> Vec<(PathBuf, Vec<u8>)> {
    let mut saved = Vec::new();
    let mut folders = vec![party.folder.join("pki"), party.folder.join("policy")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                saved.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    saved
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_used_change_nothing_and_say_why() {
    let mut world = World::with_contract().await;
    let now = world.clock.unix_seconds();
    let party = world.federation.uiw.clone();
    let caller = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);
    let inway = world.uiw.addresses().inway.unwrap();
    let before = shown(&caller, inway).await;
    let load = Load::start(world.outway());
    let reload = world.uiw.reload().clone();
    for (name, spoil, said) in BROKEN {
        let good = saved(&party);
        spoil(&mut world.federation.pki, &party, now);
        let refused = reload.now(Cause::Command).await.expect_err(name);
        let problems = refused.problems.join("\n");
        assert!(problems.contains(said), "{name}: {problems}");
        let path = party.folder.to_string_lossy();
        assert!(
            said == "peer.id" || problems.contains(&*path) || said.contains("in force"),
            "{name}: {problems}"
        );
        assert_eq!(reload.state().refused, Some(refused), "{name}");
        assert_eq!(shown(&caller, inway).await, before, "{name}");
        load.more(3).await;
        for (path, bytes) in good {
            let mode = fs::metadata(&path).map(|metadata| metadata.permissions());
            fs::write(&path, bytes).unwrap();
            if let Ok(mode) = mode {
                fs::set_permissions(&path, mode).unwrap();
            }
        }
        assert_eq!(reload.now(Cause::Command).await, Ok(vec![]), "{name}");
        assert_eq!(reload.state().refused, None, "{name}");
    }
    load.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_files_are_noticed_without_being_told() {
    let mut world = World::start_with("reload: { poll_seconds: 1 }\n").await;
    let now = world.clock.unix_seconds();
    let party = world.federation.uiw.clone();
    let caller = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);
    let inway = world.uiw.addresses().inway.unwrap();
    let leaf = renewed(&mut world.federation.pki, &party, true, now);
    // The key stays, so one file is enough.
    fs::write(party.folder.join("pki/chain.pem"), &leaf.chain_pem).unwrap();
    support::until(|| async { shown(&caller, inway).await == first(&leaf) }).await;
    let refused = || async { world.uiw.reload().state().refused.is_some() };
    fs::write(party.folder.join("pki/chain.pem"), "none").unwrap();
    support::until(refused).await;
    assert_eq!(shown(&caller, inway).await, first(&leaf));
    fs::write(party.folder.join("pki/chain.pem"), &leaf.chain_pem).unwrap();
    support::until(|| async { !refused().await }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_revoked_on_a_list_that_is_replaced_gets_no_new_connection() {
    let mut world = World::start().await;
    let now = world.clock.unix_seconds();
    let caller = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);
    let manager = world.uiw.addresses().manager.unwrap();
    let request = || Request::get("/v1/peer").body(Full::default()).unwrap();
    assert!(caller.call(manager, request()).await.is_ok());
    let serial = world.federation.voorbeeld.serial.clone();
    world.federation.pki.revoke(&serial);
    world.federation.pki.renew_crls(now);
    for (name, pem) in world.federation.pki.crls_pem().unwrap() {
        put(&world.federation.uiw, &name, pem.as_bytes());
    }
    assert_eq!(
        world.uiw.reload().now(Cause::Signal).await,
        Ok(vec!["trust"])
    );
    assert!(caller.call(manager, request()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_accepted_is_told_from_an_inway_that_is_down() {
    let mut world = World::with_contract().await;
    let now = world.clock.unix_seconds();
    let question = || raadpleeg(BSN, &["naam"], Some(PURPOSE));
    let answer = call(world.outway(), question()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    // The provider's certificate is revoked on the list that the consumer has; the token is still good.
    let serial = world.federation.uiw.serial.clone();
    world.federation.pki.revoke(&serial);
    world.federation.pki.renew_crls(now);
    for (name, pem) in world.federation.pki.crls_pem().unwrap() {
        put(&world.federation.voorbeeld, &name, pem.as_bytes());
    }
    let changed = world.voorbeeld.reload().now(Cause::Command).await;
    assert_eq!(changed, Ok(vec!["trust"]));
    let answer = call(world.outway(), question()).await;
    answer.assert_refusal(502, "ERROR_CODE_SERVICE_UNREACHABLE", "outway");
    let body = answer.json();
    assert_eq!(body["reason"], "upstream-tls-failed");
    assert_eq!(
        body["message"],
        "the TLS handshake with the provider's inway failed (revoked)"
    );
    let remedy = body["remedy"].as_str().unwrap();
    assert!(remedy.contains("`sluis cert status`"), "{remedy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_may_replace_the_former_is_in_force() {
    let world = World::with_contract().await;
    let party = &world.federation.voorbeeld;
    let mut text = fs::read_to_string(activity(party)).unwrap();
    text.push_str("\n# looked at again\n");
    fs::write(activity(party), text).unwrap();
    let reload = world.voorbeeld.reload();
    assert_eq!(reload.now(Cause::Command).await, Ok(vec!["policy"]));
    let answer = call(world.outway(), raadpleeg(BSN, &["naam"], Some(PURPOSE))).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_that_outlive_the_former_certificate_are_signed_anew() {
    let mut world = World::start().await;
    let now = world.clock.unix_seconds();
    let validity = Validity {
        not_before: now - 60,
        not_after: now + 10 * 365 * 86_400,
    };
    let manager = world.voorbeeld.manager().unwrap().clone();
    let provider = world.uiw.contracts().own().clone();
    let service = ServiceName::parse("brp-personen").unwrap();
    let proposed = manager.propose_connection(&provider, &service, None, validity);
    let hash = proposed.await.unwrap().hash().clone();
    // Of two signatures the later counts, in whole seconds.
    let signed = world.clock.unix_seconds();
    support::until(|| async { world.clock.unix_seconds() > signed }).await;
    let party = world.federation.voorbeeld.clone();
    let leaf = renewed(&mut world.federation.pki, &party, true, now);
    fs::write(party.folder.join("pki/chain.pem"), &leaf.chain_pem).unwrap();
    let changed = world.voorbeeld.reload().now(Cause::Command).await;
    assert_eq!(changed, Ok(vec!["certificate"]));
    support::until(|| async {
        let view = manager.show(&hash).await.unwrap();
        let mut evidence = view.record.evidence.iter();
        evidence.any(|one| {
            one.signature_type == SignatureType::Accept && one.certificate == first(&leaf).as_ref()
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_between_gateways_are_made_afresh_at_their_age_and_no_call_fails() {
    let world = World::start_with("limits: { connection_age_seconds_max: 1 }\n").await;
    world.contract_for_brp().await;
    let load = Load::start(world.outway());
    let seen = std::cell::RefCell::new(HashSet::new());
    support::until(|| async {
        let connected = world.uiw.connections().connected();
        let made = connected.iter().map(|connection| connection.since);
        seen.borrow_mut().extend(made);
        seen.borrow().len() > 8
    })
    .await;
    load.end().await;
}
