//! Whether a grant meets the conditions of a rule.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::civil_time::Moment;
use crate::contract::{GrantKind, Outcome, OutwayIdentity, ProposedContract, ProposedGrant};
use crate::purpose_binding::BoundPurpose;
use crate::register::contract_rule::{ANYONE, ContractRule, OUTWAYS, Who};
use crate::register::party::Era;
use crate::table::listed;

const DAY_SECONDS: i64 = 86_400;

/// A contract at the moment of its decision.
pub(super) struct Standing<'a> {
    contract: &'a ProposedContract<'a>,
    era: &'a Era,
}

impl<'a> Standing<'a> {
    pub(super) fn new(contract: &'a ProposedContract<'a>, era: &'a Era) -> Standing<'a> {
        Standing { contract, era }
    }

    /// The conditions of a rule that a grant does not meet, each as half a sentence; none when the rule applies.
    ///
    /// A rule that accepts asks that everything in the grant is among what it names. A rule that holds or rejects asks
    /// that one thing is: so what a rule does not know of never makes a contract pass.
    pub(super) fn missed(&self, rule: &ContractRule, grant: &ProposedGrant<'a>) -> Vec<String> {
        let mut missed = Missed {
            all: rule.outcome == Outcome::Accept,
            said: Vec::new(),
        };
        let when = &rule.when;
        if let Some(kinds) = &when.grants
            && !kinds.contains(&grant.kind)
        {
            let named = |kind: &GrantKind| GrantKind::ALL.iter().find(|(_, known)| known == kind);
            let names = kinds.iter().filter_map(named).map(|(name, _)| *name);
            missed.say(format!("is about grants {}", listed(names)));
        }
        let others = self.contract.peers.iter().copied();
        let others = others.filter(|peer| *peer != self.contract.own).collect();
        self.members(&mut missed, "the other parties", &when.parties, others);
        let only = |peer: Option<&'a str>| peer.into_iter().collect::<Vec<_>>();
        let caller = only(grant.caller);
        self.members(&mut missed, "the caller", &when.caller, caller);
        let provider = vec![grant.provider];
        self.members(&mut missed, "the provider", &when.provider, provider);
        let directory = only(grant.directory);
        self.members(&mut missed, "the directory", &when.directory, directory);
        for (who, said, wanted) in [
            (grant.delegator, "calls", &when.on_behalf_of),
            (
                grant.service_delegator,
                "offers it",
                &when.offered_on_behalf_of,
            ),
        ] {
            match (who, wanted) {
                // Acting for another must be said (as `via` in a row).
                (Some(_), None) if missed.all => {
                    missed.say(format!("does not say on whose behalf one {said}"));
                }
                (Some(_), Some(_)) => {
                    self.members(
                        &mut missed,
                        &format!("on whose behalf one {said}"),
                        wanted,
                        only(who),
                    );
                }
                (None, Some(who)) => {
                    let among = named(who);
                    missed.say(format!("asks that one {said} on behalf of {among}"));
                }
                (_, None) => {}
            }
        }
        missed.words("the service", &when.services, &[grant.service]);
        let purposes = grant.purposes_of();
        let of = |list: fn(&BoundPurpose) -> Vec<&Arc<str>>| -> Vec<&str> {
            let all: BTreeSet<&str> = purposes.iter().flat_map(list).map(|name| &**name).collect();
            all.into_iter().collect()
        };
        let activities = of(|purpose| vec![&purpose.activity]);
        missed.words("the purposes", &when.purposes, &activities);
        let operations = of(|purpose| purpose.operations.iter().collect());
        missed.words("the operations", &when.operations, &operations);
        let data = of(|purpose| purpose.data.iter().collect());
        missed.words("the data groups", &when.data, &data);
        self.outway(&mut missed, rule, grant);
        self.period(&mut missed, rule);
        missed.said
    }

    fn members(&self, missed: &mut Missed, what: &str, wanted: &Option<Who>, peers: Vec<&str>) {
        let Some(who) = wanted else { return };
        let is_among = |peer: &&str| match who {
            Who::Anyone => true,
            Who::Among(members) => {
                let party = self.era.principal(peer);
                party.is_some_and(|party| self.era.is_among(party, members))
            }
        };
        if !missed.enough(peers.iter().map(is_among)) {
            missed.say(format!("asks that {what} be among {}", named(who)));
        }
    }

    fn outway(&self, missed: &mut Missed, rule: &ContractRule, grant: &ProposedGrant<'_>) {
        let domain_name = match grant.outway {
            Some(OutwayIdentity::DomainName(name)) => Some(name),
            Some(OutwayIdentity::PublicKey) | None => None,
        };
        if let Some(ways) = &rule.when.outway
            && !(grant.outway.is_some() && ways.contains(&domain_name.is_some()))
        {
            let names = OUTWAYS.iter().filter(|(_, way)| ways.contains(way));
            let names = listed(names.map(|(name, _)| *name));
            missed.say(format!("asks that the outway be recognised by {names}"));
        }
        if let Some(names) = &rule.when.domain_names
            && !domain_name
                .is_some_and(|found| names.iter().any(|name| name.eq_ignore_ascii_case(found)))
        {
            let names = listed(names.iter().map(|name| &**name));
            missed.say(format!(
                "asks that the outway's domain name be among {names}"
            ));
        }
    }

    fn period(&self, missed: &mut Missed, rule: &ContractRule) {
        let contract = self.contract;
        let when = &rule.when;
        let seconds = |days: u32| i64::from(days).saturating_mul(DAY_SECONDS);
        let length = contract
            .not_after_unix_seconds
            .saturating_sub(contract.not_before_unix_seconds);
        let ahead = contract
            .not_before_unix_seconds
            .saturating_sub(contract.at_unix_seconds);
        let last_day = Moment::at(contract.not_after_unix_seconds).day;
        if let Some(days) = when.days_at_most.filter(|days| length > seconds(*days)) {
            missed.say(format!("asks for at most {days} days"));
        }
        if let Some(days) = when.days_more_than.filter(|days| length <= seconds(*days)) {
            missed.say(format!("is about more than {days} days"));
        }
        if let Some(days) = when
            .begins_within_days
            .filter(|days| ahead > seconds(*days))
        {
            missed.say(format!("asks that it begin within {days} days"));
        }
        if let Some(days) = when
            .begins_after_days
            .filter(|days| ahead <= seconds(*days))
        {
            missed.say(format!("is about what begins after {days} days"));
        }
        if let Some(day) = when.ends_by.filter(|day| last_day > *day) {
            missed.say(format!("asks that it end on {day} at the latest"));
        }
        if let Some(day) = when.ends_after.filter(|day| last_day <= *day) {
            missed.say(format!("is about what ends after {day}"));
        }
    }
}

/// What was found to be missing.
struct Missed {
    /// Whether everything must be among what the rule names, or one thing.
    all: bool,
    said: Vec<String>,
}

impl Missed {
    fn say(&mut self, what: String) {
        self.said.push(what);
    }

    /// Whether enough of these are met; nothing at all is not enough.
    fn enough(&self, mut met: impl ExactSizeIterator<Item = bool>) -> bool {
        if self.all {
            met.len() > 0 && met.all(|met| met)
        } else {
            met.any(|met| met)
        }
    }

    fn words(&mut self, what: &str, wanted: &Option<Vec<Arc<str>>>, found: &[&str]) {
        let Some(wanted) = wanted else { return };
        let is_among = |word: &&str| wanted.iter().any(|wanted| **wanted == **word);
        if !self.enough(found.iter().map(is_among)) {
            let wanted = listed(wanted.iter().map(|word| &**word));
            self.say(format!("asks that {what} be among {wanted}"));
        }
    }
}

fn named(who: &Who) -> String {
    match who {
        Who::Anyone => ANYONE.to_owned(),
        Who::Among(members) => listed(members.iter().map(|member| &**member.name())),
    }
}
