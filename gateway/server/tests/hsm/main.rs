//! Gateways whose private keys are in a PKCS#11 token.
#![cfg(test)]

#[path = "../../../../certs/src/test_kit/softhsm_process.rs"]
mod softhsm_process;
#[path = "../support/mod.rs"]
mod support;
mod token;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Request;
use http_body_util::Full;
use sluis::demo::federation::{BRP, Federation};
use sluis::demo::parties::UIW;
use sluis::demo::party_files::PartyFiles;
use sluis::demo::policies::contract;
use support::client::{Answer, call, raadpleeg};
use support::outsider::{Outsider, leaf};
use support::{World, until};
use token::{SoftHsm, with_softhsm};

async fn passage(world: &World) -> Answer {
    let question = raadpleeg("999904000", &["naam"], Some("bijstand-aanvraag"));
    call(world.outway(), question).await
}

/// What a gateway says about being ready.
async fn ready(files: &PartyFiles) -> Answer {
    let request = Request::get("/health/ready").body(Full::<Bytes>::default());
    let port = files.plan.ports.observability;
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    call(at, request.unwrap()).await
}

/// Runs the command, and gives what it says and whether it is content.
fn sluis(arguments: &[&str], files: &PartyFiles) -> (bool, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_sluis"))
        .args(arguments)
        .arg(&files.config)
        .output()
        .unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn two_gateways_with_their_keys_in_tokens_carry_a_passage() {
    with_softhsm(
        "two_gateways_with_their_keys_in_tokens_carry_a_passage",
        async |hsm| {
            let world = World::build_with_files(
                "",
                |_| (),
                |federation| {
                    hsm.take_key(&federation.voorbeeld, &hsm.module);
                    hsm.take_key(&federation.uiw, &hsm.module);
                },
            )
            .await;
            // Contract and token are signed in the tokens, and so is every handshake.
            world.contract_for_brp().await;
            let answer = passage(&world).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let uiw = &world.federation.uiw;
            assert_eq!(ready(uiw).await.status, 200);
            let (content, said) = sluis(&["status", "--config"], uiw);
            assert!(content, "{said}");
            assert!(
                said.contains("pkcs11:token=uiw;object=inway, signs"),
                "{said}"
            );
            let (content, said) = sluis(&["check-config"], uiw);
            assert!(content, "{said}");

            // The same PIN, written otherwise: the certificates are read anew, and the token is opened again.
            std::fs::write(uiw.folder.join("pin"), "4821\n").unwrap();
            let (content, said) = sluis(&["reload", "--config"], uiw);
            assert!(content, "{said}");
            assert_eq!(passage(&world).await.status, 200);

            std::fs::write(uiw.folder.join("pin"), "1111").unwrap();
            let (content, said) = sluis(&["check-config"], uiw);
            assert!(!content);
            assert!(
                said.contains("certificate.pin_file: token `uiw` refused the PIN"),
                "{said}"
            );
            assert!(!said.contains("1111"), "{said}");
        },
    );
}

/// A world in which the key of Uitvoeringsinstituut Werk is in a token that can hang.
async fn world_that_hangs(hsm: &SoftHsm, limits: &str) -> Option<(World, Outsider, SocketAddr)> {
    let module = hsm.hanging_module()?;
    let take = |federation: &Federation| hsm.take_key(&federation.uiw, &module);
    let mut world = World::build_with_files(limits, |_| (), take).await;
    world.contract_for_brp().await;
    assert_eq!(passage(&world).await.status, 200);
    let inway = world.uiw.addresses().inway.unwrap();
    let leaf = leaf(&mut world.federation.pki, "00000099000000008000", None);
    let outsider = Outsider::with(&world, &leaf, UIW.oin);
    assert!(outsider.call(inway, get()).await.is_ok());
    Some((world, outsider, inway))
}

fn get() -> Request<Full<Bytes>> {
    Request::get("/").body(Full::default()).unwrap()
}

#[test]
fn while_signatures_wait_other_traffic_goes_on() {
    with_softhsm("while_signatures_wait_other_traffic_goes_on", async |hsm| {
        let limits =
            "limits: { token_signature_timeout_ms: 60000, tls_handshake_timeout_ms: 60000 }\n";
        let Some((world, outsider, inway)) = world_that_hangs(&hsm, limits).await else {
            return;
        };
        hsm.hang();
        // More handshakes than the runtime has threads; every one waits for its signature.
        let handshakes: Vec<_> = (0..12).map(|_| outsider.call(inway, get())).collect();
        let (handshakes, ()) = tokio::join!(join_all(handshakes), async {
            until(async || hsm.hangs()).await;
            for _ in 0..10 {
                assert_eq!(passage(&world).await.status, 200);
            }
            hsm.go_on();
        });
        assert!(handshakes.iter().all(Result::is_ok), "{handshakes:?}");
    });
}

#[test]
fn a_token_that_hangs_fails_handshakes_and_readiness_and_may_come_back() {
    with_softhsm(
        "a_token_that_hangs_fails_handshakes_and_readiness_and_may_come_back",
        async |hsm| {
            let limits = "limits: { token_sessions_max: 2 }\n";
            let Some((world, outsider, inway)) = world_that_hangs(&hsm, limits).await else {
                return;
            };
            let properties = contract::brp_personen();
            let proposed = world.propose(&world.uiw, BRP, properties).await;
            let accept = async || world.uiw.manager().unwrap().accept(&proposed).await;

            hsm.hang();
            let handshakes: Vec<_> = (0..12).map(|_| outsider.call(inway, get())).collect();
            let handshakes = join_all(handshakes).await;
            assert!(handshakes.iter().all(Result::is_err), "{handshakes:?}");
            assert_eq!(passage(&world).await.status, 200);
            let refused = accept().await.map(drop).unwrap_err().to_string();
            assert!(
                refused.starts_with("the signature could not be made: ")
                    && refused.contains("the token answers in none of its 2 sessions"),
                "{refused}"
            );
            let uiw = &world.federation.uiw;
            until(async || ready(uiw).await.status == 503).await;
            let reason = ready(uiw).await.json()["reason"].to_string();
            assert!(reason.contains("the token"), "{reason}");
            let (_, said) = sluis(&["status", "--config"], uiw);
            assert!(
                said.contains("pkcs11:token=uiw;object=inway does not sign"),
                "{said}"
            );

            hsm.go_on();
            until(async || ready(uiw).await.status == 200).await;
            assert!(outsider.call(inway, get()).await.is_ok());
            accept().await.unwrap();
        },
    );
}
