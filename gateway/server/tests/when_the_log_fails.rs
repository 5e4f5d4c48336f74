//! A log that cannot be written: the request is refused, the source is never called, the gateway says that it is not ready, and
//! it goes on by itself once the log can be written again.

#![cfg(test)]

mod support;

use http::{Request, StatusCode};
use http_body_util::Full;
use sluis::gateway::Gateway;
use support::World;
use support::client::{Answer, call, raadpleeg};

async fn ask(world: &World) -> Answer {
    call(
        world.outway(),
        raadpleeg("999904000", &["naam"], Some("bijstand-aanvraag")),
    )
    .await
}

async fn ready(gateway: &Gateway) -> StatusCode {
    let at = gateway.addresses().observability.unwrap();
    call(
        at,
        Request::get("/health/ready").body(Full::default()).unwrap(),
    )
    .await
    .status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_at_either_side_closes_the_door_until_there_is_room() {
    let world = World::with_contract().await;
    assert_eq!(ask(&world).await.status, 200);
    for (gateway, component) in [(&world.uiw, "inway"), (&world.voorbeeld, "outway")] {
        assert_eq!(ready(gateway).await, 200);
        let asked = world.brp.source().requests();
        gateway.audit().set_database_bytes_max(Some(1));
        support::until(|| async { ask(&world).await.status != 200 }).await;
        let calls = world.brp.source().requests();
        ask(&world)
            .await
            .assert_refusal(500, "TRANSACTION_LOG_WRITE_ERROR", component);
        assert_eq!(
            world.brp.source().requests(),
            calls,
            "the source was called"
        );
        assert!(asked <= calls);
        // A probe is small and may still fit where a passage does not; once it does not, the gateway says so.
        support::until(|| async { gateway.audit().probe().await.is_err() }).await;
        support::until(|| async { ready(gateway).await == 503 }).await;
        gateway.audit().set_database_bytes_max(None);
        support::until(|| async { ask(&world).await.status == 200 }).await;
        support::until(|| async { ready(gateway).await == 200 }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_closes_the_door_until_it_is_free() {
    let world = World::with_contract().await;
    assert_eq!(ask(&world).await.status, 200);
    let federation = &world.federation;
    for (gateway, files, component) in [
        (&world.uiw, &federation.uiw, "inway"),
        (&world.voorbeeld, &federation.voorbeeld, "outway"),
    ] {
        let calls = world.brp.source().requests();
        let database = files.folder.join("data/audit/audit.db");
        let other = rusqlite::Connection::open(database).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused = ask(&world).await;
        refused.assert_refusal(500, "TRANSACTION_LOG_WRITE_ERROR", component);
        assert_eq!(
            world.brp.source().requests(),
            calls,
            "the source was called"
        );
        other.execute_batch("ROLLBACK").unwrap();
        support::until(|| async { ask(&world).await.status == 200 }).await;
        // Only who came before the one that could not write has it in its log; an inway writes down whatever it hears.
        let id = refused.header("fsc-transaction-id").unwrap();
        let heard = [&world.voorbeeld, &world.uiw].map(|one| {
            let entries = one.audit().reader().transaction(id.parse().unwrap());
            !entries.unwrap().is_empty()
        });
        assert_eq!(heard, [component == "inway", false]);
        support::until(|| async { ready(gateway).await == 200 }).await;
    }
}
