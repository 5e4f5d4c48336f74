//! `sluis serve`: runs the gateway.

use std::path::PathBuf;

use clap::Args;

use super::{CommandError, Console, config_path};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The configuration file; else the variable SLUIS_CONFIG names it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let path = config_path(arguments.config.as_ref(), console)?;
    let _config = Config::load(&path).map_err(CommandError::Config)?;
    Err(CommandError::Failed(
        "the roles of this build cannot be started yet".to_owned(),
    ))
}
