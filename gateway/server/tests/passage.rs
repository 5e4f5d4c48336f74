//! A person record through two gateways.

mod support;

use support::World;
use support::client::{call, raadpleeg};

const PURPOSE: &str = "bijstand-aanvraag";

#[tokio::test(flavor = "multi_thread")]
async fn a_permitted_call_is_narrowed_asked_and_minimised() {
    let world = World::with_contract().await;
    let bsn = some_bsn(&world);
    let answer = call(
        world.outway(),
        raadpleeg(&bsn, &["naam", "verblijfplaats"], Some(PURPOSE)),
    )
    .await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    println!("{}", answer.json());
    assert!(answer.header("fsc-transaction-id").is_some());
}

fn some_bsn(_world: &World) -> String {
    sluis::demo::persons::Persons::load().unwrap().all()[0]
        .bsn()
        .to_owned()
}
