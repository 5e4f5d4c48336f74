//! Decisions that were made before.
//!
//! A decision depends on a few facts only, and of time only on the hour (Dutch clocks differ from UTC by whole hours, and
//! no policy sees minutes). Measured, a decision costs Cedar about 5 us for each data group; a busy source gets the same
//! question over and over. Remembered decisions are found by all their facts, never by a digest of them (only the
//! contract's purposes count by their SHA-256), so a remembered decision is the decision.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::RwLock;

use crate::{Decision, Direction, GroupSet, Question};

/// A bounded number of decisions.
pub(super) struct Memory {
    hasher: RandomState,
    shards: [RwLock<Shard>; SHARDS],
}

/// Decisions by hash of their facts.
#[derive(Default)]
struct Shard {
    decisions: HashMap<u64, Vec<Known>>,
    count: usize,
}

/// A decision with its facts.
struct Known {
    facts: Facts<Box<str>>,
    decision: Decision,
}

/// So many locks, so that threads seldom wait for each other.
const SHARDS: usize = 16;
/// The most decisions under one lock; when there are more, they are all forgotten. 16 * 512 decisions of about 1 KiB.
const DECISIONS_MAX: usize = 512;
/// Decisions about longer words are not remembered; they come from no policy.
const WORD_MAX: usize = 128;

/// Everything that a decision depends on.
#[derive(PartialEq, Eq, Hash)]
struct Facts<T> {
    operation: u32,
    groups: GroupSet,
    subjects: usize,
    direction: Direction,
    hour: i64,
    contract: Option<[u8; 32]>,
    /// Party, delegator, purpose, role and channel.
    words: [Option<T>; 5],
}

impl Memory {
    pub(super) fn new() -> Memory {
        Memory {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| RwLock::default()),
        }
    }

    /// The decision about a question, made by `decide` when it is a new one.
    pub(super) fn recall(
        &self,
        question: &Question<'_>,
        decide: impl FnOnce() -> Decision,
    ) -> Decision {
        let facts = Facts::of(question);
        let hash = self.hasher.hash_one(&facts);
        let index = usize::try_from(hash % SHARDS as u64).unwrap_or(0);
        let Some(shard) = self.shards.get(index) else {
            return decide();
        };
        // A lock that another thread left in a panic is passed over: deciding anew is always right.
        if let Ok(shard) = shard.read()
            && let Some(decision) = shard.find(hash, &facts)
        {
            return decision.clone();
        }
        let decision = decide();
        if facts
            .words
            .iter()
            .flatten()
            .all(|word| word.len() <= WORD_MAX)
            && let Ok(mut shard) = shard.write()
        {
            shard.add(hash, &facts, &decision);
        }
        decision
    }
}

#[cfg(test)]
impl Memory {
    /// How many decisions are remembered.
    pub(super) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.read().unwrap().count)
            .sum()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Shard {
    fn find(&self, hash: u64, facts: &Facts<&str>) -> Option<&Decision> {
        let known = self
            .decisions
            .get(&hash)?
            .iter()
            .find(|known| known.facts.is(facts))?;
        Some(&known.decision)
    }

    fn add(&mut self, hash: u64, facts: &Facts<&str>, decision: &Decision) {
        if self.find(hash, facts).is_some() {
            return; // another thread was faster
        }
        if self.count >= DECISIONS_MAX {
            self.decisions.clear();
            self.count = 0;
        }
        self.count += 1;
        let known = Known {
            facts: facts.to_owned(),
            decision: decision.clone(),
        };
        self.decisions.entry(hash).or_default().push(known);
    }
}

impl<'a> Facts<&'a str> {
    fn of(question: &Question<'a>) -> Facts<&'a str> {
        Facts {
            operation: question.asked.operation.0.index,
            groups: question.asked.groups,
            subjects: question.asked.subjects.len(),
            direction: question.direction,
            hour: question.at_unix_seconds.div_euclid(3600),
            contract: question.contract.map(|contract| *contract.digest()),
            words: [
                Some(question.party),
                question.delegator,
                question.purpose,
                question.role,
                question.channel,
            ],
        }
    }

    fn to_owned(&self) -> Facts<Box<str>> {
        Facts {
            operation: self.operation,
            groups: self.groups,
            subjects: self.subjects,
            direction: self.direction,
            hour: self.hour,
            contract: self.contract,
            words: self.words.map(|word| word.map(Box::from)),
        }
    }
}

impl Facts<Box<str>> {
    fn is(&self, other: &Facts<&str>) -> bool {
        let words = self.words.iter().map(Option::as_deref);
        (
            self.operation,
            self.groups,
            self.subjects,
            self.direction,
            self.hour,
            self.contract,
        ) == (
            other.operation,
            other.groups,
            other.subjects,
            other.direction,
            other.hour,
            other.contract,
        ) && words.eq(other.words.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, PolicySet, PolicySource, Subject, SubjectValue};

    fn policy() -> PolicySet {
        let mut source = PolicySource::default();
        let mut file = |path: &str, text: &str| source.files.insert(path.into(), text.into());
        file(
            "services/s.yaml",
            "{ service: s, operations: { o: { http: GET /o, subjects: { kind: bsn, request: [/bsn] } } }, data: { a: { sensitivity: none, fields: [/a] }, b: { sensitivity: special, fields: [/b] } } }",
        );
        file(
            "parties.yaml",
            "{ parties: { p: { oin: '00000099000000001000' }, q: { oin: '00000099000000002000', succeeded_by: p, on: 2026-06-02 } } }",
        );
        file(
            "activities/x.yaml",
            "{ activity: x, version: 1, title: X, purpose: X, legal_basis: { avg: 6 lid 1 onder a }, controller: p, valid: { from: 2026-01-01, until: 2026-06-03 }, discloses: [{ service: s, operations: [o], to: [p], via: [q], data: [a, b], when: { role: [r] }, subjects_max: 1, beyond: narrow }] }",
        );
        file(
            "rules/r.cedar",
            "@id(\"r\") forbid (principal, action, resource) when { resource.sensitivity == \"special\" && !context.office_hours };",
        );
        PolicySet::compile(&source).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn asked(policy: &PolicySet, groups: GroupSet, subjects: usize) -> Asked {
        let operation = policy.service("s").unwrap().operations()[0].clone();
        let person = |number: usize| Subject {
            kind: "bsn".into(),
            value: SubjectValue::new(number.to_string()),
        };
        Asked {
            operation,
            groups,
            subjects: (0..subjects).map(person).collect(),
        }
    }

    #[test]
    fn a_remembered_decision_is_the_decision() {
        let policy = policy();
        let register = policy.register();
        let binding = |data: &str| {
            crate::PurposeBinding::new(vec![crate::BoundPurpose {
                activity: "x".into(),
                legal_basis: "AVG artikel 6 lid 1 onder a".into(),
                operations: vec!["o".into()],
                data: vec![data.into(), "b".into()],
            }])
        };
        let bindings = [binding("a"), binding("b")];
        let all = GroupSet::only(0).union(GroupSet::only(1));
        let asked: Vec<Asked> = [(all, 1), (all, 2), (GroupSet::only(0), 1)]
            .map(|(groups, subjects)| asked(&policy, groups, subjects))
            .into();
        let (p, q) = ("00000099000000001000", "00000099000000002000");
        // 2026-06-01T21:59:59Z is one second before the succession; then the end of office hours and of the activity.
        let times = [
            1_780_351_199,
            1_780_351_200,
            1_780_415_999,
            1_780_416_000,
            1_780_437_599,
            1_780_437_600,
        ];
        for _ in 0..2 {
            for (asked, contract, at_unix_seconds) in asked.iter().flat_map(|asked| {
                bindings
                    .iter()
                    .flat_map(move |binding| times.map(move |time| (asked, binding, time)))
            }) {
                for (party, delegator) in [(p, None), (q, None), (p, Some(q)), (q, Some(p))] {
                    for (purpose, role) in [
                        (Some("x"), Some("r")),
                        (Some("x"), Some("x")),
                        (None, Some("r")),
                        (Some("x"), None),
                    ] {
                        for (direction, channel) in [
                            (Direction::Disclose, None),
                            (Direction::Obtain, None),
                            (Direction::Disclose, Some("r")),
                        ] {
                            let question = Question {
                                direction,
                                party,
                                delegator,
                                asked,
                                purpose,
                                role,
                                channel,
                                contract: Some(contract),
                                at_unix_seconds,
                            };
                            assert_eq!(
                                format!("{:?}", register.decide(&question)),
                                format!("{:?}", register.decide_anew(&question, &[]))
                            );
                        }
                    }
                }
            }
        }
        assert_eq!(register.memory.len(), 3 * 2 * 6 * 4 * 4 * 3);
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let policy = policy();
        let asked = asked(&policy, GroupSet::only(0), 0);
        let question = Question {
            direction: Direction::Disclose,
            party: "p",
            delegator: None,
            asked: &asked,
            purpose: None,
            role: None,
            channel: None,
            contract: None,
            at_unix_seconds: 0,
        };
        for hour in 0..20_000 {
            policy.decide(&Question {
                at_unix_seconds: hour * 3600,
                ..question
            });
            assert!(policy.register().memory.len() <= SHARDS * DECISIONS_MAX);
        }
        let before = policy.register().memory.len();
        let long = "x".repeat(WORD_MAX + 1);
        policy.decide(&Question {
            role: Some(&long),
            ..question
        });
        assert_eq!(policy.register().memory.len(), before);
    }
}
