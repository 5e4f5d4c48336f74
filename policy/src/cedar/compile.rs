//! Register and rules compiled to Cedar.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;

use cedar_policy::{
    ActionConstraint, Entities, Entity, EntityUid, Policy, PolicyId, PolicySet, ResourceConstraint,
    RestrictedExpression, Schema, ValidationMode, Validator,
};

use super::judge::{Judge, Slice};
use super::names::Names;
use super::rules::Rules;
use super::{schema, text};
use crate::register::folder::Folder;
use crate::register::party::{Era, Member};
use crate::register::row::Row;
use crate::table::Report;
use crate::yaml::Place;
use crate::{Diagnostic, Operation};

/// Every policy: one for each row, and the hand-written rules.
#[derive(Debug)]
pub(crate) struct Policies {
    rows: HashMap<Arc<str>, Policy>,
    rules: Vec<Policy>,
    names: Names,
}

/// Compiles the register and the rules; every policy is checked strictly against the schema.
pub(crate) fn compile(
    folder: &Folder,
    rules: &Rules,
    report: &mut Report,
) -> Option<(Judge, Policies)> {
    let names = Names::new()
        .map_err(|error| internal(report, format!("no kinds of entities: {error}")))
        .ok()?;
    let mut text = schema::text(&folder.services);
    let schema = Schema::from_cedarschema_str(&text).map(|(schema, _)| schema);
    let schema = schema
        .map_err(|error| internal(report, format!("no schema: {error}")))
        .ok()?;

    let mut eras = Vec::new();
    for era in folder.parties.eras() {
        let entities = entities(&era, folder, &names, &schema);
        eras.push((
            era,
            entities
                .map_err(|error| internal(report, format!("no entities: {error}")))
                .ok()?,
        ));
    }
    let mut policies = Policies {
        rows: HashMap::new(),
        rules: rules.policies.clone(),
        names,
    };
    for version in &folder.activities {
        for row in version
            .rows
            .iter()
            .filter(|row| !row.operations.is_empty() && !row.groups.is_empty())
        {
            let permit = text::permit(version, row);
            let policy = Policy::parse(Some(PolicyId::new(&*row.id)), &permit);
            let policy = policy
                .map_err(|error| internal(report, format!("row {}: {error}", row.id)))
                .ok()?;
            policies.rows.insert(row.id.clone(), policy);
            let _ = write!(text, "\n{permit}"); // writing to a String cannot fail
        }
    }
    for (file, rule) in &rules.texts {
        let _ = write!(text, "\n// {file}\n{rule}");
    }
    let known: BTreeSet<EntityUid> = eras
        .iter()
        .flat_map(|(_, entities)| entities.iter())
        .map(Entity::uid)
        .collect();
    let wrong = rules.check_names(&known, report);
    policies.check(schema, rules, &wrong, report)?;

    let names = &policies.names;
    let mut judge = Judge::new(eras, text)?;
    for name in folder.parties.parties.keys() {
        judge.add_party(name, names.party(name));
    }
    for service in folder.services.values() {
        let groups = service
            .groups
            .iter()
            .map(|group| names.data_group(&service.name, &group.name))
            .collect();
        judge.add_service(&service.name, groups);
        for (_, operation) in &service.operations {
            judge.add_operation(operation, names.action(operation));
        }
    }
    Some((judge, policies))
}

/// A mistake of this program, not of the folder; it must be seen all the same, and nothing is permitted.
fn internal(report: &mut Report, message: String) {
    let nowhere: Arc<str> = Arc::from("activities");
    report.file(&nowhere).note(
        Place::default(),
        message,
        "this is a mistake in the program; please report it",
    );
}

fn entities(
    era: &Era,
    folder: &Folder,
    names: &Names,
    schema: &Schema,
) -> Result<Entities, Box<dyn std::error::Error>> {
    let mut entities = Vec::new();
    for (member, parents) in &era.parents {
        let parents: HashSet<EntityUid> =
            parents.iter().map(|parent| names.member(parent)).collect();
        let mut attributes = HashMap::new();
        if let Member::Party(name) = member
            && let Some(party) = folder.parties.parties.get(name)
        {
            let title = party.title.as_ref().unwrap_or(&party.name);
            attributes.insert(
                "oin".to_owned(),
                RestrictedExpression::new_string(party.oin.to_string()),
            );
            attributes.insert(
                "name".to_owned(),
                RestrictedExpression::new_string(title.to_string()),
            );
        }
        entities.push(Entity::new(names.member(member), attributes, parents)?);
    }
    for service in folder.services.values() {
        entities.push(Entity::new_no_attrs(
            names.service(&service.name),
            HashSet::new(),
        ));
        for group in &service.groups {
            let attributes = HashMap::from([
                (
                    "name".to_owned(),
                    RestrictedExpression::new_string(group.name.to_string()),
                ),
                (
                    "sensitivity".to_owned(),
                    RestrictedExpression::new_string(group.sensitivity.to_owned()),
                ),
            ]);
            let parents = HashSet::from([names.service(&service.name)]);
            entities.push(Entity::new(
                names.data_group(&service.name, &group.name),
                attributes,
                parents,
            )?);
        }
    }
    Ok(Entities::from_entities(entities, Some(schema))?)
}

impl Policies {
    /// Checks every policy against the schema. A rule about which Cedar warns (one that can never apply, for example)
    /// is wrong too: its author meant something with it. The rules in `wrong` have been noted before.
    fn check(
        &self,
        schema: Schema,
        rules: &Rules,
        wrong: &BTreeSet<String>,
        report: &mut Report,
    ) -> Option<()> {
        let validator = Validator::new(schema);
        let is_known = |rule: &&Policy| !wrong.contains(AsRef::<str>::as_ref(rule.id()));
        let rules_known = self.rules.iter().filter(is_known);
        let set = PolicySet::from_policies(self.rows.values().chain(rules_known).cloned());
        let set = set
            .map_err(|error| internal(report, format!("no policy set: {error}")))
            .ok()?;
        let result = validator.validate(&set, ValidationMode::Strict);
        let mut told = Vec::new();
        for error in result.validation_errors() {
            let id: &str = error.policy_id().as_ref();
            if self.rows.contains_key(id) {
                internal(report, format!("row {id}: {error}"));
            }
            told.extend(rules.told(id, error));
        }
        for warning in result.validation_warnings() {
            told.extend(rules.told(warning.policy_id().as_ref(), warning));
        }
        // Cedar says some things of every operation in turn, in no fixed order; once is enough.
        told.sort();
        let place =
            |told: &Diagnostic| (told.file.clone(), told.line, told.column, told.help.clone());
        told.dedup_by(|one, other| !one.help.is_empty() && place(one) == place(other));
        report.diagnostics.extend(told);
        Some(())
    }

    /// The policies that can say something about an operation and a data group: those of these rows, which are about
    /// both, and the rules that can apply.
    pub(crate) fn about(
        &self,
        operation: &Operation,
        group: usize,
        rows: &[&Row],
    ) -> Selection<'_> {
        let of_rows = rows.iter().filter_map(|row| self.rows.get(&row.id));
        let of_rules = self
            .rules
            .iter()
            .filter(|rule| self.may_apply(rule, operation, group));
        let policies: Vec<&Policy> = of_rows.chain(of_rules).collect();
        let id = |policy: &&Policy| Arc::from(AsRef::<str>::as_ref(policy.id()));
        Selection {
            ids: policies.iter().map(id).collect(),
            policies,
        }
    }

    /// Whether a rule can apply: not, when it is about other operations or other data only.
    fn may_apply(&self, rule: &Policy, operation: &Operation, group: usize) -> bool {
        let service = operation.service();
        let is_ours = |uid: &EntityUid| {
            *uid == self.names.actions(service) || *uid == self.names.action(operation)
        };
        let by_action = match rule.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => is_ours(&uid),
            ActionConstraint::In(uids) => uids.iter().any(is_ours),
        };
        let name = operation
            .0
            .group_names
            .get(group)
            .cloned()
            .unwrap_or_default();
        let by_resource = match rule.resource_constraint() {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => true,
            ResourceConstraint::In(uid)
            | ResourceConstraint::IsIn(_, uid)
            | ResourceConstraint::Eq(uid) => {
                uid == self.names.service(service) || uid == self.names.data_group(service, &name)
            }
        };
        by_action && by_resource
    }
}

/// Policies chosen out of all.
#[derive(Debug)]
pub(crate) struct Selection<'p> {
    ids: Vec<Arc<str>>,
    policies: Vec<&'p Policy>,
}

impl Selection<'_> {
    /// Their ids.
    pub(crate) fn ids(&self) -> &[Arc<str>] {
        &self.ids
    }

    /// The policies as a set that questions can be put to; `None` when two have the same id.
    pub(crate) fn slice(&self) -> Option<Slice> {
        PolicySet::from_policies(self.policies.iter().copied().cloned())
            .ok()
            .map(Slice::new)
    }
}
