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
