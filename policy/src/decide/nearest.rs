//! When no row permits: the row that comes nearest, and what it misses.

use std::sync::Arc;

use super::AskedGroup;
use super::explain::Said;
use crate::register::party::Era;
use crate::register::row::Row;
use crate::{Direction, Question, Reason};

/// Where the parties to a question stand at its moment.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    question: &'a Question<'a>,
    era: &'a Era,
    /// The name of the party, when somebody names it.
    pub(super) party: Option<&'a Arc<str>>,
    /// The name of the party on whose behalf it acts, when somebody names that.
    pub(super) delegator: Option<&'a Arc<str>>,
}

/// A condition of a row, in the order in which they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Operation,
    Party,
    Delegation,
    Data,
    Role,
    Channel,
    Subjects,
}

impl Condition {
    const ALL: [Condition; 7] = [
        Condition::Operation,
        Condition::Party,
        Condition::Delegation,
        Condition::Data,
        Condition::Role,
        Condition::Channel,
        Condition::Subjects,
    ];

    /// How far a row is off that misses the condition. A row for another operation is further off than one that misses
    /// everything else.
    fn distance(self) -> u32 {
        match self {
            Condition::Operation => 32,
            Condition::Party => 16,
            Condition::Data => 8,
            Condition::Delegation => 4,
            Condition::Role | Condition::Channel | Condition::Subjects => 1,
        }
    }

    fn reason(self, direction: Direction) -> Reason {
        match (self, direction) {
            (Condition::Operation, _) => Reason::OperationNotInActivity,
            (Condition::Party, Direction::Disclose) => Reason::PartyNotRecipient,
            (Condition::Party, Direction::Obtain) => Reason::PartyNotSource,
            (Condition::Delegation, _) => Reason::DelegationNotAllowed,
            (Condition::Data, _) => Reason::DataNotInActivity,
            (Condition::Role, _) => Reason::RoleNotAllowed,
            (Condition::Channel, _) => Reason::ChannelNotAllowed,
            (Condition::Subjects, _) => Reason::TooManySubjects,
        }
    }
}

impl<'a> Standing<'a> {
    pub(super) fn new(question: &'a Question<'a>, era: &'a Era) -> Standing<'a> {
        let party = era.principal(question.party);
        let delegator = question
            .delegator
            .and_then(|delegator| era.principal(delegator));
        Standing {
            question,
            era,
            party,
            delegator,
        }
    }

    /// The reason why no row permits a group: the first condition that the nearest row misses.
    pub(super) fn nearest(
        &self,
        rows: &[&Row],
        group: &AskedGroup,
        said: &Said<'_>,
    ) -> (Reason, String) {
        let off = |row: &&&Row| -> u32 {
            let missed = Condition::ALL
                .iter()
                .filter(|condition| !self.meets(row, group, **condition));
            missed.map(|condition| condition.distance()).sum()
        };
        let nearest = rows.iter().min_by_key(off);
        let missed = nearest.and_then(|row| {
            let condition = Condition::ALL
                .into_iter()
                .find(|condition| !self.meets(row, group, *condition))?;
            Some((*row, condition))
        });
        match missed {
            Some((row, condition)) => (
                condition.reason(self.question.direction),
                said.row_misses(row, condition, group, self),
            ),
            // A row that meets everything, and no policy that permits: the two do not say the same. Nothing is released.
            None => (Reason::EvaluationFailed, said.evaluation_failed()),
        }
    }

    /// Whether a row meets a condition. Cedar decides with the policy made of the row; this tells what it meant.
    pub(super) fn meets(&self, row: &Row, group: &AskedGroup, condition: Condition) -> bool {
        let question = self.question;
        let is_among = |party: Option<&Arc<str>>, members| {
            party.is_some_and(|party| self.era.is_among(party, members))
        };
        let allows = |allowed: &[Arc<str>], stated: Option<&str>| {
            allowed.is_empty()
                || stated.is_some_and(|stated| allowed.iter().any(|word| **word == *stated))
        };
        match condition {
            Condition::Operation => row
                .operations
                .iter()
                .any(|operation| operation.0.index == question.asked.operation.0.index),
            Condition::Party if question.delegator.is_some() => {
                is_among(self.delegator, &row.parties)
            }
            Condition::Party => is_among(self.party, &row.parties),
            Condition::Delegation => question.delegator.is_none() || is_among(self.party, &row.via),
            Condition::Data => group.index.is_some_and(|index| row.groups.contains(index)),
            Condition::Role => allows(&row.roles, question.role),
            Condition::Channel => allows(&row.channels, question.channel),
            Condition::Subjects => {
                let subjects = u32::try_from(question.asked.subjects.len()).unwrap_or(u32::MAX);
                row.subjects_max.is_none_or(|max| subjects <= max)
            }
        }
    }
}
