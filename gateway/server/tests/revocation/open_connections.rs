//! A certificate that is revoked while a connection is open.

use std::sync::atomic::Ordering;

use super::list_server::Behaviour;
use super::world::{ISSUING, LIST_SECONDS, NOW, World, get, until, whole, within};

#[tokio::test]
async fn a_connection_whose_certificate_is_revoked_is_closed_within_one_refresh() {
    let mut world = World::start().await;
    let (mut http1, one) = world.http1().await;
    let (mut http2, two) = world.http2().await;
    assert_eq!(world.connections.count(), 2);

    // Nothing changed: nothing is closed.
    world.revocation.refresh().await;
    // A new list without the certificate: nothing is closed either.
    world.pki.renew_crls(NOW);
    world.publish();
    world.revocation.refresh().await;
    whole(http1.send_request(get()).await.unwrap()).await;
    whole(http2.send_request(get()).await.unwrap()).await;
    assert_eq!(world.connections.count(), 2);

    let forgotten = world.forgotten.load(Ordering::Relaxed);
    world.pki.revoke(&world.theirs.serial.clone());
    world.publish();
    world.revocation.refresh().await;
    assert_eq!(world.verdict(), "revoked");
    // The other side sees an orderly end on both.
    within(one).await.unwrap().unwrap();
    within(two).await.unwrap().unwrap();
    until(|| world.connections.count() == 0).await;
    assert!(http2.send_request(get()).await.is_err());
    assert_eq!(world.forgotten.load(Ordering::Relaxed), forgotten + 1);
}

#[tokio::test]
async fn a_connection_of_another_certificate_stays_open() {
    let mut world = World::start().await;
    let (mut http2, _ended) = world.http2().await;
    let other = sluis_certs::dev_pki::LeafOptions::new(
        "00000099000000003000",
        "Waterschap Voorbeeld",
        &["c.test"],
        NOW,
    );
    let other = world.pki.issue(&other).unwrap();
    world.pki.revoke(&other.serial);
    world.publish();
    world.revocation.refresh().await;
    assert_eq!(
        (world.verdict(), world.verdict_of(&other)),
        ("trusted", "revoked")
    );
    whole(http2.send_request(get()).await.unwrap()).await;
}

#[tokio::test]
async fn when_the_authority_is_revoked_its_certificates_are_too() {
    let mut world = World::start().await;
    let (_http1, ended) = world.http1().await;
    world
        .pki
        .revoke_authority(sluis_certs::dev_pki::Authority::Domain);
    world.publish();
    world.revocation.refresh().await;
    within(ended).await.unwrap().unwrap();
}

/// Digikoppeling: an expired list makes all certificates of that issuer invalid, also those that are in use.
#[tokio::test]
async fn when_a_list_expires_unreplaced_its_connections_are_closed() {
    let world = World::start().await;
    let (_http2, ended) = world.http2().await;
    world.server.set(ISSUING, Behaviour::Status(503));
    world.set_clock(NOW + LIST_SECONDS - 1);
    world.revocation.refresh().await;
    assert_eq!(world.connections.count(), 1);
    world.set_clock(NOW + LIST_SECONDS);
    world.revocation.refresh().await;
    assert_eq!(world.verdict(), "crl-expired");
    within(ended).await.unwrap().unwrap();
}
