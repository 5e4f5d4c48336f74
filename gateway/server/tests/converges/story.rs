//! What happens in one run: who proposes and answers what, who is killed when, where the line breaks.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::service_connection::OutwayIdentification;
use sluis_proto::admin::v1::{
    Contract, Grant, ServiceConnection, ServicePublication, SignatureType,
};
use tonic::Status;

use super::choices::Choices;
use super::diary::Diary;
use super::federation::{Federation, SERVICE};
use super::line::{Break, Way};
use super::outcome::agreement;
use super::party::Office;

/// How many things happen in a run.
const SCENES: usize = 4;
/// The line breaks within so many bytes: some three messages about a contract, with a handshake before them.
const BYTES_MAX: u64 = 6_000;
/// How many turns of the scheduler a deed gets at most before somebody is killed in it.
const TURNS_MAX: u64 = 3_000;
/// How long a line may take to break. It may be that so many bytes do not come.
const BREAK_PATIENCE: Duration = Duration::from_millis(100);
/// No contract of a test ends before this.
const DAY_SECONDS: i64 = 86_400;

/// One run.
pub(crate) struct Story<'a> {
    choices: Choices,
    /// When the contracts of this run end, by which they are told from those of other runs.
    mark: i64,
    federation: &'a mut Federation,
    /// What was acknowledged, and so must not be lost: contract, signer, what was signed.
    acknowledged: BTreeSet<(String, String, i32)>,
    kills: usize,
    diary: Diary,
}

/// Something that an organisation does.
enum Deed {
    Propose(Vec<Grant>),
    Answer(String, SignatureType),
}

impl std::fmt::Display for Deed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Propose(grants) => {
                formatter.write_str("proposes")?;
                grants.iter().try_for_each(|grant| match &grant.kind {
                    Some(Kind::ServiceConnection(it)) => write!(
                        formatter,
                        " [{} calls {}, for `{}`, who offers for `{}`]",
                        it.outway_peer_id,
                        it.service_peer_id,
                        it.delegator_peer_id,
                        it.service_delegator_peer_id
                    ),
                    Some(Kind::ServicePublication(it)) => write!(
                        formatter,
                        " [{} publishes at {} for `{}`]",
                        it.service_peer_id, it.directory_peer_id, it.delegator_peer_id
                    ),
                    None => Ok(()),
                })
            }
            Self::Answer(contract, answer) => write!(formatter, "{answer:?} {contract}"),
        }
    }
}

/// What goes wrong meanwhile.
#[derive(Debug, Clone, Copy)]
enum Mishap {
    Nothing,
    /// Somebody is killed while it is done.
    KillDuring(usize, u64),
    /// Somebody is killed when it has just been done.
    KillAfter(usize),
    /// The line to `at` breaks.
    Cut {
        at: usize,
        way: Way,
        bytes: usize,
    },
    /// Somebody is killed when so many bytes have gone over the line to `at`.
    KillAt {
        victim: usize,
        at: usize,
        way: Way,
        bytes: usize,
    },
}

impl<'a> Story<'a> {
    pub(crate) fn of(seed: u64, federation: &'a mut Federation) -> Self {
        let now = federation.clock.unix_seconds();
        Self {
            choices: Choices::from(seed),
            mark: now + DAY_SECONDS + i64::try_from(seed).unwrap() * 1_000,
            federation,
            acknowledged: BTreeSet::new(),
            kills: 0,
            diary: Diary::of(seed),
        }
    }

    /// Lets it happen, and checks how it ends; returns how many times somebody was killed.
    pub(crate) async fn tell(mut self) -> usize {
        for _ in 0..SCENES {
            self.scene().await;
        }
        let mut offices = Vec::new();
        for party in &mut self.federation.parties {
            party.line.mend();
            offices.push(party.start().await);
        }
        let held = agreement(&offices, self.mark).await;
        for (contract, signer, kind) in &self.acknowledged {
            let signatures = held.get(contract).map(|held| &held.signatures);
            let signatures = signatures.unwrap_or_else(|| panic!("{contract} is lost"));
            let is_there = signatures
                .iter()
                .any(|(peer, found, _)| peer == signer && found == kind);
            assert!(
                is_there,
                "signature {kind} of {signer} on {contract} is lost: {signatures:#?}"
            );
        }
        self.kills
    }

    /// One to three organisations do something at the same time, and something may go wrong.
    async fn scene(&mut self) {
        let mut doing = Vec::new();
        for _ in 0..=self.choices.index(3) {
            let actor = self.choices.index(3);
            let office = self.federation.parties[actor].start().await;
            let deed = self.deed(&office).await;
            self.diary.note(format!("{actor} {deed}"));
            doing.push((actor, office, deed));
        }
        let mishap = self.mishap();
        self.diary.note(format!("{mishap:?}"));
        let breaks = self.prepare(mishap);
        let (mark, now) = (self.mark, self.federation.clock.unix_seconds());
        let deeds = join_all(
            doing
                .iter()
                .map(|(_, office, deed)| perform(office, deed, mark, now)),
        );
        let outcomes = match mishap {
            Mishap::KillDuring(victim, turns) => {
                let victim = &mut self.federation.parties[victim];
                let (outcomes, killed) = tokio::join!(deeds, async {
                    for _ in 0..turns {
                        tokio::task::yield_now().await;
                    }
                    victim.kill().await
                });
                self.kills += usize::from(killed);
                outcomes
            }
            _ => deeds.await,
        };
        for ((actor, _, deed), outcome) in doing.iter().zip(outcomes) {
            match outcome {
                Ok(contract) => self.acknowledge(*actor, deed, &contract),
                Err(status) => self
                    .diary
                    .note(format!("{actor} was not answered: {status}")),
            }
        }
        match mishap {
            Mishap::KillAfter(victim) => self.kill(victim).await,
            Mishap::KillAt { victim, .. } => {
                if let Some(mut breaks) = breaks {
                    // Killed anyway when the line has not broken by then.
                    let _ = tokio::time::timeout(BREAK_PATIENCE, breaks.changed()).await;
                    let broken = breaks.has_changed();
                    self.diary.note(format!("the line has broken: {broken:?}"));
                }
                self.kill(victim).await;
            }
            Mishap::Nothing | Mishap::KillDuring(..) | Mishap::Cut { .. } => {}
        }
        // Those who are down stay so for a while, or not.
        for at in 0..3 {
            if self.choices.below(2) == 0 {
                self.federation.parties[at].start().await;
            }
        }
    }

    async fn kill(&mut self, victim: usize) {
        self.kills += usize::from(self.federation.parties[victim].kill().await);
    }

    fn prepare(&mut self, mishap: Mishap) -> Option<tokio::sync::watch::Receiver<u64>> {
        let (at, way, bytes, how) = match mishap {
            Mishap::Cut { at, way, bytes } => (at, way, bytes, Break::Cut),
            Mishap::KillAt { at, way, bytes, .. } => (at, way, bytes, Break::Stall),
            Mishap::Nothing | Mishap::KillDuring(..) | Mishap::KillAfter(_) => return None,
        };
        let line = &self.federation.parties[at].line;
        line.break_after(way, bytes, how);
        Some(line.breaks())
    }

    fn mishap(&mut self) -> Mishap {
        let (victim, at) = (self.choices.index(3), self.choices.index(3));
        let way = self.choices.one_of(&[Way::In, Way::Out]);
        let bytes = usize::try_from(self.choices.below(BYTES_MAX)).unwrap();
        let turns = self.choices.below(TURNS_MAX);
        match self.choices.below(6) {
            0 => Mishap::KillDuring(victim, turns),
            1 => Mishap::KillAfter(victim),
            2 => Mishap::Cut { at, way, bytes },
            3 | 4 => Mishap::KillAt {
                victim,
                at,
                way,
                bytes,
            },
            _ => Mishap::Nothing,
        }
    }

    async fn deed(&mut self, office: &Office) -> Deed {
        let known = office.contracts().await;
        let mut known: Vec<String> = known
            .unwrap_or_default()
            .into_iter()
            .filter(|contract| contract.not_after_unix_seconds == self.mark)
            .map(|contract| contract.content_hash)
            .collect();
        known.sort();
        if known.is_empty() || self.choices.below(3) == 0 {
            return Deed::Propose(self.grants());
        }
        let contract = known[self.choices.index(known.len())].clone();
        let answer = match self.choices.below(6) {
            0 => SignatureType::Reject,
            1 => SignatureType::Revoke,
            _ => SignatureType::Accept,
        };
        Deed::Answer(contract, answer)
    }

    /// Grants between all three of them, in any of the ways in which there can be three.
    fn grants(&mut self) -> Vec<Grant> {
        let first = self.choices.index(3);
        let step = 1 + self.choices.index(2);
        let id = |position: usize| self.federation.parties[(first + position * step) % 3].id();
        let (one, two, three) = (id(0), id(1), id(2));
        match self.choices.below(4) {
            0 => vec![connection(one, two, three, "")],
            1 => vec![connection(one, two, "", three)],
            2 => vec![connection(one, two, "", ""), connection(one, three, "", "")],
            _ => {
                let directory = self.federation.parties[0].id();
                let others = [
                    self.federation.parties[1].id(),
                    self.federation.parties[2].id(),
                ];
                let offering = self.choices.index(2);
                vec![publication(
                    directory,
                    others[offering],
                    others[1 - offering],
                )]
            }
        }
    }

    fn acknowledge(&mut self, actor: usize, deed: &Deed, contract: &Contract) {
        let kind = match deed {
            Deed::Propose(_) => SignatureType::Accept,
            Deed::Answer(_, answer) => *answer,
        };
        let signer = self.federation.parties[actor].id().to_owned();
        let hash = contract.content_hash.clone();
        self.acknowledged.insert((hash, signer, kind.into()));
    }
}

async fn perform(office: &Office, deed: &Deed, mark: i64, now: i64) -> Result<Contract, Status> {
    match deed {
        Deed::Propose(grants) => office.propose(grants.clone(), mark, now).await,
        Deed::Answer(contract, answer) => office.answer(contract, *answer).await,
    }
}

fn connection(outway: &str, service: &str, delegator: &str, service_delegator: &str) -> Grant {
    // Nobody calls, so that any key will do.
    let key = OutwayIdentification::OutwayPublicKeyThumbprint("ab".repeat(32));
    Grant {
        kind: Some(Kind::ServiceConnection(ServiceConnection {
            outway_peer_id: outway.to_owned(),
            outway_identification: Some(key),
            service_peer_id: service.to_owned(),
            service: SERVICE.to_owned(),
            service_delegator_peer_id: service_delegator.to_owned(),
            delegator_peer_id: delegator.to_owned(),
        })),
        ..Grant::default()
    }
}

fn publication(directory: &str, service: &str, delegator: &str) -> Grant {
    Grant {
        kind: Some(Kind::ServicePublication(ServicePublication {
            directory_peer_id: directory.to_owned(),
            service_peer_id: service.to_owned(),
            service: SERVICE.to_owned(),
            protocol: "PROTOCOL_TCP_HTTP_1.1".to_owned(),
            delegator_peer_id: delegator.to_owned(),
        })),
        ..Grant::default()
    }
}
