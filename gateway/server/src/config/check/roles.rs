//! That every role has what it needs, and no two things have the same name.

use std::collections::BTreeMap;

use super::{Findings, areas, carries_passages};
use crate::config::{Config, Destination, HeaderNames, InwayConfig, ManagerConfig, OutwayConfig};

pub(super) fn check(config: &Config, findings: &mut Findings<'_>) {
    let has_manager = findings.has_section("manager", config.manager.is_some());
    let others = [
        ("inway", config.inway.is_some()),
        ("outway", config.outway.is_some()),
        ("directory", config.directory.is_some()),
    ];
    if !has_manager
        && !others
            .iter()
            .any(|(role, found)| findings.has_section(role, *found))
    {
        findings.error(
            "",
            "no role is configured, so that there is nothing to run",
            "add `manager`, and `inway`, `outway` or `directory`",
        );
    }
    for (role, found) in others {
        if found && !has_manager {
            findings.error(
                role,
                format!("the role `{role}` has no `manager` beside it, which keeps its contracts"),
                "add a section `manager` to this file",
            );
        }
    }
    let has_policy = findings.has_section("policy", config.policy.is_some());
    if carries_passages(config) && !has_policy {
        let role = if config.inway.is_some() {
            "inway"
        } else {
            "outway"
        };
        findings.error(
            role,
            "no policy folder is named, so that every call would be refused",
            "add `policy: { folder: policy }`",
        );
    }
    if let Some(manager) = &config.manager {
        check_manager(config, manager, findings);
        areas::check(config, manager, findings);
    }
    if let Some(inway) = &config.inway {
        check_inway(inway, findings);
    }
    if let Some(outway) = &config.outway {
        check_outway(outway, findings);
    }
}

fn check_manager(config: &Config, manager: &ManagerConfig, findings: &mut Findings<'_>) {
    let is_directory = findings.has_section("directory", config.directory.is_some());
    match &manager.directory {
        None if !is_directory && !findings.has_error("manager.directory") => findings.warning(
            "manager",
            "no directory is named, so that no service can be published or looked up",
            "add `directory: { peer_id: .., address: .. }` under `manager`",
        ),
        Some(directory) if directory.peer_id == config.peer.id && !is_directory => findings.error(
            "manager.directory.peer_id",
            "we are named as the directory, and no role `directory` is configured",
            "name the group's directory, or add a section `directory: {}`",
        ),
        _ => {}
    }
    let (min, max) = (
        manager.propagation_backoff_min_seconds,
        manager.propagation_backoff_max_seconds,
    );
    if min == 0 || min > max || max > 86_400 {
        findings.error(
            "manager.propagation_backoff_min_seconds",
            format!("the pauses between two attempts run from {min} to {max} seconds"),
            "let them run from at least 1 to at most 86400 seconds; 1 to 300 is usual",
        );
    }
    let pause = manager.peer_check_seconds;
    if pause != 0 && !(60..=86_400).contains(&pause) {
        findings.error(
            "manager.peer_check_seconds",
            format!("other organisations would be checked every {pause} seconds"),
            "choose 60 to 86400 seconds, or 0 to check only when asked; 600 is usual",
        );
    }
    if !(30..=3600).contains(&manager.token_lifetime_seconds) {
        findings.error(
            "manager.token_lifetime_seconds",
            format!(
                "a token would be valid for {} seconds",
                manager.token_lifetime_seconds
            ),
            "choose 30 to 3600 seconds; 300 is usual",
        );
    }
}

fn check_inway(inway: &InwayConfig, findings: &mut Findings<'_>) {
    if inway.services.is_empty() && !findings.has_error("inway.services") {
        findings.warning(
            "inway.services",
            "no service is listed, so that the inway refuses every call",
            "add a service, or remove the section `inway`",
        );
    }
    let names = inway.services.iter().map(|service| service.name.as_str());
    for (index, name) in repeated(names) {
        findings.error(
            format!("inway.services[{index}].name"),
            format!("the service `{name}` is listed more than once"),
            "give each service a name of its own",
        );
    }
    check_headers("inway.headers", &inway.headers, findings);
}

fn check_outway(outway: &OutwayConfig, findings: &mut Findings<'_>) {
    if outway.destinations.is_empty() && !findings.has_error("outway.destinations") {
        findings.note(
            "outway",
            "no destination is listed, so that applications must send `Fsc-Grant-Hash` with every call",
            "add destinations, so that applications need not know of contracts",
        );
    }
    let names = outway
        .destinations
        .iter()
        .map(|destination| &*destination.name);
    for (index, name) in repeated(names) {
        findings.error(
            format!("outway.destinations[{index}].name"),
            format!("the destination `{name}` is listed more than once"),
            "give each destination a name of its own",
        );
    }
    check_prefixes(&outway.destinations, findings);
    check_headers("outway.headers", &outway.headers, findings);
}

fn check_prefixes(destinations: &[Destination], findings: &mut Findings<'_>) {
    for (index, destination) in destinations.iter().enumerate() {
        let key = format!("outway.destinations[{index}].path_prefix");
        let prefix = destination.path_prefix.as_str();
        let (before, _) = destinations.split_at(index);
        if before
            .iter()
            .any(|other| other.path_prefix == destination.path_prefix)
        {
            findings.error(
                key,
                format!("two destinations have the path `{prefix}`"),
                "give each destination a path of its own",
            );
            continue;
        }
        let inner = destinations.iter().find(|other| {
            other.path_prefix != destination.path_prefix
                && other.path_prefix.strip(prefix).is_some()
        });
        if let Some(outer) = inner {
            findings.note(
                key,
                format!(
                    "`{prefix}` lies within `{}` of another destination",
                    outer.path_prefix
                ),
                "nothing, when that is meant: the longer path counts",
            );
        }
    }
}

/// Headers that mean something else on the way, and so cannot carry a purpose.
const TAKEN: [&str; 14] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "fsc-authorization",
    "fsc-error-code",
    "fsc-grant-hash",
    "fsc-transaction-id",
    "host",
    "te",
    "traceparent",
    "tracestate",
    "transfer-encoding",
];

fn check_headers(key: &str, headers: &HeaderNames, findings: &mut Findings<'_>) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let lists = [
        ("purpose", &headers.purpose),
        ("role", &headers.role),
        ("channel", &headers.channel),
        ("user", &headers.user),
        ("application", &headers.application),
    ];
    for (list, names) in lists {
        for (index, name) in names.iter().enumerate() {
            let name = name.as_str();
            let key = format!("{key}.{list}[{index}]");
            if TAKEN.contains(&name) {
                findings.error(
                    key,
                    format!("the header `{name}` already means something else"),
                    "choose a header of your own",
                );
            } else if let Some(other) = seen.insert(name, list) {
                findings.error(
                    key,
                    format!("the header `{name}` already stands for `{other}`"),
                    "let each header stand for one thing",
                );
            }
        }
    }
    if headers.purpose.is_empty() {
        findings.error(
            format!("{key}.purpose"),
            "no header carries the purpose, so that every call would be refused",
            "name at least one header, for example `sluis-purpose`",
        );
    }
}

/// The second and later ones of equal names, with their place in the list.
pub(super) fn repeated<'name>(
    names: impl Iterator<Item = &'name str>,
) -> impl Iterator<Item = (usize, &'name str)> {
    let mut seen = std::collections::BTreeSet::new();
    names
        .enumerate()
        .filter(move |(_, name)| !seen.insert(*name))
}
