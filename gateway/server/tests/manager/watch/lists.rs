//! Managers and directories that answer, and do not have what was agreed.

use super::*;

#[tokio::test]
async fn a_contract_that_the_other_has_lost_is_an_alarm() {
    let (lines, _guard) = Lines::capture();
    let (_world, consumer, provider, content) = with_contract().await;
    let provider = provider.stop().await;
    lose(&provider, &content);
    let provider = provider.start().await;
    let alarm = raised(&consumer).await;
    assert_eq!(alarm.kind, AlarmKind::ContractMissing);
    assert_eq!(alarm.subject, content.hash().as_str());
    let iv = content.iv().to_string();
    assert!(alarm.what.contains(&iv), "{}", alarm.what);
    assert_eq!(lines.with(&["WARN", "contract-missing", &iv]), 1);

    // What could not be looked at is neither mended nor told again.
    let stopped = provider.stop().await;
    check(&consumer).await;
    assert_eq!(alarms(&consumer).await, [alarm]);
    let _provider = stopped.start().await;
    // Once we revoke it nothing is missing any more.
    consumer.manager.revoke(content.hash()).await.unwrap();
    is_mended(&consumer).await;
    assert_eq!(
        lines.with(&["INFO", "nothing depends on it", "contract-missing"]),
        1
    );
}

#[tokio::test]
async fn a_contract_that_the_other_has_as_not_valid_is_an_alarm() {
    let (_world, provider, scripted, content) = with_scripted().await;
    for (signatures, state) in [
        (&["accept", "revoke"][..], "revoked"),
        (&["reject"], "rejected"),
        (&[], "proposed"),
    ] {
        let theirs = shown(&content, signatures);
        scripted.answer(move |path| match path {
            "/v1/peer" => peer_info(CONSUMER, "2.0.0"),
            _ => contracts(std::slice::from_ref(&theirs), ""),
        });
        let alarm = raised(&provider).await;
        assert_eq!(alarm.kind, AlarmKind::ContractNotValid);
        let told = format!("as {state}, and here");
        assert!(alarm.what.contains(&told), "{}", alarm.what);

        let theirs = shown(&content, &["accept"]);
        scripted.answer(move |path| match path {
            "/v1/peer" => peer_info(CONSUMER, "2.0.0"),
            _ => contracts(std::slice::from_ref(&theirs), ""),
        });
        is_mended(&provider).await;
    }
}

#[tokio::test]
async fn a_revocation_that_never_came_counts_once_it_is_found() {
    let mut world = World::new();
    let provider = world.party(PROVIDER).start().await;
    let identity = world.identity(CONSUMER);
    let scripted = Scripted::start(&world, &identity, |_| peer_info(CONSUMER, "2.0.0")).await;
    let mut raw = Raw::new(&world, identity.clone());
    raw.address = scripted.address.clone();
    let zaken = service(PROVIDER, "zaken-api", None);
    let content = contract(vec![connection(outway(&raw.identity), zaken)]);
    raw.submit(&provider, &content).await;
    provider.manager.accept(content.hash()).await.unwrap();
    provider.until_state(content.hash(), State::Valid).await;
    let keys = serde_json::to_string(&Jwks::of([&identity]).unwrap()).unwrap();
    let mut theirs = shown(&content, &["accept"]);
    theirs["signatures"]["revoke"] = json!({ CONSUMER: raw.sign(&content, SignatureType::Revoke) });
    scripted.answer(move |path| match path {
        "/v1/peer" => peer_info(CONSUMER, "2.0.0"),
        "/v1/.well-known/jwks.json" => (200, keys.clone()),
        _ => contracts(std::slice::from_ref(&theirs), ""),
    });
    is_mended(&provider).await;
    let view = provider.manager.show(content.hash()).await.unwrap();
    assert_eq!(view.state, State::Revoked);
}

#[tokio::test]
async fn a_list_is_read_to_its_end_whoever_pages_it() {
    let (_world, provider, scripted, content) = with_scripted().await;
    let theirs = shown(&content, &["accept"]);
    // A cursor with every page, the last one empty; the contract is on the third.
    scripted.answer(move |path| {
        if path == "/v1/peer" {
            return peer_info(CONSUMER, "2.0.0");
        }
        let mut other = theirs.clone();
        other["content"]["iv"] = json!("019a7dea-9048-7c4d-9e66-4d3f75a18f58");
        match path.rsplit_once("cursor=").map(|(_, cursor)| cursor) {
            None => contracts(&[other], "a"),
            // What cannot be read is on a page of its own.
            Some("a") => contracts(&[json!({ "content": "of FSC 1" })], "b"),
            Some("b") => contracts(std::slice::from_ref(&theirs), "c"),
            Some(_) => contracts(&[], "d"),
        }
    });
    check(&provider).await;
    is_mended(&provider).await;
    assert_eq!(scripted.asked("/v1/contracts?"), 8);
}

#[tokio::test]
async fn a_list_without_end_is_left_and_told() {
    let (_world, provider, scripted, content) = with_scripted().await;
    scripted.answer(|path| match path {
        "/v1/peer" => peer_info(CONSUMER, "2.0.0"),
        _ => contracts(&[json!({})], "again"),
    });
    let alarm = raised(&provider).await;
    assert_eq!(alarm.kind, AlarmKind::NotComparable);
    assert!(alarm.what.contains("does not end"), "{}", alarm.what);
    assert_eq!(scripted.asked("/v1/contracts?"), 4);
    let error = checked(&provider, CONSUMER).await.last_error.unwrap();
    assert!(error.contains("does not end"), "{error}");

    // Neither is a list that cannot be had.
    scripted.answer(|path| match path {
        "/v1/peer" => peer_info(CONSUMER, "2.0.0"),
        _ => (503, String::new()),
    });
    check(&provider).await;
    let alarm = alarms(&provider).await.remove(0);
    assert!(alarm.what.contains("status 503"), "{}", alarm.what);
    let theirs = shown(&content, &["accept"]);
    scripted.answer(move |path| match path {
        "/v1/peer" => peer_info(CONSUMER, "2.0.0"),
        _ => contracts(std::slice::from_ref(&theirs), ""),
    });
    is_mended(&provider).await;
}

#[tokio::test]
async fn a_publication_that_the_directory_lost_is_an_alarm_at_whoever_offers_and_whoever_calls() {
    let mut world = World::new();
    let directory = world.party(DIRECTORY).being_directory().start().await;
    let provider = world
        .party(PROVIDER)
        .with_directory(&directory)
        .start()
        .await;
    let consumer = world
        .party(CONSUMER)
        .with_directory(&directory)
        .calling(PROVIDER, "zaken-api")
        // Never listed: whoever agrees without a directory loses nothing.
        .calling(PROVIDER, "elders")
        .start()
        .await;
    let zaken = ServiceName::parse("zaken-api").unwrap();
    let published = provider
        .manager
        .publish(&zaken, Protocol::Http1, today())
        .await;
    let content = published.unwrap();
    provider.until_state(content.hash(), State::Valid).await;
    for _ in 0..2 {
        is_mended(&provider).await;
        is_mended(&consumer).await;
    }

    let stopped = directory.stop().await;
    lose(&stopped, &content);
    let directory = stopped.start().await;
    let at_consumer = raised(&consumer).await;
    assert_eq!(at_consumer.kind, AlarmKind::ServiceMissing);
    assert_eq!(at_consumer.subject, format!("{PROVIDER}/zaken-api"));
    check(&provider).await;
    check(&provider).await;
    let kinds: Vec<AlarmKind> = alarms(&provider).await.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [AlarmKind::ContractMissing, AlarmKind::PublicationMissing]
    );

    // Published anew, it is listed again; the lost contract is still lost, until it is revoked.
    let published = provider
        .manager
        .publish(&zaken, Protocol::Http1, today())
        .await;
    let anew = published.unwrap();
    provider.until_state(anew.hash(), State::Valid).await;
    is_mended(&consumer).await;
    check(&provider).await;
    let kinds: Vec<AlarmKind> = alarms(&provider).await.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [AlarmKind::ContractMissing]);
    provider.manager.revoke(content.hash()).await.unwrap();
    is_mended(&provider).await;
    drop(directory);
}

#[tokio::test]
async fn what_the_other_has_still_to_be_told_is_not_missing() {
    let (_world, provider, scripted, content) = with_scripted().await;
    // The consumer does not take what it is told, and does not show the contract.
    scripted.answer(|path| match path {
        "/v1/peer" => peer_info(CONSUMER, "2.0.0"),
        path if path.starts_with("/v1/contracts?") => contracts(&[], ""),
        _ => (503, String::new()),
    });
    let pending = |items: &[sluis::contracts::OutboxItem]| {
        let waits = sluis::contracts::OutboxState::Pending;
        items.iter().any(|item| item.state == waits)
    };
    // As after a renewal: the same contract, accepted anew.
    let database = provider.builder.database();
    let statement = "UPDATE outbox SET outcome = NULL, next_attempt_at_ms = ?1";
    let later = (NOW + 3_600) * 1000;
    database.execute(statement, [later]).unwrap();
    provider.until_outbox(content.hash(), pending).await;
    check(&provider).await;
    is_mended(&provider).await;
    database
        .execute("UPDATE outbox SET outcome = 'delivered'", [])
        .unwrap();
    assert_eq!(raised(&provider).await.kind, AlarmKind::ContractMissing);
}
