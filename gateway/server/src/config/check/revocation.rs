//! That there is a valid revocation list of every CA above us, in a file or to be fetched.

use std::path::Path;

use sluis_certs::{
    CertificateSummary, DistinguishedName, Identity, RevocationListSummary, distribution_points,
};

use super::Findings;
use super::files::read;
use crate::config::{Config, ListHost, ListUrl, TrustConfig};

/// From here on the coming end of a list in a file is reported, in seconds. PKIoverheid renews daily.
const SOON_SECONDS: i64 = 86_400 / 4;

/// Whether the files hold a list of every CA above us that is valid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    Complete,
    /// Something is missing or expired, which was said.
    Wanting,
}

/// Judges the files and addresses of lists.
pub(super) fn check(
    config: &Config,
    identity: Option<&Identity>,
    now: i64,
    findings: &mut Findings<'_>,
) -> Lists {
    let issuers = identity.map(|identity| issuers(identity, &config.trust));
    let issuers = issuers.unwrap_or_default();
    let found = files(config, &issuers, now, findings);
    let mut lists = Lists::Complete;
    for issuer in &issuers {
        let list = found.iter().find(|list| list.issuer == issuer.name);
        if list.is_none_or(|list| list.next_update.is_none_or(|until| until <= now)) {
            lists = Lists::Wanting;
        }
        if list.is_none() {
            missing(issuer, &config.trust, findings);
        }
    }
    lists
}

/// A CA above us.
struct Issuer {
    name: DistinguishedName,
    /// Where its list is, as far as our certificates say.
    urls: Vec<ListUrl>,
    /// Whether it will be fetched there.
    is_fetched: bool,
}

fn issuers(identity: &Identity, trust: &TrustConfig) -> Vec<Issuer> {
    let configured = trust.crl_urls.iter().map(ListUrl::host);
    let hosts: Vec<ListHost> = configured.chain(trust.crl_hosts.iter().cloned()).collect();
    let issuer = |der| {
        let summary = CertificateSummary::of(der).ok()?;
        let urls = distribution_points(der);
        let urls: Vec<ListUrl> = urls.iter().filter_map(|url| url.parse().ok()).collect();
        Some(Issuer {
            name: summary.issuer,
            is_fetched: urls.iter().any(|url| hosts.contains(&url.host())),
            urls,
        })
    };
    identity.chain().iter().filter_map(issuer).collect()
}

fn missing(issuer: &Issuer, trust: &TrustConfig, findings: &mut Findings<'_>) {
    let name = &issuer.name;
    let url = issuer.urls.first();
    match url {
        Some(url) if issuer.is_fetched => findings.note(
            "trust.crl_files",
            format!("the revocation list of `{name}` is in no file, and is fetched from `{url}`"),
            "see in `sluis status` whether it arrived",
        ),
        _ if !trust.crl_urls.is_empty() => findings.warning(
            "trust.crl_urls",
            format!("the revocation list of `{name}` is in no file, so it must be at one of these addresses"),
            "see in `sluis status` whether it arrived",
        ),
        Some(url) => findings.error(
            "trust.crl_files",
            format!("the revocation list of `{name}` is missing, so that none of its certificates is trusted"),
            format!(
                "add `{}` to `trust.crl_hosts`, so that it is fetched, or download `{url}` and name it here",
                url.host()
            ),
        ),
        None => findings.error(
            "trust.crl_files",
            format!("the revocation list of `{name}` is missing, so that none of its certificates is trusted"),
            "download it from the CA and name it here",
        ),
    }
}

/// Every list that can be read, with its place in the configuration.
fn files(
    config: &Config,
    issuers: &[Issuer],
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
                    let of_issuer = |issuer: &&Issuer| issuer.name == list.issuer;
                    let is_fetched = !config.trust.crl_urls.is_empty()
                        || issuers
                            .iter()
                            .find(of_issuer)
                            .is_some_and(|issuer| issuer.is_fetched);
                    check_list(&key, path, list, is_fetched, now, findings);
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
    is_fetched: bool,
    now: i64,
    findings: &mut Findings<'_>,
) {
    const REMEDY: &str = "download the newest list from the CA, and keep doing so every few hours";
    let issuer = &list.issuer;
    let path = path.display();
    match list.next_update {
        Some(next_update) if next_update <= now && is_fetched => findings.warning(
            key,
            format!("`{path}`: the revocation list of `{issuer}` is expired; until a fresh one is fetched, none of its certificates is trusted"),
            "remove the file, or keep it fresh",
        ),
        Some(next_update) if next_update <= now => findings.error(
            key,
            format!("`{path}`: the revocation list of `{issuer}` is expired, so that none of its certificates is trusted"),
            REMEDY,
        ),
        Some(next_update) if next_update < now.saturating_add(SOON_SECONDS) && !is_fetched => findings.warning(
            key,
            format!("`{path}`: the revocation list of `{issuer}` expires in {} minutes", (next_update - now) / 60),
            REMEDY,
        ),
        Some(_) if list.this_update > now.saturating_add(300) => findings.error(
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
