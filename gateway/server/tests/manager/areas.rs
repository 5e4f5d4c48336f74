//! Regulated Areas: what members may do, what others may not, and what happens when nobody says who is a member.

use serde_json::{Value, json};
use sluis::manager::{AreaSettings, OperationError};
use sluis_fsc::contract::{Content, State};
use sluis_fsc::grant::{GrantData, Properties, Protocol, RegulatedArea};
use sluis_fsc::signature::SignatureType;
use sluis_fsc::{AreaName, ContentHash, ServiceName};

use super::grants::*;
use super::raw::{Raw, contract};
use super::scripted::Scripted;
use super::world::{CONSUMER, DIRECTORY, PROVIDER, Party, PartyBuilder, THIRD, World, today};

/// The Membership Administrator.
const ADMINISTRATOR: &str = "00000099000000008000";
const REFRESH_SECONDS: i64 = 300;
const MAX_AGE_SECONDS: i64 = 3_600;

fn area(services: &[&str]) -> AreaSettings {
    let services = services.iter();
    AreaSettings {
        name: AreaName::parse("zorg").unwrap(),
        administrators: vec![peer(ADMINISTRATOR)],
        services: services
            .map(|service| ServiceName::parse(service).unwrap())
            .collect(),
        refresh_seconds: REFRESH_SECONDS,
        max_age_seconds: MAX_AGE_SECONDS,
    }
}

/// A grant that names an area.
fn named(mut grant: GrantData, name: &str, administrator: &str) -> GrantData {
    let area = RegulatedArea {
        name: AreaName::parse(name).unwrap(),
        administrator: peer(administrator),
    };
    let mut given = Properties::new();
    area.write_to(&mut given);
    for (property, value) in given {
        grant = with_more(grant, &property, value);
    }
    grant
}

/// The same grant with one property more.
fn with_more(mut grant: GrantData, name: &str, value: Value) -> GrantData {
    match &mut grant {
        GrantData::ServicePublication { properties, .. }
        | GrantData::DelegatedServicePublication { properties, .. }
        | GrantData::ServiceConnection { properties, .. }
        | GrantData::DelegatedServiceConnection { properties, .. } => properties
            .get_or_insert_default()
            .insert(name.to_owned(), value),
    };
    grant
}

/// The answer of a Membership Administrator.
fn members(ids: &[&str], next_cursor: &str) -> (u16, String) {
    let member = |id: &&str| {
        json!({ "peer": {
            "id": id, "role": "MEMBER", "validated_by": { "membership_administrator_peer_id": ADMINISTRATOR },
        } })
    };
    let members: Vec<Value> = ids.iter().map(member).collect();
    let page = json!({ "members": members, "pagination": { "next_cursor": next_cursor } });
    (200, page.to_string())
}

/// Starts an organisation that knows where the Membership Administrator is, who lists these.
async fn with_members(
    world: &mut World,
    party: PartyBuilder,
    ids: &'static [&'static str],
) -> (Party, Scripted) {
    let party = party.start().await;
    let identity = world.identity(ADMINISTRATOR);
    let administrator = Scripted::start(world, &identity, |_| members(ids, "")).await;
    let mut raw = Raw::new(world, identity);
    raw.address = administrator.address.clone();
    assert_eq!(raw.announce(&party).await.status, 200);
    (party, administrator)
}

/// A provider with a service in the area, its Membership Administrator, and a consumer.
async fn provider_with(ids: &'static [&'static str]) -> (World, Party, Scripted, Raw) {
    let mut world = World::new();
    let party = world.party(PROVIDER).in_area(area(&["zaken-api"]));
    let (provider, administrator) = with_members(&mut world, party, ids).await;
    let identity = world.identity(CONSUMER);
    let consumer = Raw::new(&world, identity);
    (world, provider, administrator, consumer)
}

fn call(consumer: &Raw) -> GrantData {
    let zaken = service(PROVIDER, "zaken-api", None);
    connection(outway(&consumer.identity), zaken)
}

async fn decision(party: &Party, hash: &ContentHash) -> (State, String, String) {
    let view = party.manager.show(hash).await.unwrap();
    let decision = view.decision.unwrap();
    (view.state, decision.code, decision.reason)
}

/// Submits a contract with this grant; the code and reason of what was decided, which must be a rejection.
async fn rejected(consumer: &Raw, provider: &Party, grant: GrantData) -> (String, String) {
    let content = contract(vec![grant]);
    assert_eq!(consumer.submit(provider, &content).await.status, 201);
    let (state, code, reason) = decision(provider, content.hash()).await;
    assert_eq!(state, State::Rejected, "{reason}");
    (code, reason)
}

#[tokio::test]
async fn a_contract_with_a_member_waits_for_a_person_as_ever() {
    let (_world, provider, administrator, consumer) = provider_with(&[PROVIDER, CONSUMER]).await;
    let content = contract(vec![named(call(&consumer), "zorg", ADMINISTRATOR)]);
    assert_eq!(consumer.submit(&provider, &content).await.status, 201);
    let (state, code, _) = decision(&provider, content.hash()).await;
    assert_eq!((state, code.as_str()), (State::Proposed, "no-policy"));
    provider.manager.accept(content.hash()).await.unwrap();
    provider.until_state(content.hash(), State::Valid).await;
    // The answer to the first question is remembered.
    assert_eq!(administrator.asked("/v1/regulated-areas/zorg/members?"), 1);
}

#[tokio::test]
async fn a_contract_with_somebody_else_is_rejected_with_the_reason() {
    let (mut world, provider, _administrator, consumer) = provider_with(&[PROVIDER, THIRD]).await;
    let grant = named(call(&consumer), "zorg", ADMINISTRATOR);
    let (code, reason) = rejected(&consumer, &provider, grant).await;
    assert_eq!(code, "not-a-member");
    assert_eq!(
        reason,
        format!("peer {CONSUMER} is not a member of the Regulated Area `zorg`")
    );
    let counted = ["verdict=\"reject\"", "reason=\"not-a-member\""];
    assert_eq!(
        provider.metric("sluis_contracts_decided_total", &counted),
        Some(1.0)
    );

    // A member that calls for somebody who is none.
    let identity = world.identity(THIRD);
    let third = Raw::new(&world, identity);
    let zaken = service(PROVIDER, "zaken-api", None);
    let grant = delegated_connection(outway(&third.identity), zaken, CONSUMER);
    let grant = named(grant, "zorg", ADMINISTRATOR);
    let (_, reason) = rejected(&third, &provider, grant).await;
    assert!(reason.contains(CONSUMER), "{reason}");
    // A service of a member that is offered on behalf of somebody who is none.
    let zaken = service(PROVIDER, "zaken-api", Some(CONSUMER));
    let grant = named(
        connection(outway(&third.identity), zaken),
        "zorg",
        ADMINISTRATOR,
    );
    let (_, reason) = rejected(&third, &provider, grant).await;
    assert!(reason.contains(CONSUMER), "{reason}");
}

#[tokio::test]
async fn a_grant_must_name_the_area_of_its_service() {
    let (_world, provider, administrator, consumer) = provider_with(&[PROVIDER, CONSUMER]).await;
    for grant in [
        call(&consumer),
        named(call(&consumer), "onderwijs", ADMINISTRATOR),
        // Whom a contract names as Membership Administrator is not believed for that.
        named(call(&consumer), "zorg", CONSUMER),
    ] {
        let (code, reason) = rejected(&consumer, &provider, grant).await;
        assert_eq!(code, "not-a-member");
        assert!(
            reason.contains("service `zaken-api` is part of Regulated Area `zorg`"),
            "{reason}"
        );
    }
    assert_eq!(administrator.asked("/v1/regulated-areas/"), 0);
    // A service outside the area is nobody's business.
    let brp = connection(outway(&consumer.identity), service(PROVIDER, "brp", None));
    let content = contract(vec![brp]);
    assert_eq!(consumer.submit(&provider, &content).await.status, 201);
    let (state, code, _) = decision(&provider, content.hash()).await;
    assert_eq!((state, code.as_str()), (State::Proposed, "no-policy"));
}

#[tokio::test]
async fn areas_do_not_go_together_in_one_contract() {
    let (_world, provider, _administrator, consumer) = provider_with(&[PROVIDER, CONSUMER]).await;
    let inside = named(call(&consumer), "zorg", ADMINISTRATOR);
    let brp = || connection(outway(&consumer.identity), service(PROVIDER, "brp", None));
    for other in [
        brp(),
        named(brp(), "onderwijs", ADMINISTRATOR),
        named(brp(), "zorg", THIRD),
    ] {
        let content = contract(vec![inside.clone(), other]);
        let refused = consumer.submit(&provider, &content).await.verdict();
        let code = "ERROR_CODE_GRANT_COMBINATION_NOT_ALLOWED".to_owned();
        assert_eq!(refused, (422, code));
    }
    let half = with_more(brp(), RegulatedArea::NAME, json!("zorg"));
    let refused = consumer.submit(&provider, &contract(vec![half])).await;
    assert_eq!(refused.status, 400);
    let message = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains(RegulatedArea::ADMINISTRATOR), "{message}");
    let together = contract(vec![inside, named(brp(), "zorg", ADMINISTRATOR)]);
    assert_eq!(consumer.submit(&provider, &together).await.status, 201);
}

#[tokio::test]
async fn what_cannot_be_found_out_waits_and_nobody_can_accept_it() {
    let (world, provider, administrator, consumer) = provider_with(&[PROVIDER, CONSUMER]).await;
    administrator.answer(|_| (503, String::new()));
    let content = contract(vec![named(call(&consumer), "zorg", ADMINISTRATOR)]);
    assert_eq!(consumer.submit(&provider, &content).await.status, 201);
    let (state, code, reason) = decision(&provider, content.hash()).await;
    assert_eq!((state, code.as_str()), (State::Proposed, "members-unknown"));
    assert!(
        reason.contains("who is a member of the Regulated Area `zorg` cannot be found out"),
        "{reason}"
    );
    let accepted = provider.manager.accept(content.hash()).await;
    assert!(
        matches!(accepted, Err(OperationError::MembersUnknown(_))),
        "{accepted:?}"
    );
    // Nobody asks again and again.
    assert_eq!(administrator.asked("/v1/regulated-areas/"), 1);

    // A list that does not end is no answer either.
    world.hand.advance(11_000);
    administrator.answer(|_| members(&[THIRD], "again"));
    let accepted = provider.manager.accept(content.hash()).await;
    let error = accepted.unwrap_err().to_string();
    assert!(error.contains("does not end"), "{error}");

    world.hand.advance(11_000);
    administrator.answer(|_| members(&[PROVIDER, CONSUMER], ""));
    provider.manager.check_peers().await.unwrap();
    let (_, code, _) = decision(&provider, content.hash()).await;
    assert_eq!(code, "no-policy");
    provider.manager.accept(content.hash()).await.unwrap();
}

#[tokio::test]
async fn a_list_is_read_on_when_the_question_is_ignored() {
    let (_world, provider, administrator, consumer) = provider_with(&[]).await;
    administrator.answer(|path| {
        let cursor = path
            .split(['?', '&'])
            .find(|pair| pair.starts_with("cursor="));
        match cursor {
            None => members(&[THIRD, PROVIDER], "a"),
            Some("cursor=a") => members(&[DIRECTORY], "b"),
            Some(_) => members(&[CONSUMER], "c"),
        }
    });
    let content = contract(vec![named(call(&consumer), "zorg", ADMINISTRATOR)]);
    assert_eq!(consumer.submit(&provider, &content).await.status, 201);
    let (_, code, _) = decision(&provider, content.hash()).await;
    assert_eq!(code, "no-policy");
    assert_eq!(administrator.asked("/v1/regulated-areas/"), 3);
}

#[tokio::test]
async fn we_propose_nothing_to_somebody_who_is_no_member() {
    let (_world, provider, _administrator, consumer) = provider_with(&[PROVIDER]).await;
    let grant = named(call(&consumer), "zorg", ADMINISTRATOR);
    let proposed = provider.manager.propose(vec![grant], today()).await;
    let error = proposed.unwrap_err();
    assert!(matches!(error, OperationError::NotAMember(_)), "{error}");
    assert!(error.to_string().contains(CONSUMER), "{error}");
}

/// A valid contract in the area; everybody was a member when it was made.
async fn agreed(provider: &Party, consumer: &Raw) -> Content {
    let content = contract(vec![named(call(consumer), "zorg", ADMINISTRATOR)]);
    assert_eq!(consumer.submit(provider, &content).await.status, 201);
    provider.manager.accept(content.hash()).await.unwrap();
    content
}

#[tokio::test]
async fn a_token_is_for_members_and_only_as_long_as_they_are() {
    let (world, provider, administrator, consumer) = provider_with(&[PROVIDER, CONSUMER]).await;
    let content = agreed(&provider, &consumer).await;
    let hash = content.grants()[0].hash().as_str();
    let form = format!("grant_type=client_credentials&scope={hash}&client_id={CONSUMER}");
    let token = async || consumer.token(&provider, &form).await;
    assert_eq!(token().await.status, 200);

    // Membership ends; that is known once it is asked again.
    administrator.answer(|_| members(&[PROVIDER], ""));
    assert_eq!(token().await.status, 200);
    world
        .hand
        .advance(u64::try_from(REFRESH_SECONDS).unwrap() * 1000);
    let refused = token().await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json(),
        json!({
            "error": "unauthorized_client",
            "error_description": "Peer is not a member of the Regulated Area",
        })
    );
    assert_eq!(administrator.asked("/v1/regulated-areas/"), 2);

    // It is taken up again, and then nobody can be asked: what was said counts for a while.
    world
        .hand
        .advance(u64::try_from(REFRESH_SECONDS).unwrap() * 1000);
    administrator.answer(|_| members(&[PROVIDER, CONSUMER], ""));
    assert_eq!(token().await.status, 200);
    administrator.answer(|_| (200, "{}".to_owned()));
    world
        .hand
        .advance(u64::try_from(MAX_AGE_SECONDS - 1).unwrap() * 1000);
    assert_eq!(token().await.status, 200);
    world.hand.advance(1_000);
    let refused = token().await;
    assert_eq!(
        refused.verdict(),
        (503, "ERROR_CODE_MEMBERS_UNKNOWN".to_owned())
    );
}

#[tokio::test]
async fn a_directory_lists_the_services_of_members() {
    let mut world = World::new();
    let party = world.party(DIRECTORY).being_directory().in_area(area(&[]));
    let (directory, administrator) = with_members(&mut world, party, &[PROVIDER]).await;
    let identity = world.identity(PROVIDER);
    let provider = Raw::new(&world, identity);
    let identity = world.identity(THIRD);
    let third = Raw::new(&world, identity);
    let publish = |id: &str| named(publication(id, "zaken-api"), "zorg", ADMINISTRATOR);

    let content = contract(vec![publish(PROVIDER)]);
    assert_eq!(provider.submit(&directory, &content).await.status, 201);
    directory.until_state(content.hash(), State::Valid).await;
    let (_, reason) = rejected(&third, &directory, publish(THIRD)).await;
    assert!(reason.contains(THIRD), "{reason}");
    let other = named(publication(PROVIDER, "brp"), "zorg", THIRD);
    let (_, reason) = rejected(&provider, &directory, other).await;
    assert!(reason.contains("does not name that area"), "{reason}");
    // Nobody here could tell who is a member of another area.
    let other = named(publication(PROVIDER, "brp"), "onderwijs", ADMINISTRATOR);
    let (_, reason) = rejected(&provider, &directory, other).await;
    assert!(
        reason.contains("Regulated Area `onderwijs` is none whose"),
        "{reason}"
    );
    // And what is in no area needs no membership.
    let content = contract(vec![publication(THIRD, "brp")]);
    assert_eq!(third.submit(&directory, &content).await.status, 201);
    directory.until_state(content.hash(), State::Valid).await;
    assert_eq!(administrator.asked("/v1/regulated-areas/"), 2);
}

#[tokio::test]
async fn our_own_publication_names_the_area_by_itself() {
    let mut world = World::new();
    let party = world.party(DIRECTORY).being_directory().in_area(area(&[]));
    let (directory, administrator) = with_members(&mut world, party, &[PROVIDER]).await;
    let party = world
        .party(PROVIDER)
        .with_directory(&directory)
        .in_area(area(&["zaken-api"]));
    let provider = party.start().await;
    let zaken = ServiceName::parse("zaken-api").unwrap();
    let published = provider.manager.publish(&zaken, Protocol::Http1, today());
    let content = published.await.unwrap();
    let named = RegulatedArea::of(content.grants()[0].data()).unwrap();
    assert_eq!(named.unwrap().administrator, peer(ADMINISTRATOR));
    provider.until_state(content.hash(), State::Valid).await;
    assert_eq!(administrator.asked("/v1/regulated-areas/"), 1);
    let brp = ServiceName::parse("brp").unwrap();
    let published = provider.manager.publish(&brp, Protocol::Http1, today());
    let content = published.await.unwrap();
    assert_eq!(content.grants()[0].properties(), None);
}

#[tokio::test]
async fn without_configuration_nothing_of_it_counts() {
    let mut world = World::new();
    let provider = world.party(PROVIDER).start().await;
    let identity = world.identity(CONSUMER);
    let consumer = Raw::new(&world, identity);
    let grants = vec![
        named(call(&consumer), "zorg", ADMINISTRATOR),
        connection(outway(&consumer.identity), service(PROVIDER, "brp", None)),
    ];
    let content = contract(grants);
    assert_eq!(consumer.submit(&provider, &content).await.status, 201);
    provider.manager.accept(content.hash()).await.unwrap();
    provider.until_state(content.hash(), State::Valid).await;
    let placed = consumer.place(&provider, &content, SignatureType::Accept);
    assert!(placed.await.status.is_success());
}
