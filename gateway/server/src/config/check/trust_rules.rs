//! That the rules of trust can be met, by our own peer id first of all.

use std::ops::RangeInclusive;

use sluis_certs::{Oin, Profile};

use super::Findings;
use crate::config::Config;

/// Shorter ones are insufficient (NCSC TLS guidelines 2025-05); longer ones no TLS library verifies.
const RSA_BITS: RangeInclusive<u32> = 2048..=8192;

pub(super) fn check(config: &Config, findings: &mut Findings<'_>) {
    if let Some(bits) = config.trust.rsa_bits_min
        && !RSA_BITS.contains(&bits)
    {
        findings.error(
            "trust.rsa_bits_min",
            format!(
                "{bits} is outside {} to {}",
                RSA_BITS.start(),
                RSA_BITS.end()
            ),
            "choose 2048, or 3072 to refuse what NCSC wants phased out",
        );
    }
    if config
        .trust
        .anchor_sha256
        .as_ref()
        .is_some_and(Vec::is_empty)
    {
        findings.error(
            "trust.anchor_sha256",
            "no fingerprint is listed, so that no trust anchor is allowed",
            "list the anchors of the group, or remove this key",
        );
    }
    if are_readable(findings) {
        check_peer_id(config, findings);
    }
}

/// The keys that say by which rules a certificate is judged.
const KEYS: [&str; 5] = [
    "trust.profile",
    "trust.anchor_sha256",
    "trust.policy_oids",
    "trust.rsa_bits_min",
    "trust.peer_id",
];

/// Whether the file can be read on the rules. With a mistake of form in one of them the others would be judged by a default that
/// nobody asked for.
pub(super) fn are_readable(findings: &Findings<'_>) -> bool {
    let mistakes = &findings.file.problems;
    !mistakes
        .iter()
        .any(|mistake| KEYS.iter().any(|key| mistake.key.starts_with(key)))
}

fn check_peer_id(config: &Config, findings: &mut Findings<'_>) {
    let id = &config.peer.id;
    let rules = config.trust.rules();
    let profile = rules.profile;
    if let Err(error) = rules.peer_id.check(id) {
        findings.error(
            "peer.id",
            format!("`{id}` is not accepted in profile {profile}: {error}"),
            "copy the OIN from the register (oinregister.logius.nl), or set `trust.peer_id` to what the group agreed",
        );
    } else if let Ok(oin) = Oin::parse(id.as_str()) {
        if oin.is_test() {
            findings.note(
                "peer.id",
                format!("`{id}` is a test number"),
                "never use it in production",
            );
        } else if profile == Profile::Test {
            findings.warning(
                "trust.profile",
                format!("`{id}` is a real OIN, and the profile test accepts certificates of anybody's making"),
                "remove `trust.profile`, or use a test number (00000099...)",
            );
        }
    }
}
