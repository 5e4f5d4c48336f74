//! Delegated connection and delegated publication, alone and together.

use sluis::demo::parties::{SSC, UIW, VOORBEELD};
use sluis_fsc::api::ListedService;
use sluis_fsc::log::{Destination, Direction, LogRecord, Source};

use crate::support::client::Answer;
use crate::world::{BOTH, CALLED, Kind, OFFERED, World, accept, id, known, owner};

/// The service is published for the foundation only once the foundation has signed too.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_listed_on_behalf_of_another_once_all_three_have_signed() {
    let world = World::start().await;
    let published = world.publish(true, None).await;
    accept(&world.inner.directory, &published).await;
    assert_eq!(world.listed().await, []);
    accept(&world.owner, &published).await;
    world
        .inner
        .until(&world.inner.directory, &published, true)
        .await;
    match world.listed().await.as_slice() {
        [
            ListedService::DelegatedService {
                delegator,
                peer,
                name,
                ..
            },
        ] => {
            assert_eq!(delegator.peer_id, owner());
            assert_eq!(delegator.peer_name, "Stichting Archief");
            assert_eq!((peer.id.as_str(), name.as_str()), (UIW.oin, "documenten"));
        }
        other => panic!("{other:?}"),
    }
    // Whoever gave the authority can take it back.
    world
        .owner
        .manager()
        .unwrap()
        .revoke(&published)
        .await
        .unwrap();
    world
        .inner
        .until(&world.inner.directory, &published, false)
        .await;
    assert_eq!(world.listed().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_parties_a_connection_to_a_service_that_is_offered_for_another() {
    passes(OFFERED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_parties_a_delegated_connection_to_a_service() {
    passes(CALLED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_parties_a_delegated_connection_to_a_service_that_is_offered_for_another() {
    passes(BOTH).await;
}

/// FSC Core 2.0.0 says in its example that `act.sub` is the outway's peer. Configured so, the token is the other way round
/// and everything else stays as it is.
#[tokio::test(flavor = "multi_thread")]
async fn the_other_reading_of_the_actor_claim_leads_to_the_same_records() {
    let world = World::build(
        |_| (),
        |config| config.replacen("manager:\n", "manager:\n  actor_claim: outway\n", 1),
    )
    .await;
    world.agree(BOTH).await;
    let answer = world.ask(BOTH.purpose()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let (_, claims) = world.token();
    assert_eq!(claims.sub.as_str(), VOORBEELD.oin);
    assert_eq!(claims.act, Some(id(SSC.oin)));
    is_recorded(&world, BOTH, &answer).await;
}

/// From publication to transaction log.
async fn passes(kind: Kind) {
    let world = World::start().await;
    let published = world.publish(kind.offers_for, None).await;
    if kind.offers_for {
        accept(&world.owner, &published).await;
        accept(&world.inner.directory, &published).await;
    }
    known(&world.inner.directory, &published).await;
    world
        .inner
        .until(&world.inner.directory, &published, true)
        .await;
    assert_eq!(world.listed().await.len(), 1);

    let content = world.agree(kind).await;
    let answer = world.ask(kind.purpose()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(&answer.body[..], b"pdf");

    let (_, claims) = world.token();
    let grant = &content.grants()[0];
    assert_eq!(&claims.gth, grant.hash());
    assert_eq!(
        (claims.sub.as_str(), claims.iss.as_str()),
        (SSC.oin, UIW.oin)
    );
    assert_eq!(claims.act, kind.calls_for.then(|| id(VOORBEELD.oin)));
    assert_eq!(claims.pdi, kind.offers_for.then(owner));
    assert_eq!(claims.prp.as_ref(), grant.properties());
    is_recorded(&world, kind, &answer).await;
}

/// Both ends keep the same record, and every party of the contract may ask both for it; nobody else may.
async fn is_recorded(world: &World, kind: Kind, answer: &Answer) {
    let inner = &world.inner;
    let outgoing = only(world.log(&inner.uiw, SSC.oin, answer).await);
    let incoming = only(world.log(&inner.ssc, UIW.oin, answer).await);
    assert_eq!(outgoing.direction, Direction::Outgoing);
    assert_eq!(incoming.direction, Direction::Incoming);
    let (outway_peer_id, service_peer_id) = (id(SSC.oin), id(UIW.oin));
    let source = match kind.calls_for {
        false => Source::Source { outway_peer_id },
        true => Source::DelegatedSource {
            outway_peer_id,
            delegator_peer_id: id(VOORBEELD.oin),
        },
    };
    let destination = match kind.offers_for {
        false => Destination::Destination { service_peer_id },
        true => Destination::DelegatedDestination {
            service_peer_id,
            delegator_peer_id: owner(),
        },
    };
    for record in [&outgoing, &incoming] {
        assert_eq!(
            (&record.source, &record.destination),
            (&source, &destination)
        );
        assert_eq!(record.service_name.as_str(), "documenten");
        assert_eq!(record.additional_data, None);
    }
    assert_eq!(outgoing.grant_hash, incoming.grant_hash);
    for (asker, takes_part) in [
        (&inner.voorbeeld, kind.calls_for),
        (&world.owner, kind.offers_for),
        (&inner.directory, false),
    ] {
        for (keeper, record) in [(SSC.oin, &outgoing), (UIW.oin, &incoming)] {
            let told = world.log(asker, keeper, answer).await;
            let expected = takes_part.then(|| record.clone());
            assert_eq!(told, expected.into_iter().collect::<Vec<_>>());
        }
    }
}

fn only(records: Vec<LogRecord>) -> LogRecord {
    let [record] = records.try_into().unwrap();
    record
}
