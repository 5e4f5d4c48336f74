//! That certificate, key, trust anchors and revocation lists fit together and are valid now.
//!
//! The last check is the one that counts: our own chain is verified as another organisation would
//! verify it, as client and as server. The checks before it only exist to say more precisely what
//! to do.

use sluis_certs::{Identity, RevocationLists, Rule, Trust, TrustError};

use super::files::read;
use super::own_key::identity;
use super::revocation::{self, Lists};
use super::{Findings, expiry, previous, trust_rules};
use crate::config::Config;

pub(super) fn check(config: &Config, now_unix_seconds: i64, findings: &mut Findings<'_>) {
    trust_rules::check(config, findings);
    let identity = identity(&config.certificate, config, "certificate", findings);
    let identities = identity.as_ref().and_then(|identity| {
        check_identity(config, identity, now_unix_seconds, findings);
        previous::check(config, identity, now_unix_seconds, findings)
    });
    let lists = revocation::check(config, identity.as_ref(), now_unix_seconds, findings);
    let trust = trust(config, findings);
    if let (Some(identities), Some(trust)) = (&identities, &trust) {
        expiry::check(identities, trust, now_unix_seconds, findings);
    }
    if let (Some(identity), Some(trust)) = (&identity, &trust) {
        check_chain(identity, trust, lists, now_unix_seconds, findings);
    }
}

fn check_identity(config: &Config, identity: &Identity, now: i64, findings: &mut Findings<'_>) {
    let peer = identity.peer();
    if peer.id != config.peer.id {
        findings.error(
            "peer.id",
            format!(
                "the configuration says `{}` and the certificate says `{}`",
                config.peer.id, peer.id
            ),
            "make them the same: this file, or the certificate of the right organisation",
        );
    }
    if peer.name != config.peer.name {
        findings.warning(
            "peer.name",
            format!(
                "the configuration says `{}` and the certificate says `{}`",
                config.peer.name, peer.name
            ),
            "use the name in the certificate: it is what other organisations see",
        );
    }
    let key = "certificate.chain_file";
    if peer.not_after < now {
        findings.error(
            key,
            "the certificate is expired",
            "request a new one and name it here",
        );
    } else if now < peer.not_before {
        findings.error(
            key,
            "the certificate is not valid yet",
            "wait until it is, or set the clock of this machine right",
        );
    }
    let manager = config
        .manager
        .as_ref()
        .and_then(|role| role.address.as_ref());
    let inway = config.inway.as_ref().and_then(|role| role.address.as_ref());
    for (key, address) in [("manager.address", manager), ("inway.address", inway)] {
        if let Some(address) = address
            && !peer
                .dns_names
                .iter()
                .any(|name| covers(name, address.host()))
        {
            findings.warning(
                key,
                format!(
                    "`{}` does not stand in the certificate, so that others may refuse to connect",
                    address.host()
                ),
                "use a name that stands in the certificate (subject alternative names)",
            );
        }
    }
}

/// Whether a name in a certificate covers a host (RFC 6125: a wildcard stands for one label).
fn covers(name: &str, host: &str) -> bool {
    let wildcard = name.strip_prefix("*.").and_then(|rest| {
        let (_, host_rest) = host.split_once('.')?;
        Some(host_rest.eq_ignore_ascii_case(rest))
    });
    wildcard.unwrap_or(false) || name.eq_ignore_ascii_case(host)
}

fn trust(config: &Config, findings: &mut Findings<'_>) -> Option<Trust> {
    let anchors_key = "trust.anchors_file";
    let anchors = read(anchors_key, &config.trust.anchors_file, findings)?;
    // Unreadable lists were reported one by one.
    let files = config.trust.crl_files.iter();
    let files: Option<Vec<Vec<u8>>> = files.map(|path| std::fs::read(path).ok()).collect();
    let lists = RevocationLists::default().with_files(&files?, &[]);
    let lists = lists.map_err(TrustError::from);
    if !trust_rules::are_readable(findings) {
        return None;
    }
    match lists.and_then(|lists| Trust::new(config.trust.rules(), &anchors, lists)) {
        Ok(trust) => Some(trust),
        Err(TrustError::RevocationLists(_)) if findings.has_error("trust.crl_files") => None,
        Err(error @ TrustError::RevocationLists(_)) => {
            findings.error(
                "trust.crl_files",
                error.to_string(),
                "download the lists again from the CA",
            );
            None
        }
        Err(TrustError::AnchorNotPinned { .. }) if findings.has_error("trust.anchor_sha256") => {
            None
        }
        Err(error) => {
            let remedy = match error {
                TrustError::AnchorNotPinned { .. } => {
                    "name the roots of PKIoverheid; for anchors of the group's own list their fingerprints in `trust.anchor_sha256`; to try out with `sluis dev-pki`, write `profile: test`"
                }
                TrustError::ProductionAnchor { .. } => {
                    "remove `trust.profile` when this gateway is for real data"
                }
                _ => "name a PEM file with the roots of the group",
            };
            findings.error(anchors_key, error.to_string(), remedy);
            None
        }
    }
}

fn check_chain(
    identity: &Identity,
    trust: &Trust,
    lists: Lists,
    now: i64,
    findings: &mut Findings<'_>,
) {
    let error = match trust.verify_own(identity, now) {
        Ok(peer) => {
            for warning in &peer.warnings {
                findings.warning(
                    "certificate.chain_file",
                    warning.to_string(),
                    "request a certificate without that at the next renewal",
                );
            }
            return;
        }
        Err(error) => error,
    };
    let said_already = match error.rule() {
        Rule::UnknownRevocationStatus | Rule::CrlExpired => lists == Lists::Wanting,
        Rule::Oin => findings.has_error("peer.id"),
        Rule::Expired | Rule::NotYetValid => findings.has_error("certificate.chain_file"),
        _ => false,
    };
    if said_already {
        return;
    }
    let (key, remedy) = match error.rule() {
        Rule::Revoked => ("certificate.chain_file", "request a new certificate"),
        Rule::UnknownRevocationStatus | Rule::CrlExpired | Rule::CrlUnusable => {
            ("trust.crl_files", "download the list of every CA again")
        }
        Rule::Untrusted => (
            "certificate.chain_file",
            "put every CA between your certificate and the root in this file, and the root in trust.anchors_file",
        ),
        _ => (
            "certificate.chain_file",
            "use a certificate of the group's PKI, for client and server",
        ),
    };
    findings.error(
        key,
        format!("others would not trust our certificate: {error}"),
        remedy,
    );
}
