use std::sync::Arc;

use proptest::prelude::*;
use sluis_fsc::ContentHash;

use super::*;
use crate::contracts::{Agreement, Publication};

const NOW_MS: u64 = 1_800_000_000_000;

fn peer() -> PeerId {
    PeerId::new("00000099000000002000").unwrap()
}

fn contract() -> Agreement {
    Agreement {
        content_hash: ContentHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
        iv: uuid::Uuid::nil(),
        peers: [peer()].into(),
    }
}

fn publication() -> Publication {
    Publication {
        directory: peer(),
        service_peer: PeerId::new("00000099000000001000").unwrap(),
        service: Arc::from("zaken"),
    }
}

/// A report about somebody who must have one contract and one publication, or nothing.
fn report(matters: bool) -> Report {
    let (contract, publication) = (contract(), publication());
    let agreed = AgreedWith {
        contracts: matters.then_some(&contract).into_iter().collect(),
        publications: matters.then_some(&publication).into_iter().collect(),
        destinations: Vec::new(),
        is_directory: false,
    };
    Report::new(&peer(), &agreed)
}

fn with(found: &[(AlarmKind, &str)]) -> Report {
    let mut report = report(true);
    for (kind, subject) in found {
        report.find(*kind, subject, "something is wrong".to_owned());
    }
    report
}

/// What is known after these changes.
fn after(changes: Vec<Change>) -> Vec<Alarm> {
    let kept = changes.into_iter().filter_map(|change| match change {
        Change::Found(alarm) | Change::Raised(alarm) => Some(alarm),
        Change::Mended(_) | Change::Lapsed(_) => None,
    });
    kept.collect()
}

#[test]
fn what_is_found_twice_in_a_row_is_raised_once_and_keeps_its_beginning() {
    let silent = with(&[(AlarmKind::PeerSilent, "")]);
    let once = silent.weigh(&[], NOW_MS);
    assert!(matches!(&once[..], [Change::Found(alarm)] if !alarm.is_raised()));
    let once = after(once);
    let twice = silent.weigh(&once, NOW_MS + 1);
    assert!(matches!(&twice[..], [Change::Raised(alarm)] if alarm.since_ms == NOW_MS));
    let twice = after(twice);
    let thrice = silent.weigh(&twice, NOW_MS + 2);
    assert!(matches!(&thrice[..], [Change::Found(alarm)] if alarm.is_raised()));

    let answers = with(&[]);
    let mended = answers.weigh(&twice, NOW_MS + 3);
    assert!(matches!(&mended[..], [Change::Mended(alarm)] if alarm.is_raised()));
    // What was there once only was a hitch, and begins anew.
    assert_eq!(after(answers.weigh(&once, NOW_MS + 3)), []);
}

#[test]
fn what_could_not_be_looked_at_stays() {
    let contract = contract();
    let hash = contract.content_hash.as_str();
    let mut known = after(with(&[(AlarmKind::ContractMissing, hash)]).weigh(&[], NOW_MS));
    let silent = with(&[(AlarmKind::PeerSilent, "")]);
    let changes = silent.weigh(&known, NOW_MS);
    assert!(
        matches!(&changes[..], [Change::Found(alarm)] if alarm.kind == AlarmKind::PeerSilent),
        "{changes:?}"
    );
    known.extend(after(changes));
    let mut compared = with(&[]);
    compared.looked_at_contracts();
    assert_eq!(compared.weigh(&known, NOW_MS).len(), 2);
}

#[test]
fn what_is_over_does_not_matter_any_more() {
    let found = [
        (AlarmKind::ContractMissing, "$1$1$other"),
        (AlarmKind::PublicationMissing, "00000099000000001000/other"),
    ];
    let known = after(with(&found).weigh(&[], NOW_MS));
    let changes = with(&[]).weigh(&known, NOW_MS);
    assert_eq!(changes.len(), 2);
    assert!(changes.iter().all(|one| matches!(one, Change::Lapsed(_))));

    let known = after(with(&[(AlarmKind::NotComparable, CONTRACTS)]).weigh(&[], NOW_MS));
    let changes = report(false).weigh(&known, NOW_MS);
    assert!(matches!(&changes[..], [Change::Lapsed(_)]));
}

#[test]
fn what_belongs_to_others_is_left_alone() {
    let mut known = after(with(&[(AlarmKind::PeerSilent, "")]).weigh(&[], NOW_MS));
    known[0].peer_id = "00000099000000003000".to_owned();
    assert_eq!(with(&[]).weigh(&known, NOW_MS), []);
}

proptest! {
    /// Whatever comes in whatever order, every alarm is raised once and ended once, in turn.
    #[test]
    fn raised_and_mended_take_turns(rounds in prop::collection::vec((any::<bool>(), any::<bool>()), 1..30)) {
        let contract = contract();
        let hash = contract.content_hash.as_str().to_owned();
        let mut known = Vec::new();
        let mut is_raised = false;
        let mut row = 0;
        for (is_wrong, answers) in rounds {
            let mut report = report(true);
            if answers {
                report.looked_at_contracts();
                if is_wrong {
                    report.find(AlarmKind::ContractMissing, &hash, "gone".to_owned());
                }
                row = if is_wrong { row + 1 } else { 0 };
            }
            let changes = report.weigh(&known, NOW_MS);
            for change in &changes {
                match change {
                    Change::Raised(_) => {
                        prop_assert!(!is_raised && row == 2);
                        is_raised = true;
                    }
                    Change::Mended(alarm) => {
                        prop_assert!(answers && !is_wrong);
                        prop_assert_eq!(alarm.is_raised(), is_raised);
                        is_raised = false;
                    }
                    Change::Lapsed(_) => prop_assert!(false, "it matters all the time"),
                    Change::Found(_) => {}
                }
            }
            // What was not touched stays as it was.
            let touched = |alarm: &Alarm| changes.iter().any(|change| match change {
                Change::Found(one) | Change::Raised(one) | Change::Mended(one) | Change::Lapsed(one) =>
                    one.is_about_the_same_as(alarm),
            });
            known.retain(|alarm| !touched(alarm));
            known.extend(after(changes));
            prop_assert_eq!(known.iter().any(Alarm::is_raised), is_raised);
        }
    }
}
