//! What is fetched, what is believed, and what happens when it cannot be had.

use std::time::Duration;

use sluis_certs::dev_pki::LeafOptions;
use tokio_util::sync::CancellationToken;

use super::list_server::{Behaviour, ListServer};
use super::world::{
    DOMAIN, HOUR, ISSUING, LIST_SECONDS, NOW, ROOT, World, list_of, pki_on, settings, until,
};

#[tokio::test]
async fn the_lists_of_a_chain_are_learned_of_and_fetched() {
    let server = ListServer::start().await;
    let world = World::build(server.clone(), settings(&server)).await;
    assert_eq!(world.verdict(), "unknown-revocation-status");
    world.publish();
    world.revocation.refresh().await;
    assert_eq!(world.verdict(), "trusted");
    for path in [ROOT, DOMAIN, ISSUING] {
        assert_eq!(world.error(path), "");
        assert_eq!(server.answers(path), [200], "{path}");
    }
    // Nothing is sent twice.
    world.revocation.refresh().await;
    assert_eq!(server.answers(ISSUING), [200, 304]);
    assert_eq!(world.verdict(), "trusted");
}

#[tokio::test]
async fn an_address_in_the_configuration_needs_no_certificate() {
    let server = ListServer::start().await;
    let mut settings = settings(&server);
    settings.hosts = vec![];
    settings.urls = vec![server.url("/elsewhere").parse().unwrap()];
    let world = World::build(server.clone(), settings).await;
    server.set("/elsewhere", Behaviour::List(world.list(ISSUING)));
    world.publish();
    world.revocation.refresh().await;
    assert_eq!(server.answers("/elsewhere"), [200]);
    // A server that is named in the configuration may also be asked for what certificates name.
    assert_eq!(server.answers(ROOT), [200]);
    let states = world.revocation.states();
    let urls: Vec<&str> = states.iter().map(|state| state.url.as_str()).collect();
    let expected = [DOMAIN, "/elsewhere", ISSUING, ROOT].map(|path| server.url(path));
    assert_eq!(urls, expected);
    assert!(states.iter().all(|state| state.error.is_empty()));
    assert!(
        states
            .iter()
            .all(|state| state.next_update == NOW + LIST_SECONDS)
    );
}

#[tokio::test]
async fn a_host_that_is_not_on_the_list_is_never_asked() {
    let server = ListServer::start().await;
    let mut settings = settings(&server);
    settings.hosts = vec!["crl.pkioverheid.nl".parse().unwrap()];
    let world = World::build(server.clone(), settings).await;
    world.publish();
    world.revocation.refresh().await;
    assert_eq!(world.verdict(), "unknown-revocation-status");
    assert!(server.answers(ISSUING).is_empty());
    assert!(world.revocation.states().is_empty());
}

#[tokio::test]
async fn a_redirection_is_followed_on_the_list_of_hosts_only() {
    let world = World::start().await;
    let elsewhere = ListServer::start().await;
    elsewhere.set(ISSUING, Behaviour::List(world.list(ISSUING)));
    let redirect = |target: String| world.server.set(ISSUING, Behaviour::Redirect(target));

    redirect(elsewhere.url(ISSUING));
    world.revocation.refresh().await;
    let error = world.error(ISSUING);
    let expected = format!("host `{}` is not in trust.crl_hosts", elsewhere.address);
    assert!(error.starts_with(&expected), "{error}");
    assert!(elsewhere.answers(ISSUING).is_empty());

    for target in [
        format!("https://{}/", world.server.address),
        "//elsewhere/".to_owned(),
        world.server.url(ISSUING),
    ] {
        redirect(target);
        world.revocation.refresh().await;
        assert!(world.error(ISSUING).contains("redirects too often"));
    }
    assert_eq!(world.verdict(), "trusted", "the list in use stays");

    world
        .server
        .set("/new", Behaviour::List(world.list(ISSUING)));
    for target in ["/new".to_owned(), world.server.url("/new")] {
        redirect(target);
        world.revocation.refresh().await;
        assert_eq!(world.error(ISSUING), "");
    }
}

/// Whatever arrives instead of a list, the good one stays in use.
#[tokio::test]
async fn a_bad_answer_never_replaces_a_good_list() {
    let server = ListServer::start().await;
    let mut settings = settings(&server);
    settings.list_bytes_max = 4_000;
    settings.fetch_timeout = Duration::from_secs(2);
    let mut world = World::build(server.clone(), settings).await;
    world.publish();
    world.revocation.refresh().await;
    let older = world.list(ISSUING);
    world.pki.renew_crls(NOW);
    world.publish();
    world.revocation.refresh().await;
    let good = world.list(ISSUING);

    let stranger = pki_on(&server);
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    world.pki.renew_crls(NOW + HOUR);
    let future = world.list(ISSUING);
    world.pki.renew_crls(NOW - LIST_SECONDS);
    let expired = world.list(ISSUING);
    let cases = [
        (Behaviour::Status(404), "status 404"),
        (Behaviour::Status(500), "status 500"),
        (Behaviour::Status(304), ""),
        (
            Behaviour::Silence,
            "longer than limits.crl_fetch_timeout_ms",
        ),
        (Behaviour::List(vec![0x30; 4_001]), "more than 4000 bytes"),
        (
            Behaviour::List(b"<html>sorry</html>".to_vec()),
            "not readable as DER or PEM",
        ),
        (Behaviour::List(vec![]), "not readable as DER or PEM"),
        (
            Behaviour::List([good.as_slice(), &[0]].concat()),
            "not readable as DER or PEM",
        ),
        (
            Behaviour::List(damaged),
            "not signed by `TEST Sluis - Issuing CA`",
        ),
        (
            Behaviour::List(list_of(&stranger, ISSUING)),
            "not signed by `TEST Sluis - Issuing CA`",
        ),
        (Behaviour::List(older), "older than number"),
        (Behaviour::List(future), "from the future"),
        (Behaviour::List(expired), "is expired"),
    ];
    let used = world.trust.load().lists().summaries();
    for (behaviour, expected) in cases {
        server.set(ISSUING, behaviour);
        world.revocation.refresh().await;
        let error = world.error(ISSUING);
        assert!(
            error.contains(expected) && error.is_empty() == expected.is_empty(),
            "{error}"
        );
        assert_eq!(world.trust.load().lists().summaries(), used, "{expected}");
        assert_eq!(world.verdict(), "trusted", "{expected}");
    }
    server.set(ISSUING, Behaviour::List(good));
    world.revocation.refresh().await;
    assert_eq!(world.error(ISSUING), "");
}

#[tokio::test]
async fn a_stale_list_does_not_count_before_a_fresh_one() {
    let mut world = World::start().await;
    let stale = world.list(ISSUING);
    world.pki.revoke(&world.theirs.serial.clone());
    world.publish();
    world.revocation.refresh().await;
    assert_eq!(world.verdict(), "revoked");
    // Another address offers the list from before.
    world.server.set(ISSUING, Behaviour::List(stale));
    world.revocation.refresh().await;
    assert_eq!(world.verdict(), "revoked");
    assert!(world.error(ISSUING).contains("older"));
}

#[tokio::test]
async fn an_expired_list_affects_its_own_issuer_only() {
    let world = World::start().await;
    // A second hierarchy, whose lists are of later.
    let server = ListServer::start().await;
    let mut other = pki_on(&server);
    let leaf = LeafOptions::new(
        "00000099000000002000",
        "Gemeente Verderop",
        &["b.test"],
        NOW,
    );
    let leaf = other.issue(&leaf).unwrap();
    other.renew_crls(NOW + HOUR);
    let lists = other.crls_pem().unwrap().into_iter();
    let lists: Vec<Vec<u8>> = lists.map(|(_, pem)| pem.into_bytes()).collect();
    let anchors = [world.pki.anchors_pem(), other.anchors_pem()].concat();
    world.trust.update(|trust| {
        let both = sluis_certs::Trust::from_pem(anchors.as_bytes(), &lists).unwrap();
        both.with_lists(trust.lists().with_files(&lists, &[]).unwrap())
    });
    world.revocation.changed().await;
    world.set_clock(NOW + HOUR);
    assert_eq!(
        (world.verdict(), world.verdict_of(&leaf)),
        ("trusted", "trusted")
    );
    world.set_clock(NOW + LIST_SECONDS);
    assert_eq!(
        (world.verdict(), world.verdict_of(&leaf)),
        ("crl-expired", "trusted")
    );
}

/// The task by itself: it fetches what is due, and nothing else.
#[tokio::test]
async fn the_task_fetches_what_is_due() {
    let server = ListServer::start().await;
    let mut world = World::build(server.clone(), settings(&server)).await;
    world.publish();
    for (hours, asked) in [(0, 1), (1, 1), (4, 2)] {
        world.pki.renew_crls(NOW + hours * HOUR);
        world.publish();
        world.set_clock(NOW + hours * HOUR);
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(world.revocation.clone().run(shutdown.clone()));
        until(|| server.answers(ISSUING).len() == asked && world.verdict() == "trusted").await;
        shutdown.cancel();
        task.await.unwrap();
        assert_eq!(server.answers(ISSUING).len(), asked, "after {hours} hours");
    }
}
