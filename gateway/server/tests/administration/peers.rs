//! Other organisations, from the command line.

use http::Request;
use http_body_util::Full;

use crate::command::{line, sluis};
use crate::support::client::call;
use crate::support::{World, until};

#[tokio::test(flavor = "multi_thread")]
async fn those_who_announced_themselves_are_listed() {
    let world = World::start().await;
    let directory = &world.federation.directory;
    // Every gateway announces itself to the directory at its start.
    until(async || {
        let peers = sluis(directory, &["peer", "list"]).await.done();
        peers.contains("3 organisations")
    })
    .await;
    let peers = sluis(directory, &["peer", "list"]).await.done();
    let row = line(&peers, "Gemeente Voorbeeld");
    assert!(row.starts_with("00000099000000001000"), "{row}");
    assert!(
        row.contains("https://localhost:") && row.ends_with('Z'),
        "{row}"
    );
    let one = sluis(directory, &["peer", "list", "--name", "WERK", "--json"])
        .await
        .json();
    assert_eq!(one["peers"].as_array().unwrap().len(), 1);
    assert_eq!(one["peers"][0]["name"], "Uitvoeringsinstituut Werk");
    let none = sluis(directory, &["peer", "list", "--name", "nergens"])
        .await
        .done();
    assert!(none.contains("`nergens`"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn we_announce_ourselves() {
    let world = World::start().await;
    let voorbeeld = &world.federation.voorbeeld;
    let nobody = sluis(voorbeeld, &["peer", "list"]).await.done();
    let directory = "besides the directory 00000099000000009000 of the configuration";
    assert!(nobody.contains(directory), "{nobody}");
    let done = sluis(voorbeeld, &["peer", "announce"]).await.done();
    assert!(done.contains("00000099000000009000"), "{done}");
    assert!(done.contains("speaks FSC 2.0.0"), "{done}");

    // To somebody whose address only the administrator knows, from a gateway without directory.
    let address = format!(
        "https://localhost:{}",
        world.federation.uiw.plan.ports.manager
    );
    let oin = world.federation.uiw.plan.party.oin;
    let directory = &world.federation.directory;
    let words = ["peer", "announce", oin, "--address", &address, "--json"];
    let peer = sluis(directory, &words).await.json();
    assert_eq!(peer["peer_id"], oin);
    assert_eq!(peer["name"], "Uitvoeringsinstituut Werk");
    assert_eq!(peer["fsc_version"], "2.0.0");
    let known = sluis(&world.federation.uiw, &["peer", "list"]).await.done();
    assert!(known.contains("Directory Voorbeeldgroep"), "{known}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_goes_to_nobody_else() {
    let world = World::start().await;
    let directory = &world.federation.directory;
    let at = |port: u16| format!("https://localhost:{port}");
    // Another organisation answers there than the one that is meant.
    let wrong = at(world.federation.ssc.plan.ports.manager);
    let (uiw, own) = (
        world.federation.uiw.plan.party.oin,
        directory.plan.party.oin,
    );
    let ran = sluis(directory, &["peer", "announce", uiw, "--address", &wrong]).await;
    ran.fails(1, &["cannot be reached", "unexpected-peer"]);
    let nobody = "00000099000000007000";
    sluis(directory, &["peer", "announce", nobody])
        .await
        .fails(1, &["address", "is not known"]);
    sluis(directory, &["peer", "announce", own])
        .await
        .fails(1, &["our own"]);
    sluis(directory, &["peer", "announce"])
        .await
        .fails(1, &["no directory is configured", "manager.directory"]);
    for words in [
        &["peer", "announce", uiw, "--address", "http://localhost"][..],
        &["peer", "announce", "with space"],
        &["peer", "announce", "--address", "https://localhost:8443"],
        &["peer"],
    ] {
        let ran = sluis(directory, words).await;
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (2, ""),
            "{words:?}: {}",
            ran.err
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_agreed_is_told_wherever_one_looks() {
    let world = World::with_contract().await;
    let voorbeeld = &world.federation.voorbeeld;
    let listed = sluis(voorbeeld, &["peer", "check"]).await.done();
    let row = line(&listed, "Uitvoeringsinstituut Werk");
    assert!(row.contains("2.0.0") && row.contains("answers"), "{row}");
    assert!(!listed.contains("needs attention"), "{listed}");

    world.uiw.stop().await;
    let listed = sluis(voorbeeld, &["peer", "check"]).await.done();
    let row = line(&listed, "Uitvoeringsinstituut Werk");
    assert!(row.contains("SILENT"), "{row}");
    // Found once it is no alarm yet, and it is not nothing either.
    let (_, attention) = listed.split_once("needs attention:").unwrap();
    let told = line(attention, "Uitvoeringsinstituut Werk");
    let follows = "; 1 contract with it: an alarm follows when the next check finds it silent too";
    assert!(told.ends_with(follows), "{told}");
    sluis(voorbeeld, &["peer", "check"]).await.done();
    // The same words in the list, in the overview, in JSON and in the metrics.
    let listed = sluis(voorbeeld, &["peer", "list"]).await.done();
    let status = sluis(voorbeeld, &["status"]).await.done();
    for told in [&listed, &status] {
        let (_, attention) = told.split_once("needs attention:").unwrap();
        let told = line(
            attention,
            "Uitvoeringsinstituut Werk (00000099000000002000)",
        );
        for words in [
            "its manager does not answer as it should",
            "(refused)",
            "(since 20",
            "ask the organisation whether its manager runs",
        ] {
            assert!(told.contains(words), "{told}");
        }
    }
    let json = sluis(voorbeeld, &["peer", "list", "--json", "--name", "werk"])
        .await
        .json();
    let peer = &json["peers"][0];
    assert_eq!(peer["state"], "silent");
    assert_eq!(peer["alarms"][0]["alarm"], "peer-silent");
    assert_eq!(peer["alarms"][0]["since"], peer["state_since"]);
    let json = sluis(voorbeeld, &["status", "--json"]).await.json();
    assert_eq!(
        json["peer_alarms"][0]["peer_name"],
        "Uitvoeringsinstituut Werk"
    );
    let address = world.voorbeeld.addresses().observability.unwrap();
    let request = Request::get("/metrics").body(Full::default()).unwrap();
    let page = String::from_utf8(call(address, request).await.body.to_vec()).unwrap();
    let counted = line(&page, "sluis_peer_alarms{alarm=\"peer-silent\"");
    assert!(counted.ends_with(" 1"), "{counted}");
}
