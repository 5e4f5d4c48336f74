//! Never losing a peer silently: managers that stop, move, speak another FSC or lose what was agreed; and directories.

mod lists;
mod reach;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::json;
use sluis::contracts::{Alarm, AlarmKind, PeerCheck};
use sluis_fsc::ServiceName;
use sluis_fsc::api::Jwks;
use sluis_fsc::contract::{Content, State};
use sluis_fsc::grant::Protocol;
use sluis_fsc::signature::SignatureType;
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;

use super::grants::*;
use super::raw::{Raw, contract, value_of};
use super::scripted::{Scripted, contracts, peer_info};
use super::world::{CONSUMER, DIRECTORY, NOW, PROVIDER, Party, PartyBuilder, World, today};

/// A consumer that has a valid contract with a provider.
async fn with_contract() -> (World, Party, Party, Content) {
    let mut world = World::new();
    let provider = world.party(PROVIDER).start().await;
    let consumer = world
        .party(CONSUMER)
        .with_directory(&provider)
        .start()
        .await;
    let zaken = ServiceName::parse("zaken-api").unwrap();
    let proposed = consumer
        .manager
        .propose_connection(provider.id(), &zaken, None, today());
    let content = proposed.await.unwrap();
    provider.until_state(content.hash(), State::Proposed).await;
    provider.manager.accept(content.hash()).await.unwrap();
    consumer.until_state(content.hash(), State::Valid).await;
    (world, consumer, provider, content)
}

/// A provider that has a valid contract with a consumer whose manager answers what a test wants.
async fn with_scripted() -> (World, Party, Scripted, Content) {
    let mut world = World::new();
    let provider = world.party(PROVIDER).start().await;
    let identity = world.identity(CONSUMER);
    let scripted = Scripted::start(&world, &identity, |_| peer_info(CONSUMER, "2.0.0")).await;
    let mut raw = Raw::new(&world, identity);
    raw.address = scripted.address.clone();
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    assert_eq!(raw.submit(&provider, &content).await.status, 201);
    provider.manager.accept(content.hash()).await.unwrap();
    let delivered = |items: &[sluis::contracts::OutboxItem]| {
        let done = sluis::contracts::OutboxState::Delivered;
        items.iter().all(|item| item.state == done)
    };
    provider.until_outbox(content.hash(), delivered).await;
    (world, provider, scripted, content)
}

/// The contract as a manager shows it, with these signatures of the consumer.
fn shown(content: &Content, signatures: &[&str]) -> serde_json::Value {
    let of = |kind: &str| match signatures.contains(&kind) {
        true => json!({ CONSUMER: "e30.e30.AA" }),
        false => json!({}),
    };
    let accept = match signatures.contains(&"accept") {
        true => json!({ CONSUMER: "e30.e30.AA", PROVIDER: "e30.e30.AA" }),
        false => json!({ CONSUMER: "e30.e30.AA" }),
    };
    json!({
        "content": value_of(content),
        "signatures": { "accept": accept, "reject": of("reject"), "revoke": of("revoke") },
    })
}

async fn check(party: &Party) {
    party.manager.check_peers().await.unwrap();
}

/// The alarms that are raised.
async fn alarms(party: &Party) -> Vec<Alarm> {
    let mut alarms = party.manager.contracts().alarms().await.unwrap();
    alarms.retain(Alarm::is_raised);
    alarms
}

/// The one alarm that is raised, after two checks.
async fn raised(party: &Party) -> Alarm {
    check(party).await;
    assert_eq!(alarms(party).await, [], "one check may be a hitch");
    check(party).await;
    let mut alarms = alarms(party).await;
    assert_eq!(alarms.len(), 1, "{alarms:#?}");
    let alarm = alarms.remove(0);
    assert_eq!(counted(party, alarm.kind), Some(1.0));
    alarm
}

/// One check mends everything.
async fn is_mended(party: &Party) {
    check(party).await;
    assert_eq!(party.manager.contracts().alarms().await.unwrap(), []);
    for kind in AlarmKind::ALL {
        assert_eq!(counted(party, kind), Some(0.0), "{kind:?}");
    }
}

fn counted(party: &Party, kind: AlarmKind) -> Option<f64> {
    let label = format!("alarm=\"{}\"", kind.as_str());
    party.metric("sluis_peer_alarms", &[&label])
}

async fn checked(party: &Party, id: &str) -> PeerCheck {
    let checks = party.manager.contracts().peer_checks().await.unwrap();
    let found = checks.into_iter().find(|check| check.peer_id == id);
    found.unwrap()
}

/// Takes a contract out of a store, as a restored backup would.
fn lose(builder: &PartyBuilder, content: &Content) {
    let database = builder.database();
    for table in [
        "outbox",
        "decisions",
        "signatures",
        "grants",
        "contract_peers",
        "contracts",
    ] {
        let statement = format!("DELETE FROM {table} WHERE content_hash = ?1");
        let hash = content.hash().as_str();
        database.execute(&statement, [hash]).unwrap();
    }
}

/// The log of this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn capture() -> (Self, DefaultGuard) {
        // As long as there is only one subscriber, tracing lets the thread that comes first to a line decide for all
        // threads whether anybody wants it; the other tests here run without.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    /// How many lines have all of these words.
    fn with(&self, words: &[&str]) -> usize {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let has = |line: &&str| words.iter().all(|word| line.contains(word));
        text.lines().filter(has).count()
    }
}
