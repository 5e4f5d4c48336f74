//! How often an outway asks for a token: once for all who wait, and anew shortly before the one it has expires.

#![cfg(test)]

mod support;

use std::sync::Arc;

use http::Request;
use http_body_util::Full;
use support::World;
use support::client::{call, raadpleeg};

/// How long the tokens of the federation are valid, by default.
const LIFETIME_SECONDS: u64 = 300;

/// How long before its end a token is not used any more.
const MARGIN_SECONDS: u64 = 10;

/// Asks about a person.
async fn ask(world: &World) {
    let question = raadpleeg("999904000", &["naam"], Some("bijstand-aanvraag"));
    let answer = call(world.outway(), question).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
}

/// The token that the source heard last.
fn heard(world: &World) -> String {
    let exchange = world.brp.source().last_exchange().unwrap();
    let token = &exchange.request_headers["fsc-authorization"];
    token.to_str().unwrap().to_owned()
}

/// How often the consumer got a token of the provider's manager.
async fn fetches(world: &World) -> u64 {
    counted(world, "sluis_token_fetches_total", "result=\"ok\"").await
}

/// The only count of this name with this label in the metrics of the consumer.
async fn counted(world: &World, name: &str, label: &str) -> u64 {
    let at = world.voorbeeld.addresses().observability.unwrap();
    let page = call(at, Request::get("/metrics").body(Full::default()).unwrap()).await;
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    let counts: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with(name) && line.contains(label))
        .collect();
    let [count] = counts.as_slice() else {
        panic!("{counts:?}")
    };
    count.rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_wait_share_one_token() {
    let world = Arc::new(World::with_contract().await);
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { ask(&world).await })
        })
        .collect();
    for called in calls {
        called.await.unwrap();
    }
    assert_eq!(fetches(&world).await, 1);
    let passages = counted(&world, "sluis_verdicts_total", "role=\"outway\"").await;
    assert_eq!(passages, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_used_until_shortly_before_its_end_and_then_fetched_anew() {
    let (world, hand) = World::with_contract_and_hand().await;
    ask(&world).await;
    let mut token = heard(&world);
    for fetched in 1..=3 {
        hand.advance((LIFETIME_SECONDS - MARGIN_SECONDS) * 1000 - 1);
        ask(&world).await;
        assert_eq!(fetches(&world).await, fetched, "before the margin");
        assert_eq!(heard(&world), token);

        hand.advance(1);
        ask(&world).await;
        assert_eq!(fetches(&world).await, fetched + 1, "within the margin");
        assert_ne!(std::mem::replace(&mut token, heard(&world)), token);
    }
}
