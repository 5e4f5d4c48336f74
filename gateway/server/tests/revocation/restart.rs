//! Lists that were fetched before the gateway was stopped.

use std::sync::Arc;

use super::list_server::Behaviour;
use super::world::{DOMAIN, ISSUING, NOW, ROOT, World, files_in, settings};

#[tokio::test]
async fn what_was_fetched_before_counts_without_a_network() {
    let mut world = World::start().await;
    world.pki.revoke(&world.theirs.serial.clone());
    let list = world.list(ISSUING);
    world.server.set(ISSUING, Behaviour::List(list.clone()));
    world.revocation.refresh().await;
    let folder = Arc::clone(&world.folder);
    assert_eq!(files_in(&folder.path().join("crl")), 3);
    for path in [ROOT, DOMAIN, ISSUING] {
        world.server.set(path, Behaviour::Status(503));
    }
    let revoked = world.theirs.clone();
    let server = world.server.clone();
    let again = World::with_pki(
        server.clone(),
        settings(&server),
        world.pki.clone(),
        Arc::clone(&folder),
    )
    .await;
    assert_eq!(again.verdict(), "trusted", "a new leaf of the same CA");
    assert_eq!(again.verdict_of(&revoked), "revoked");
    again.revocation.refresh().await;
    assert_eq!(again.verdict(), "trusted");
    assert!(again.error(ISSUING).contains("status 503"));
    // What is unchanged since is not sent again.
    server.set(ISSUING, Behaviour::List(list));
    again.revocation.refresh().await;
    assert_eq!(again.error(ISSUING), "");
    assert_eq!(server.answers(ISSUING).last(), Some(&304));
}

#[tokio::test]
async fn an_older_list_does_not_come_back_after_a_restart() {
    let mut world = World::start().await;
    let older = world.list(ISSUING);
    world.pki.renew_crls(NOW);
    world.publish();
    world.revocation.refresh().await;
    let server = world.server.clone();
    server.set(ISSUING, Behaviour::List(older));
    let folder = Arc::clone(&world.folder);
    let again = World::with_pki(server.clone(), settings(&server), world.pki.clone(), folder).await;
    assert_eq!(again.verdict(), "trusted");
    again.revocation.refresh().await;
    assert!(again.error(ISSUING).contains("older than number"));
}

#[tokio::test]
async fn what_lies_in_the_folder_is_believed_no_more_than_what_is_fetched() {
    let world = World::start().await;
    let server = world.server.clone();
    let folder = Arc::clone(&world.folder);
    let lists = [ROOT, DOMAIN, ISSUING].map(|path| (path, world.list(path)));
    for (path, list) in &lists {
        server.set(path, Behaviour::List(list.clone()));
    }
    world.revocation.refresh().await;
    // Somebody changes what is kept: one octet of each signature.
    for entry in std::fs::read_dir(folder.path().join("crl")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let settings = settings(&server);
    let pki = world.pki.clone();
    for (path, _) in &lists {
        server.set(path, Behaviour::Status(503));
    }
    let again = World::with_pki(server.clone(), settings, pki, folder).await;
    assert_ne!(again.verdict(), "trusted");
    // What the server has is still what it had, and it is fetched all the same.
    for (path, list) in lists {
        server.set(path, Behaviour::List(list));
    }
    again.revocation.refresh().await;
    again.revocation.refresh().await;
    assert_eq!(again.verdict(), "trusted");
}
