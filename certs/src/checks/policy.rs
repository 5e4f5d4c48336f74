//! Under which policy a certificate was issued, which webpki does not look at.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ParsedExtension, PolicyInformation};
use x509_parser::oid_registry::{Oid, asn1_rs::oid};

use super::{Check, below_the_anchor};
use crate::{ChainRole, PolicyOid, Rule};

/// A CA with this one allows every policy (RFC 5280 section 4.2.1.4).
const ANY_POLICY: Oid<'static> = oid!(2.5.29.32.0);

/// Of a leaf: it carries an accepted policy by name. Of a CA: one of the accepted policies of the leaf is
/// allowed by it and by every CA beneath it. Mapped policies do not count, which only refuses more than
/// RFC 5280 section 6.1 does; the extensions that take policies away are critical, so that webpki
/// refuses them.
pub(super) const POLICY: Check = Check {
    rule: Rule::Policy,
    applies: below_the_anchor,
    judge: |_, link, measure| {
        let accepted = &measure.rules.policies;
        let holds =
            |path: &[X509Certificate<'_>]| accepted.iter().any(|policy| holds(policy, path));
        let beneath = link.path.get(..link.index).unwrap_or_default();
        // What is broken beneath is not said of this one again.
        let broken_beneath = !beneath.is_empty() && !holds(beneath);
        (accepted.is_empty() || broken_beneath || holds(link.and_below())).into()
    },
    expected: |link, measure| {
        let accepted: Vec<String> = measure
            .rules
            .policies
            .iter()
            .map(ToString::to_string)
            .collect();
        match (accepted.as_slice(), link.role) {
            ([], _) => "no policy in particular".to_owned(),
            ([one], ChainRole::Leaf) => format!("the policy {one}"),
            (many, ChainRole::Leaf) => format!("one of the policies {}", many.join(", ")),
            (_, _) => format!(
                "the accepted policy of the leaf (of {}) or anyPolicy",
                accepted.join(", ")
            ),
        }
    },
    found: |certificate, _| {
        let found: Vec<String> = policies(certificate)
            .map(|policy| policy.policy_id.to_id_string())
            .collect();
        if found.is_empty() {
            "no policy".to_owned()
        } else {
            found.join(", ")
        }
    },
};

/// Whether the leaf of this path carries a policy and every CA of it allows that.
fn holds(policy: &PolicyOid, path: &[X509Certificate<'_>]) -> bool {
    let Some((leaf, authorities)) = path.split_first() else {
        return false;
    };
    let named = |found: &PolicyInformation<'_>| policy.matches(&found.policy_id);
    policies(leaf).any(named)
        && authorities.iter().all(|authority| {
            policies(authority).any(|found| found.policy_id == ANY_POLICY || named(found))
        })
}

fn policies<'a>(
    certificate: &'a X509Certificate<'_>,
) -> impl Iterator<Item = &'a PolicyInformation<'a>> {
    let mut found = certificate.extensions().iter().filter_map(|extension| {
        match extension.parsed_extension() {
            ParsedExtension::CertificatePolicies(policies) => Some(policies),
            _ => None,
        }
    });
    // Two such extensions contradict each other: neither counts.
    let policies = match (found.next(), found.next()) {
        (Some(policies), None) => policies.as_slice(),
        _ => &[],
    };
    policies.iter()
}
