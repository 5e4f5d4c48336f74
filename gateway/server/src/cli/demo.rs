//! `sluis demo`: four organisations exchange data on this machine.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use super::{CommandError, Console};
use crate::demo::runner::{self, Ended, Options};
use crate::demo::show::Show;

/// Let four organisations exchange data on this machine, and tell what happens
///
/// Starts a federation on this machine: a directory, a municipality, an agency with person records and
/// a shared service centre, each with a gateway of its own, a process that talks to the others over
/// mutual TLS only. Then it tells a story, step by step: what was asked, what happened, and why. All
/// persons and organisations in it are invented.
///
/// After the story the gateways stay up, with lines to paste in another terminal, until Ctrl-C.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Stop after the story. Exit code 0: every step turned out as it should; 1: some did not
    #[arg(long)]
    exit: bool,
    /// Keep certificates, configuration, policy, contracts and logs in this folder, which must be
    /// empty or not exist; when left out, they are in a temporary folder and removed at the end
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let failed =
        |what: &str, error: std::io::Error| CommandError::Failed(format!("{what}: {error}"));
    let program = std::env::current_exe()
        .map_err(|error| failed("the program itself cannot be found", error))?;
    let options = Options {
        exit: arguments.exit,
        folder: arguments.folder.clone(),
        temporary: console
            .environment
            .temporary
            .clone()
            .unwrap_or_else(|| PathBuf::from("/tmp")),
        program,
    };
    let colours = !console.environment.no_color && std::io::stdout().is_terminal();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failed("no threads can be started", error))?;
    let clock = console.clock.clone();
    let mut show = Show::new(console.out, colours);
    let ended = runtime.block_on(runner::run(&options, clock, &mut show));
    match ended {
        Ok(Ended::Well) => Ok(()),
        Ok(Ended::Failed(1)) => Err(CommandError::Failed(
            "1 step of the demo did not turn out as it should; it is named above".to_owned(),
        )),
        Ok(Ended::Failed(count)) => Err(CommandError::Failed(format!(
            "{count} steps of the demo did not turn out as they should; they are named above"
        ))),
        Ok(Ended::Interrupted) => Err(CommandError::Failed(
            "the demo was stopped before its story ended".to_owned(),
        )),
        Err(error) => Err(CommandError::Failed(error.to_string())),
    }
}
