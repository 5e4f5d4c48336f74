//! `sluis serve`: runs the gateway.

use std::path::PathBuf;

use clap::Args;

use super::{CommandError, Console, config_path};
use crate::config::{Config, ConfigFile};

/// Run the gateway with the roles that its configuration file names
///
/// Runs every role that the configuration file names, in this process, until it is told to stop
/// (SIGTERM or Ctrl-C). Passages under way may finish then, for as long as
/// `limits.shutdown_grace_seconds` says.
///
/// First the configuration is checked as `sluis check-config` does; with an error in it the gateway
/// does not start, and the exit code is 78.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The configuration file; when left out, the variable SLUIS_CONFIG names it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let path = config_path(arguments.config.as_ref(), console)?;
    let _config = checked(&ConfigFile::read(&path), console)?;
    Err(CommandError::Failed(
        "the roles of this build cannot be started yet".to_owned(),
    ))
}

/// The configuration, when nothing is wrong with it; what is worth knowing is shown.
fn checked(file: &ConfigFile, console: &mut Console<'_>) -> Result<Config, CommandError> {
    let report = file.check(console.clock.unix_seconds());
    match file.config() {
        Some(config) if !report.has_errors() => {
            if !report.problems().is_empty() {
                writeln!(console.err, "{report}")?;
            }
            Ok(config.clone())
        }
        _ => Err(CommandError::Config(report)),
    }
}
