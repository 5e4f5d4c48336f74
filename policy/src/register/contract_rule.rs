//! Rules about proposed contracts: `contracts.yaml`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::folder::Folder;
use super::party::{Member, day};
use crate::civil_time::Day;
use crate::contract::{GrantKind, Outcome};
use crate::table::{self, File, Table, Word};
use crate::yaml::{Content, Node, ScalarKind};

/// One rule: what becomes of contracts that meet its conditions.
#[derive(Debug)]
pub(crate) struct ContractRule {
    pub(crate) id: Arc<str>,
    pub(crate) outcome: Outcome,
    /// Why, in its author's words.
    pub(crate) because: Arc<str>,
    pub(crate) when: When,
}

/// The conditions of a rule; `None` where the rule does not look.
#[derive(Debug, Default)]
pub(crate) struct When {
    pub(crate) grants: Option<Vec<GrantKind>>,
    pub(crate) parties: Option<Who>,
    pub(crate) caller: Option<Who>,
    pub(crate) provider: Option<Who>,
    pub(crate) directory: Option<Who>,
    pub(crate) on_behalf_of: Option<Who>,
    pub(crate) offered_on_behalf_of: Option<Who>,
    pub(crate) services: Option<Vec<Arc<str>>>,
    pub(crate) purposes: Option<Vec<Arc<str>>>,
    pub(crate) operations: Option<Vec<Arc<str>>>,
    pub(crate) data: Option<Vec<Arc<str>>>,
    pub(crate) outway: Option<Vec<bool>>,
    pub(crate) domain_names: Option<Vec<Arc<str>>>,
    pub(crate) days_at_most: Option<u32>,
    pub(crate) days_more_than: Option<u32>,
    pub(crate) begins_within_days: Option<u32>,
    pub(crate) begins_after_days: Option<u32>,
    pub(crate) ends_by: Option<Day>,
    pub(crate) ends_after: Option<Day>,
}

/// Whom a condition names.
#[derive(Debug)]
pub(crate) enum Who {
    /// `[anyone]`: somebody, whoever it is.
    Anyone,
    /// One of these.
    Among(Vec<Member>),
}

/// The word for [`Who::Anyone`].
pub(crate) const ANYONE: &str = "anyone";

/// By what an outway is recognised, and whether that is a domain name.
pub(crate) const OUTWAYS: [(&str, bool); 2] = [("public-key", false), ("domain-name", true)];

/// The most rules in one file.
const RULES_MAX: usize = 500;
/// The most characters of a reason.
const BECAUSE_MAX: usize = 500;

impl ContractRule {
    /// Reads `contracts.yaml`; what is wrong goes into the report.
    pub(crate) fn read_all(
        node: &Option<Node>,
        folder: &mut Folder,
        file: &mut File<'_>,
    ) -> Vec<ContractRule> {
        let Some(mut table) = file.table(node) else {
            return Vec::new();
        };
        let list = table.need("rules", file);
        table.finish(file);
        let nodes = list.map_or(&[][..], |node| table::list(node, "`rules`", file));
        if let Some(node) = nodes.get(RULES_MAX) {
            let message = format!("there are more than {RULES_MAX} rules about contracts");
            file.note(node.place, message, "name sets instead of parties");
        }
        let mut ids = BTreeSet::new();
        let mut rules = Vec::new();
        for node in nodes.iter().take(RULES_MAX) {
            rules.extend(ContractRule::read(node, folder, &mut ids, file));
        }
        rules
    }

    fn read(
        node: &Node,
        folder: &mut Folder,
        ids: &mut BTreeSet<Arc<str>>,
        file: &mut File<'_>,
    ) -> Option<ContractRule> {
        let mut table = Table::open(node, "a rule about contracts", file)?;
        let id = table
            .need("rule", file)
            .and_then(|node| table::name(node, "a rule", file));
        if let Some(id) = &id
            && !ids.insert(id.text.clone())
        {
            let message = format!("rule `{}` stands twice in the file", id.text);
            file.note(id.place, message, "give each rule its own name");
        }
        let outcome = table
            .need("decide", file)
            .and_then(|node| table::choice(node, "outcome", &Outcome::ALL, file));
        let because = table
            .need("because", file)
            .and_then(|node| table::word(node, "`because`", file));
        if let Some(because) = &because
            && because.text.chars().count() > BECAUSE_MAX
        {
            let message = format!("`because` is longer than {BECAUSE_MAX} characters");
            file.note(because.place, message, "say it in a sentence or two");
        }
        let when = match table.take("when") {
            Some(node) => When::read(node, folder, file)?,
            None => When::default(),
        };
        table.finish(file);
        let (id, outcome) = (id?, outcome?);
        if outcome == Outcome::Accept && when.is_empty() {
            let message = format!("rule `{}` accepts every contract", id.text);
            let help = "say under `when` which: at least `grants`, with `services`, `purposes`, `caller` or `directory`";
            file.note(id.place, message, help);
        }
        Some(ContractRule {
            id: id.text,
            outcome,
            because: because?.text,
            when,
        })
    }
}

impl When {
    fn read(node: &Node, folder: &mut Folder, file: &mut File<'_>) -> Option<When> {
        let mut table = Table::open(node, "`when`", file)?;
        let grants = table.take("grants").map(|node| {
            let nodes = table::list(node, "`grants`", file);
            let kinds = nodes
                .iter()
                .filter_map(|node| table::choice(node, "kind of grant", &GrantKind::ALL, file));
            kinds.collect::<Vec<_>>()
        });
        let outway = table.take("outway").map(|node| {
            let nodes = table::list(node, "`outway`", file);
            let kinds = nodes.iter().filter_map(|node| {
                table::choice(node, "way to recognise an outway", &OUTWAYS, file)
            });
            kinds.collect::<Vec<_>>()
        });
        let mut members = |key: &'static str, file: &mut File<'_>| {
            let node = table.take(key)?;
            let words = table::words(node, &format!("`{key}`"), file);
            if let [only] = words.as_slice()
                && *only.text == *ANYONE
            {
                return Some(Who::Anyone);
            }
            let found = words
                .iter()
                .filter_map(|word| folder.parties.find(word, file));
            Some(Who::Among(found.collect()))
        };
        let (parties, caller) = (members("parties", file), members("caller", file));
        let (provider, directory) = (members("provider", file), members("directory", file));
        let on_behalf_of = members("on_behalf_of", file);
        let offered_on_behalf_of = members("offered_on_behalf_of", file);
        let mut words = |key: &'static str, file: &mut File<'_>| {
            let node = table.take(key)?;
            Some(table::words(node, &format!("`{key}`"), file))
        };
        let (services, purposes) = (words("services", file), words("purposes", file));
        let (operations, data) = (words("operations", file), words("data", file));
        let domain_names = words("domain_names", file);
        let mut count = |key: &'static str, file: &mut File<'_>| {
            let node = table.take(key)?;
            days(node, key, file)
        };
        let days_at_most = count("days_at_most", file);
        let days_more_than = count("days_more_than", file);
        let begins_within_days = count("begins_within_days", file);
        let begins_after_days = count("begins_after_days", file);
        let mut a_day = |key: &'static str, file: &mut File<'_>| {
            let node = table.take(key)?;
            day(node, &format!("`{key}`"), file)
        };
        let (ends_by, ends_after) = (a_day("ends_by", file), a_day("ends_after", file));
        table.finish(file);
        let only_publications = grants
            .as_ref()
            .is_some_and(|kinds| kinds.iter().all(|kind| kind.is_publication()));
        if !only_publications {
            let known = folder.services.keys().map(|name| &**name);
            check(services.as_deref(), "service", known, file);
        }
        let activities = folder.activities.iter();
        let known = activities.map(|version| &*version.activity.name);
        check(purposes.as_deref(), "activity", known, file);
        let named = |name: &Arc<str>| {
            services
                .as_ref()
                .is_none_or(|words| words.iter().any(|word| word.text == *name))
        };
        let described = || folder.services.values().filter(|one| named(&one.name));
        let known = described().flat_map(|one| one.operations.iter());
        let known = known.map(|(_, operation)| &**operation.name());
        check(operations.as_deref(), "operation", known, file);
        let known = described().flat_map(|one| one.groups.iter());
        check(
            data.as_deref(),
            "data group",
            known.map(|group| &*group.name),
            file,
        );
        Some(When {
            grants,
            parties,
            caller,
            provider,
            directory,
            on_behalf_of,
            offered_on_behalf_of,
            services: texts(services),
            purposes: texts(purposes),
            operations: texts(operations),
            data: texts(data),
            outway,
            domain_names: texts(domain_names),
            days_at_most,
            days_more_than,
            begins_within_days,
            begins_after_days,
            ends_by,
            ends_after,
        })
    }

    /// Whether the rule looks at nothing that tells one contract from another: who, or what.
    fn is_empty(&self) -> bool {
        let who = [
            &self.parties,
            &self.caller,
            &self.provider,
            &self.directory,
            &self.on_behalf_of,
            &self.offered_on_behalf_of,
        ];
        let what = [
            &self.services,
            &self.purposes,
            &self.operations,
            &self.data,
            &self.domain_names,
        ];
        self.grants.is_none()
            && who.iter().all(|members| members.is_none())
            && what.iter().all(|words| words.is_none())
    }
}

/// Notes every word that is not known.
fn check<'k>(
    words: Option<&[Word]>,
    what: &str,
    known: impl Iterator<Item = &'k str>,
    file: &mut File<'_>,
) {
    let known: BTreeSet<&str> = known.collect();
    for word in words.into_iter().flatten() {
        if !known.contains(&*word.text) {
            table::unknown(word, what, known.iter().copied(), file);
        }
    }
}

fn texts(words: Option<Vec<Word>>) -> Option<Vec<Arc<str>>> {
    words.map(|words| words.into_iter().map(|word| word.text).collect())
}

/// A number of days: 0 counts, for a contract that begins today.
fn days(node: &Node, key: &str, file: &mut File<'_>) -> Option<u32> {
    let number = match &node.content {
        Content::Scalar(text, ScalarKind::Number) => text.parse().ok(),
        _ => None,
    };
    if number.is_none() {
        let message = format!("`{key}` must be a whole number of days");
        file.note(node.place, message, "");
    }
    number
}
