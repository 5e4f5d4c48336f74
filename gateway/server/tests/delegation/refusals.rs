//! What stays shut: a signature that is missing, authority taken back, the wrong delegator, and a purpose for which the
//! provider gives the delegator nothing.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use sluis::demo::parties::{DIRECTORY, Party, SSC, UIW, VOORBEELD};
use sluis::gateway::Gateway;
use sluis::manager::CallError;
use sluis_fsc::grant::{ExternalContract, Grant};
use sluis_fsc::token::{Claims, issue};

use crate::support::client::Answer;
use crate::support::outsider::Outsider;
use crate::world::{
    BOTH, CALLED, FOR_ITSELF, FOR_KLEIN, PLAIN, World, accept, external, id, owner, purposes,
};

const TRANSACTION: &str = "019a7dea-9048-7c4d-9e66-4d3f75a18f58";

/// The code with which the provider's manager refuses `party` a token for the grant.
async fn no_token(world: &World, asker: &Gateway, party: Party, grant: &Grant) -> String {
    let client = asker.manager().unwrap().client();
    let identity = world.identity(party);
    let refused = client.token(&id(UIW.oin), grant.hash(), &identity).await;
    match refused.unwrap_err() {
        CallError::Refused { code, status, .. } => {
            assert_eq!(status, 400);
            code
        }
        other => panic!("{other}"),
    }
}

/// The question at the inway, by the service centre itself with this token.
async fn at_the_inway(world: &World, token: &str) -> Answer {
    let folder = &world.inner.federation.ssc.folder;
    let ssc = Outsider::party(&world.inner, folder, UIW.oin);
    let request = Request::get("/documenten/1")
        .header("sluis-purpose", BOTH.purpose())
        .header("fsc-transaction-id", TRANSACTION)
        .header("fsc-authorization", token)
        .body(Full::<Bytes>::default())
        .unwrap();
    ssc.call(world.inway(), request).await.unwrap()
}

/// Four organisations must sign; as long as one of them has not, nothing opens.
#[tokio::test(flavor = "multi_thread")]
async fn as_long_as_one_party_has_not_signed_nothing_opens() {
    let world = World::start().await;
    let content = world.propose(BOTH).await;
    let grant = &content.grants()[0];
    let (last, first) = {
        let mut others = world.others(BOTH);
        (others.pop().unwrap(), others)
    };
    for gateway in first {
        let ssc = &world.inner.ssc;
        assert_eq!(no_token(&world, ssc, SSC, grant).await, "invalid_grant");
        let answer = world.ask(BOTH.purpose()).await;
        answer.assert_refusal(403, "ERROR_CODE_NO_VALID_CONTRACT", "outway");
        accept(gateway, content.hash()).await;
    }
    world
        .inner
        .until(&world.inner.ssc, content.hash(), false)
        .await;
    let answer = world.ask(BOTH.purpose()).await;
    answer.assert_refusal(403, "ERROR_CODE_NO_VALID_CONTRACT", "outway");
    assert_eq!(world.source.connections(), 0);

    accept(last, content.hash()).await;
    world.until(BOTH, content.hash(), true).await;
    assert_eq!(world.ask(BOTH.purpose()).await.status, 200);
}

/// Whoever gave the authority, to call or to offer, takes it back without asking anybody, and a token that still lives
/// opens nothing any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_delegator_revokes_is_over_for_everybody() {
    let world = World::start().await;
    for revoked_by in [&world.inner.voorbeeld, &world.owner] {
        let content = world.agree(BOTH).await;
        assert_eq!(world.ask(BOTH.purpose()).await.status, 200);
        let (token, _) = world.token();
        assert_eq!(at_the_inway(&world, &token).await.status, 200);
        let asked = world.source.connections();

        let manager = revoked_by.manager().unwrap();
        manager.revoke(content.hash()).await.unwrap();
        world.until(BOTH, content.hash(), false).await;
        let answer = at_the_inway(&world, &token).await;
        answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", "inway");
        assert_eq!(answer.json()["reason"], "contract-not-valid");
        let answer = world.ask(BOTH.purpose()).await;
        answer.assert_refusal(403, "ERROR_CODE_NO_VALID_CONTRACT", "outway");
        let ssc = &world.inner.ssc;
        let grant = &content.grants()[0];
        assert_eq!(no_token(&world, ssc, SSC, grant).await, "invalid_grant");
        assert_eq!(world.source.connections(), asked);
    }
}

/// The grant is for the outway of who acts: on whose behalf that is gets no token by it, and a stranger learns nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_delegator_gets_no_token_for_what_it_delegated() {
    let world = World::start().await;
    let content = world.agree(BOTH).await;
    let grant = &content.grants()[0];
    let voorbeeld = &world.inner.voorbeeld;
    let code = no_token(&world, voorbeeld, VOORBEELD, grant).await;
    assert_eq!(code, "unauthorized_client");
}

/// A token whose delegators are not those of its grant counts nowhere, whoever signed it.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_names_another_delegator_than_its_grant_is_refused() {
    let world = World::start().await;
    world.agree(BOTH).await;
    assert_eq!(world.ask(BOTH.purpose()).await.status, 200);
    let (good, claims) = world.token();
    assert_eq!(at_the_inway(&world, &good).await.status, 200);
    let asked = world.source.connections();
    let uiw = world.identity(UIW);
    let stranger = id(DIRECTORY.oin);
    let changes: [&dyn Fn(&mut Claims); 6] = [
        &|claims| claims.act = None,
        &|claims| claims.act = Some(stranger.clone()),
        &|claims| claims.act = Some(owner()),
        &|claims| claims.pdi = None,
        &|claims| claims.pdi = Some(stranger.clone()),
        &|claims| claims.svc = sluis_fsc::ServiceName::parse("zaken").unwrap(),
    ];
    for change in changes {
        let mut claims = claims.clone();
        change(&mut claims);
        let token = format!("Bearer {}", issue(&claims, &uiw).unwrap());
        let answer = at_the_inway(&world, &token).await;
        answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", "inway");
        let message = answer.json()["message"].to_string();
        assert!(message.contains("than the grant"), "{message}");
    }
    assert_eq!(world.source.connections(), asked);
}

/// Authority from one municipality is no authority from another: the token of a contract that is over does not live on
/// in one that is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_delegator_does_not_serve_for_another() {
    let world = World::start().await;
    let first = world.agree(BOTH).await;
    assert_eq!(world.ask(BOTH.purpose()).await.status, 200);
    let (token, claims) = world.token();
    let manager = world.inner.voorbeeld.manager().unwrap();
    manager.revoke(first.hash()).await.unwrap();
    world.until(BOTH, first.hash(), false).await;

    let second = world.agree(CALLED).await;
    let answer = at_the_inway(&world, &token).await;
    answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", "inway");
    // Nor when it is made to name the grant of the other.
    let moved = Claims {
        gth: second.grants()[0].hash().clone(),
        ..claims
    };
    let moved = format!("Bearer {}", issue(&moved, &world.identity(UIW)).unwrap());
    let answer = at_the_inway(&world, &moved).await;
    answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", "inway");
}

/// The provider's register says for whom: that the one who calls may have it for itself does not help.
#[tokio::test(flavor = "multi_thread")]
async fn the_purpose_is_judged_for_the_one_on_whose_behalf_is_called() {
    let world = World::start().await;
    let content = world.propose_for(CALLED, purposes(FOR_ITSELF)).await;
    world.accept(CALLED, content.hash()).await;
    let answer = world.ask(FOR_ITSELF).await;
    assert_eq!(answer.status, 403, "{:?}", answer.body);
    assert_eq!(answer.json()["component"], "inway", "{:?}", answer.body);
    assert_eq!(world.source.connections(), 0);
}

/// Where an outway acts for several, a destination names for whom; the contract of another is not used instead.
#[tokio::test(flavor = "multi_thread")]
async fn a_destination_for_one_delegator_does_not_use_the_contract_of_another() {
    let world = World::build(
        |outway| {
            outway.destinations.clear();
            let destination = |name: &str, delegator: &str| {
                format!(
                    "    - {{ name: {name}, path_prefix: /{name}, peer_id: \"{}\", service: documenten, delegator_peer_id: \"{delegator}\" }}\n",
                    UIW.oin
                )
            };
            outway.more = format!(
                "outway:\n  listen: 127.0.0.1:{}\n  destinations:\n{}{}",
                outway.ports.outway,
                destination("documenten", VOORBEELD.oin),
                destination("elders", DIRECTORY.oin),
            );
        },
        |text| text,
    )
    .await;
    world.agree(CALLED).await;
    assert_eq!(world.ask(CALLED.purpose()).await.status, 200);
    let request = Request::get("/elders/documenten/1")
        .header("sluis-purpose", CALLED.purpose())
        .body(Full::default())
        .unwrap();
    let at = world.inner.ssc.addresses().outway.unwrap();
    let answer = crate::support::client::call(at, request).await;
    answer.assert_refusal(403, "ERROR_CODE_NO_VALID_CONTRACT", "outway");
}

/// Nobody said for whom: the purpose may say it, where we may ask for ourselves we do, and between two others is no choice.
#[tokio::test(flavor = "multi_thread")]
async fn an_outway_that_may_call_for_several_does_not_guess() {
    let world = World::start().await;
    let for_klein = async |purpose| {
        let mut properties = purposes(purpose);
        properties.extend([external(ExternalContract::CONNECTION)]);
        let content = world.propose_for(PLAIN, properties).await;
        world.accept(PLAIN, content.hash()).await;
    };
    world.agree(CALLED).await;
    for_klein(FOR_KLEIN).await;
    assert_eq!(world.ask(CALLED.purpose()).await.status, 200);
    assert_eq!(world.ask(FOR_KLEIN).await.status, 200);
    let answer = world.ask(FOR_ITSELF).await;
    answer.assert_refusal(400, "ERROR_CODE_DELEGATOR_UNCLEAR", "outway");

    for_klein(CALLED.purpose()).await;
    let answer = world.ask(CALLED.purpose()).await;
    answer.assert_refusal(400, "ERROR_CODE_DELEGATOR_UNCLEAR", "outway");

    let own = world.propose_for(PLAIN, purposes(FOR_ITSELF)).await;
    world.accept(PLAIN, own.hash()).await;
    let answer = world.ask(FOR_ITSELF).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let (_, claims) = world.token();
    assert_eq!(&claims.gth, own.grants()[0].hash());
}
