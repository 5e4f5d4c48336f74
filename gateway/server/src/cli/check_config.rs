//! `sluis check-config`: says everything that is wrong with a configuration.

use std::path::PathBuf;

use clap::Args;

use super::{CommandError, Console, config_path};
use crate::config::{ConfigFile, Report, Severity};

/// Say everything that is wrong with a configuration file, with line and remedy
///
/// Reads the configuration, the files that it names and the policy folder, and says everything that
/// is wrong at once: the place, what was found, and what to do. Changes nothing and opens no port,
/// so that it can run beside a gateway that is running.
///
/// Exit code 0: the gateway can start with it (warnings do not stop it). 78: it cannot.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The configuration file; when left out, the variable SLUIS_CONFIG names it
    #[arg(value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let path = config_path(arguments.config.as_ref(), console)?;
    let report = ConfigFile::read(&path).check(console.clock.unix_seconds());
    if !report.problems().is_empty() {
        writeln!(console.out, "{report}\n")?;
    }
    writeln!(console.out, "{}: {}", path.display(), summary(&report))?;
    if report.has_errors() {
        return Err(CommandError::ConfigShown);
    }
    writeln!(
        console.out,
        "start the gateway with: sluis serve --config {}",
        path.display()
    )?;
    Ok(())
}

/// `2 errors, 1 warning`, or that all is well.
fn summary(report: &Report) -> String {
    let counted = |severity: Severity| {
        let count = report.count(severity);
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {}{plural}", severity.as_str()))
    };
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(counted)
        .collect();
    if parts.is_empty() {
        "nothing is wrong".to_owned()
    } else {
        parts.join(", ")
    }
}
