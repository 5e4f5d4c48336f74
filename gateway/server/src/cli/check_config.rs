//! `sluis check-config`: says everything that is wrong with a configuration.

use std::path::PathBuf;

use clap::Args;

use super::{CommandError, Console, config_path};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The configuration file; else the variable SLUIS_CONFIG names it
    #[arg(value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let path = config_path(arguments.config.as_ref(), console)?;
    Config::load(&path).map_err(CommandError::Config)?;
    writeln!(console.out, "{}: no problems", path.display())?;
    Ok(())
}
