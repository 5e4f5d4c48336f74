//! The command line.
//!
//! Every command is a file with its arguments and a `run`. Exit codes: 0 done, 1 it failed, 2 the
//! command line is wrong, 78 the configuration is wrong (`EX_CONFIG` of sysexits).

mod audit;
mod cert;
mod check_config;
mod contract;
mod demo;
mod dev_pki;
mod file;
mod peer;
mod reload;
mod serve;
mod show;
mod status;
mod target;

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::Report;
use crate::environment::{self, Environment};

/// Exit code for a failed command.
pub const EXIT_FAILURE: u8 = 1;
/// Exit code for a wrong command line.
pub const EXIT_USAGE: u8 = 2;
/// Exit code for a wrong configuration.
pub const EXIT_CONFIG: u8 = 78;

/// Sluis: a gateway for purpose-bound exchange of case and person data between organisations.
#[derive(Debug, Parser)]
#[command(
    name = "sluis",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Start with `sluis demo` to see it work, or with `sluis check-config FILE` for your own gateway."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Serve(serve::Arguments),
    Status(status::Arguments),
    Cert(cert::Arguments),
    Reload(reload::Arguments),
    Contract(contract::Arguments),
    Peer(peer::Arguments),
    Audit(audit::Arguments),
    CheckConfig(check_config::Arguments),
    DevPki(dev_pki::Arguments),
}

/// Where the commands meet the outside.
pub struct Console<'a> {
    /// Results, for people or pipes.
    pub out: &'a mut dyn Write,
    /// What went wrong, and progress.
    pub err: &'a mut dyn Write,
    /// Where a person answers questions; `None` when there is nobody.
    pub input: Option<&'a mut dyn BufRead>,
    /// The environment of the process.
    pub environment: &'a Environment,
    /// The clock.
    pub clock: Clock,
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(Report),
    /// The configuration is wrong, and the command's answer said so.
    #[error("the configuration is wrong")]
    ConfigShown,
    /// Neither an argument nor the environment names a configuration file.
    #[error(
        "no configuration file is named; write `--config FILE`, or set the variable {}",
        environment::CONFIG
    )]
    NoConfig,
    /// Anything else, said in one sentence.
    #[error("{0}")]
    Failed(String),
    /// The answer could not be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl CommandError {
    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::ConfigShown => EXIT_CONFIG,
            Self::NoConfig => EXIT_USAGE,
            Self::Failed(_) | Self::Output(_) => EXIT_FAILURE,
        }
    }
}

/// Runs the command line `arguments` (the first is the program's name) to its end.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: &Environment) -> ExitCode {
    // Not locked: a command may run for months, and its other threads log to the same stream.
    let mut answers = io::stdin()
        .is_terminal()
        .then(|| io::BufReader::new(io::stdin()));
    let mut console = Console {
        out: &mut io::stdout(),
        err: &mut io::stderr(),
        input: answers.as_mut().map(|answers| answers as &mut dyn BufRead),
        environment,
        clock: Clock::system(),
    };
    ExitCode::from(run_with(arguments, &mut console))
}

/// As [`run`], towards any console; returns the exit code.
pub fn run_with(arguments: impl IntoIterator<Item = OsString>, console: &mut Console<'_>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // `--help` and `--version` come here too; they belong on the standard output.
            let to_err = error.use_stderr();
            let stream = if to_err {
                &mut *console.err
            } else {
                &mut *console.out
            };
            let written = write!(stream, "{error}");
            return match (to_err, written) {
                (true, _) => EXIT_USAGE,
                (false, Ok(())) => 0,
                (false, Err(_)) => EXIT_FAILURE,
            };
        }
    };
    let result = match arguments.command {
        Command::Demo(arguments) => demo::run(&arguments, console),
        Command::Serve(arguments) => serve::run(&arguments, console),
        Command::Status(arguments) => status::run(&arguments, console),
        Command::Cert(arguments) => cert::run(&arguments, console),
        Command::Reload(arguments) => reload::run(&arguments, console),
        Command::Contract(arguments) => contract::run(&arguments, console),
        Command::Peer(arguments) => peer::run(&arguments, console),
        Command::Audit(arguments) => audit::run(&arguments, console),
        Command::CheckConfig(arguments) => check_config::run(&arguments, console),
        Command::DevPki(arguments) => dev_pki::run(&arguments, console),
    };
    match result.and_then(|()| Ok(console.out.flush()?)) {
        Ok(()) => 0,
        Err(error) => {
            let code = error.exit_code();
            // Nothing can be done when the error itself cannot be written; the exit code says it.
            let _ = match error {
                CommandError::Config(report) => writeln!(console.err, "{report}"),
                CommandError::ConfigShown => Ok(()),
                // Whoever read the output has had enough, as in `sluis audit tail | head`.
                CommandError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                error => writeln!(console.err, "sluis: {error}"),
            };
            code
        }
    }
}

/// Writes an answer for programs.
fn write_json(out: &mut dyn Write, answer: &serde_json::Value) -> Result<(), CommandError> {
    writeln!(out, "{answer:#}")?;
    Ok(())
}

/// The configuration file of an argument, else of the environment.
fn config_path(argument: Option<&PathBuf>, console: &Console<'_>) -> Result<PathBuf, CommandError> {
    argument
        .or(console.environment.config.as_ref())
        .cloned()
        .ok_or(CommandError::NoConfig)
}

#[cfg(test)]
mod tests;
