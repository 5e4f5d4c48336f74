//! That certificate, key, trust anchors and revocation lists fit together and are valid now.
//!
//! The last check is the one that counts: our own chain is verified as another organisation would
//! verify it, as client and as server. The checks before it only exist to say more precisely what
//! to do.

use std::path::Path;

use sluis_certs::{
    CertificateSummary, DistinguishedName, Identity, RevocationListSummary, RevocationLists, Rule,
    Trust, TrustError,
};

use super::files::read;
use super::own_key::identity;
use super::{Findings, expiry, previous, trust_rules};
use crate::config::Config;

/// From here on the coming end of a revocation list is reported. PKIoverheid renews daily.
const CRL_SOON_SECONDS: i64 = 6 * 3600;

pub(super) fn check(config: &Config, now_unix_seconds: i64, findings: &mut Findings<'_>) {
    trust_rules::check(config, findings);
    let identity = identity(&config.certificate, &config.limits, "certificate", findings);
    let identities = identity.as_ref().and_then(|identity| {
        check_identity(config, identity, now_unix_seconds, findings);
        previous::check(config, identity, now_unix_seconds, findings)
    });
    let lists = revocation_lists(config, now_unix_seconds, findings);
    let trust = trust(config, findings);
    if let (Some(identities), Some(trust)) = (&identities, &trust) {
        expiry::check(identities, trust, now_unix_seconds, findings);
    }
    if let (Some(identity), Some(trust)) = (&identity, &trust) {
        let missing = check_issuers(identity, &lists, findings);
        check_chain(identity, trust, missing, now_unix_seconds, findings);
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

/// Every list that can be read, with its place in the configuration.
fn revocation_lists(
    config: &Config,
    now: i64,
    findings: &mut Findings<'_>,
) -> Vec<RevocationListSummary> {
    let mut all = Vec::new();
    for (index, path) in config.trust.crl_files.iter().enumerate() {
        let key = format!("trust.crl_files[{index}]");
        let Some(file) = read(&key, path, findings) else {
            continue;
        };
        match RevocationListSummary::of_file(&file) {
            Ok(lists) => {
                for list in &lists {
                    check_list(&key, path, list, now, findings);
                }
                all.extend(lists);
            }
            Err(error) => findings.error(
                key,
                format!("`{}`: {error}", path.display()),
                "download the list again from the CA",
            ),
        }
    }
    all
}

fn check_list(
    key: &str,
    path: &Path,
    list: &RevocationListSummary,
    now: i64,
    findings: &mut Findings<'_>,
) {
    const REMEDY: &str = "download the newest list from the CA, and keep doing so every few hours";
    let RevocationListSummary {
        issuer,
        this_update,
        next_update,
        ..
    } = list;
    let path = path.display();
    match next_update {
        Some(next_update) if *next_update < now => findings.error(
            key,
            format!("`{path}`: the revocation list of `{issuer}` is expired, so that none of its certificates is trusted"),
            REMEDY,
        ),
        Some(next_update) if *next_update < now.saturating_add(CRL_SOON_SECONDS) => findings.warning(
            key,
            format!("`{path}`: the revocation list of `{issuer}` expires in {} minutes", (next_update - now) / 60),
            REMEDY,
        ),
        Some(_) if *this_update > now.saturating_add(300) => findings.error(
            key,
            format!("`{path}`: the revocation list of `{issuer}` is from the future"),
            "set the clock of this machine right",
        ),
        Some(_) => {}
        None => findings.error(
            key,
            format!("`{path}`: the revocation list of `{issuer}` does not say until when it can be used"),
            "ask the CA for a list with `nextUpdate`",
        ),
    }
}

fn trust(config: &Config, findings: &mut Findings<'_>) -> Option<Trust> {
    let anchors_key = "trust.anchors_file";
    let anchors = read(anchors_key, &config.trust.anchors_file, findings)?;
    if config.trust.crl_files.is_empty() {
        findings.error(
            "trust.crl_files",
            "no revocation list is named, so that no certificate is trusted",
            "name the list of every CA, root and domain CA included",
        );
        return None;
    }
    // Unreadable lists were reported one by one.
    let lists = config.trust.crl_files.iter();
    let lists: Option<Vec<Vec<u8>>> = lists.map(|path| std::fs::read(path).ok()).collect();
    let lists = RevocationLists::from_files(&lists?).map_err(TrustError::from);
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

/// Every CA above our certificate needs a list. Returns whether one is missing.
fn check_issuers(
    identity: &Identity,
    lists: &[RevocationListSummary],
    findings: &mut Findings<'_>,
) -> bool {
    let chain = identity.chain().iter();
    let issuers: Vec<DistinguishedName> = chain
        .filter_map(|der| CertificateSummary::of(der).ok())
        .map(|certificate| certificate.issuer)
        .collect();
    let mut missing = false;
    for issuer in issuers {
        if !lists.iter().any(|list| list.issuer == issuer) {
            missing = true;
            findings.error(
                "trust.crl_files",
                format!("the revocation list of `{issuer}` is missing, so that none of its certificates is trusted"),
                "download it from the CA and name it here",
            );
        }
    }
    missing
}

fn check_chain(
    identity: &Identity,
    trust: &Trust,
    list_missing: bool,
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
        Rule::UnknownRevocationStatus => list_missing,
        Rule::CrlExpired => findings.has_error("trust.crl_files"),
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
