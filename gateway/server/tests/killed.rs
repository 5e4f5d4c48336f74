//! Killing a gateway in the middle of traffic (SIGKILL) loses no record of what was acknowledged.
#![cfg(test)]

mod support;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sluis::config::Config;
use sluis::demo::call::call;
use sluis::demo::party_files::PartyFiles;
use sluis::demo::process::PartyProcess;
use sluis_audit::{OutcomeResult, Reader, Record, VerifierKey, verify};
use sluis_certs::NoteKey;
use support::World;
use support::choices::Choices;
use support::client::{raadpleeg, zaak};
use tokio::sync::watch;
use uuid::Uuid;

/// How often somebody is killed.
const KILLS: usize = 24;
/// Applications that ask at the same time.
const CALLERS: usize = 4;
/// Longest wait for the next answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where the choices of the test begin.
const SEED: u64 = 0x51_1715;

/// Where the parties stand in the list of those that are killed.
const DIRECTORY: usize = 0;
const VOORBEELD: usize = 1;
const UIW: usize = 2;
const SSC: usize = 3;

/// An answer that an application got.
#[derive(Clone, Copy)]
struct Acknowledged {
    id: Uuid,
    /// Who gave it.
    provider: usize,
}

/// Applications that ask about a person and about a case in turn, again and again, and remember which answers they got.
struct Traffic {
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
    answers: watch::Receiver<usize>,
    /// Counts restarts; `None` ends the traffic.
    restarts: watch::Sender<Option<usize>>,
    callers: Vec<tokio::task::JoinHandle<()>>,
}

impl Traffic {
    fn start(outway: u16, case: &str) -> Traffic {
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let (counter, answers) = watch::channel(0);
        let counter = Arc::new(counter);
        let (restarts, _) = watch::channel(Some(0));
        let outway = SocketAddr::from((Ipv4Addr::LOCALHOST, outway));
        let callers = (0..CALLERS)
            .map(|caller| {
                let case = case.to_owned();
                let mut providers = [UIW, SSC].into_iter().cycle().skip(caller);
                let (acknowledged, counter) = (Arc::clone(&acknowledged), Arc::clone(&counter));
                let mut restarted = restarts.subscribe();
                tokio::spawn(async move {
                    while restarted.borrow_and_update().is_some() {
                        let provider = providers.next().unwrap();
                        let question = if provider == UIW {
                            raadpleeg("999904000", &["naam"], Some("bijstand-aanvraag"))
                        } else {
                            zaak(&case)
                        };
                        match call(outway, question).await {
                            Ok(answer) if answer.status == 200 => {
                                let id = answer.transaction_id().unwrap().parse().unwrap();
                                let one = Acknowledged { id, provider };
                                acknowledged.lock().unwrap().push(one);
                                counter.send_modify(|count| *count += 1);
                            }
                            // Somebody is down. An application tries again when it is told or after a while.
                            _ => {
                                let again = Duration::from_millis(20);
                                let _ = tokio::time::timeout(again, restarted.changed()).await;
                            }
                        }
                    }
                })
            })
            .collect();
        Traffic {
            acknowledged,
            answers,
            restarts,
            callers,
        }
    }

    /// Waits for so many more answers.
    async fn answers(&mut self, more: usize) {
        let until = *self.answers.borrow() + more;
        let waiting = self.answers.wait_for(|count| *count >= until);
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited
            .expect("the traffic does not come through any more")
            .unwrap();
    }

    async fn end(self) -> Vec<Acknowledged> {
        self.restarts.send_replace(None);
        for caller in self.callers {
            caller.await.unwrap();
        }
        Arc::into_inner(self.acknowledged)
            .unwrap()
            .into_inner()
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_a_gateway_in_the_middle_of_traffic_loses_no_acknowledged_record() {
    let world = World::with_contract().await;
    world.contract_for_zaken().await;
    let case = world.zaken.holds().zaken[0]["uuid"].clone();
    for gateway in [world.directory, world.voorbeeld, world.uiw, world.ssc] {
        gateway.stop().await;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_sluis"));
    let federation = &world.federation;
    let parties = [
        &federation.directory,
        &federation.voorbeeld,
        &federation.uiw,
        &federation.ssc,
    ];
    let mut running = Vec::new();
    for files in parties {
        running.push(start(program, files).await);
    }

    let mut traffic = Traffic::start(
        federation.voorbeeld.plan.ports.outway,
        case.as_str().unwrap(),
    );
    let mut choices = Choices::from(SEED);
    let mut killed = [0; 4];
    let started = Instant::now();
    for kill in 0..KILLS {
        traffic.answers(5 + choices.below(25) as usize).await;
        // The directory takes no part in the traffic; once in a while is enough.
        let victim = match choices.below(7) {
            0 => DIRECTORY,
            number => [VOORBEELD, UIW, SSC][number as usize % 3],
        };
        killed[victim] += 1;
        running.remove(victim).kill().await.unwrap();
        running.insert(victim, start(program, parties[victim]).await);
        traffic.restarts.send_replace(Some(kill + 1));
    }
    traffic.answers(20).await;
    let acknowledged = traffic.end().await;
    for process in running {
        assert!(process.stop().await, "a gateway does not stop by itself");
    }
    println!(
        "{KILLS} kills in {:?} (directory, voorbeeld, uiw, ssc: {killed:?}), {} answers",
        started.elapsed(),
        acknowledged.len()
    );
    assert!(
        killed.iter().all(|count| *count > 0),
        "somebody was never killed: {killed:?}"
    );

    let mut interrupted = 0;
    for (party, files) in parties.into_iter().enumerate() {
        let log = Log::read(files);
        interrupted += log.interrupted;
        let concerns = |one: &&Acknowledged| party == VOORBEELD || party == one.provider;
        let through: Vec<_> = acknowledged.iter().filter(concerns).collect();
        assert_eq!(through.is_empty(), party == DIRECTORY);
        for Acknowledged { id, .. } in through {
            let results = log.passages.get(id);
            let results =
                results.unwrap_or_else(|| panic!("{}: {id} is lost", files.plan.party.name));
            assert!(
                results.iter().any(|result| matches!(
                    result,
                    OutcomeResult::Delivered | OutcomeResult::Interrupted
                )),
                "{}: {id}: {results:?}",
                files.plan.party.name
            );
        }
    }
    println!("{interrupted} passages were cut off and closed as interrupted");
    assert!(interrupted > 0, "no kill hit a passage on its way");
}

/// The log of a party after everything has stopped.
struct Log {
    /// The outcome of every intent, by transaction.
    passages: BTreeMap<Uuid, Vec<OutcomeResult>>,
    interrupted: usize,
}

impl Log {
    /// Reads a log, and checks that it verifies and that every intent in it has exactly one outcome.
    fn read(files: &PartyFiles) -> Log {
        let config = Config::load(&files.config).unwrap();
        let folder = config.store.folder.join("audit");
        let key = NoteKey::from_pem(&std::fs::read(&config.audit.key_file).unwrap()).unwrap();
        let key = VerifierKey::new(&config.audit_origin(), key.public_key()).unwrap();
        let report = verify(&folder, &key).unwrap_or_else(|error| panic!("{error}"));

        let reader = Reader::open(&folder).unwrap();
        let mut open = BTreeMap::new();
        let mut log = Log {
            passages: BTreeMap::new(),
            interrupted: 0,
        };
        let mut next = 0;
        while next < report.size {
            for stored in reader.entries(next, 1_000).unwrap() {
                next = stored.index + 1;
                match stored.entry.record {
                    Record::Intent(intent) => {
                        open.insert(stored.index, intent.transaction_id);
                    }
                    Record::Outcome(outcome) => {
                        let id = open.remove(&outcome.intent_index);
                        assert_eq!(id, Some(outcome.transaction_id), "entry {}", stored.index);
                        log.interrupted +=
                            usize::from(outcome.outcome.result == OutcomeResult::Interrupted);
                        let results = log.passages.entry(outcome.transaction_id).or_default();
                        results.push(outcome.outcome.result);
                    }
                    Record::Refusal(_) | Record::Event(_) => {}
                }
            }
        }
        assert!(open.is_empty(), "intents without an outcome: {open:?}");
        log
    }
}

async fn start(program: &Path, files: &PartyFiles) -> PartyProcess {
    let mut process = PartyProcess::start(program, files).unwrap();
    process
        .ready()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    process
}
