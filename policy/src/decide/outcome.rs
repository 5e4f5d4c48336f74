//! What is found about the data groups of a question, and what it comes to.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::AskedGroup;
use super::explain::Said;
use crate::register::row::{Beyond, Row};
use crate::{Activity, Decision, GroupSet, Reason, Release};

/// What is found so far.
pub(super) struct Outcome<'a> {
    said: &'a Said<'a>,
    asked: Vec<AskedGroup>,
    pub(super) activity: Option<Arc<Activity>>,
    /// The ids of the rows that permit and the rules that forbid.
    pub(super) policies: BTreeSet<Arc<str>>,
    permitted: Vec<AskedGroup>,
    refused: Vec<(Arc<str>, Reason, String)>,
    /// The id and place of each row that permits.
    rows: Vec<String>,
    beyond: Beyond,
    subjects_max: Option<u32>,
}

impl<'a> Outcome<'a> {
    pub(super) fn new(asked: Vec<AskedGroup>, said: &'a Said<'a>) -> Outcome<'a> {
        Outcome {
            said,
            asked,
            activity: None,
            policies: BTreeSet::new(),
            permitted: Vec::new(),
            refused: Vec::new(),
            rows: Vec::new(),
            beyond: Beyond::Narrow,
            subjects_max: None,
        }
    }

    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// The data groups that are asked for.
    pub(super) fn groups(&self) -> Vec<AskedGroup> {
        self.asked.clone()
    }

    /// These rows permit a group. Of rows that differ in what they say about asking more, or about more persons, the
    /// strictest counts.
    pub(super) fn permit(&mut self, group: &AskedGroup, ids: Vec<Arc<str>>, rows: &[&Row]) {
        for row in rows.iter().filter(|row| ids.contains(&row.id)) {
            if row.beyond == Beyond::Refuse {
                self.beyond = Beyond::Refuse;
            }
            self.subjects_max = match (self.subjects_max, row.subjects_max) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            let place = format!("{} ({}:{})", row.id, row.file, row.line);
            if !self.rows.contains(&place) {
                self.rows.push(place);
            }
        }
        self.policies.extend(ids);
        self.permitted.push(group.clone());
    }

    /// A group is refused.
    pub(super) fn refuse(&mut self, group: &AskedGroup, reason: Reason, explanation: String) {
        self.refused.push((group.name.clone(), reason, explanation));
    }

    /// Nothing is released, for one reason.
    pub(super) fn refuse_all(self, reason: Reason, explanation: &str) -> Decision {
        Decision {
            verdict: Err(reason.clone()),
            activity: self.activity,
            permitted: Vec::new(),
            refused: self
                .asked
                .into_iter()
                .map(|group| (group.name, reason.clone()))
                .collect(),
            policies: self.policies.into_iter().collect(),
            explanation: Arc::from(format!("refused: {explanation}")),
        }
    }

    /// What it comes to.
    pub(super) fn conclude(self) -> Decision {
        let asked = self.said.question.asked;
        let first = self.refused.first().map(|(_, reason, _)| reason.clone());
        let is_partial = first.is_some() && !self.permitted.is_empty();
        let names: Vec<Arc<str>> = self
            .permitted
            .iter()
            .map(|group| group.name.clone())
            .collect();
        let explanation = self.said.conclusion(
            &names,
            &self.refused,
            &self.rows,
            self.beyond,
            self.activity.as_deref(),
        );
        let verdict = match first {
            Some(reason) if !is_partial || self.beyond == Beyond::Refuse => Err(reason),
            _ => {
                let indices = self.permitted.iter().filter_map(|group| group.index);
                let groups = indices.fold(GroupSet::EMPTY, |set, index| {
                    set.union(GroupSet::only(index))
                });
                let rule = asked.operation.0.subjects.as_ref();
                let subjects_asked = rule
                    .filter(|rule| !rule.request.is_empty())
                    .map_or(0, |_| asked.subjects.len());
                // Persons are counted before the question is decided when the request names them; else the answer tells.
                let subjects_max = self.subjects_max.filter(|_| subjects_asked == 0);
                Ok(Release {
                    operation: asked.operation.clone(),
                    groups,
                    subjects_max,
                    subjects_asked,
                })
            }
        };
        Decision {
            permitted: if verdict.is_ok() { names } else { Vec::new() },
            verdict,
            activity: self.activity,
            refused: self
                .refused
                .into_iter()
                .map(|(name, reason, _)| (name, reason))
                .collect(),
            policies: self.policies.into_iter().collect(),
            explanation: Arc::from(explanation),
        }
    }
}
