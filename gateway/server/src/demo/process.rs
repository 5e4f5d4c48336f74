//! A party as a process of its own: `sluis serve` with the party's configuration file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::process::{Child, Command};

use super::call::call;
use super::party_files::PartyFiles;

/// Longest wait for a gateway to become ready; a debug build on a busy machine needs some seconds.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long a gateway may take to stop by itself.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// Between two looks whether a gateway is ready.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How much of the end of a log is read to find its last line.
const LOG_TAIL_BYTES: u64 = 4096;
/// The log of a gateway, in the folder of its party.
const LOG: &str = "sluis.log";

/// The gateway of a party, running in a process of its own.
///
/// It lives no longer than whoever started it: it stops when its standard input closes, which happens even when this process is
/// killed. Dropping this kills it at once.
#[derive(Debug)]
pub struct PartyProcess {
    name: &'static str,
    child: Child,
    health: SocketAddr,
    log: PathBuf,
}

/// Why the gateway of a party does not run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no process.
    #[error("the gateway of {name} cannot be started: {source}")]
    Start {
        /// Whose.
        name: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// It stopped by itself.
    #[error("the gateway of {name} stopped ({status}); its log {} ends with: {last}", log.display())]
    Ended {
        /// Whose.
        name: &'static str,
        /// How.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The last line of that.
        last: String,
    },
    /// It runs and does not become ready.
    #[error("the gateway of {name} was not ready within {} seconds; see its log {}", START_PATIENCE.as_secs(), log.display())]
    NotReady {
        /// Whose.
        name: &'static str,
        /// Its log.
        log: PathBuf,
    },
}

impl PartyProcess {
    /// Starts `program serve` with the party's configuration. What it says is added to the log in the party's folder.
    ///
    /// # Errors
    /// [`ProcessError::Start`].
    pub fn start(program: &Path, files: &PartyFiles) -> Result<PartyProcess, ProcessError> {
        let name = files.plan.party.name;
        let log = files.folder.join(LOG);
        let started = || -> io::Result<Child> {
            let output = OpenOptions::new().create(true).append(true).open(&log)?;
            Command::new(program)
                .args(["serve", "--until-stdin-closes", "--config"])
                .arg(&files.config)
                .stdin(Stdio::piped())
                .stdout(output.try_clone()?)
                .stderr(output)
                // Ctrl-C in a terminal goes to a whole process group; this one is stopped by us, when its turn comes.
                .process_group(0)
                .kill_on_drop(true)
                .spawn()
        };
        let child = started().map_err(|source| ProcessError::Start { name, source })?;
        Ok(PartyProcess {
            name,
            child,
            health: SocketAddr::from((Ipv4Addr::LOCALHOST, files.plan.ports.observability)),
            log,
        })
    }

    /// Waits until the gateway can write a record and read it back.
    ///
    /// # Errors
    /// [`ProcessError::Ended`] and [`ProcessError::NotReady`].
    pub async fn ready(&mut self) -> Result<(), ProcessError> {
        let waiting = async {
            let mut pause = tokio::time::interval(LOOK_AGAIN);
            loop {
                pause.tick().await;
                if self.is_ready().await {
                    return Ok(());
                }
                if let Ok(Some(status)) = self.child.try_wait() {
                    return Err(ProcessError::Ended {
                        name: self.name,
                        status,
                        log: self.log.clone(),
                        last: last_line(&self.log).unwrap_or_default(),
                    });
                }
            }
        };
        match tokio::time::timeout(START_PATIENCE, waiting).await {
            Ok(result) => result,
            Err(_) => Err(ProcessError::NotReady {
                name: self.name,
                log: self.log.clone(),
            }),
        }
    }

    async fn is_ready(&self) -> bool {
        let mut request = Request::new(Full::<Bytes>::default());
        *request.uri_mut() = http::Uri::from_static("/health/ready");
        let answer = call(self.health, request).await;
        answer.is_ok_and(|answer| answer.status.is_success())
    }

    /// The number of the process, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// The file with what the gateway says.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Kills the process (SIGKILL), with no chance to finish anything, and waits until it is gone.
    ///
    /// # Errors
    /// What the system says.
    pub async fn kill(mut self) -> io::Result<()> {
        self.child.kill().await
    }

    /// Asks the gateway to stop, as SIGTERM does, and waits until it has; kills it when that takes too long. Whether it stopped by
    /// itself.
    pub async fn stop(mut self) -> bool {
        drop(self.child.stdin.take());
        match tokio::time::timeout(STOP_GRACE, self.child.wait()).await {
            Ok(ended) => ended.is_ok_and(|status| status.success()),
            Err(_) => {
                // An error here says that it is gone already.
                let _ = self.child.kill().await;
                false
            }
        }
    }
}

/// The last line of a log that is not empty.
fn last_line(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(LOG_TAIL_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().rev().map(str::trim);
    Ok(lines
        .find(|line| !line.is_empty())
        .unwrap_or("(it is empty)")
        .to_owned())
}
