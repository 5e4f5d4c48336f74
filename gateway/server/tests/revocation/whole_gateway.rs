//! A gateway as it is started by its configuration.

use std::fs;

use sluis::clock::Clock;
use sluis::config::Config;
use sluis::gateway::Gateway;
use sluis::reload::Cause;

use super::list_server::{Behaviour, ListServer};
use super::world::{ISSUING, LIST_SECONDS, NOW, World, settings, until, within};

#[tokio::test]
async fn a_gateway_fetches_its_lists_and_closes_the_connections_of_who_is_revoked() {
    let server = ListServer::start().await;
    let mut world = World::build(server.clone(), settings(&server)).await;
    world.publish();
    let folder = world.folder.path();
    fs::write(folder.join("anchors.pem"), world.pki.anchors_pem()).unwrap();
    fs::write(folder.join("chain.pem"), &world.ours.chain_pem).unwrap();
    sluis_certs::write_private_file(&folder.join("key.pem"), world.ours.key_pem.as_bytes())
        .unwrap();
    let text = format!(
        "group_id: sluis.test\n\
         peer: {{ id: \"00000099123456789000\", name: Gemeente Voorbeeld }}\n\
         certificate: {{ chain_file: chain.pem, key_file: key.pem }}\n\
         trust: {{ profile: test, anchors_file: anchors.pem, crl_hosts: [\"{}\"] }}\n\
         store: {{ folder: data }}\n\
         admin: {{ socket: admin.sock }}\n\
         observability: {{ listen: \"127.0.0.1:0\" }}\n\
         manager: {{ listen: \"127.0.0.1:0\" }}\n",
        server.address
    );
    fs::write(folder.join("sluis.yaml"), text).unwrap();
    let config = Config::load(&folder.join("sluis.yaml")).unwrap();
    let (clock, _hand) = Clock::fixed(NOW as u64 * 1000);
    let gateway = Gateway::start(&config, clock).await.unwrap();
    until(|| {
        let states = gateway.revocation().states();
        let good = |until| until == NOW + LIST_SECONDS;
        states.len() == 3 && states.iter().all(|state| good(state.next_update))
    })
    .await;

    // The other side needs the lists as well.
    world.revocation.refresh().await;
    world.address = gateway.addresses().manager.unwrap();
    let (_sender, connection) = world.http2_connection().await;
    world.pki.revoke(&world.theirs.serial.clone());
    server.set(ISSUING, Behaviour::List(world.list(ISSUING)));
    let changed = gateway.reload().now(Cause::Command).await.unwrap();
    assert!(changed.is_empty(), "{changed:?}");
    // It ends; whether with a farewell of TLS depends on who closes first.
    drop(within(connection).await.unwrap());
    gateway.stop().await;
    assert_eq!(super::world::files_in(&folder.join("data/crl")), 3);
}
