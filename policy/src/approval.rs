//! The decision about a proposed contract.
//!
//! The strictest rule that applies wins, whatever the order of the rules: reject before hold, hold before accept. A rule
//! that rejects or holds applies to a contract as soon as it applies to one of its grants; accepted is a contract only when
//! each of its grants is accepted by a rule. What no rule speaks about is held for a person.

mod guard;
mod meets;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::civil_time::Moment;
use crate::contract::{Approval, Outcome, ProposedContract, ProposedGrant};
use crate::decide::Register;
use crate::register::contract_rule::ContractRule;
use meets::Standing;

/// The rules about contracts of one policy folder.
#[derive(Debug)]
pub(crate) struct Approvals {
    /// The digest of the policy set.
    set: Arc<str>,
    rules: Vec<ContractRule>,
}

impl Approvals {
    pub(crate) fn new(set: &Arc<str>, rules: Vec<ContractRule>) -> Approvals {
        Approvals {
            set: set.clone(),
            rules,
        }
    }

    /// Decides.
    pub(crate) fn approve(&self, contract: &ProposedContract<'_>, register: &Register) -> Approval {
        let standing = Standing::new(contract, register.era(Moment::at(contract.at_unix_seconds)));
        for outcome in [Outcome::Reject, Outcome::Hold] {
            let applying = self.of(outcome).find(|rule| {
                let applies = |grant| standing.missed(rule, grant).is_empty();
                contract.grants.iter().any(applies)
            });
            if let Some(rule) = applying {
                return self.decided(outcome, "rule", &rule.because, vec![rule.id.clone()]);
            }
        }
        let mut accepting: Vec<&ContractRule> = Vec::new();
        for grant in &contract.grants {
            let accepts = |rule: &&ContractRule| standing.missed(rule, grant).is_empty();
            match self.of(Outcome::Accept).find(accepts) {
                Some(rule) => accepting.push(rule),
                None => {
                    let reason = self.nearest(grant, &standing);
                    return self.decided(Outcome::Hold, "no-rule", &reason, Vec::new());
                }
            }
        }
        if accepting.is_empty() {
            return self.decided(Outcome::Hold, "no-rule", "it allows nothing", Vec::new());
        }
        let distinct = |texts: Vec<Arc<str>>| -> Vec<Arc<str>> {
            let mut seen = BTreeSet::new();
            let new = |text: &Arc<str>| seen.insert(text.clone());
            texts.into_iter().filter(new).collect()
        };
        let ids = distinct(accepting.iter().map(|rule| rule.id.clone()).collect());
        if let Err((code, what)) = guard::check(contract, register) {
            let rules: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
            let reason = format!(
                "{what}; such a contract is never accepted without a person, although rule {} would",
                rules.join(" and ")
            );
            return self.decided(Outcome::Hold, code, &reason, Vec::new());
        }
        let reasons = distinct(accepting.iter().map(|rule| rule.because.clone()).collect());
        self.decided(Outcome::Accept, "rule", &reasons.join(" "), ids)
    }

    /// Whether a rule can accept a publication.
    pub(crate) fn accept_publications(&self) -> bool {
        self.of(Outcome::Accept).any(|rule| {
            let kinds = rule.when.grants.as_deref();
            kinds.is_none_or(|kinds| kinds.iter().any(|kind| kind.is_publication()))
        })
    }

    fn of(&self, outcome: Outcome) -> impl Iterator<Item = &ContractRule> {
        self.rules
            .iter()
            .filter(move |rule| rule.outcome == outcome)
    }

    /// Why no rule accepts a grant: the rule that comes nearest, and the first condition that it misses.
    fn nearest<'c>(&self, grant: &ProposedGrant<'c>, standing: &Standing<'c>) -> String {
        let missed = |rule| (rule, standing.missed(rule, grant));
        let nearest = self.of(Outcome::Accept).map(missed);
        match nearest.min_by_key(|(_, missed)| missed.len()) {
            Some((rule, missed)) => format!(
                "no rule accepts it; nearest is rule `{}`, which {}",
                rule.id,
                missed.join(", and ")
            ),
            None => "no rule of contracts.yaml accepts or rejects it".to_owned(),
        }
    }

    fn decided(
        &self,
        outcome: Outcome,
        code: &'static str,
        reason: &str,
        rules: Vec<Arc<str>>,
    ) -> Approval {
        Approval {
            outcome,
            code,
            reason: Arc::from(reason),
            rules,
            policy: Some(self.set.clone()),
        }
    }
}
