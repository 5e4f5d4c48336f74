//! Delegation by a contract outside FSC (FSC External Contract Reference 1.0.0): a person accepts it, and both transaction
//! logs say on what it rested.

use serde_json::{Map, Value, json};
use sluis::demo::parties::{SSC, UIW};
use sluis_fsc::api::ListedService;
use sluis_fsc::contract::State;
use sluis_fsc::grant::ExternalContract;
use sluis_fsc::log::Source;

use crate::world::{FOR_KLEIN, PLAIN, World, accept, external, id, known, purposes};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_under_a_contract_outside_fsc_is_recorded_with_it_on_both_sides() {
    let world = World::start().await;
    let reference = external(ExternalContract::CONNECTION);
    let mut properties = purposes(FOR_KLEIN);
    properties.extend([reference.clone()]);
    let content = world.propose_for(PLAIN, properties.clone()).await;
    world.accept(PLAIN, content.hash()).await;

    let answer = world.ask(FOR_KLEIN).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let (_, claims) = world.token();
    assert_eq!(claims.prp, Some(properties));
    assert_eq!((claims.act, claims.pdi), (None, None));
    let additional = Some(Map::from_iter([reference]));
    let (ssc, uiw) = (&world.inner.ssc, &world.inner.uiw);
    for (asker, keeper) in [(ssc, UIW.oin), (uiw, SSC.oin)] {
        let records = world.log(asker, keeper, &answer).await;
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].additional_data, additional);
        // The delegator has no manager and so is no party in FSC.
        let outway_peer_id = id(SSC.oin);
        assert_eq!(records[0].source, Source::Source { outway_peer_id });
    }
}

/// The register says for whom; the reference in the contract does not make the caller a recipient itself.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_reference_the_purpose_is_judged_for_the_caller_itself() {
    let world = World::start().await;
    let content = world.propose_for(PLAIN, purposes(FOR_KLEIN)).await;
    world.accept(PLAIN, content.hash()).await;
    let answer = world.ask(FOR_KLEIN).await;
    assert_eq!(answer.status, 403, "{:?}", answer.body);
    assert_eq!(answer.json()["component"], "inway");
    assert_eq!(world.source.connections(), 0);
}

/// The directory of the demo lists by a rule whatever is published; this it holds until somebody has verified it.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_under_a_contract_outside_fsc_waits_for_a_person() {
    let world = World::start().await;
    let (name, value) = external(ExternalContract::PUBLICATION);
    let properties = Map::from_iter([(name.clone(), value.clone())]);
    let published = world.publish(false, Some(properties)).await;
    known(&world.inner.directory, &published).await;
    let manager = world.inner.directory.manager().unwrap();
    crate::support::until(|| async {
        let view = manager.show(&published).await.unwrap();
        view.decision.is_some()
    })
    .await;
    let view = manager.show(&published).await.unwrap();
    let decision = view.decision.unwrap();
    assert_eq!(
        (view.state, decision.code.as_str()),
        (State::Proposed, "no-rule")
    );
    assert!(
        decision.reason.contains("on whose behalf"),
        "{}",
        decision.reason
    );
    assert_eq!(world.listed().await, []);

    accept(&world.inner.directory, &published).await;
    match world.listed().await.as_slice() {
        [ListedService::Service { properties, .. }] => {
            assert_eq!(json!(properties), json!({ name: value }));
        }
        other => panic!("{other:?}"),
    }
}

/// What nobody could act upon is refused at receipt, so that the proposer hears it now.
#[tokio::test(flavor = "multi_thread")]
async fn a_reference_that_says_too_little_is_not_proposed() {
    let world = World::start().await;
    let (name, mut value) = external(ExternalContract::CONNECTION);
    value.as_object_mut().unwrap().remove("delegator_id");
    let mut properties = purposes(FOR_KLEIN);
    properties.insert(name, Value::clone(&value));
    let grant = world.connection(PLAIN, properties);
    let manager = world.inner.ssc.manager().unwrap();
    let refused = manager.propose(vec![grant], world.today()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("delegator_id is missing"), "{refused}");
}
