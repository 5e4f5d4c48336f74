//! `sluis cert`: our certificates, and those of others.

mod explain;
mod json;
mod status;
mod text;

use clap::{Args, Subcommand};

use super::{CommandError, Console};

/// Show our certificates, what rests on them and how they are renewed, and why one is accepted or not
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(status::Arguments),
    Explain(explain::Arguments),
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    match &arguments.command {
        Command::Status(arguments) => status::run(arguments, console),
        Command::Explain(arguments) => explain::run(arguments, console),
    }
}

#[cfg(test)]
mod tests;
