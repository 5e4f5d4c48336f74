//! That the policy folder compiles, passes its own tests, knows the services and, of a directory, accepts publications.

use std::path::Path;

use sluis_policy::{Diagnostic, PolicySet};

use super::Findings;
use crate::config::problem::{Position, Severity};
use crate::config::{Config, read_policy_folder};

pub(super) fn check(config: &Config, now_unix_seconds: i64, findings: &mut Findings<'_>) {
    let Some(policy) = &config.policy else {
        if config.directory.is_some() && !findings.has_section("policy", false) {
            nothing_is_accepted(
                findings,
                "no policy folder is named",
                "add `policy: { folder: policy }` with a `contracts.yaml` in it that accepts publications",
            );
        }
        return;
    };
    let source = match read_policy_folder(&policy.folder) {
        Ok(source) => source,
        Err(error) => {
            findings.error(
                "policy.folder",
                error.to_string(),
                "name the folder with `activities/`, `services/` and `parties.yaml`",
            );
            return;
        }
    };
    let set = match PolicySet::compile(&source) {
        Ok(set) => set,
        Err(errors) => {
            if errors.diagnostics().is_empty() {
                findings.error(
                    "policy.folder",
                    "the policy cannot be compiled",
                    "leave out the file that was changed last",
                );
            }
            for diagnostic in errors.diagnostics() {
                told(Severity::Error, diagnostic, &policy.folder, findings);
            }
            return;
        }
    };
    for result in set.run_tests().iter().filter(|result| !result.passed()) {
        findings.elsewhere(
            Severity::Error,
            policy.folder.join(&*result.file),
            Some(Position {
                line: result.line as usize,
                column: 1,
            }),
            format!(
                "the case `{}` came out differently: {}",
                result.case,
                result.differences.join("; ")
            ),
            "change the policy or the case, whichever is wrong",
        );
    }
    for lapse in set.lapses(now_unix_seconds) {
        let severity = if lapse.is_ahead {
            Severity::Note
        } else {
            Severity::Warning
        };
        told(severity, &lapse.diagnostic, &policy.folder, findings);
    }
    check_services(config, &set, findings);
    if config.directory.is_some() && !set.accepts_publications() {
        nothing_is_accepted(
            findings,
            "no rule in `contracts.yaml` of the policy folder accepts publications",
            "add a rule with `decide: accept` and `when: { grants: [publication] }` to it",
        );
    }
}

/// What is to be said of a file of the policy folder.
fn told(severity: Severity, diagnostic: &Diagnostic, folder: &Path, findings: &mut Findings<'_>) {
    let position = (diagnostic.line > 0).then_some(Position {
        line: diagnostic.line as usize,
        column: diagnostic.column as usize,
    });
    findings.elsewhere(
        severity,
        folder.join(&diagnostic.file),
        position,
        diagnostic.message.clone(),
        diagnostic.help.clone(),
    );
}

/// A directory that signs nothing by itself. That can be meant, so the gateway starts with it.
fn nothing_is_accepted(findings: &mut Findings<'_>, cause: &str, remedy: &str) {
    findings.warning(
        "directory",
        format!("{cause}, so that the directory signs nothing by itself: every publication waits for a person"),
        format!("{remedy}; nothing, when a person is to accept each one"),
    );
}

fn check_services(config: &Config, set: &PolicySet, findings: &mut Findings<'_>) {
    let offered = config.inway.iter().flat_map(|inway| &inway.services);
    let offered = offered
        .enumerate()
        .map(|(index, service)| (format!("inway.services[{index}].name"), &service.name));
    let asked = config.outway.iter().flat_map(|outway| &outway.destinations);
    let asked = asked.enumerate().map(|(index, destination)| {
        (
            format!("outway.destinations[{index}].service"),
            &destination.service,
        )
    });
    for (key, service) in offered.chain(asked) {
        if set.service(service.as_str()).is_none() {
            findings.warning(
                key,
                format!("the policy folder does not describe the service `{service}`, so that every call is refused"),
                format!("add `services/{service}.yaml` to the policy folder"),
            );
        }
    }
}
