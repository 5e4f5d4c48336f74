//! The audit log, from the command line.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use sluis_audit::Event;

use crate::command::{line, raw, run, sluis};
use crate::support::World;
use crate::support::client::{call, raadpleeg};
use sluis::environment::Environment;

const BSN: &str = "999904000";

/// A permitted question; the transaction id of its answer.
async fn ask(world: &World, purpose: Option<&str>) -> String {
    let answer = call(world.outway(), raadpleeg(BSN, &["naam"], purpose)).await;
    answer.header("fsc-transaction-id").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_explained_on_both_sides() {
    let world = World::with_contract().await;
    let id = ask(&world, Some("bijstand-aanvraag")).await;
    for (party, direction) in [
        (&world.federation.voorbeeld, "outgoing"),
        (&world.federation.uiw, "incoming"),
    ] {
        crate::support::until(async || {
            sluis(party, &["audit", "show", &id])
                .await
                .out
                .contains("outcome")
        })
        .await;
        let shown = sluis(party, &["audit", "show", &id]).await.done();
        assert!(line(&shown, "direction").contains(direction), "{shown}");
        assert!(line(&shown, "asked by").contains("Gemeente Voorbeeld"));
        assert!(line(&shown, "asked of").contains("Uitvoeringsinstituut Werk"));
        assert!(line(&shown, "purpose").contains("bijstand-aanvraag"));
        assert!(line(&shown, "legal basis").contains("Participatiewet"));
        assert!(line(&shown, "result").contains("delivered"));
        assert!(line(&shown, "hmac:").contains("bsn hmac:"));
        assert!(!shown.contains(BSN), "{shown}");
        let json = sluis(party, &["audit", "show", &id, "--json"]).await.json();
        let entries = json["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(
            entries[0]["entry"]["intent"]["transaction_id"],
            Value::from(id.clone())
        );
    }
    let refused = ask(&world, None).await;
    let shown = sluis(&world.federation.voorbeeld, &["audit", "show", &refused])
        .await
        .done();
    assert!(
        line(&shown, "because").contains("purpose-missing (status 400)"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_nobody_knows_is_not_shown() {
    let world = World::start().await;
    let voorbeeld = &world.federation.voorbeeld;
    let unknown = "0198f2c4-0000-7000-8000-000000000000";
    let ran = sluis(voorbeeld, &["audit", "show", unknown]).await;
    ran.fails(1, &["nothing was recorded", unknown]);
    let ran = sluis(voorbeeld, &["audit", "show", "gisteren"]).await;
    ran.fails(2, &["gisteren", "Fsc-Transaction-Id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_and_verified_without_the_gateway_too() {
    let world = World::with_contract().await;
    let id = ask(&world, Some("bijstand-aanvraag")).await;
    let party = world.federation.uiw.clone();
    let running = sluis(&party, &["audit", "verify"]).await.done();
    assert!(running.contains("is what was signed"), "{running}");
    world.uiw.stop().await;

    let shown = sluis(&party, &["audit", "show", &id]).await;
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.err.contains("not running"), "{}", shown.err);
    assert!(shown.out.contains("bijstand-aanvraag"), "{}", shown.out);
    let report = sluis(&party, &["audit", "verify", "--json"]).await.json();
    assert_eq!(report["sound"], true);
    assert_eq!(report["intents"], report["outcomes"]);

    // An auditor with a copy and the key.
    let folder = party.folder.join("copy");
    let exported = sluis(&party, &["audit", "export", folder.to_str().unwrap()])
        .await
        .done();
    let key = line(&exported, "key").trim_start_matches("key").trim();
    let key_file = party.folder.join("audit.vkey");
    fs::write(&key_file, format!("{key}\n")).unwrap();
    let verified = verify(&folder, &key_file).await.done();
    assert!(verified.contains("is what was signed"), "{verified}");
    let again = sluis(&party, &["audit", "export", folder.to_str().unwrap()]).await;
    again.fails(1, &["not empty"]);

    // One byte of the copy, then one of the log.
    change_one_byte(
        &folder
            .join("tile/entries/000.p")
            .join(report["entries"].to_string()),
    );
    let ran = verify(&folder, &key_file).await;
    assert!(!ran.out.is_empty(), "{ran:?}");
    ran.fails(1, &["is not what was signed", "evidence"]);
    let log = party.folder.join("data/audit");
    change_one_byte(&log.join("audit.db"));
    let ran = sluis(&party, &["audit", "verify"]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let ran = sluis(&party, &["audit", "verify", "--json"]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
}

async fn verify(folder: &Path, key: &Path) -> crate::command::Ran {
    let words = ["sluis", "audit", "verify", "--folder"].map(Into::into);
    let mut words = Vec::from(words);
    words.extend([folder.into(), "--key".into(), key.into()]);
    raw(words, Environment::default()).await
}

/// Changes one letter of the purpose, which certainly stands in a record.
fn change_one_byte(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let word = b"bijstand-aanvraag";
    let at = bytes.windows(word.len()).position(|window| window == word);
    bytes[at.expect("the purpose is in the file")] ^= 1;
    fs::write(file, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_verified_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    verify(folder.path(), &key)
        .await
        .fails(1, &["no file with the public key"]);
    fs::write(&key, "not a key").unwrap();
    verify(folder.path(), &key)
        .await
        .fails(1, &["no file with the public key"]);
    let world = World::start().await;
    let own = world.uiw.audit().verifier_key().to_string();
    fs::write(&key, own).unwrap();
    verify(folder.path(), &key)
        .await
        .fails(1, &["there is no audit log"]);
    // The log of another organisation is not the one that the key belongs to.
    let other = world.federation.ssc.folder.join("data/audit");
    let ran = verify(&other, &key).await;
    ran.fails(1, &["is not what was signed"]);
    let words = ["audit", "verify", "--folder", "x"];
    let ran = raw(
        ["sluis"].iter().chain(&words).map(Into::into).collect(),
        Environment::default(),
    );
    ran.await.fails(2, &["--key"]);
    let ran = run(
        &world.federation.uiw.config,
        &["audit", "verify", "--folder", "x", "--key", "y"],
    );
    ran.await.fails(2, &["--config"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_followed() {
    let world = World::with_contract().await;
    let uiw = &world.federation.uiw;
    let event = |name: &str| Event {
        component: "test".into(),
        name: name.into(),
        ..Event::default()
    };
    let first = world.uiw.audit().record(event("een")).await.unwrap();
    world.uiw.audit().record(event("twee")).await.unwrap();
    let from = first.to_string();
    let read = sluis(uiw, &["audit", "tail", "--from", &from, "--count", "2"])
        .await
        .done();
    let lines: Vec<&str> = read.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with(&format!("#{first} ")) && lines[0].ends_with("event een"));
    let read = sluis(
        uiw,
        &["audit", "tail", "--from", &from, "--count", "1", "--json"],
    )
    .await;
    assert_eq!(read.json()["entry"]["event"]["name"], "een");

    // Waiting for what comes, and then for the gateway to stop.
    let next = world.uiw.audit().state().size.to_string();
    let mut following = Command::new(env!("CARGO_BIN_EXE_sluis"))
        .args(["audit", "tail", "--from", &next, "--config"])
        .arg(&uiw.config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    ask(&world, Some("bijstand-aanvraag")).await;
    // It follows from the first line on; only then the gateway stops.
    let seen = tokio::task::spawn_blocking(move || {
        let intent = lines.find(|line| line.as_ref().unwrap().contains(" intent incoming "));
        (intent.unwrap().unwrap(), lines)
    });
    let (intent, lines) = seen.await.unwrap();
    assert!(intent.contains("intent incoming brp-personen"), "{intent}");
    assert!(intent.contains("purpose=bijstand-aanvraag"), "{intent}");
    world.uiw.stop().await;
    let ended = tokio::task::spawn_blocking(move || {
        let rest: Vec<String> = lines.map(Result::unwrap).collect();
        (rest, following.wait_with_output().unwrap())
    });
    let (rest, ended) = ended.await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(
        (ended.status.code(), said.trim()),
        (Some(0), "the gateway stops")
    );
    assert!(!intent.contains(BSN) && !rest.join("").contains(BSN));
}
