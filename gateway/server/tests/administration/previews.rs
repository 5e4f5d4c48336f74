//! What a contract would open, and what differs between two.

use regex::Regex;
use serde_json::Value;

use crate::command::{Ran, answering, sluis};
use crate::support::World;

const PURPOSES: &str = "\
- activity: bijstand-aanvraag
  legal_basis: Participatiewet artikelen 53a en 64
  operations: [raadpleeg-met-bsn, zoek-met-naam]
  data: [identiteit, geboorte, adres, gezag, nergens]
- activity: zonder-register
  legal_basis: Verzonnen wet artikel 1
  operations: [raadpleeg-met-bsn]
  data: [adres]
";

/// Writes a file beside the configuration of the municipality.
fn file(world: &World, name: &str, text: &str) -> String {
    let path = world.federation.voorbeeld.folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Without what differs from run to run.
fn golden(text: &str) -> String {
    let moments = Regex::new(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let text = moments.replace_all(text, "<moment>");
    let keys = Regex::new(r"[0-9a-f]{64}").unwrap();
    keys.replace_all(&text, "<key>").into_owned()
}

async fn propose(world: &World, more: &[&str]) -> Ran {
    let purposes = file(world, "purposes.yaml", PURPOSES);
    let provider = world.federation.uiw.plan.party.oin;
    let words = [
        &["contract", "propose", "--service", "brp-personen"][..],
        &["--provider", provider, "--purposes", &purposes],
        more,
    ]
    .concat();
    sluis(&world.federation.voorbeeld, &words).await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_see_what_it_opens_before_they_sign() {
    let world = World::start().await;
    let uiw = &world.federation.uiw;
    let dry = propose(&world, &["--dry-run"]).await.done();
    insta::assert_snapshot!("we_would_see", golden(&dry));
    let list = sluis(&world.federation.voorbeeld, &["contract", "list", "--json"]).await;
    assert_eq!(list.json()["contracts"], serde_json::json!([]));

    let proposed = propose(&world, &["--json"]).await.json();
    let id = proposed["iv"].as_str().unwrap();
    assert_eq!(proposed["decision"], Value::Null);
    let shown = sluis(uiw, &["contract", "show", id, "--json"]).await.json();
    assert_eq!(shown["decision"]["outcome"], "hold");
    assert_eq!(shown["decision"]["code"], "no-rule");
    assert!(
        shown["decision"]["policy"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );

    // Nobody is there, somebody says no, somebody says yes.
    let accept = ["contract", "accept", id];
    let ran = sluis(uiw, &accept).await;
    insta::assert_snapshot!("they_would_see", golden(&ran.out));
    ran.fails(1, &["nothing was accepted", "--yes"]);
    sluis(uiw, &["contract", "accept", id, "--json"])
        .await
        .fails(1, &["--yes"]);
    answering(uiw, &accept, "no\n")
        .await
        .fails(1, &["nothing was accepted"]);
    answering(uiw, &accept, "")
        .await
        .fails(1, &["nothing was accepted"]);
    let ran = answering(uiw, &accept, "yes\n").await.done();
    assert!(ran.contains("it is valid"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_programs_the_same() {
    let world = World::start().await;
    let preview = propose(&world, &["--dry-run", "--json"]).await.json();
    let purposes = &preview["grants"][0]["purposes"];
    assert_eq!(purposes[0]["view"], "we-see");
    assert_eq!(purposes[0]["opens"][0]["version"], 2);
    assert_eq!(purposes[1]["problem"], "is not in the register");
    assert_eq!(preview["decision"], Value::Null);
    assert_eq!(preview["weighed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_contracts_are_compared() {
    let world = World::start().await;
    let voorbeeld = &world.federation.voorbeeld;
    let proposal = |until: &str, key: &str, data: &str| {
        format!(
            "valid: {{ from: 2027-01-01, until: {until} }}
grants:
  - connection:
      service: brp-personen
      provider: \"00000099000000002000\"
      caller: {{ {key} }}
      purposes:
        - {{ activity: bijstand-aanvraag, legal_basis: Participatiewet artikelen 53a en 64, operations: [raadpleeg-met-bsn], data: {data} }}
"
        )
    };
    let old = proposal(
        "2098-01-01",
        "domain_name: oud.example.nl",
        "[identiteit, adres]",
    );
    let new = proposal(
        "2099-01-01",
        "domain_name: nieuw.example.nl",
        "[adres, geboorte]",
    );
    let (old, new) = (
        file(&world, "old.yaml", &old),
        file(&world, "new.yaml", &new),
    );
    let ran = sluis(voorbeeld, &["contract", "diff", &old, &new])
        .await
        .done();
    insta::assert_snapshot!(ran);
    let same = sluis(voorbeeld, &["contract", "diff", &old, &old])
        .await
        .done();
    assert_eq!(same, "both contracts open the same\n");

    // By id, and by a content in a file.
    let words = ["contract", "propose", "--file", &old, "--json"];
    let proposed = sluis(voorbeeld, &words).await.json();
    let id = proposed["iv"].as_str().unwrap();
    let content = sluis(voorbeeld, &["contract", "show", id, "--content"])
        .await
        .done();
    let content = file(&world, "content.json", &content);
    let same = sluis(voorbeeld, &["contract", "diff", id, &content])
        .await
        .done();
    assert_eq!(same, "both contracts open the same\n");
    let words = ["contract", "diff", id, &new, "--json"];
    let difference = sluis(voorbeeld, &words).await.json();
    assert_eq!(difference["opens"].as_array().unwrap().len(), 1);
    assert_eq!(difference["closes"].as_array().unwrap().len(), 1);
    assert_eq!(
        difference["period"]["after"],
        "from 2027-01-01T00:00:00Z until 2099-01-01T00:00:00Z"
    );

    let broken = file(&world, "broken.json", r#"{"iv": "x"}"#);
    sluis(voorbeeld, &["contract", "diff", id, &broken])
        .await
        .fails(1, &["the content of the contract"]);
    sluis(voorbeeld, &["contract", "diff", id, "nergens.yaml"])
        .await
        .fails(1, &["nergens.yaml", "cannot be read"]);
}
