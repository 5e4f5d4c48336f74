//! How a gateway is doing, from the command line and for a prober.

use sluis_audit::Event;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::command::{line, sluis};
use crate::support::{World, until};
use sluis::admin::AdminClient;
use sluis::demo::party_files::PartyFiles;

async fn health(party: &PartyFiles, service: &str) -> Result<ServingStatus, tonic::Code> {
    let socket = party.folder.join("admin.sock");
    let client = AdminClient::connect(&socket).await.unwrap();
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(client.channel()).check(request).await;
    Ok(answer
        .map_err(|status| status.code())?
        .into_inner()
        .status())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_matters_is_on_one_page() {
    let world = World::with_contract().await;
    let voorbeeld = &world.federation.voorbeeld;
    let status = sluis(voorbeeld, &["status"]).await.done();
    assert!(line(&status, "organisation").contains("Gemeente Voorbeeld (00000099000000001000)"));
    assert!(line(&status, "group").contains("sluis.demo"));
    assert!(line(&status, "contracts").contains("1 valid"));
    assert!(line(&status, "audit log").contains("can be written"));
    assert!(line(&status, "policy").contains("sha256:"));
    let outway = line(&status, "outway");
    let port = voorbeeld.plan.ports.outway.to_string();
    assert!(
        outway.contains(&port) && outway.contains("takes requests"),
        "{outway}"
    );
    assert!(!status.contains("inway"), "{status}");
    let json = sluis(&world.federation.uiw, &["status", "--json"])
        .await
        .json();
    let parts = json["parts"].as_array().unwrap();
    let names: Vec<&str> = parts
        .iter()
        .map(|part| part["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["manager", "inway", "observability", "admin"]);
    let key: sluis_audit::VerifierKey = json["log"]["verifier_key"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(key, *world.uiw.audit().verifier_key());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_replaced_are_taken_over_or_refused_with_the_reason() {
    let world = World::start().await;
    let uiw = &world.federation.uiw;
    let said = sluis(uiw, &["reload"]).await.done();
    assert_eq!(said, "the files hold what is in force already\n");
    let key = uiw.folder.join("pki/key.pem");
    let good = std::fs::read(&key).unwrap();
    std::fs::write(&key, "no key").unwrap();
    let refused = sluis(uiw, &["reload"]).await;
    refused.fails(
        1,
        &["the files are refused", "certificate.key_file", "key.pem"],
    );
    let status = sluis(uiw, &["status"]).await.done();
    assert!(line(&status, "files").contains("REFUSED since"), "{status}");
    let attention = status.split_once("needs attention:").unwrap().1;
    assert!(
        attention.contains("those on disk are refused: certificate.key_file"),
        "{attention}"
    );
    let json = sluis(uiw, &["status", "--json"]).await.json();
    assert_eq!(json["files"]["problems"].as_array().unwrap().len(), 1);
    std::fs::write(&key, good).unwrap();
    // Another order of the same anchors is another file.
    let anchors = uiw.folder.join("pki/anchors.pem");
    let text = std::fs::read_to_string(&anchors).unwrap();
    std::fs::write(&anchors, format!("# the group\n{text}")).unwrap();
    let said = sluis(uiw, &["reload"]).await.done();
    assert_eq!(said, "now in force from disk: trust\n");
    let status = sluis(uiw, &["status"]).await.done();
    assert!(
        line(&status, "files").contains("in force since"),
        "{status}"
    );
    let reader = world.uiw.audit().reader();
    let events = reader.entries(0, 1_000).unwrap();
    assert!(format!("{events:?}").contains("reload"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_stops_inway_and_outway_and_is_seen() {
    let world = World::start().await;
    let uiw = &world.federation.uiw;
    until(async || health(uiw, "inway").await == Ok(ServingStatus::Serving)).await;
    assert_eq!(health(uiw, "").await, Ok(ServingStatus::Serving));
    assert_eq!(health(uiw, "outway").await, Err(tonic::Code::NotFound));

    let audit = world.uiw.audit();
    audit.set_database_bytes_max(Some(1));
    let event = || Event {
        component: "test".into(),
        name: "test".into(),
        ..Event::default()
    };
    // A small record may still fit where a larger one does not.
    until(async || audit.record(event()).await.is_err() && audit.probe().await.is_err()).await;
    until(async || health(uiw, "inway").await == Ok(ServingStatus::NotServing)).await;
    assert_eq!(health(uiw, "").await, Ok(ServingStatus::NotServing));
    assert_eq!(health(uiw, "manager").await, Ok(ServingStatus::Serving));
    let ran = sluis(uiw, &["status"]).await;
    assert!(ran.out.contains("CANNOT BE WRITTEN"), "{}", ran.out);
    assert!(ran.out.contains("every passage is refused"), "{}", ran.out);
    ran.fails(1, &["one part is not taking requests: inway"]);
    // Nothing is done that cannot be recorded.
    let words = ["contract", "propose", "--publish", "brp-personen"];
    sluis(uiw, &words).await.fails(1, &["nothing was done"]);
    assert!(
        world
            .uiw
            .manager()
            .unwrap()
            .list(None, 10)
            .await
            .unwrap()
            .is_empty()
    );

    // Once it can be written again it is found without anybody passing.
    audit.set_database_bytes_max(None);
    until(async || health(uiw, "inway").await == Ok(ServingStatus::Serving)).await;
    sluis(uiw, &["status"]).await.done();
}
