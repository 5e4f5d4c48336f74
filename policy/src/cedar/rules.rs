//! Hand-written rules: `rules/*.cedar`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{Effect, EntityUid, Policy, PolicyId, PolicySet};
use miette::Diagnostic;

use crate::table::{self, File, Report, Word};
use crate::yaml::Place;

/// The rules of the folder, each with its own id.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(super) policies: Vec<Policy>,
    /// Of each rule, its file and place.
    pub(super) places: BTreeMap<Arc<str>, (Arc<str>, Place)>,
    /// Of each file, its text.
    pub(super) texts: BTreeMap<Arc<str>, String>,
}

impl Rules {
    const RULES_MAX: usize = 500;

    /// Reads the rules; what is wrong goes into the report.
    pub(crate) fn read(files: Vec<(Arc<str>, String)>, report: &mut Report) -> Rules {
        let mut rules = Rules::default();
        for (name, text) in files {
            rules.read_file(&text, &mut report.file(&name));
            rules.texts.insert(name, text);
        }
        if let Some((name, place)) = rules.places.values().nth(Self::RULES_MAX).cloned() {
            let message = format!("there are more than {} rules", Self::RULES_MAX);
            report
                .file(&name)
                .note(place, message, "what can be said in a row costs less there");
        }
        rules
    }

    /// What the rules say when they forbid: their `@message`, by id.
    pub(crate) fn messages(&self) -> HashMap<Arc<str>, Arc<str>> {
        let message = |policy: &Policy| {
            let id: &str = policy.id().as_ref();
            Some((Arc::from(id), Arc::from(policy.annotation("message")?)))
        };
        self.policies.iter().filter_map(message).collect()
    }

    /// Checks that every organisation, service, data group and operation that a rule names exists. Gives the ids of the
    /// rules that name something else.
    pub(super) fn check_names(
        &self,
        known: &BTreeSet<EntityUid>,
        report: &mut Report,
    ) -> BTreeSet<String> {
        let mut wrong = BTreeSet::new();
        for policy in &self.policies {
            let id: &str = policy.id().as_ref();
            let Some((name, place)) = self.places.get(id) else {
                continue;
            };
            for literal in policy
                .entity_literals()
                .iter()
                .filter(|literal| !known.contains(*literal))
            {
                let kind = literal.type_name();
                let same_kind = known.iter().filter(|uid| uid.type_name() == kind);
                let word = Word {
                    text: Arc::from(literal.id().unescaped()),
                    place: *place,
                };
                let what = format!("{kind} (rule `{id}` names it)");
                let same_kind = same_kind.map(|uid| uid.id().unescaped());
                table::unknown(&word, &what, same_kind, &mut report.file(name));
                wrong.insert(id.to_owned());
            }
        }
        wrong
    }

    /// What Cedar says of a rule, at the place that it means.
    pub(super) fn told(
        &self,
        id: &str,
        error: &(impl Diagnostic + ?Sized),
    ) -> Option<crate::Diagnostic> {
        let (name, place) = self.places.get(id)?;
        let text = self.texts.get(name).map(String::as_str).unwrap_or_default();
        let mut told = Report::default();
        note(error, text, *place, &mut told.file(name));
        told.diagnostics.pop()
    }

    fn read_file(&mut self, text: &str, file: &mut File<'_>) {
        let set = match PolicySet::from_str(text) {
            Ok(set) => set,
            Err(errors) => {
                errors
                    .iter()
                    .for_each(|error| note(error, text, Place { line: 1, column: 1 }, file));
                return;
            }
        };
        for template in set.templates() {
            let place = template
                .annotation("id")
                .map_or(Place { line: 1, column: 1 }, |id| place_of(id, text));
            file.note(
                place,
                "a rule has no slots such as `?principal`",
                "write who or what is meant",
            );
        }
        for policy in set.policies() {
            let id = policy.annotation("id").unwrap_or_default();
            let place = place_of(id, text);
            if id.is_empty() {
                file.note(
                    Place { line: 1, column: 1 },
                    "a rule in this file has no id",
                    "write `@id(\"...\")` above it: a refusal names it",
                );
                continue;
            }
            let word = Word {
                text: Arc::from(id),
                place,
            };
            table::check_name(&word, "a rule", file);
            if policy.effect() == Effect::Permit {
                let message = format!("rule `{id}` permits; a rule can only forbid");
                file.note(
                    place,
                    message,
                    "what is permitted stands in the register: add a row to an activity",
                );
            }
            if let Some((other, _)) = self
                .places
                .insert(word.text.clone(), (file.name.clone(), place))
            {
                let message = format!("rule `{id}` is in {other} too");
                file.note(place, message, "give each rule its own id");
            }
            self.policies.push(policy.new_id(PolicyId::new(id)));
        }
    }
}

/// Notes what Cedar says, at the place that it means.
fn note(error: &(impl Diagnostic + ?Sized), text: &str, otherwise: Place, file: &mut File<'_>) {
    let label = error.labels().and_then(|mut labels| labels.next());
    let place = label.map_or(otherwise, |label| place_at(text, label.offset()));
    let help = error
        .help()
        .map(|help| help.to_string())
        .unwrap_or_default();
    file.note(place, error.to_string(), help);
}

/// Where the rule with this id stands: at its annotation.
fn place_of(id: &str, text: &str) -> Place {
    let quoted = super::text::quoted(id);
    let found = text.match_indices("@id").find(|(start, _)| {
        let rest = text.get(start + 3..).unwrap_or_default().trim_start();
        rest.strip_prefix('(')
            .is_some_and(|rest| rest.trim_start().starts_with(&quoted))
    });
    place_at(text, found.map_or(0, |(start, _)| start))
}

fn place_at(text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    Place {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}
