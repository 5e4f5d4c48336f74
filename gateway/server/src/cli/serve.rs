//! `sluis serve`: runs the gateway.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{CommandError, Console, config_path};
use crate::clock::Clock;
use crate::config::{Config, ConfigFile};
use crate::gateway::{Gateway, StartError};
use crate::reload::Cause;
use crate::telemetry::logging;

/// Run the gateway with the roles that its configuration file names
///
/// Runs every role that the configuration file names, in this process, until it is told to stop
/// (SIGTERM or Ctrl-C). Passages under way may finish then, for as long as
/// `limits.shutdown_grace_seconds` says. SIGHUP has it take over files that were replaced, as `sluis reload` does.
///
/// First the configuration is checked as `sluis check-config` does; with an error in it the gateway
/// does not start, and the exit code is 78.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The configuration file; when left out, the variable SLUIS_CONFIG names it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Stop as well when the standard input is closed: a gateway that a program started ends with that program
    #[arg(long, hide = true)]
    until_stdin_closes: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let path = config_path(arguments.config.as_ref(), console)?;
    let config = checked(&ConfigFile::read(&path), console)?;
    let observability = &config.observability;
    let colours = !console.environment.no_color && io::IsTerminal::is_terminal(&io::stderr());
    logging::install(
        observability.log_format,
        observability.log_level,
        colours,
        console.clock.clone(),
    )
    .map_err(|error| CommandError::Failed(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::Failed(format!("no threads can be started: {error}")))?;
    runtime
        .block_on(serve(
            &config,
            console.clock.clone(),
            arguments.until_stdin_closes,
        ))
        .map_err(|error| CommandError::Failed(error.to_string()))
}

/// Runs until the process is told to stop.
async fn serve(config: &Config, clock: Clock, until_stdin_closes: bool) -> Result<(), ServeError> {
    // Before anything is started, so that a signal during the start is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let stdin_closed = CancellationToken::new();
    if until_stdin_closes {
        let closed = stdin_closed.clone();
        // A thread of its own: tokio would wait for a blocking read when the gateway stops for another reason.
        std::thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || {
                // What is written there means nothing, and an error is an end as well.
                let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
                closed.cancel();
            })?;
    }
    let gateway = Gateway::start(config, clock).await?;
    let at = gateway.addresses();
    let shown = |address: Option<SocketAddr>| address.map(tracing::field::display);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        peer_id = %config.peer.id,
        manager = shown(at.manager),
        inway = shown(at.inway),
        outway = shown(at.outway),
        observability = shown(at.observability),
        "the gateway runs"
    );
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            () = stdin_closed.cancelled() => break,
            _ = hangup.recv() => {
                // Beside the waiting: a stop must not wait for it. What was refused has been logged.
                let reload = gateway.reload().clone();
                tokio::spawn(async move { reload.now(Cause::Signal).await });
            }
        }
    }
    tracing::info!("the gateway stops: passages under way may finish");
    gateway.stop().await;
    tracing::info!("the gateway has stopped");
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("the gateway cannot start: {0}")]
    Start(#[from] StartError),
    #[error("what tells the gateway to stop cannot be received: {0}")]
    Signal(#[from] io::Error),
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
