//! Organisations and sets of organisations: `parties.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::civil_time::Day;
use crate::table::{self, File, Table, Word};
use crate::yaml::Node;

/// An organisation or a set of them, as rows name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Member {
    /// A set from `parties.yaml`.
    Set(Arc<str>),
    /// An organisation: its name in `parties.yaml`, or its OIN when it has none there.
    Party(Arc<str>),
}

/// An organisation.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) name: Arc<str>,
    pub(crate) oin: Arc<str>,
    /// Its name for people.
    pub(crate) title: Option<Arc<str>>,
    /// Who takes its place (rechtsopvolger), and from which day.
    pub(crate) successor: Option<(Arc<str>, Day)>,
}

/// Everyone who takes part.
#[derive(Debug, Default)]
pub(crate) struct Parties {
    pub(crate) parties: BTreeMap<Arc<str>, Party>,
    pub(crate) sets: BTreeMap<Arc<str>, Vec<Member>>,
}

/// From one day of succession to the next, who stands for whom.
#[derive(Debug)]
pub(crate) struct Era {
    /// The first day; `None` for the first era.
    pub(crate) from: Option<Day>,
    /// Of each OIN, the name of the organisation that its requests are taken to come from.
    principals: BTreeMap<Arc<str>, Arc<str>>,
    /// Of each organisation and set, the sets it is in and the organisations whose place it takes, itself included.
    memberships: BTreeMap<Member, BTreeSet<Member>>,
    /// Of each organisation and set, its direct memberships.
    pub(crate) parents: BTreeMap<Member, BTreeSet<Member>>,
}

impl Member {
    pub(crate) fn name(&self) -> &Arc<str> {
        match self {
            Member::Set(name) | Member::Party(name) => name,
        }
    }
}

impl Parties {
    /// Days on which organisations may succeed each other, at most: each makes a copy of everyone.
    const SUCCESSION_DAYS_MAX: usize = 100;

    /// Reads `parties.yaml`.
    pub(crate) fn read(&mut self, node: &Option<Node>, file: &mut File<'_>) {
        let Some(mut table) = file.table(node) else {
            return;
        };
        let parties = table
            .take("parties")
            .and_then(|node| Table::open(node, "`parties`", file));
        let mut successions = Vec::new();
        for (name, node) in parties.map(|mut table| table.rest()).unwrap_or_default() {
            self.read_party(name, node, &mut successions, file);
        }
        for (name, successor) in &successions {
            let known = self.parties.keys().map(|name| &**name);
            if !self.parties.contains_key(&successor.text) {
                table::unknown(successor, "party", known, file);
            } else if self.successors(name).any(|later| later == name) {
                let message = format!("`{name}` would in the end succeed itself");
                file.note(
                    successor.place,
                    message,
                    "an organisation that ceases is succeeded by one that goes on",
                );
            }
        }
        let days: BTreeSet<Day> = self
            .parties
            .values()
            .filter_map(|party| Some(party.successor.as_ref()?.1))
            .collect();
        if days.len() > Self::SUCCESSION_DAYS_MAX {
            let message = format!(
                "there are more than {} different days of succession",
                Self::SUCCESSION_DAYS_MAX
            );
            file.note(
                table.place,
                message,
                "leave out organisations that were succeeded long ago",
            );
        }
        let sets = table
            .take("sets")
            .and_then(|node| Table::open(node, "`sets`", file));
        self.read_sets(sets.map(|mut table| table.rest()).unwrap_or_default(), file);
        table.finish(file);
    }

    /// The organisation or set that a row names. An OIN that is in nobody's entry is an organisation by itself.
    pub(crate) fn find(&mut self, word: &Word, file: &mut File<'_>) -> Option<Member> {
        if self.sets.contains_key(&word.text) {
            return Some(Member::Set(word.text.clone()));
        }
        if self.parties.contains_key(&word.text) {
            return Some(Member::Party(word.text.clone()));
        }
        if is_oin(&word.text) {
            let known = self.parties.values().find(|party| party.oin == word.text);
            let name = known.map_or_else(|| word.text.clone(), |party| party.name.clone());
            if known.is_none() {
                let party = Party {
                    name: name.clone(),
                    oin: name.clone(),
                    title: None,
                    successor: None,
                };
                self.parties.insert(name.clone(), party);
            }
            return Some(Member::Party(name));
        }
        let known = self
            .sets
            .keys()
            .chain(self.parties.keys())
            .map(|name| &**name);
        table::unknown(word, "set, party or OIN", known, file);
        None
    }

    /// The eras, in order; at least one.
    pub(crate) fn eras(&self) -> Vec<Era> {
        let days: BTreeSet<Day> = self
            .parties
            .values()
            .filter_map(|party| Some(party.successor.as_ref()?.1))
            .collect();
        std::iter::once(None)
            .chain(days.into_iter().map(Some))
            .map(|from| self.era(from))
            .collect()
    }

    fn era(&self, from: Option<Day>) -> Era {
        let mut parents: BTreeMap<Member, BTreeSet<Member>> = BTreeMap::new();
        let mut principals = BTreeMap::new();
        for party in self.parties.values() {
            parents
                .entry(Member::Party(party.name.clone()))
                .or_default();
            let mut principal = &party.name;
            let mut left = self.parties.len();
            while let Some((successor, on)) = self
                .parties
                .get(principal)
                .and_then(|party| party.successor.as_ref())
                && from.is_some_and(|day| day >= *on)
                && left > 0
            {
                parents
                    .entry(Member::Party(successor.clone()))
                    .or_default()
                    .insert(Member::Party(principal.clone()));
                principal = successor;
                left -= 1; // a circle is refused elsewhere; it must not hang here
            }
            principals.insert(party.oin.clone(), principal.clone());
        }
        for (set, members) in &self.sets {
            parents.entry(Member::Set(set.clone())).or_default();
            for member in members {
                parents
                    .entry(member.clone())
                    .or_default()
                    .insert(Member::Set(set.clone()));
            }
        }
        let memberships = parents
            .keys()
            .map(|member| (member.clone(), closure(member, &parents)))
            .collect();
        Era {
            from,
            principals,
            memberships,
            parents,
        }
    }

    fn read_party(
        &mut self,
        name: Word,
        node: &Node,
        successions: &mut Vec<(Arc<str>, Word)>,
        file: &mut File<'_>,
    ) {
        table::check_name(&name, "a party", file);
        let Some(mut table) = Table::open(node, format!("party `{}`", name.text), file) else {
            return;
        };
        let oin = table.need("oin", file).and_then(|node| oin(node, file));
        let title = table
            .take("name")
            .and_then(|node| table::word(node, "`name`", file));
        let successor = table
            .take("succeeded_by")
            .and_then(|node| table::word(node, "`succeeded_by`", file));
        let on = table.take("on").and_then(|node| day(node, "`on`", file));
        if successor.is_some() != on.is_some() {
            let message = format!(
                "party `{}` has only one of `succeeded_by` and `on`",
                name.text
            );
            file.note(
                table.place,
                message,
                "say who takes its place and from which day",
            );
        }
        table.finish(file);
        let Some(oin) = oin else { return };
        if let Some(other) = self.parties.values().find(|party| party.oin == oin.text) {
            let message = format!("the OIN {} is also that of `{}`", oin.text, other.name);
            file.note(
                oin.place,
                message,
                "an organisation has one entry; give the two different OINs or leave one out",
            );
        }
        let successor = successor.zip(on).map(|(successor, on)| {
            successions.push((name.text.clone(), successor.clone()));
            (successor.text, on)
        });
        let party = Party {
            name: name.text.clone(),
            oin: oin.text,
            title: title.map(|word| word.text),
            successor,
        };
        self.parties.insert(name.text, party);
    }

    fn read_sets(&mut self, sets: Vec<(Word, &Node)>, file: &mut File<'_>) {
        for (name, _) in &sets {
            table::check_name(name, "a set", file);
            if self.parties.contains_key(&name.text) {
                let message = format!("`{}` is a party and a set", name.text);
                file.note(name.place, message, "give the two different names");
            }
            self.sets.insert(name.text.clone(), Vec::new());
        }
        for (name, node) in &sets {
            let words = table::words(node, &format!("set `{}`", name.text), file);
            let members: Vec<Member> = words
                .iter()
                .filter_map(|word| self.find(word, file))
                .collect();
            self.sets.insert(name.text.clone(), members);
        }
        for (name, _) in &sets {
            if self.reaches(&name.text, &name.text, &mut BTreeSet::new()) {
                let message = format!("set `{}` is a member of itself", name.text);
                file.note(
                    name.place,
                    message,
                    "take it out of the sets that it has for members",
                );
            }
        }
    }

    fn reaches(&self, from: &Arc<str>, goal: &Arc<str>, seen: &mut BTreeSet<Arc<str>>) -> bool {
        let members = self.sets.get(from).map(Vec::as_slice).unwrap_or_default();
        members.iter().any(|member| match member {
            Member::Set(set) => {
                set == goal || (seen.insert(set.clone()) && self.reaches(set, goal, seen))
            }
            Member::Party(_) => false,
        })
    }

    /// Everyone who in the end takes the place of an organisation; as many steps as there are organisations.
    fn successors<'a>(&'a self, name: &'a Arc<str>) -> impl Iterator<Item = &'a Arc<str>> {
        let next = |name: &&'a Arc<str>| {
            self.parties
                .get(*name)
                .and_then(|party| party.successor.as_ref())
                .map(|(successor, _)| successor)
        };
        std::iter::successors(next(&name), next).take(self.parties.len())
    }
}

impl Era {
    /// The name of the organisation that requests with this OIN are taken to come from.
    pub(crate) fn principal(&self, oin: &str) -> Option<&Arc<str>> {
        self.principals.get(oin)
    }

    /// Whether an organisation is one of those that a row names.
    pub(crate) fn is_among(&self, party: &Arc<str>, members: &[Member]) -> bool {
        let memberships = self.memberships.get(&Member::Party(party.clone()));
        memberships
            .is_some_and(|memberships| members.iter().any(|member| memberships.contains(member)))
    }
}

fn closure(member: &Member, parents: &BTreeMap<Member, BTreeSet<Member>>) -> BTreeSet<Member> {
    let mut all = BTreeSet::from([member.clone()]);
    let mut open = vec![member];
    while let Some(next) = open.pop() {
        for parent in parents.get(next).into_iter().flatten() {
            if all.insert(parent.clone()) {
                open.push(parent);
            }
        }
    }
    all
}

/// An OIN (Organisatie-identificatienummer): 20 digits, `000000`, a prefix of two, nine digits, `000`.
pub(crate) fn oin(node: &Node, file: &mut File<'_>) -> Option<Word> {
    let word = table::word(node, "an OIN", file)?;
    if is_oin(&word.text) {
        return Some(word);
    }
    let help = "an OIN has 20 digits: 000000, a prefix of two, nine digits, and 000; write it between quotes";
    file.note(word.place, format!("`{}` is no OIN", word.text), help);
    None
}

pub(crate) fn is_oin(text: &str) -> bool {
    text.len() == 20
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.starts_with("000000")
        && text.ends_with("000")
}

/// A day: `YYYY-MM-DD`.
pub(crate) fn day(node: &Node, what: &str, file: &mut File<'_>) -> Option<Day> {
    let word = table::word(node, what, file)?;
    let day = Day::parse(&word.text);
    if day.is_none() {
        file.note(
            word.place,
            format!("{what} is no day: `{}`", word.text),
            "write year-month-day: 2026-01-31",
        );
    }
    day
}
