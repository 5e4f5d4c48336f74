//! Whatever arrives in which order, twice, or after a restart: whoever has the same signatures sees the same contract, and everybody
//! ends up with the same signatures.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sluis_fsc::ContentHash;
use sluis_fsc::grant::GrantData;
use tempfile::TempDir;

use super::*;

const DELEGATOR: &str = "00000001004444444000";
const PEERS: [&str; 3] = [CONSUMER, PROVIDER, DELEGATOR];

/// Who signed what when, and a mark that tells signatures of the same second apart.
type Placed = (&'static str, SignatureType, i64, u8);

/// A contract between the three.
fn between_three(iv: u128) -> Content {
    let GrantData::ServiceConnection {
        outway,
        service,
        properties,
    } = connection("zaken-api")
    else {
        panic!("a connection");
    };
    let grant = GrantData::DelegatedServiceConnection {
        outway,
        service,
        delegator: peer(DELEGATOR),
        properties,
    };
    content(iv, grant, NOW - 50)
}

fn placed() -> impl Strategy<Value = Placed> {
    let at = (NOW - 2)..(NOW + 3);
    (select(&PEERS), select(&SignatureType::ALL), at, 0..3_u8)
}

fn with((signer, kind, at, mark): Placed, content: &Content) -> Signed {
    let mut signed = signed(content, signer, kind, at);
    signed.submitted_by = peer(signer);
    signed.jws = format!("{}.{mark}", signed.jws);
    signed
}

/// Who signed what, to the letter, and how the contract stands in the store and in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    signatures: BTreeMap<(String, &'static str), String>,
    state: State,
    state_in_index: State,
}

async fn seen(contracts: &Contracts, content: &Content) -> Option<Seen> {
    let record = contracts.contract(content.hash()).await.unwrap()?;
    let of_kind = |kind: SignatureType| {
        let signatures = record.contract.signatures.of_type(kind).iter();
        signatures.map(move |(peer, jws)| ((peer.to_string(), kind.as_str()), jws.clone()))
    };
    let entry = contracts.index().by_hash(content.grants()[0].hash());
    Some(Seen {
        signatures: SignatureType::ALL.into_iter().flat_map(of_kind).collect(),
        state: record.contract.state(NOW),
        state_in_index: entry.unwrap().state_at(NOW),
    })
}

/// What follows from a set of signatures, however they arrive: the latest of each peer and kind; a no is stronger than a yes.
fn expected(all: &[Placed], content: &Content) -> Seen {
    let mut latest = BTreeMap::new();
    for placed in all {
        let (signer, kind, at, _) = *placed;
        let jws = with(*placed, content).jws;
        let known = latest
            .entry((signer.to_owned(), kind.as_str()))
            .or_insert((at, jws.clone()));
        *known = (*known).clone().max((at, jws));
    }
    let by = |kind: SignatureType| latest.keys().filter(|key| key.1 == kind.as_str()).count();
    let state = if by(SignatureType::Revoke) > 0 {
        State::Revoked
    } else if by(SignatureType::Reject) > 0 {
        State::Rejected
    } else if by(SignatureType::Accept) == PEERS.len() {
        State::Valid
    } else {
        State::Proposed
    };
    Seen {
        signatures: latest
            .into_iter()
            .map(|(key, (_, jws))| (key, jws))
            .collect(),
        state,
        state_in_index: state,
    }
}

/// A store that can be closed and opened again.
struct Keeper {
    contracts: Contracts,
    own: &'static str,
    folder: TempDir,
}

impl Keeper {
    fn new(own: &'static str) -> Self {
        // In memory where the system has that: thousands of writes that reach a disk take long.
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let folder = folder.unwrap();
        Self {
            contracts: Contracts::open(folder.path(), peer(own)).unwrap(),
            own,
            folder,
        }
    }

    fn restart(&mut self) {
        self.contracts = Contracts::open(self.folder.path(), peer(self.own)).unwrap();
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    runtime.block_on(work)
}

/// Something that happens between three organisations.
#[derive(Debug, Clone)]
enum Event {
    /// One of them signs one of the contracts.
    Signs(usize, Index, SignatureType),
    /// One of them tells the next thing that it has to tell.
    Tells(usize, Fate),
    Restarts(usize),
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    /// It is stored, and nobody hears that it was.
    AnswerLost,
    Lost,
}

fn event() -> impl Strategy<Value = Event> {
    let kind = select(&SignatureType::ALL);
    let fate = select(&[Fate::Arrives, Fate::AnswerLost, Fate::Lost]);
    prop_oneof![
        3 => (0..3_usize, any::<Index>(), kind).prop_map(|(who, what, kind)| Event::Signs(who, what, kind)),
        6 => (0..3_usize, fate).prop_map(|(who, fate)| Event::Tells(who, fate)),
        1 => (0..3_usize).prop_map(Event::Restarts),
    ]
}

/// Tells the first thing that is due; false when nothing is.
async fn tell(keepers: &[Keeper], who: usize, fate: Fate, clock: &mut i64) -> bool {
    let from = &keepers[who];
    *clock += 1;
    let now_ms = u64::try_from(*clock).unwrap() * 1000;
    let moment = Moment {
        now_ms,
        pause_max_ms: 300_000,
    };
    let due = from.contracts.outbox_due(moment, &HashSet::new(), 1).await;
    let Some(item) = due.unwrap().into_iter().next() else {
        return false;
    };
    let hash = ContentHash::parse(&item.content_hash).unwrap();
    let content = from.contracts.contract(&hash).await.unwrap().unwrap();
    let to = keepers.iter().find(|keeper| keeper.own == item.peer_id);
    if !matches!(fate, Fate::Lost) {
        let kind = item.action.signature_type();
        let mut brought = signed(&content.contract.content, from.own, kind, 0);
        brought.submitted_by = peer(from.own);
        brought.signed_at_unix_seconds = item.jws.rsplit('.').next().unwrap().parse().unwrap();
        brought.jws.clone_from(&item.jws);
        to.unwrap().contracts.keep(brought).await.unwrap();
    }
    if matches!(fate, Fate::Arrives) {
        from.contracts
            .outbox_delivered(item.id, now_ms)
            .await
            .unwrap();
    } else {
        let pause = Pause {
            of: Paused::Peer,
            attempts: item.attempts + 1,
            tried_at_ms: now_ms,
            failed_at: moment,
            until_ms: now_ms,
            until_if_seen_ms: now_ms,
        };
        let put_off = from
            .contracts
            .outbox_put_off(item, "lost".to_owned(), pause);
        put_off.await.unwrap();
    }
    true
}

/// Signs as the manager does: the store and the outbox in one, with the time as the signature.
async fn sign(keeper: &Keeper, content: &Content, kind: SignatureType, clock: &mut i64) {
    *clock += 1;
    let mut own = signed(content, keeper.own, kind, *clock);
    own.submitted_by = peer(keeper.own);
    let others = PEERS.into_iter().filter(|other| *other != keeper.own);
    own.tell = others.map(|other| (peer(other), kind.into())).collect();
    keeper.contracts.keep(own).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_same_signatures_make_the_same_contract_in_any_order(
        all in vec(placed(), 1..12),
        order in vec(any::<Index>(), 0..24),
        restart_after in any::<Index>(),
    ) {
        let content = between_three(1);
        let mut keeper = Keeper::new(CONSUMER);
        // Some twice and out of order, then all of them, so that everything has arrived at least once.
        let arrivals: Vec<Placed> = order.iter().map(|index| *index.get(&all)).chain(all.clone()).collect();
        let restart_after = restart_after.index(arrivals.len());
        let found = block_on(async {
            for (position, placed) in arrivals.iter().enumerate() {
                keeper.contracts.keep(with(*placed, &content)).await.unwrap();
                if position == restart_after {
                    keeper.restart();
                }
            }
            seen(&keeper.contracts, &content).await
        });
        prop_assert_eq!(found, Some(expected(&all, &content)));
    }

    #[test]
    fn everybody_ends_up_with_the_same_signatures(events in vec(event(), 1..40)) {
        let contents: Vec<Content> = (1..4).map(between_three).collect();
        let mut keepers: Vec<Keeper> = PEERS.into_iter().map(Keeper::new).collect();
        let mut clock = NOW;
        let mut signed = BTreeSet::new();
        let found = block_on(async {
            for event in events {
                match event {
                    Event::Signs(who, what, kind) => {
                        let content = what.get(&contents);
                        sign(&keepers[who], content, kind, &mut clock).await;
                        signed.insert((content.hash().as_str().to_owned(), PEERS[who], kind.as_str()));
                    }
                    Event::Tells(who, fate) => {
                        tell(&keepers, who, fate, &mut clock).await;
                    }
                    Event::Restarts(who) => keepers[who].restart(),
                }
            }
            // Nothing goes wrong any more.
            for who in 0..PEERS.len() {
                while tell(&keepers, who, Fate::Arrives, &mut clock).await {}
            }
            let mut found = Vec::new();
            for keeper in &keepers {
                let mut all = Vec::new();
                for content in &contents {
                    all.push(seen(&keeper.contracts, content).await);
                }
                found.push(all);
            }
            found
        });
        prop_assert_eq!(&found[0], &found[1]);
        prop_assert_eq!(&found[0], &found[2]);
        let held = contents.iter().zip(&found[0]).flat_map(|(content, seen)| {
            let keys = seen.iter().flat_map(|seen| seen.signatures.keys());
            keys.map(|(peer, kind)| (content.hash().as_str().to_owned(), peer.as_str(), *kind))
        });
        prop_assert_eq!(held.collect::<BTreeSet<_>>(), signed);
    }
}
