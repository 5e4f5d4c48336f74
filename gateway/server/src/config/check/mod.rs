//! Whether a configuration can work: everything that is wrong with it, at once.
//!
//! Reading ([`super::load`]) judges the form of the file. Here is judged what it says: that the
//! files it names are there and fit together, that certificate and revocation lists are valid now,
//! that the policy folder compiles, that no two parts want the same port. The same checks run in
//! `sluis check-config` and before `sluis serve`.

mod areas;
mod certificate;
mod expiry;
mod files;
mod limits;
mod listeners;
mod own_key;
mod policy;
mod previous;
mod revocation;
mod roles;
#[cfg(test)]
mod tests;
mod trust_rules;

use std::path::PathBuf;

use super::Config;
use super::load::ConfigFile;
use super::problem::{Position, Problem, Report, Severity};

impl ConfigFile {
    /// Judges the configuration as it is at this moment (seconds since 1970). Reads the files that
    /// it names and, where a private key is in a PKCS#11 token, logs in to that and makes a signature; writes
    /// nothing and opens no port.
    #[must_use]
    pub fn check(&self, now_unix_seconds: i64) -> Report {
        let mut findings = Findings {
            file: self,
            problems: self.problems.clone(),
        };
        if let Some(config) = &self.config {
            roles::check(config, &mut findings);
            listeners::check(config, &mut findings);
            limits::check(config, &mut findings);
            files::check(config, &mut findings);
            certificate::check(config, now_unix_seconds, &mut findings);
            policy::check(config, now_unix_seconds, &mut findings);
        }
        Report::new(findings.problems)
    }
}

impl Config {
    /// Judges, as [`ConfigFile::check`] does, the files that can be replaced while the gateway runs: certificates, keys,
    /// trust anchors, revocation lists and the policy folder.
    #[must_use]
    pub fn check_replaceable(&self, now_unix_seconds: i64) -> Report {
        let file = ConfigFile::of(self.clone());
        let mut findings = Findings {
            file: &file,
            problems: Vec::new(),
        };
        certificate::check(self, now_unix_seconds, &mut findings);
        policy::check(self, now_unix_seconds, &mut findings);
        Report::new(findings.problems)
    }
}

/// Collects what is found.
struct Findings<'file> {
    file: &'file ConfigFile,
    problems: Vec<Problem>,
}

impl Findings<'_> {
    fn error(
        &mut self,
        key: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Error, key.into(), message.into(), remedy.into());
    }

    fn warning(
        &mut self,
        key: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Warning, key.into(), message.into(), remedy.into());
    }

    fn note(
        &mut self,
        key: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Note, key.into(), message.into(), remedy.into());
    }

    /// A finding in another file than the configuration.
    fn elsewhere(
        &mut self,
        severity: Severity,
        file: PathBuf,
        position: Option<Position>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.problems.push(Problem {
            severity,
            file,
            position,
            key: String::new(),
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    /// Whether an error was found at this key or beneath it.
    fn has_error(&self, key: &str) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.severity == Severity::Error && problem.key.starts_with(key))
    }

    /// Whether this first-level section is there, also when a mistake of form hides what it says.
    fn has_section(&self, section: &str, found: bool) -> bool {
        found || self.file.broken.contains(section)
    }

    fn add(&mut self, severity: Severity, key: String, message: String, remedy: String) {
        self.problems.push(Problem {
            severity,
            file: self.file.path.clone(),
            position: self.file.position(&key),
            key,
            message,
            remedy,
        });
    }
}

/// Whether a role that carries passages is configured.
fn carries_passages(config: &Config) -> bool {
    config.inway.is_some() || config.outway.is_some()
}
