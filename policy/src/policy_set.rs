//! A policy folder, compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use crate::approval::Approvals;
use crate::cases::Case;
use crate::cedar::{self, Rules};
use crate::civil_time::Moment;
use crate::decide::Register;
use crate::register::folder::Folder;
use crate::table::Report;
use crate::{Activity, Decision, PolicyErrors, Question, Service, TestResult};

/// The text of a policy folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySource {
    /// Each file by its path relative to the folder, with `/` between the parts, for example `services/brp-personen.yaml`.
    pub files: BTreeMap<String, String>,
}

/// A policy folder, checked and compiled. Immutable; many threads can ask it at once.
#[derive(Debug)]
pub struct PolicySet {
    digest: Arc<str>,
    services: BTreeMap<Arc<str>, Service>,
    register: Register,
    approvals: Approvals,
    cases: Vec<Case>,
}

impl PolicySource {
    /// The digest of the text: `sha256:` and 64 hexadecimal digits. Every file and its path counts.
    pub fn digest(&self) -> Arc<str> {
        let mut digest = Context::new(&SHA256);
        for part in self.files.iter().flat_map(|(path, text)| [path, text]) {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let hex: String = digest
            .finish()
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Arc::from(format!("sha256:{hex}"))
    }
}

impl PolicySet {
    /// Checks and compiles a policy folder.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, at once. A folder with a mistake gives no policy set at all.
    pub fn compile(source: &PolicySource) -> Result<PolicySet, PolicyErrors> {
        let digest = source.digest();
        let mut report = Report::default();
        let mut folder = Folder::read(source, &digest, &mut report);
        let rules = Rules::read(std::mem::take(&mut folder.rules), &mut report);
        let cases = Case::read_all(&mut folder, &mut report);
        if !report.diagnostics.is_empty() {
            return Err(PolicyErrors::new(report.diagnostics)); // rules cannot be checked against half a register
        }
        let compiled = cedar::compile(&folder, &rules, &mut report);
        let Some((judge, policies)) = compiled.filter(|_| report.diagnostics.is_empty()) else {
            return Err(PolicyErrors::new(report.diagnostics));
        };
        let services = folder
            .services
            .values()
            .map(|file| (file.name.clone(), Service::new(file)))
            .collect();
        let approvals = Approvals::new(&digest, folder.contract_rules);
        let register = Register::new(&digest, judge, &policies, &rules, folder.activities)
            .ok_or_else(|| PolicyErrors::new(report.diagnostics))?;
        Ok(PolicySet {
            digest,
            services,
            register,
            approvals,
            cases,
        })
    }

    /// The digest of the folder's text: `sha256:` and 64 hexadecimal digits. It stands in every record.
    pub fn digest(&self) -> &Arc<str> {
        &self.digest
    }

    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name)
    }

    /// Every service, by name.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }

    /// Every version of every activity.
    pub fn activities(&self) -> impl Iterator<Item = &Arc<Activity>> {
        self.register.versions().map(|version| &version.activity)
    }

    /// The schema and every policy in Cedar's own language: what is evaluated, for those who want to read or check it
    /// with other tools.
    pub fn cedar(&self) -> &str {
        self.register.text()
    }

    pub(crate) fn register(&self) -> &Register {
        &self.register
    }

    pub(crate) fn approvals(&self) -> &Approvals {
        &self.approvals
    }

    /// Runs the cases of `tests/*.yaml`.
    pub fn run_tests(&self) -> Vec<TestResult> {
        self.cases
            .iter()
            .map(|case| case.run(&self.register, &self.approvals))
            .collect()
    }

    /// Answers a question. Never fails: what cannot be evaluated is refused.
    pub fn decide(&self, question: &Question<'_>) -> Decision {
        self.register.decide(question)
    }

    /// Checks that this set may take the place of another: a version of an activity never changes once it has been in
    /// force, because records name it. When it ends may change, as long as that is not in the past.
    ///
    /// # Errors
    ///
    /// A diagnostic for each version that was in force and is changed, ended in the past, or gone while in force.
    pub fn check_replaces(
        &self,
        previous: &PolicySet,
        at_unix_seconds: i64,
    ) -> Result<(), PolicyErrors> {
        let today = Moment::at(at_unix_seconds).day;
        let mut report = Report::default();
        for old in previous.register.versions().filter(|old| old.from <= today) {
            let (name, number) = (&old.activity.name, old.activity.version);
            let new = self
                .register
                .versions_of(name)
                .find(|new| new.activity.version == number);
            let Some(new) = new else {
                if old.is_in_force(today) {
                    let message = format!(
                        "version {number} of `{name}` is in force and is not in the folder any more"
                    );
                    let help =
                        format!("leave it in the folder and end it: `valid: {{ until: {today} }}`");
                    report.file(&old.file).note(old.place, message, help);
                }
                continue;
            };
            if new.content != old.content {
                let message =
                    format!("version {number} of `{name}` has been in force and is changed");
                let help = "put it back as it was, end it with `until`, and write the change as the next version";
                report.file(&new.file).note(new.place, message, help);
            }
            if new.until != old.until && new.until.is_some_and(|until| until < today) {
                let message = format!(
                    "the end of version {number} of `{name}` is moved to a day in the past"
                );
                report.file(&new.file).note(
                    new.place,
                    message,
                    format!("end it on {today} at the earliest"),
                );
            }
        }
        if report.diagnostics.is_empty() {
            Ok(())
        } else {
            Err(PolicyErrors::new(report.diagnostics))
        }
    }
}
