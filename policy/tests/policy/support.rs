//! Policy folders and questions for tests.

use std::path::Path;

use sluis_policy::{
    Asked, BoundPurpose, Decision, Direction, GroupSet, PolicySet, PolicySource, PurposeBinding,
    Question, Subject, SubjectValue,
};

/// The files of a folder under `tests/fixtures`.
pub(crate) fn source(folder: &str) -> PolicySource {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let mut source = PolicySource::default();
    gather(&root, &root, &mut source);
    source
}

/// A folder under `tests/fixtures`, compiled.
pub(crate) fn policy(folder: &str) -> PolicySet {
    compiled(&source(folder))
}

/// A folder, compiled; its mistakes are printed.
pub(crate) fn compiled(source: &PolicySource) -> PolicySet {
    PolicySet::compile(source).unwrap_or_else(|errors| panic!("{errors}"))
}

fn gather(root: &Path, folder: &Path, source: &mut PolicySource) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, source);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            source
                .files
                .insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// A question, with the words that most tests do not care about filled in.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) direction: Direction,
    pub(crate) party: &'a str,
    pub(crate) delegator: Option<&'a str>,
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    /// All that the operation gives, when not said.
    pub(crate) groups: Option<&'a [&'a str]>,
    pub(crate) subjects: usize,
    pub(crate) purpose: Option<&'a str>,
    pub(crate) role: Option<&'a str>,
    pub(crate) channel: Option<&'a str>,
    /// Tuesday 2026-06-02, 10:00 by Dutch clocks, when not said otherwise.
    pub(crate) at_unix_seconds: i64,
    /// A contract that binds the purpose to everything that the service has, when not said.
    pub(crate) contract: Option<&'a PurposeBinding>,
}

/// A question about a person service.
pub(crate) fn ask<'a>(operation: &'a str, purpose: &'a str, party: &'a str) -> Ask<'a> {
    Ask {
        direction: Direction::Disclose,
        party,
        delegator: None,
        service: "brp-personen",
        operation,
        groups: None,
        subjects: 1,
        purpose: Some(purpose),
        role: None,
        channel: None,
        at_unix_seconds: 1_780_387_200,
        contract: None,
    }
}

impl Ask<'_> {
    /// Puts the question.
    pub(crate) fn put(&self, policy: &PolicySet) -> Decision {
        let service = policy.service(self.service).unwrap();
        let operation = service
            .operations()
            .iter()
            .find(|known| **known.name() == *self.operation)
            .unwrap()
            .clone();
        let all = service.group_names();
        let groups = match self.groups {
            None => operation.groups(),
            Some(names) => names.iter().fold(GroupSet::EMPTY, |set, name| {
                set.union(GroupSet::only(
                    all.iter().position(|known| **known == **name).unwrap(),
                ))
            }),
        };
        let person = |number: usize| Subject {
            kind: "bsn".into(),
            value: SubjectValue::new(number.to_string()),
        };
        let asked = Asked {
            groups,
            subjects: (0..self.subjects).map(person).collect(),
            operation,
        };
        let agreed = self.purpose.map(|purpose| {
            let basis = policy
                .activities()
                .filter(|activity| *activity.name == *purpose)
                .map(|activity| activity.legal_basis.text());
            PurposeBinding::new(vec![BoundPurpose {
                activity: purpose.into(),
                legal_basis: basis.last().unwrap_or_else(|| "none".into()),
                operations: service
                    .operations()
                    .iter()
                    .map(|operation| operation.name().clone())
                    .collect(),
                data: all.to_vec(),
            }])
        });
        policy.decide(&Question {
            direction: self.direction,
            party: self.party,
            delegator: self.delegator,
            asked: &asked,
            purpose: self.purpose,
            role: self.role,
            channel: self.channel,
            contract: self.contract.or(agreed.as_ref()),
            at_unix_seconds: self.at_unix_seconds,
        })
    }
}
