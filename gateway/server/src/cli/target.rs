//! Which gateway a command is for, and the way to it.

use std::path::{Path, PathBuf};

use clap::Args;
use tonic::{Code, Status};

use super::{CommandError, Console, config_path};
use crate::admin::{AdminClient, ConnectError};
use crate::config::Config;

/// Which gateway is meant.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The configuration file of the gateway; when left out, the variable SLUIS_CONFIG names it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Target {
    /// The configuration of the gateway.
    pub(super) fn config(&self, console: &Console<'_>) -> Result<(PathBuf, Config), CommandError> {
        let path = config_path(self.config.as_ref(), console)?;
        let config = Config::load(&path).map_err(CommandError::Config)?;
        Ok((path, config))
    }

    /// Does `work` with the running gateway.
    pub(super) fn ask<'c, T>(
        &self,
        console: &mut Console<'c>,
        work: impl AsyncFnOnce(&AdminClient, &mut Console<'c>) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let (path, config) = self.config(console)?;
        asynchronously(async {
            let client = AdminClient::connect(&config.admin.socket)
                .await
                .map_err(|error| not_connected(error, &path))?;
            work(&client, console).await
        })?
    }

    /// As [`Self::ask`]; `None` when the gateway is not running.
    pub(super) fn ask_if_running<'c, T>(
        &self,
        console: &mut Console<'c>,
        work: impl AsyncFnOnce(&AdminClient, &mut Console<'c>) -> Result<T, CommandError>,
    ) -> Result<Option<T>, CommandError> {
        let (path, config) = self.config(console)?;
        asynchronously(async {
            match AdminClient::connect(&config.admin.socket).await {
                Ok(client) => work(&client, console).await.map(Some),
                Err(ConnectError::NotThere { .. } | ConnectError::NobodyThere { .. }) => Ok(None),
                Err(error) => Err(not_connected(error, &path)),
            }
        })?
    }

    /// The command line of a next step, for the same gateway.
    pub(super) fn command(&self, words: &str) -> String {
        match &self.config {
            Some(path) => format!("sluis {words} --config {}", path.display()),
            None => format!("sluis {words}"),
        }
    }
}

fn asynchronously<T>(work: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::Failed(format!("no calls can be made: {error}")))?;
    Ok(runtime.block_on(work))
}

fn not_connected(error: ConnectError, config: &Path) -> CommandError {
    let config = config.display();
    CommandError::Failed(match &error {
        ConnectError::NotThere { path } => format!(
            "the gateway of `{config}` is not running: its socket `{}` (`admin.socket`) is not there; start it with `sluis serve --config {config}`, or name the configuration of the gateway that runs",
            path.display()
        ),
        ConnectError::NobodyThere { path } => format!(
            "the gateway of `{config}` is not running: nobody answers behind its socket `{}`, so it did not stop in the usual way; look in its log, and start it with `sluis serve --config {config}`",
            path.display()
        ),
        ConnectError::NotOurs { .. } | ConnectError::Failed { .. } => {
            format!("{error} (configuration: `{config}`)")
        }
    })
}

/// What the gateway says when it does not do what is asked.
pub(super) fn refused(status: Status) -> CommandError {
    // A status with a cause was made on this side: the connection broke.
    let broken = std::error::Error::source(&status).is_some();
    CommandError::Failed(match (status.code(), status.message()) {
        _ if broken => format!(
            "the gateway stopped answering ({}); look in its log",
            status.message()
        ),
        (Code::Unimplemented, _) => {
            "the gateway is of another version and does not know this command; use the `sluis` that it was started with"
                .to_owned()
        }
        (code, "") => format!("the gateway says no: {}", code.description()),
        (_, message) => message.to_owned(),
    })
}
