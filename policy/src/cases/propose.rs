//! The proposed contract of a test case, and what is expected of it.

use std::sync::Arc;

use super::ask::{read_party, read_time, usual_time};
use super::texts;
use crate::approval::Approvals;
use crate::contract::{
    Approval, GrantKind, Outcome, OutwayIdentity, ProposedContract, ProposedGrant,
};
use crate::decide::Register;
use crate::register::folder::Folder;
use crate::table::{self, File, Table};
use crate::yaml::Node;
use crate::{BoundPurpose, PurposeBinding};

const DAY_SECONDS: i64 = 86_400;

/// A contract with one grant.
#[derive(Debug)]
pub(super) struct Propose {
    kind: GrantKind,
    service: Arc<str>,
    provider: Arc<str>,
    caller: Option<Arc<str>>,
    directory: Option<Arc<str>>,
    delegator: Option<Arc<str>>,
    service_delegator: Option<Arc<str>>,
    domain_name: Option<Arc<str>>,
    binding: Option<PurposeBinding>,
    offered: bool,
    days: u32,
    own: Arc<str>,
    at_unix_seconds: i64,
}

/// What the case expects of the decision.
#[derive(Debug)]
pub(super) struct ExpectApproval {
    decide: Outcome,
    because: Option<&'static str>,
    rule: Option<Arc<str>>,
}

impl Propose {
    pub(super) fn read(node: &Node, folder: &mut Folder, file: &mut File<'_>) -> Option<Propose> {
        let mut table = Table::open(node, "`propose`", file)?;
        let kind = table
            .take("grant")
            .and_then(|node| table::choice(node, "kind of grant", &GrantKind::ALL, file))
            .unwrap_or(GrantKind::Connection);
        let service = table
            .need("service", file)
            .and_then(|node| table::word(node, "`service`", file));
        let provider = table
            .need("provider", file)
            .and_then(|node| read_party(node, &mut folder.parties, file));
        let mut party = |key: &'static str, needed: bool, file: &mut File<'_>| {
            let node = if needed {
                table.need(key, file)
            } else {
                table.take(key)
            };
            node.and_then(|node| read_party(node, &mut folder.parties, file))
        };
        let caller = party("caller", !kind.is_publication(), file);
        let directory = party("directory", kind.is_publication(), file);
        let delegator = party("on_behalf_of", false, file);
        let service_delegator = party("offered_on_behalf_of", false, file);
        let we = party("we", false, file);
        let domain_name = table
            .take("domain_name")
            .and_then(|node| table::word(node, "`domain_name`", file))
            .map(|word| word.text);
        let mut names = |key: &'static str, file: &mut File<'_>| {
            table.take(key).map(|node| texts(node, key, file))
        };
        let purposes = names("purposes", file).unwrap_or_default();
        let (operations, data) = (names("operations", file), names("data", file));
        let legal_basis = table
            .take("legal_basis")
            .and_then(|node| table::word(node, "`legal_basis`", file))
            .map(|word| word.text);
        let offered = table
            .take("offered")
            .and_then(|node| table::truth(node, "`offered`", file));
        let days = table
            .take("days")
            .and_then(|node| table::count(node, "`days`", file));
        let at = table.take("at").and_then(|node| read_time(node, file));
        table.finish(file);

        let service = service?.text;
        let described = folder.services.get(&service);
        let all_operations = || -> Vec<Arc<str>> {
            let all = described.iter().flat_map(|one| one.operations.iter());
            all.map(|(_, operation)| operation.name().clone()).collect()
        };
        let all_data = || -> Vec<Arc<str>> {
            let all = described.iter().flat_map(|one| one.groups.iter());
            all.map(|group| group.name.clone()).collect()
        };
        let bind = |activity: &Arc<str>| BoundPurpose {
            legal_basis: legal_basis.clone().unwrap_or_else(|| {
                let mut versions = folder.activities.iter();
                let newest = versions.rfind(|version| version.activity.name == *activity);
                newest.map_or_else(|| Arc::from(""), |one| one.activity.legal_basis.text())
            }),
            activity: activity.clone(),
            operations: operations.clone().unwrap_or_else(all_operations),
            data: data.clone().unwrap_or_else(all_data),
        };
        let bound: Vec<BoundPurpose> = purposes.iter().map(bind).collect();
        let at = at.or_else(|| usual_time(folder, purposes.first().map(|name| &**name)));
        let provider = provider?;
        let usual = directory.clone().unwrap_or_else(|| provider.clone());
        Some(Propose {
            kind,
            service,
            provider,
            caller,
            directory,
            delegator,
            service_delegator,
            domain_name,
            binding: (!bound.is_empty()).then(|| PurposeBinding::new(bound)),
            offered: offered.unwrap_or(true),
            days: days.unwrap_or(365),
            own: we.unwrap_or(usual),
            at_unix_seconds: at.unwrap_or_default(),
        })
    }

    /// Puts it to the rules.
    pub(super) fn put(&self, register: &Register, approvals: &Approvals) -> Approval {
        let outway = match &self.domain_name {
            Some(name) => OutwayIdentity::DomainName(name),
            None => OutwayIdentity::PublicKey,
        };
        let grant = ProposedGrant {
            kind: self.kind,
            service: &self.service,
            provider: &self.provider,
            caller: self.caller.as_deref(),
            outway: self.caller.is_some().then_some(outway),
            directory: self.directory.as_deref(),
            delegator: self.delegator.as_deref(),
            service_delegator: self.service_delegator.as_deref(),
            purposes: self.binding.as_ref(),
            external_contract: false,
            other_properties: false,
            is_offered: self.offered,
        };
        let named = [
            Some(grant.provider),
            grant.caller,
            grant.directory,
            grant.delegator,
            grant.service_delegator,
        ];
        let mut peers: Vec<&str> = named.into_iter().flatten().collect();
        peers.sort_unstable();
        peers.dedup();
        let contract = ProposedContract {
            own: &self.own,
            peers,
            not_before_unix_seconds: self.at_unix_seconds,
            not_after_unix_seconds: self
                .at_unix_seconds
                .saturating_add(i64::from(self.days).saturating_mul(DAY_SECONDS)),
            grants: vec![grant],
            at_unix_seconds: self.at_unix_seconds,
        };
        approvals.approve(&contract, register)
    }
}

impl ExpectApproval {
    pub(super) fn read(node: &Node, file: &mut File<'_>) -> Option<ExpectApproval> {
        let mut table = Table::open(node, "`expect`", file)?;
        let decide = table
            .need("decide", file)
            .and_then(|node| table::choice(node, "outcome", &Outcome::ALL, file));
        let codes = Approval::CODES.map(|code| (code, code));
        let because = table
            .take("because")
            .and_then(|node| table::choice(node, "reason", &codes, file));
        let rule = table
            .take("rule")
            .and_then(|node| table::word(node, "`rule`", file));
        table.finish(file);
        Some(ExpectApproval {
            decide: decide?,
            because,
            rule: rule.map(|word| word.text),
        })
    }

    /// In what a decision differs from it, one sentence each.
    pub(super) fn differences(&self, found: &Approval) -> Vec<String> {
        let mut differences = Vec::new();
        if found.outcome != self.decide {
            differences.push(format!(
                "expected `{}`, found `{}`: {}",
                self.decide, found.outcome, found.reason
            ));
        }
        if let Some(because) = self.because
            && because != found.code
        {
            let code = found.code;
            differences.push(format!(
                "expected the reason `{because}`, found `{code}`: {}",
                found.reason
            ));
        }
        if let Some(rule) = &self.rule
            && !found.rules.contains(rule)
        {
            differences.push(format!(
                "expected rule `{rule}` to determine it, found: {}",
                found.reason
            ));
        }
        differences
    }
}
