//! The whole folder, read and checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::activity::{ActivityFile, ActivityVersion};
use super::contract_rule::ContractRule;
use super::party::Parties;
use super::service::{ServiceFile, Services};
use crate::PolicySource;
use crate::table::Report;
use crate::yaml::{Node, Place};

/// Everything that the folder says, except rules and test cases.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    pub(crate) activities: Vec<ActivityVersion>,
    pub(crate) services: Services,
    pub(crate) parties: Parties,
    /// What becomes of proposed contracts.
    pub(crate) contract_rules: Vec<ContractRule>,
    /// Cedar texts by file.
    pub(crate) rules: Vec<(Arc<str>, String)>,
    /// Test cases by file.
    pub(crate) cases: Vec<(Arc<str>, Node)>,
}

const FILES_MAX: usize = 10_000;

impl Folder {
    /// Reads and checks; what is wrong goes into the report. `set` is the digest of the policy set.
    pub(crate) fn read(source: &PolicySource, set: &Arc<str>, report: &mut Report) -> Folder {
        let mut folder = Folder::default();
        let mut parts = Parts::sort(source, report);

        if let Some((name, node)) = parts.parties.take() {
            folder.parties.read(&Some(node), &mut report.file(&name));
        }
        folder.read_services(parts.services, set, report);
        let mut activities = Vec::new();
        for (name, node) in parts.activities {
            let mut file = report.file(&name);
            activities.extend(
                ActivityFile::read(&Some(node), &mut folder.parties, &mut file)
                    .map(|read| (name, read)),
            );
        }
        for (name, activity) in activities {
            let version = activity.check(
                &folder.services,
                &mut folder.parties,
                &mut report.file(&name),
            );
            folder.activities.extend(version);
        }
        folder.activities.sort_by(|one, other| {
            (&one.activity.name, one.activity.version)
                .cmp(&(&other.activity.name, other.activity.version))
        });
        folder.check_versions(report);
        if let Some((name, node)) = parts.contracts.take() {
            let mut file = report.file(&name);
            folder.contract_rules = ContractRule::read_all(&Some(node), &mut folder, &mut file);
        }
        folder.rules = parts.rules;
        folder.cases = parts.cases;
        folder
    }

    fn read_services(&mut self, files: Vec<(Arc<str>, Node)>, set: &Arc<str>, report: &mut Report) {
        let mut index = 0;
        let mut places: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        for (name, node) in files {
            let mut file = report.file(&name);
            let Some((word, service)) = ServiceFile::read(&Some(node), set, &mut index, &mut file)
            else {
                continue;
            };
            if let Some(other) = places.get(&word.text) {
                let message = format!("service `{}` is described in {other} too", word.text);
                file.note(word.place, message, "a service has one file");
                continue;
            }
            places.insert(word.text.clone(), name.clone());
            self.services.insert(word.text, service);
        }
    }

    fn check_versions(&self, report: &mut Report) {
        for pair in self.activities.windows(2) {
            let [earlier, later] = pair else { continue };
            let (name, version) = (&later.activity.name, later.activity.version);
            if earlier.activity.name != *name {
                continue;
            }
            let mut file = report.file(&later.file);
            if earlier.activity.version == version {
                let message = format!("version {version} of `{name}` is in {} too", earlier.file);
                file.note(
                    later.place,
                    message,
                    "a change is a new version; an old one stays as it is",
                );
            } else if later.from <= earlier.from {
                let message = format!(
                    "version {version} of `{name}` starts before version {}",
                    earlier.activity.version
                );
                file.note(
                    later.place,
                    message,
                    "a higher version starts on a later day",
                );
            } else if earlier.overlaps(later) {
                let message = format!(
                    "versions {} and {version} of `{name}` are in force on the same day",
                    earlier.activity.version
                );
                let help = format!(
                    "end the older one: `valid: {{ until: {} }}` in {}",
                    later.from, earlier.file
                );
                file.note(later.place, message, help);
            }
        }
    }
}

/// The files by what they are.
#[derive(Debug, Default)]
struct Parts {
    activities: Vec<(Arc<str>, Node)>,
    services: Vec<(Arc<str>, Node)>,
    parties: Option<(Arc<str>, Node)>,
    contracts: Option<(Arc<str>, Node)>,
    rules: Vec<(Arc<str>, String)>,
    cases: Vec<(Arc<str>, Node)>,
}

impl Parts {
    fn sort(source: &PolicySource, report: &mut Report) -> Parts {
        let mut parts = Parts::default();
        for (path, text) in source.files.iter().take(FILES_MAX) {
            let name: Arc<str> = Arc::from(path.as_str());
            let mut file = report.file(&name);
            let kind = kind(path);
            match kind {
                Kind::Ignored => continue,
                Kind::Unknown => {
                    let help = "a policy folder has activities/*.yaml, services/*.yaml, parties.yaml, contracts.yaml, rules/*.cedar and tests/*.yaml";
                    file.note(
                        Place::default(),
                        "the file is no part of a policy folder",
                        help,
                    );
                    continue;
                }
                Kind::Rule => {
                    parts.rules.push((name, text.clone()));
                    continue;
                }
                _ => {}
            }
            let Some(node) = file.yaml(text) else {
                continue;
            };
            match kind {
                Kind::Activity => parts.activities.push((name, node)),
                Kind::Service => parts.services.push((name, node)),
                Kind::Case => parts.cases.push((name, node)),
                Kind::Contracts => parts.contracts = Some((name, node)),
                _ => parts.parties = Some((name, node)),
            }
        }
        let nowhere: Arc<str> = Arc::from("activities");
        if source.files.len() > FILES_MAX {
            report.file(&nowhere).note(
                Place::default(),
                format!("the folder has more than {FILES_MAX} files"),
                "",
            );
        }
        // A directory has no activities of its own, and yet rules about who may publish.
        let says_something = |path: &String| matches!(kind(path), Kind::Activity | Kind::Contracts);
        if !source.files.keys().any(says_something) {
            let help = "without an activity nothing is permitted; add activities/*.yaml (a directory that exchanges no data itself needs only contracts.yaml)";
            report.file(&nowhere).note(
                Place::default(),
                "the policy folder holds no processing activity",
                help,
            );
        }
        parts
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Activity,
    Service,
    Parties,
    Contracts,
    Rule,
    Case,
    /// Notes for people and files of tools.
    Ignored,
    Unknown,
}

fn kind(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.split('/').any(|part| part.starts_with('.'))
        || [".md", ".txt"].iter().any(|end| name.ends_with(end))
    {
        return Kind::Ignored;
    }
    let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    match path.split_once('/') {
        Some(("activities", _)) if is_yaml => Kind::Activity,
        Some(("services", _)) if is_yaml => Kind::Service,
        Some(("tests", _)) if is_yaml => Kind::Case,
        Some(("rules", _)) if name.ends_with(".cedar") => Kind::Rule,
        None if path == "parties.yaml" => Kind::Parties,
        None if path == "contracts.yaml" => Kind::Contracts,
        _ => Kind::Unknown,
    }
}
