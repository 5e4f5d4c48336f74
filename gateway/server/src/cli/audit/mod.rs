//! `sluis audit`: the tamper-evident record of every passage.

mod entry;
mod export;
mod show;
mod tail;
mod verify;

use clap::{Args, Subcommand};
use sluis_audit::VerifierKey;

use super::{CommandError, Console};
use crate::config::Config;

/// Show, verify, export and follow the record of every passage
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(show::Arguments),
    Verify(verify::Arguments),
    Export(export::Arguments),
    Tail(tail::Arguments),
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    match &arguments.command {
        Command::Show(arguments) => show::run(arguments, console),
        Command::Verify(arguments) => verify::run(arguments, console),
        Command::Export(arguments) => export::run(arguments, console),
        Command::Tail(arguments) => tail::run(arguments, console),
    }
}

/// The public key of the log of a configuration, from the private key that signs it.
fn verifier_key(config: &Config) -> Result<VerifierKey, CommandError> {
    let path = &config.audit.key_file;
    let failed = |error: &dyn std::fmt::Display| {
        CommandError::Failed(format!(
            "audit.key_file: `{}` cannot be read: {error}; run this as the user that the gateway runs as, or give the public key with --folder and --key",
            path.display()
        ))
    };
    let pem = std::fs::read(path).map_err(|error| failed(&error))?;
    let key = sluis_certs::NoteKey::from_pem(&pem).map_err(|error| failed(&error))?;
    VerifierKey::new(&config.audit_origin(), key.public_key())
        .map_err(|error| CommandError::Failed(format!("audit.origin: {error}")))
}
