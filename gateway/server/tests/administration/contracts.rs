//! The life of a contract, from the command line.

use serde_json::Value;
use sluis_audit::{Event, Record};

use crate::command::{line, sluis};
use crate::support::client::{call, raadpleeg};
use crate::support::{World, until};

const BSN: &str = "999904000";
const PURPOSES: &str = "\
- activity: bijstand-aanvraag
  legal_basis: Participatiewet artikelen 53a en 64
  operations: [raadpleeg-met-bsn, zoek-met-naam]
  data: [identiteit, geboorte, adres, partner, kinderen]
";

/// Writes the purposes to a file beside the configuration of the municipality.
fn purposes(world: &World) -> String {
    let file = world.federation.voorbeeld.folder.join("purposes.yaml");
    std::fs::write(&file, PURPOSES).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Proposes that the municipality may ask for persons; the id of the contract.
async fn propose(world: &World) -> String {
    let (provider, purposes) = (&world.federation.uiw.plan.party.oin, purposes(world));
    let words = [
        "contract",
        "propose",
        "--service",
        "brp-personen",
        "--provider",
        provider,
        "--purposes",
        &purposes,
        "--valid-days",
        "30",
        "--json",
    ];
    let contract = sluis(&world.federation.voorbeeld, &words).await.json();
    assert_eq!(contract["state"], "proposed");
    assert_eq!(contract["undelivered"], serde_json::json!([]));
    contract["iv"].as_str().unwrap().to_owned()
}

/// What an administrator did, as the audit log of a gateway has it: name, stage, user.
fn acts(gateway: &sluis::gateway::Gateway) -> Vec<(String, String)> {
    let entries = gateway.audit().reader().entries(0, 1000).unwrap();
    let events = entries
        .into_iter()
        .filter_map(|stored| match stored.entry.record {
            Record::Event(event) if &*event.component == "admin" => Some(*event),
            _ => None,
        });
    events
        .map(|Event { name, details, .. }| {
            assert!(details.contains_key("uid"), "{details:?}");
            (name.to_string(), details["stage"].to_string())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_proposed_read_accepted_used_and_revoked() {
    let world = World::start().await;
    let (voorbeeld, uiw) = (&world.federation.voorbeeld, &world.federation.uiw);
    let id = propose(&world).await;

    // The provider finds it, reads what it allows, and accepts it.
    let list = sluis(uiw, &["contract", "list"]).await.done();
    let row = line(&list, "Gemeente Voorbeeld may call brp-personen");
    assert!(row.starts_with("proposed") && row.ends_with(&id), "{row}");
    let hint = line(&list, "waits for us");
    assert!(
        hint.contains(&format!("sluis contract show {id}")),
        "{hint}"
    );
    let shown = sluis(uiw, &["contract", "show", &id]).await.done();
    for text in [
        "proposed, waits for Uitvoeringsinstituut Werk",
        "by Gemeente Voorbeeld (00000099000000001000)",
        "for bijstand-aanvraag",
        "Participatiewet artikelen 53a en 64",
        "raadpleeg-met-bsn, zoek-met-naam",
        "identiteit, geboorte, adres",
        "with public key",
        &format!("sluis contract accept {id} --config"),
        &format!("sluis contract reject {id} --config"),
    ] {
        assert!(shown.contains(text), "`{text}` is not in:\n{shown}");
    }
    let accepted = sluis(uiw, &["contract", "accept", "--yes", &id])
        .await
        .done();
    assert!(accepted.contains("it is valid"), "{accepted}");
    assert!(line(&accepted, "accepted").contains(&id), "{accepted}");
    assert_eq!(
        acts(&world.uiw),
        [
            ("contract-accept".into(), "asked".into()),
            ("contract-accept".into(), "done".into())
        ]
    );
    assert_eq!(
        acts(&world.voorbeeld),
        [
            ("contract-propose".into(), "asked".into()),
            ("contract-propose".into(), "done".into())
        ]
    );

    // It is used.
    let question = || raadpleeg(BSN, &["naam"], Some("bijstand-aanvraag"));
    until(async || call(world.outway(), question()).await.status == 200).await;
    let list = sluis(voorbeeld, &["contract", "list", "--state", "valid"])
        .await
        .done();
    assert!(list.contains(&id) && list.contains("1 contract"), "{list}");

    // The municipality wants it no longer.
    let revoked = sluis(voorbeeld, &["contract", "revoke", &id]).await.done();
    assert!(revoked.contains("it is revoked"), "{revoked}");
    assert!(revoked.contains("propose a new one"), "{revoked}");
    let answer = call(world.outway(), question()).await;
    answer.assert_refusal(403, "ERROR_CODE_NO_VALID_CONTRACT", "outway");
    let shown = sluis(uiw, &["contract", "show", &id, "--json"])
        .await
        .json();
    assert_eq!(shown["state"], "revoked");
    let signatures = shown["signatures"].as_array().unwrap();
    let signed: Vec<&Value> = signatures.iter().map(|one| &one["type"]).collect();
    assert_eq!(signed, ["accept", "accept", "revoke"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_contract_cannot_be_accepted_any_more() {
    let world = World::start().await;
    let (voorbeeld, uiw) = (&world.federation.voorbeeld, &world.federation.uiw);
    let id = propose(&world).await;
    let rejected = sluis(uiw, &["contract", "reject", &id]).await.done();
    assert!(rejected.contains("it is rejected"), "{rejected}");
    until(async || {
        let words = ["contract", "show", &id, "--json"];
        sluis(voorbeeld, &words).await.json()["state"] == "rejected"
    })
    .await;
    let ran = sluis(uiw, &["contract", "accept", "--yes", &id]).await;
    ran.fails(1, &["the contract is rejected", "propose a new one"]);
    let last = acts(&world.uiw).pop().unwrap();
    assert_eq!(last, ("contract-accept".into(), "failed".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_published_in_the_directory() {
    let world = World::start().await;
    let uiw = &world.federation.uiw;
    let words = ["contract", "propose", "--publish", "brp-personen"];
    let published = sluis(uiw, &words).await.done();
    assert!(
        published
            .contains("Uitvoeringsinstituut Werk lists brp-personen in Directory Voorbeeldgroep"),
        "{published}"
    );
    assert!(published.contains("it is valid"), "{published}");
    // What the service speaks comes from the configuration.
    let list = sluis(uiw, &["contract", "list", "--json"]).await.json();
    let grant = &list["contracts"][0]["grants"][0];
    assert_eq!(grant["type"], "publication");
    assert_eq!(grant["protocol"], "PROTOCOL_TCP_HTTP_1.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_found_by_hash_and_shown_to_the_letter() {
    let world = World::start().await;
    let voorbeeld = &world.federation.voorbeeld;
    let id = propose(&world).await;
    let by_id = sluis(voorbeeld, &["contract", "show", &id, "--json"])
        .await
        .json();
    let hash = by_id["content_hash"].as_str().unwrap();
    let by_hash = sluis(voorbeeld, &["contract", "show", hash, "--json"])
        .await
        .json();
    assert_eq!(by_id, by_hash);
    let content = sluis(voorbeeld, &["contract", "show", &id, "--content"])
        .await
        .done();
    let content = sluis_fsc::contract::Content::parse(content.trim().as_bytes()).unwrap();
    assert_eq!(content.hash().as_str(), hash);
    // Accepting what was accepted changes nothing.
    let again = sluis(voorbeeld, &["contract", "accept", "--yes", &id])
        .await
        .done();
    assert!(again.contains("it is proposed"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_narrowed_and_limited() {
    let world = World::start().await;
    let voorbeeld = &world.federation.voorbeeld;
    world.contract_for_brp().await;
    world.contract_for_zaken().await;
    let list = async |words: &[&str]| {
        let words = [&["contract", "list", "--json"], words].concat();
        let list = sluis(voorbeeld, &words).await.json();
        let contracts = list["contracts"].as_array().unwrap();
        let services = contracts
            .iter()
            .map(|one| one["grants"][0]["service"].as_str());
        let services: Vec<String> = services.map(|one| one.unwrap().to_owned()).collect();
        (services, list["more"] == true)
    };
    let both = list(&[]).await;
    assert_eq!((both.0.len(), both.1), (2, false));
    let uiw = world.federation.uiw.plan.party.oin;
    assert_eq!(list(&["--peer", uiw]).await.0, ["brp-personen"]);
    assert_eq!(list(&["--service", "zaken"]).await.0, ["zaken"]);
    assert_eq!(list(&["--state", "valid,proposed"]).await.0.len(), 2);
    assert_eq!(list(&["--state", "revoked"]).await, (vec![], false));
    let first = list(&["--limit", "1"]).await;
    assert_eq!((first.0.len(), first.1), (1, true));
    let none = sluis(voorbeeld, &["contract", "list", "--service", "nergens"])
        .await
        .done();
    assert!(none.contains("no contract fits"), "{none}");
    let ssc = &world.federation.directory;
    let none = sluis(ssc, &["contract", "list"]).await.done();
    assert!(none.contains("there are no contracts yet"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_yet_is_said() {
    let world = World::start().await;
    let federation = &world.federation;
    // The manager of the provider does not answer; where it is, is known.
    let oin = federation.uiw.plan.party.oin;
    sluis(&federation.voorbeeld, &["peer", "announce", oin])
        .await
        .done();
    world.uiw.stop().await;
    let words = [
        "contract",
        "propose",
        "--service",
        "x",
        "--provider",
        oin,
        "--without-purposes",
        "--wait-seconds",
        "0",
    ];
    let proposed = sluis(&federation.voorbeeld, &words).await.done();
    assert!(proposed.contains("our `submit`"), "{proposed}");
    until(async || {
        let list = sluis(&federation.voorbeeld, &["contract", "list"])
            .await
            .done();
        list.contains("has not been told our `submit` yet") && list.contains("tried again at")
    })
    .await;
    let status = sluis(&federation.voorbeeld, &["status"]).await.done();
    assert!(status.contains("1 signature still to be told"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_named_by_what_it_is_called() {
    let world = World::start().await;
    let voorbeeld = &world.federation.voorbeeld;
    let id = propose(&world).await;
    let shown = sluis(voorbeeld, &["contract", "show", &id, "--json"])
        .await
        .json();
    let grant_hash = shown["grants"][0]["grant_hash"].as_str().unwrap();
    for (contract, texts) in [
        (
            "bijstand",
            &["neither a content hash", "sluis contract list"][..],
        ),
        (
            "0198f2c4-0000-7000-8000-000000000000",
            &["no contract has the unique id"],
        ),
        ("$1$1$x", &["contract: "]),
        (grant_hash, &["contract: ", "hash of a grant"]),
    ] {
        for verb in ["show", "accept", "reject", "revoke"] {
            sluis(voorbeeld, &["contract", verb, contract])
                .await
                .fails(1, texts);
        }
    }
    let unknown = sluis_fsc::ContentHash::parse(shown["content_hash"].as_str().unwrap()).unwrap();
    let mut unknown = unknown.as_str().to_owned();
    let last = if unknown.pop() == Some('A') { 'Q' } else { 'A' };
    unknown.push(last);
    let ran = sluis(voorbeeld, &["contract", "show", &unknown]).await;
    ran.fails(1, &["contract"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_outside_fsc_is_told_to_whoever_has_to_decide() {
    let world = World::start().await;
    let proposal = r#"
grants:
  - connection:
      service: brp-personen
      provider: "00000099000000002000"
      properties:
        delegation.connection.external_contract_reference:
          { reference: "overeenkomst 2026/17", delegator_id: "00000099000000007000", delegator_name: Gemeente Klein }
"#;
    let voorbeeld = &world.federation.voorbeeld;
    let path = voorbeeld.folder.join("external.yaml");
    std::fs::write(&path, proposal).unwrap();
    let file = path.to_str().unwrap();
    let words = [
        "contract",
        "propose",
        "--wait-seconds",
        "0",
        "--json",
        "--file",
        file,
    ];
    let contract = sluis(voorbeeld, &words).await.json();
    let id = contract["iv"].as_str().unwrap();
    let shown = sluis(voorbeeld, &["contract", "show", id]).await.done();
    let told = "on behalf of Gemeente Klein (00000099000000007000) by a contract outside FSC, overeenkomst 2026/17: verify it";
    assert!(shown.contains(told), "{shown}");
    assert!(shown.contains("property delegation.connection.external_contract_reference"));

    let short = proposal.replace(", delegator_name: Gemeente Klein", "");
    std::fs::write(&path, short).unwrap();
    sluis(voorbeeld, &words)
        .await
        .fails(1, &["delegator_name is missing"]);
}
