//! Running the demo: four gateways in processes of their own, the systems behind them in this one, and the story.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use sluis_certs::Identity;
use sluis_certs::dev_pki::{DevPkiError, IssuedLeaf, LeafOptions};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::call::{CallError, Caller};
use super::cases::Cases;
use super::ending;
use super::federation::{Federation, Plans, Upstreams};
use super::folder::{DemoFolder, FolderError};
use super::parties::{self, ALL};
use super::party_files::{LayoutError, PartyFiles};
use super::persons::{DataError, Persons};
use super::process::{PartyProcess, ProcessError};
use super::show::{Show, Table, Tone};
use super::sources::brp::BrpSource;
use super::sources::zaken::ZakenSource;
use super::stage::{Member, Notes, Stage};
use super::story::{self, Failure};
use crate::admin::{AdminClient, ConnectError};
use crate::clock::Clock;
use crate::config::{Config, ConfigFile, Report};

/// How the demo is run.
#[derive(Debug)]
pub struct Options {
    /// Whether to stop after the story.
    pub exit: bool,
    /// The folder to keep the files of the parties in; a temporary one when none is named.
    pub folder: Option<PathBuf>,
    /// Where temporary folders are made.
    pub temporary: PathBuf,
    /// The program that runs a gateway, when it is called with `serve`.
    pub program: PathBuf,
}

/// How the demo ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every step turned out as it should.
    Well,
    /// So many steps did not; which, has been said.
    Failed(usize),
    /// Somebody stopped it before the story ended.
    Interrupted,
}

/// Why the demo could not be run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Its folder.
    #[error("{0}")]
    Folder(#[from] FolderError),
    /// The files of the parties.
    #[error("{0}")]
    Layout(#[from] LayoutError),
    /// A certificate.
    #[error("a certificate cannot be made: {0}")]
    Certificate(#[from] DevPkiError),
    /// A configuration that the gateway would not take.
    #[error("the configuration of a party is not right:\n{0}")]
    Config(Report),
    /// A gateway.
    #[error("{0}")]
    Process(#[from] ProcessError),
    /// The administration of a gateway.
    #[error("{0}")]
    Admin(#[from] ConnectError),
    /// A certificate cannot be used.
    #[error("{0}")]
    Caller(#[from] CallError),
    /// The persons or cases.
    #[error("{0}")]
    Data(#[from] DataError),
    /// Ports, signals.
    #[error("the demo cannot be set up: {0}")]
    System(io::Error),
    /// The output.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// Runs the demo to its end.
///
/// # Errors
/// [`DemoError`]. Nothing runs any more then.
pub async fn run(options: &Options, clock: Clock, show: &mut Show<'_>) -> Result<Ended, DemoError> {
    // From here on a signal no longer ends the process, so that the gateways are stopped and the folder is removed.
    let mut signals = Signals::new().map_err(DemoError::System)?;
    introduce(show)?;
    let folder = match &options.folder {
        Some(path) => DemoFolder::named(path)?,
        None => DemoFolder::temporary(&options.temporary)?,
    };
    let mut running = Vec::new();
    let played = tokio::select! {
        played = play(options, clock, show, &folder, &mut running) => played.map(Some),
        () = signals.wait() => Ok(None),
    };
    let ended = match &played {
        Ok(Some(_)) if !options.exit => {
            signals.wait().await;
            show.line(Tone::Plain, "\nThe gateways stop.")
        }
        Ok(None) => show.line(Tone::Plain, "\nStopped before the story ended."),
        _ => Ok(()),
    };
    let stopping = running.into_iter().map(PartyProcess::stop);
    futures_util::future::join_all(stopping).await;
    ended?;
    Ok(played?.map_or(Ended::Interrupted, |(_, ended)| ended))
}

/// Sets everything up and tells the story. What runs in processes of their own is left in `running`; the stage keeps the rest alive.
async fn play(
    options: &Options,
    clock: Clock,
    show: &mut Show<'_>,
    folder: &DemoFolder,
    running: &mut Vec<PartyProcess>,
) -> Result<(Stage, Ended), DemoError> {
    let kept = if folder.is_temporary() {
        "removed at the end; `--folder DIR` keeps them"
    } else {
        "they stay"
    };
    show.line(
        Tone::Plain,
        &format!("Files: {} ({kept}).", folder.path().display()),
    )?;
    let setting_up = Instant::now();
    let set = Set::build(folder.path(), clock).await?;
    for files in set.parties() {
        running.push(PartyProcess::start(&options.program, files)?);
    }
    let ready = running.iter_mut().map(PartyProcess::ready);
    futures_util::future::try_join_all(ready).await?;
    let mut stage = set.stage().await?;
    show.line(
        Tone::Plain,
        &format!(
            "Four gateways run, each a process with its own certificate, policy, contracts and log ({:.1} s).",
            setting_up.elapsed().as_secs_f64()
        ),
    )?;
    let (steps, failures) = story::tell(&mut stage, show).await?;
    conclude(show, steps, &failures)?;
    if !options.exit {
        ending::tell(&stage, &options.program, folder, show).await?;
    }
    let ended = match failures.len() {
        0 => Ended::Well,
        count => Ended::Failed(count),
    };
    Ok((stage, ended))
}

fn introduce(show: &mut Show<'_>) -> io::Result<()> {
    show.line(
        Tone::Title,
        "Sluis: four organisations on this machine exchange data about people who do not exist",
    )?;
    let mut table = Table::new(["organisation", "OIN", "its part"]);
    for party in ALL {
        let part = match party {
            parties::DIRECTORY => "the directory of the group",
            parties::VOORBEELD => "a municipality that asks (outway)",
            parties::UIW => "an agency with person records (inway)",
            _ => "keeps the municipality's cases (inway)",
        };
        table.row([party.name.into(), party.oin.into(), part.into()]);
    }
    show.table(&table)?;
    show.flush()
}

fn conclude(show: &mut Show<'_>, steps: usize, failures: &[Failure]) -> io::Result<()> {
    show.gap()?;
    if failures.is_empty() {
        return show.line(
            Tone::Good,
            &format!("All {steps} steps turned out as they should."),
        );
    }
    let count = failures.len();
    show.line(
        Tone::Bad,
        &format!("{count} of {steps} steps did not turn out as they should:"),
    )?;
    for failure in failures {
        show.line(
            Tone::Title,
            &format!("step {}: {}", failure.number, failure.title),
        )?;
        for reason in &failure.reasons {
            show.said("", Tone::Bad, reason)?;
        }
    }
    Ok(())
}

/// Everything that is there before the gateways run.
struct Set {
    federation: Federation,
    brp: BrpSource,
    zaken: ZakenSource,
    /// The municipality's former certificate.
    former: IssuedLeaf,
    clock: Clock,
}

impl Set {
    /// Starts the sources, and writes the files of the parties below `root`.
    async fn build(root: &Path, clock: Clock) -> Result<Set, DemoError> {
        let persons = Arc::new(Persons::load()?);
        let cases = Cases::load(Arc::clone(&persons))?;
        let (for_brp, for_zaken) = (bind().await?, bind().await?);
        let upstreams = Upstreams {
            brp: for_brp.local_addr().map_err(DemoError::System)?,
            zaken: for_zaken.local_addr().map_err(DemoError::System)?,
        };
        let plans = Plans::new(upstreams, "").map_err(DemoError::System)?;
        // The URLs in a case lead through the municipality's outway.
        let public_url = format!("http://127.0.0.1:{}/zaken", plans.voorbeeld.ports.outway);
        let brp = BrpSource::start(for_brp, persons, clock.clone()).map_err(DemoError::System)?;
        let zaken =
            ZakenSource::start(for_zaken, &cases, Some(&public_url)).map_err(DemoError::System)?;
        let now = clock.unix_seconds();
        let mut pki = Plans::pki(now)?;
        // Revoked before the revocation lists of the parties are written.
        let party = parties::VOORBEELD;
        let former = LeafOptions::new(party.oin, party.name, &["localhost"], now);
        let former = pki.issue(&former)?;
        pki.revoke(&former.serial);
        let federation = plans.write_with(root, pki, now)?;
        let set = Set {
            federation,
            brp,
            zaken,
            former,
            clock,
        };
        for files in set.parties() {
            let report = ConfigFile::read(&files.config).check(now);
            if report.has_errors() {
                return Err(DemoError::Config(report));
            }
        }
        Ok(set)
    }

    fn parties(&self) -> [&PartyFiles; 4] {
        let Federation {
            directory,
            voorbeeld,
            uiw,
            ssc,
            ..
        } = &self.federation;
        [directory, voorbeeld, uiw, ssc]
    }

    /// The stage, once the gateways run.
    async fn stage(self) -> Result<Stage, DemoError> {
        let Set {
            federation,
            brp,
            zaken,
            former,
            clock,
        } = self;
        let voorbeeld = member(federation.voorbeeld, &clock).await?;
        let former = Identity::from_pem(former.chain_pem.as_bytes(), former.key_pem.as_bytes())
            .map_err(|error| CallError::Certificate {
                place: parties::VOORBEELD.name.to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Stage {
            root: federation.root,
            former: voorbeeld.caller.with_identity(former),
            directory: member(federation.directory, &clock).await?,
            uiw: member(federation.uiw, &clock).await?,
            ssc: member(federation.ssc, &clock).await?,
            voorbeeld,
            brp,
            zaken,
            clock,
            notes: Notes::default(),
        })
    }
}

async fn member(files: PartyFiles, clock: &Clock) -> Result<Member, DemoError> {
    let config = Config::load(&files.config).map_err(DemoError::Config)?;
    Ok(Member {
        admin: AdminClient::connect(&config.admin.socket).await?,
        caller: Caller::of(&config, clock.clone())?,
        files,
        config,
    })
}

async fn bind() -> Result<TcpListener, DemoError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(DemoError::System)
}

/// The signals that say stop: Ctrl-C, a polite kill, and a terminal that goes away.
struct Signals([Signal; 3]);

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn wait(&mut self) {
        let Signals([interrupt, terminate, hangup]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
