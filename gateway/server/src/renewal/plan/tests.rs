//! Whatever contracts there are: who follows the plan to its end loses none of them.

use proptest::prelude::*;
use sluis_certs::{Attribute, CertificateThumbprint, PublicKeyThumbprint};
use sluis_fsc::contract::{Content, Contract, Draft, Signatures, Validity};
use sluis_fsc::grant::{ConnectedService, DomainName, GrantData, Outway};
use sluis_fsc::signature::SignatureType;
use sluis_fsc::{GroupId, ServiceName};

use super::*;
use crate::renewal::DAY_SECONDS;

const NOW: i64 = 1_795_305_600;
const OWN: &str = "00000099000000001000";
const PROVIDER: &str = "00000099000000002000";

fn key(number: u8) -> PublicKeyThumbprint {
    PublicKeyThumbprint::of(&[number])
}

/// A certificate of ours with this key.
fn certificate(number: u8, lasts_days: i64, names: &[&str]) -> Peer {
    Peer {
        id: PeerId::new(OWN).unwrap(),
        id_attribute: Attribute::SerialNumber,
        name: "Gemeente".into(),
        certificate_thumbprint: CertificateThumbprint::of(&[number]),
        public_key_thumbprint: key(number),
        dns_names: names.iter().map(|name| Arc::from(*name)).collect(),
        serial: "01".into(),
        not_before: NOW - 100 * DAY_SECONDS,
        not_after: NOW + lasts_days * DAY_SECONDS,
        warnings: Vec::new(),
    }
}

#[derive(Debug, Clone)]
struct Agreed {
    number: u16,
    service: u8,
    named: Named,
    until_days: i64,
    accepted: bool,
}

#[derive(Debug, Clone)]
enum Named {
    Key(u8),
    Domain(u8),
}

impl Agreed {
    fn entry(&self) -> Arc<GrantEntry> {
        let peer_id = |id| PeerId::new(id).unwrap();
        let identification = match self.named {
            Named::Key(number) => OutwayIdentification::PublicKeyThumbprint(key(number)),
            Named::Domain(number) => OutwayIdentification::DomainName(
                DomainName::parse(&format!("outway{number}.example")).unwrap(),
            ),
        };
        let content = Content::new(&Draft {
            iv: Uuid::from_u128(u128::from(self.number)),
            group_id: GroupId::parse("test.example").unwrap(),
            validity: Validity {
                not_before: NOW - 50 * DAY_SECONDS,
                not_after: NOW + self.until_days * DAY_SECONDS,
            },
            grants: vec![GrantData::ServiceConnection {
                outway: Outway {
                    peer_id: peer_id(OWN),
                    identification,
                },
                service: ConnectedService {
                    peer_id: peer_id(PROVIDER),
                    name: ServiceName::parse(&format!("service{}", self.service)).unwrap(),
                    delegator: None,
                },
                properties: None,
            }],
            created_at: NOW - 60 * DAY_SECONDS,
        })
        .unwrap();
        let mut signatures = Signatures::default();
        let signers: &[&str] = if self.accepted {
            &[OWN, PROVIDER]
        } else {
            &[OWN]
        };
        for signer in signers {
            signatures.insert(SignatureType::Accept, peer_id(signer), "signed".to_owned());
        }
        let contract = Contract {
            content,
            signatures,
        };
        GrantEntry::all_of(&contract).remove(0)
    }
}

fn agreed() -> impl Strategy<Value = Vec<Agreed>> {
    let named = prop_oneof![
        4 => (0_u8..4).prop_map(Named::Key),
        1 => (0_u8..2).prop_map(Named::Domain),
    ];
    let one = (0_u8..3, named, -20_i64..600, any::<bool>());
    proptest::collection::vec(one, 0..12).prop_map(|all| {
        (1..)
            .zip(all)
            .map(|(number, (service, named, until_days, accepted))| Agreed {
                number,
                service,
                named,
                until_days,
                accepted,
            })
            .collect()
    })
}

fn of_steps(plan: &Plan, wanted: impl Fn(&Step) -> Option<BTreeSet<Uuid>>) -> BTreeSet<Uuid> {
    plan.steps.iter().filter_map(wanted).flatten().collect()
}

#[test]
fn a_contract_that_ends_earlier_is_no_successor() {
    let agreed = |number, key, until_days| Agreed {
        number,
        service: 2,
        named: Named::Key(key),
        until_days,
        accepted: true,
    };
    let names = ["outway0.example"];
    let (old, new) = (certificate(0, 150, &names), certificate(1, 1_000, &names));
    let former = agreed(1, 0, 200).entry();
    let fate = |until_days| {
        let grants = [former.clone(), agreed(2, 1, until_days).entry()];
        let plan = Plan::make(&[&old], Some(&new), &grants, NOW);
        let of_former = |one: &&Resting| one.entry.contract_iv == former.contract_iv;
        plan.grants.iter().find(of_former).unwrap().fate
    };
    assert_eq!(fate(199), Fate::Breaks);
    assert_eq!(fate(200), Fate::Succeeded(Uuid::from_u128(2)));
}

proptest! {
    #[test]
    fn who_follows_the_plan_loses_no_contract(agreed in agreed(), old_days in 1_i64..300) {
        let names = ["outway0.example"];
        let old = certificate(0, old_days, &names);
        let new = certificate(1, 1_000, &names);
        let mut grants: Vec<Arc<GrantEntry>> = agreed.iter().map(Agreed::entry).collect();
        let plan = Plan::make(&[&old], Some(&new), &grants, NOW);
        let open = |state| matches!(state, State::Valid | State::Proposed | State::NotYetValid);
        prop_assert!(plan.grants.iter().all(|resting| open(resting.state)));
        let stays = |resting: &Resting| resting.fate == Fate::Survives;
        prop_assert!(plan.grants.iter().all(|one| stays(one) == super::names(&one.entry, &new)));

        // Everything that the plan says is proposed and accepted.
        let to_accept = of_steps(&plan, |step| match step {
            Step::Await { contracts, .. } => Some(contracts.clone()),
            _ => None,
        });
        let to_propose = of_steps(&plan, |step| match step {
            Step::Propose { contracts } => Some(contracts.clone()),
            _ => None,
        });
        prop_assert!(to_propose.is_subset(&to_accept));
        for former in &agreed {
            if to_accept.contains(&Uuid::from_u128(u128::from(former.number))) {
                let successor = Agreed {
                    number: former.number + 1_000,
                    named: Named::Key(1),
                    accepted: true,
                    ..former.clone()
                };
                grants.push(successor.entry());
            }
        }
        // Half way nothing more is asked than to take the previous certificate out in time.
        let half_way = Plan::make(&[&new, &old], None, &grants, NOW);
        let quiet = |step: &Step| matches!(step, Step::KeepPrevious { .. } | Step::RemovePrevious { .. });
        prop_assert!(half_way.steps.iter().all(quiet), "{:?}", half_way.steps);
        // At the end everything that is still valid can be used, or has a successor that can.
        let keep_until = half_way.steps.iter().find_map(|step| match step {
            Step::KeepPrevious { until, .. } => Some(*until),
            _ => None,
        });
        prop_assert!(keep_until.is_none_or(|until| until <= old.not_after));
        let end = keep_until.map_or(NOW, |until| until + 1);
        let done = Plan::make(&[&new], None, &grants, end);
        for resting in &done.grants {
            if resting.state == State::Valid && resting.rests_on.is_none() {
                let succeeded = matches!(resting.fate, Fate::Succeeded(_));
                prop_assert!(succeeded, "{:?}", resting.fate);
            }
        }
    }

    #[test]
    fn nothing_is_asked_for_where_nothing_rests_on_the_old_key(
        agreed in agreed(), old_days in 61_i64..300,
    ) {
        let old = certificate(9, old_days, &[]);
        let new = certificate(10, 1_000, &[]);
        let grants: Vec<Arc<GrantEntry>> = agreed.iter().map(Agreed::entry).collect();
        let plan = Plan::make(&[&old], Some(&new), &grants, NOW);
        only_what_is_broken_already(&plan)?;
        // The key stays: nothing breaks, whatever rests on it.
        let mut same_key = certificate(0, 1_000, &["outway0.example", "outway1.example"]);
        same_key.certificate_thumbprint = CertificateThumbprint::of(b"another");
        let current = certificate(0, old_days, &["outway0.example", "outway1.example"]);
        let plan = Plan::make(&[&current], Some(&same_key), &grants, NOW);
        only_what_is_broken_already(&plan)?;
    }
}

/// The new certificate takes the place of the old one, and at most contracts on keys that are gone need successors.
fn only_what_is_broken_already(plan: &Plan) -> Result<(), TestCaseError> {
    prop_assert_eq!(plan.steps.first(), Some(&Step::Replace));
    let broken = plan.grants.iter().filter(|one| one.rests_on.is_none());
    let broken: BTreeSet<Uuid> = broken.map(|one| one.entry.contract_iv).collect();
    for step in plan.steps.iter().skip(1) {
        match step {
            Step::Propose { contracts } | Step::Await { contracts, .. } => {
                prop_assert!(contracts.is_subset(&broken));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
    Ok(())
}
