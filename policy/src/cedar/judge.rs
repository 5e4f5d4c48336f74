//! Puts questions to Cedar.

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression,
};

use crate::civil_time::Moment;
use crate::register::party::Era;
use crate::{Direction, Operation};

/// Everything that Cedar needs to know and that stays the same from question to question.
#[derive(Debug)]
pub(crate) struct Judge {
    authorizer: Authorizer,
    first_era: (Era, Entities),
    /// By first day.
    later_eras: Vec<(Era, Entities)>,
    /// By name of party.
    parties: HashMap<Arc<str>, EntityUid>,
    /// By index of operation.
    operations: HashMap<u32, EntityUid>,
    /// By service, then by index of data group.
    groups: HashMap<Arc<str>, Vec<EntityUid>>,
    text: String,
}

/// The policies that can say something about one version of an activity, one direction, one operation and one data group.
#[derive(Debug)]
pub(crate) struct Slice(PolicySet);

/// What is the same for every data group of a question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) direction: Direction,
    pub(crate) purpose: &'a str,
    pub(crate) moment: Moment,
    pub(crate) subjects: u32,
    /// Names of parties, not OINs.
    pub(crate) party: &'a Arc<str>,
    pub(crate) delegator: Option<&'a Arc<str>>,
    pub(crate) role: Option<&'a str>,
    pub(crate) channel: Option<&'a str>,
}

/// What Cedar says about one data group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// These rows permit it.
    Permit(Vec<Arc<str>>),
    /// These rules forbid it; none when no row permits it.
    Deny(Vec<Arc<str>>),
    /// A policy could not be evaluated. Cedar itself would pass over it, also when it forbids.
    Failed,
}

/// A question of which only the data group is still open.
#[derive(Debug)]
pub(crate) struct Hearing<'a> {
    authorizer: &'a Authorizer,
    entities: &'a Entities,
    principal: &'a EntityUid,
    action: &'a EntityUid,
    groups: &'a [EntityUid],
    context: Context,
}

impl Slice {
    pub(super) fn new(policies: PolicySet) -> Slice {
        Slice(policies)
    }
}

impl Judge {
    pub(super) fn new(eras: Vec<(Era, Entities)>, text: String) -> Option<Judge> {
        let mut eras = eras.into_iter();
        Some(Judge {
            authorizer: Authorizer::new(),
            first_era: eras.next()?,
            later_eras: eras.collect(),
            parties: HashMap::new(),
            operations: HashMap::new(),
            groups: HashMap::new(),
            text,
        })
    }

    pub(super) fn add_party(&mut self, name: &Arc<str>, uid: EntityUid) {
        self.parties.insert(name.clone(), uid);
    }

    pub(super) fn add_service(&mut self, name: &Arc<str>, groups: Vec<EntityUid>) {
        self.groups.insert(name.clone(), groups);
    }

    pub(super) fn add_operation(&mut self, operation: &Operation, uid: EntityUid) {
        self.operations.insert(operation.0.index, uid);
    }

    /// Who stands for whom at a moment.
    pub(crate) fn era(&self, moment: Moment) -> &Era {
        &self.era_and_entities(moment).0
    }

    /// The schema and every policy, to read.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Hears a question; `None` when somebody or something in it is not known.
    pub(crate) fn hear<'a>(
        &'a self,
        operation: &Operation,
        facts: &Facts<'_>,
    ) -> Option<Hearing<'a>> {
        let delegator = match facts.delegator {
            Some(delegator) => Some(self.parties.get(delegator)?),
            None => None,
        };
        Some(Hearing {
            authorizer: &self.authorizer,
            entities: &self.era_and_entities(facts.moment).1,
            principal: self.parties.get(facts.party)?,
            action: self.operations.get(&operation.0.index)?,
            groups: self.groups.get(operation.service())?,
            context: context(facts, delegator)?,
        })
    }

    fn era_and_entities(&self, moment: Moment) -> &(Era, Entities) {
        let begun = self
            .later_eras
            .partition_point(|(era, _)| era.from.is_none_or(|from| from <= moment.day));
        begun
            .checked_sub(1)
            .and_then(|index| self.later_eras.get(index))
            .unwrap_or(&self.first_era)
    }
}

impl Hearing<'_> {
    /// What Cedar says about a data group, by its index in the service.
    pub(crate) fn verdict(&self, slice: &Slice, group: usize) -> Verdict {
        let Some(resource) = self.groups.get(group) else {
            return Verdict::Failed;
        };
        let (principal, action) = (self.principal.clone(), self.action.clone());
        let Ok(request) = Request::new(
            principal,
            action,
            resource.clone(),
            self.context.clone(),
            None,
        ) else {
            return Verdict::Failed;
        };
        let response = self
            .authorizer
            .is_authorized(&request, &slice.0, self.entities);
        let diagnostics = response.diagnostics();
        if diagnostics.errors().next().is_some() {
            return Verdict::Failed;
        }
        let id = |id: &PolicyId| Arc::from(AsRef::<str>::as_ref(id));
        let mut ids: Vec<Arc<str>> = diagnostics.reason().map(id).collect();
        ids.sort();
        match response.decision() {
            Decision::Allow => Verdict::Permit(ids),
            Decision::Deny => Verdict::Deny(ids),
        }
    }
}

fn context(facts: &Facts<'_>, delegator: Option<&EntityUid>) -> Option<Context> {
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let moment = facts.moment;
    let always = [
        ("direction", text(facts.direction.as_str())),
        ("purpose", text(facts.purpose)),
        ("date", RestrictedExpression::new_long(moment.day.number())),
        (
            "hour",
            RestrictedExpression::new_long(i64::from(moment.hour)),
        ),
        (
            "weekday",
            RestrictedExpression::new_long(i64::from(moment.weekday)),
        ),
        (
            "office_hours",
            RestrictedExpression::new_bool(moment.is_office_hours()),
        ),
        (
            "subjects",
            RestrictedExpression::new_long(i64::from(facts.subjects)),
        ),
        (
            "delegation",
            RestrictedExpression::new_bool(delegator.is_some()),
        ),
    ];
    let sometimes = [
        (
            "delegator",
            delegator.map(|delegator| RestrictedExpression::new_entity_uid(delegator.clone())),
        ),
        ("role", facts.role.map(text)),
        ("channel", facts.channel.map(text)),
    ];
    let sometimes = sometimes
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)));
    Context::from_pairs(
        always
            .into_iter()
            .chain(sometimes)
            .map(|(key, value)| (key.to_owned(), value)),
    )
    .ok()
}
