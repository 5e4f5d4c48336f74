//! Whether what is on disk can take the place of what is in force.

use sluis_certs::{RevocationListError, Trust};
use sluis_policy::PolicySet;

use crate::config::{Config, Problem, Severity};
use crate::gateway::Replaceable;

/// What was read and found good.
pub(super) struct Judged {
    pub(super) files: Replaceable,
    /// The new trust, with the revocation lists that are in force where they are newer than those on disk.
    pub(super) trust: Trust,
}

/// Reads and judges everything. Blocks on files.
///
/// # Errors
/// What is wrong, with file and remedy, one sentence each.
pub(super) fn judge(
    config: &Config,
    trust: &Trust,
    policy: Option<&PolicySet>,
    now_unix_seconds: i64,
) -> Result<Judged, Vec<String>> {
    let report = config.check_replaceable(now_unix_seconds);
    let errors = report.problems().iter();
    let errors = errors.filter(|problem| problem.severity == Severity::Error);
    let problems: Vec<String> = errors.map(|problem| sentence(config, problem)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    // The files may have changed once more since they were checked.
    let again = |error: &dyn std::fmt::Display| vec![error.to_string()];
    let files = Replaceable::load(config).map_err(|error| again(&error))?;
    let merged = merged(&files, trust).map_err(|error| again(&error))?;
    let current = files.identities.current();
    if let Err(error) = merged.verify_own(current, now_unix_seconds) {
        let file = config.certificate.chain_file.display();
        return Err(vec![format!(
            "certificate.chain_file: others would not trust the certificate in `{file}`: {error}; put a certificate there that the trust anchors and revocation lists of the group allow"
        )]);
    }
    if let (Some(new), Some(old)) = (&files.policy, policy) {
        new.check_replaces(old, now_unix_seconds)
            .map_err(|errors| {
                let all = errors.diagnostics().iter();
                all.map(|problem| {
                    format!(
                        "policy.folder: {}, line {}: {}; {}",
                        problem.file, problem.line, problem.message, problem.help
                    )
                })
                .collect::<Vec<_>>()
            })?;
    }
    Ok(Judged {
        files,
        trust: merged,
    })
}

/// The trust of the files with the lists of `present`: those may have been fetched, and be newer.
pub(super) fn merged(files: &Replaceable, present: &Trust) -> Result<Trust, RevocationListError> {
    let lists = present.lists().with_files(&files.crls, &[])?;
    Ok(files.trust.with_lists(lists))
}

fn sentence(config: &Config, problem: &Problem) -> String {
    let mut sentence = String::new();
    if problem.key.is_empty() {
        sentence.push_str(&problem.file.display().to_string());
        if let Some(position) = problem.position {
            sentence.push_str(&format!(", line {}", position.line));
        }
    } else {
        sentence.push_str(&problem.key);
        let files = [config.certificate_files(), config.trust_files()].concat();
        let file = files.iter().find(|(key, _)| *key == problem.key);
        let file = file.map(|(_, path)| path.display().to_string());
        if let Some(file) = file.filter(|file| !problem.message.contains(file.as_str())) {
            sentence.push_str(&format!(" (`{file}`)"));
        }
    }
    sentence.push_str(": ");
    sentence.push_str(&problem.message);
    sentence.push_str("; ");
    sentence.push_str(&problem.remedy);
    sentence
}
