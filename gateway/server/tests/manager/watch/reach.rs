//! Managers that stop, come back, move, or speak another FSC.

use super::*;

#[tokio::test]
async fn a_manager_that_answers_is_known_with_its_version() {
    let (world, consumer, _provider, _) = with_contract().await;
    check(&consumer).await;
    let found = checked(&consumer, PROVIDER).await;
    assert!(found.answers && found.last_error.is_none(), "{found:?}");
    assert_eq!(found.since_ms, u64::try_from(NOW).unwrap() * 1000);
    let known = consumer.manager.contracts().peer(&peer(PROVIDER)).await;
    let known = known.unwrap().unwrap();
    assert_eq!(known.fsc_version.as_deref(), Some("2.0.0"));

    world.hand.advance(60_000);
    is_mended(&consumer).await;
    let later = checked(&consumer, PROVIDER).await;
    assert_eq!(later.since_ms, found.since_ms);
    assert_eq!(later.checked_at_ms, found.checked_at_ms + 60_000);
    assert_eq!(
        consumer.metric("sluis_peers", &["state=\"answers\""]),
        Some(1.0)
    );
    assert_eq!(
        consumer.metric("sluis_peer_checks_total", &["result=\"ok\""]),
        Some(2.0)
    );
}

#[tokio::test]
async fn a_manager_that_stops_is_an_alarm_until_it_answers_again() {
    let (lines, _guard) = Lines::capture();
    let (world, consumer, provider, _) = with_contract().await;
    check(&consumer).await;
    let stopped = provider.stop().await;
    world.hand.advance(60_000);
    let since = u64::try_from(NOW).unwrap() * 1000 + 60_000;
    let alarm = raised(&consumer).await;
    assert_eq!(
        (alarm.kind, alarm.peer_id.as_str(), alarm.since_ms),
        (AlarmKind::PeerSilent, PROVIDER, since)
    );
    assert!(alarm.what.contains("(refused)"), "{}", alarm.what);
    let found = checked(&consumer, PROVIDER).await;
    assert!(!found.answers && found.since_ms == since);
    assert_eq!(
        consumer.metric("sluis_peers", &["state=\"silent\""]),
        Some(1.0)
    );
    check(&consumer).await;
    assert_eq!(lines.with(&["WARN", "alarm=\"peer-silent\"", PROVIDER]), 1);

    // Our own restart takes nothing away.
    let consumer = consumer.stop().await.start().await;
    assert_eq!(alarms(&consumer).await[0].since_ms, since);
    let _provider = stopped.start().await;
    is_mended(&consumer).await;
    assert!(checked(&consumer, PROVIDER).await.answers);
    assert_eq!(lines.with(&["INFO", "mended", "peer-silent"]), 1);
}

#[tokio::test]
async fn one_missed_answer_now_and_then_is_no_alarm() {
    let (_world, consumer, mut provider, _) = with_contract().await;
    for _ in 0..2 {
        let stopped = provider.stop().await;
        check(&consumer).await;
        provider = stopped.start().await;
        is_mended(&consumer).await;
    }
}

#[tokio::test]
async fn a_manager_with_which_nothing_was_agreed_is_listed_and_no_alarm() {
    let mut world = World::new();
    let provider = world.party(PROVIDER).start().await;
    let identity = world.identity(CONSUMER);
    // Announces an address where nobody is.
    let raw = Raw::new(&world, identity);
    assert_eq!(raw.announce(&provider).await.status, 200);
    for _ in 0..3 {
        check(&provider).await;
    }
    assert_eq!(alarms(&provider).await, []);
    let found = checked(&provider, CONSUMER).await;
    assert!(!found.answers);
    let error = found.last_error.unwrap();
    assert!(
        error.contains("https://localhost:1 cannot be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn another_version_of_fsc_is_told_and_its_lists_are_left_alone() {
    let (_world, provider, scripted, _) = with_scripted().await;
    scripted.answer(|_| (200, json!({ "fsc_version": "1.1.2" }).to_string()));
    let alarm = raised(&provider).await;
    assert_eq!(alarm.kind, AlarmKind::PeerVersion);
    assert_eq!(alarm.what, "it speaks FSC 1.1.2, and we speak 2.0.0");
    assert_eq!(scripted.asked("/v1/contracts?"), 0);
    let known = provider.manager.contracts().peer(&peer(CONSUMER)).await;
    let known = known.unwrap().unwrap();
    assert_eq!(known.fsc_version.as_deref(), Some("1.1.2"));
}

#[tokio::test]
async fn an_answer_that_is_none_of_fsc_is_no_answer() {
    let (_world, provider, scripted, _) = with_scripted().await;
    for (answer, told) in [
        ((200, "<html>".to_owned()), "no fsc_version"),
        ((200, "{}".to_owned()), "no fsc_version"),
        (peer_info(PROVIDER, "2.0.0"), "names another peer"),
        ((500, String::new()), "status 500"),
    ] {
        scripted.answer(move |_| answer.clone());
        check(&provider).await;
        check(&provider).await;
        let alarm = alarms(&provider).await.remove(0);
        assert_eq!(alarm.kind, AlarmKind::PeerSilent);
        assert!(alarm.what.contains(told), "{}", alarm.what);
    }
}

#[tokio::test]
async fn a_manager_that_does_not_know_the_question_is_there_all_the_same() {
    let (_world, provider, scripted, content) = with_scripted().await;
    let theirs = shown(&content, &["accept"]);
    scripted.answer(move |path| match path {
        "/v1/peer" => (404, String::new()),
        _ => contracts(std::slice::from_ref(&theirs), ""),
    });
    check(&provider).await;
    is_mended(&provider).await;
    assert!(checked(&provider, CONSUMER).await.answers);
}

#[tokio::test]
async fn a_manager_that_moves_is_followed_and_told() {
    let (lines, _guard) = Lines::capture();
    let (mut world, provider, scripted, content) = with_scripted().await;
    let theirs = shown(&content, &["accept"]);
    let script = move |path: &str| match path {
        "/v1/peer" => peer_info(CONSUMER, "2.0.0"),
        _ => contracts(std::slice::from_ref(&theirs), ""),
    };
    scripted.answer(script.clone());
    is_mended(&provider).await;
    let (old, identity) = (scripted.address.to_string(), world.identity(CONSUMER));

    // To where nobody is: its old address answers still, and is not asked any more.
    let mut raw = Raw::new(&world, identity.clone());
    raw.announce(&provider).await;
    let alarm = raised(&provider).await;
    assert_eq!(alarm.kind, AlarmKind::PeerMoved);
    let told = format!("moved from {old} to https://localhost:1, and does not answer there");
    assert!(alarm.what.contains(&told), "{}", alarm.what);

    let elsewhere = Scripted::start(&world, &identity, script).await;
    raw.address = elsewhere.address.clone();
    raw.announce(&provider).await;
    is_mended(&provider).await;
    let found = checked(&provider, CONSUMER).await;
    assert_eq!(found.moved_from, Some(old));
    assert_eq!(found.answered_at, Some(elsewhere.address.to_string()));
    assert_eq!(lines.with(&["WARN", "answers at its new address"]), 1);
}
