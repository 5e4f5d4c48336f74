//! What can be proposed, and what not.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::command::{Ran, sluis};
use crate::support::World;

/// Writes a file beside the configuration of the municipality.
fn file(world: &World, text: &str) -> String {
    let path: PathBuf = world.federation.voorbeeld.folder.join("proposal.yaml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn propose(world: &World, words: &[&str]) -> Ran {
    let words = [&["contract", "propose", "--wait-seconds", "0"], words].concat();
    sluis(&world.federation.voorbeeld, &words).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_everything_that_a_contract_can() {
    let world = World::start().await;
    let text = r#"
valid: { from: 2027-01-31, until: "2098-01-31T12:00:00+01:00" }
grants:
  - connection:
      service: brp-personen
      provider: "00000099000000002000"
      purposes:
        - { activity: a, legal_basis: b, operations: [c], data: [d] }
      properties: { note: "van de functionaris" }
  - connection:
      service: zaken
      provider: "00000099000000003000"
      caller: { peer_id: "00000099000000004000", domain_name: outway.example.nl }
      on_behalf_of: "00000099000000001000"
      offered_on_behalf_of: "00000099000000005000"
"#;
    let contract = propose(&world, &["--file", &file(&world, text), "--json"])
        .await
        .json();
    assert_eq!(contract["not_before"], "2027-01-31T00:00:00Z");
    assert_eq!(contract["not_after"], "2098-01-31T11:00:00Z");
    let (first, second) = (&contract["grants"][0], &contract["grants"][1]);
    assert_eq!(first["outway_peer_id"], "00000099000000001000");
    let own = first["outway_public_key_thumbprint"].as_str().unwrap();
    assert_eq!(own.len(), 64);
    let purpose =
        json!({ "activity": "a", "legal_basis": "b", "operations": ["c"], "data": ["d"] });
    assert_eq!(
        first["properties"],
        json!({ "note": "van de functionaris", "purpose_binding.connection": { "purposes": [purpose] } })
    );
    assert_eq!(second["outway_peer_id"], "00000099000000004000");
    assert_eq!(second["outway_domain_name"], "outway.example.nl");
    assert_eq!(second["delegator_peer_id"], "00000099000000001000");
    assert_eq!(second["service_delegator_peer_id"], "00000099000000005000");
    assert_eq!(contract["waiting_for"].as_array().unwrap().len(), 4);

    let text = r#"{ "grants": [{ "publication": { "service": "zaken", "protocol": "http2" } }] }"#;
    let contract = propose(&world, &["--file", &file(&world, text), "--json"])
        .await
        .json();
    assert_eq!(contract["grants"][0]["protocol"], "PROTOCOL_TCP_HTTP_2");
    assert_eq!(
        contract["grants"][0]["directory_peer_id"],
        "00000099000000009000"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn purposes_are_read_in_each_form_that_people_write() {
    let world = World::start().await;
    let purpose =
        json!({ "activity": "a", "legal_basis": "b", "operations": ["c"], "data": ["d"] });
    let bound = json!({ "purposes": [purpose] });
    for written in [
        json!([purpose]),
        bound.clone(),
        json!({ "purpose_binding.connection": bound }),
    ] {
        let file = file(&world, &written.to_string());
        let connection = ["--service", "x", "--provider", "00000099000000002000"];
        let words = [&connection[..], &["--purposes", &file, "--json"]].concat();
        let contract = propose(&world, &words).await.json();
        let properties: &Value = &contract["grants"][0]["properties"];
        assert_eq!(*properties, json!({ "purpose_binding.connection": bound }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_a_file_is_named_with_the_file() {
    let world = World::start().await;
    let uiw = "00000099000000002000";
    for (text, expected) in [
        ("- activity: a\n  waarom: x\n", "purpose_binding.connection"),
        ("purposes: x\n", "purpose_binding.connection"),
        (
            "{a: 1, purpose_binding.connection: {purposes: []}}",
            "beside other properties",
        ),
        ("een doel", "neither a list"),
        ("[1", "cannot be read"),
    ] {
        let file = file(&world, text);
        let words = ["--service", "x", "--provider", uiw, "--purposes", &file];
        propose(&world, &words)
            .await
            .fails(1, &["proposal.yaml", expected]);
    }
    for (text, expected) in [
        ("grants: []\nvalidity: {}\n", "validity"),
        ("grants:\n  - connection: { service: x }\n", "provider"),
        (
            "grants:\n  - connection: { service: x, provider: 'a b' }\n",
            "provider",
        ),
        ("grants:\n  - koppeling: { service: x }\n", "koppeling"),
        (
            "grants:\n  - connection: { service: x, provider: '00000099000000002000', caller: { domain_name: 'a b' } }\n",
            "grants[0]",
        ),
    ] {
        propose(&world, &["--file", &file(&world, text)])
            .await
            .fails(1, &["proposal.yaml", expected]);
    }
    let ran = propose(&world, &["--file", "/absent/proposal.yaml"]).await;
    ran.fails(1, &["`/absent/proposal.yaml` cannot be read"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_cannot_sign_is_refused_with_the_remedy() {
    let world = World::start().await;
    let uiw = "00000099000000002000";
    let nothing = file(&world, "grants: []");
    let foreign = file(
        &world,
        "grants:\n  - connection: { service: x, provider: '00000099000000002000', caller: { peer_id: '00000099000000003000' } }\n",
    );
    propose(&world, &["--file", &nothing])
        .await
        .fails(1, &["grant"]);
    let text = "grants:\n  - connection: { service: x, provider: '00000099000000002000', caller: { peer_id: '00000099000000003000' } }\n";
    let foreign = {
        let _ = foreign;
        file(&world, text)
    };
    propose(&world, &["--file", &foreign]).await.fails(
        1,
        &[
            "grants[0].service_connection.outway_identification",
            "domain name",
        ],
    );
    let connection = ["--service", "x", "--provider", uiw, "--without-purposes"];
    let with = async |words: &[&str]| propose(&world, &[&connection[..], words].concat()).await;
    with(&["--valid-until", "2020-01-01"])
        .await
        .fails(1, &["in the past"]);
    with(&["--valid-until", "morgen"])
        .await
        .fails(1, &["`morgen` is no moment", "2027-01-31"]);
    with(&["--valid-from", "2031-01-01", "--valid-until", "2030-01-01"])
        .await
        .fails(1, &["must lie after"]);
    propose(&world, &["--publish", "geheim"]).await.fails(
        1,
        &[
            "`geheim` is not a service of this gateway's inway",
            "inway.services",
        ],
    );
    let ran = sluis(
        &world.federation.directory,
        &[
            "contract",
            "propose",
            "--publish",
            "x",
            "--protocol",
            "http1",
        ],
    )
    .await;
    ran.fails(1, &["no directory is configured"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_line_that_says_too_little_or_too_much_is_refused() {
    let world = World::start().await;
    let uiw = "00000099000000002000";
    for words in [
        &[][..],
        &["--service", "x"],
        &["--service", "x", "--provider", uiw],
        &["--service", "x", "--provider", "a b", "--without-purposes"],
        &["--service", "a/b", "--provider", uiw, "--without-purposes"],
        &[
            "--service",
            "x",
            "--provider",
            uiw,
            "--without-purposes",
            "--purposes",
            "f",
        ],
        &["--service", "x", "--publish", "y"],
        &["--publish", "y", "--without-purposes"],
        &["--publish", "y", "--protocol", "ftp"],
        &["--publish", "y", "--valid-days", "0"],
        &[
            "--publish",
            "y",
            "--valid-days",
            "4",
            "--valid-until",
            "2030-01-01",
        ],
        &["--file", "f", "--valid-days", "4"],
    ] {
        let ran = propose(&world, words).await;
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (2, ""),
            "{words:?}: {}",
            ran.err
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_help_work() {
    let world = World::start().await;
    let help = propose(&world, &["--help"]).await.done();
    let between = |from: &str, to: &str| {
        let (_, rest) = help.split_once(from).unwrap();
        rest.split_once(to).unwrap().0.to_owned()
    };
    let purposes = between("holds a list such as:\n", "That the directory");
    let uiw = "00000099000000002000";
    let connection = ["--service", "brp-personen", "--provider", uiw];
    let purposes_file = file(&world, &purposes);
    propose(
        &world,
        &[&connection[..], &["--purposes", &purposes_file]].concat(),
    )
    .await
    .done();
    let whole = between("`--file contract.yaml`:\n", "or, in a contract");
    let purpose = "[{ activity: a, legal_basis: b, operations: [c], data: [d] }]";
    let whole_file = file(&world, &whole.replace("[...]", purpose));
    propose(&world, &["--file", &whole_file]).await.done();
    let publication = between("in a contract of its own:\n", "\"00000099000000009000\" }");
    let text = format!("grants:\n{publication}'00000099000000009000' }}\n");
    propose(
        &world,
        &["--file", &file(&world, text.trim_start_matches('\n'))],
    )
    .await
    .done();
}
