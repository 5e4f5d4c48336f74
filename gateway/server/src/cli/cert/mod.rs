//! `sluis cert`: our certificates.

mod json;
mod status;
mod text;

use clap::{Args, Subcommand};

use super::{CommandError, Console};

/// Show our certificates, what rests on them and how they are renewed
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(status::Arguments),
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    match &arguments.command {
        Command::Status(arguments) => status::run(arguments, console),
    }
}

#[cfg(test)]
mod tests;
