//! The command line.

mod verify;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};

use crate::catalogue;
use crate::init::InitError;
use crate::protocol::Certificate;
use crate::report::SealError;
use crate::stage::Stage;
use crate::target::{CertificateFiles, Target, TargetError};
use crate::wire::Credential;
use crate::{clock, init, report, runner};

/// Exit code when a case failed, or none was run.
const EXIT_FAILED: u8 = 1;
/// Exit code when the command line or the target file is wrong.
const EXIT_USAGE: u8 = 2;

/// Tests any FSC gateway against FSC Core 2.0.0 and FSC Logging 1.1.0, from the outside.
#[derive(Debug, Parser)]
#[command(name = "sluis-conformance", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented target file to start from
    Init(Init),
    /// Show all cases, with what each needs of the target file
    List,
    /// Run the cases against a target
    Run(Run),
    /// Check that a report is as its signer left it
    Verify(verify::Arguments),
}

#[derive(Debug, Args)]
struct Init {
    /// The folder to write; made when it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Also issue certificates for the suite's own peers, from the test PKI in DIR/pki; it is made when it is not there
    #[arg(long)]
    test_pki: bool,
}

#[derive(Debug, Args)]
struct Run {
    /// The target file
    #[arg(long, value_name = "FILE")]
    target: PathBuf,
    /// Only these cases: identifiers, with * for anything, between commas
    #[arg(long, value_name = "PATTERN")]
    only: Option<String>,
    /// Write a report in JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write a report in the XML of JUnit, for build servers
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write a report as one page that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Sign the JSON report and the page with this certificate chain and private key (PEM)
    #[arg(long, num_args = 2, value_names = ["CHAIN", "KEY"])]
    sign: Option<Vec<PathBuf>>,
}

#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error("{0}")]
    Init(#[from] InitError),
    #[error("{0}")]
    Target(#[from] TargetError),
    #[error("no case is called `{0}`; see `sluis-conformance list`, and use * as in `Inway-*`")]
    NoCase(String),
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    #[error("{0}")]
    Seal(#[from] SealError),
}

/// Runs the command line `arguments` (the first is the program's name) to its end.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Where nothing can be written, the exit code says it.
            let _ = error.print();
            let code = if error.use_stderr() { EXIT_USAGE } else { 0 };
            return ExitCode::from(code);
        }
    };
    let mut out = io::stdout().lock();
    let result = match arguments.command {
        Command::Init(init) => {
            let made = init::run(&init.folder, init.test_pki, &mut out);
            made.map(|()| 0).map_err(CommandError::from)
        }
        Command::List => list(&mut out).map(|()| 0).map_err(CommandError::from),
        Command::Run(run) => run_cases(&run, &mut out),
        Command::Verify(arguments) => verify::run(&arguments, &mut out),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(io::stderr(), "sluis-conformance: {error}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    for (number, row) in catalogue::all() {
        writeln!(
            out,
            "{:>3}  {:<40} {:<20} {}\n     needs {}",
            number,
            row.id,
            row.standard,
            row.title,
            catalogue::needs(row.id).join(", "),
        )?;
    }
    writeln!(
        out,
        "\n{} cases; this version can run all of them",
        catalogue::all().count()
    )
}

fn run_cases(run: &Run, out: &mut dyn Write) -> Result<u8, CommandError> {
    let rows = runner::select(run.only.as_deref());
    if rows.is_empty() {
        let pattern = run.only.clone().unwrap_or_default();
        return Err(CommandError::NoCase(pattern));
    }
    let target = Target::load(&run.target)?;
    let signer = match run.sign.as_deref() {
        Some([chain_file, key_file]) => Some(Credential::load(&CertificateFiles {
            chain_file: chain_file.clone(),
            key_file: key_file.clone(),
        })?),
        _ => None,
    };
    let (started, clock) = (clock::unix_seconds(), Instant::now());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let (ended, key_set) = runtime.block_on(async {
        let stage = Stage::start(target.clone()).await?;
        let bar = runner::progress(rows.len());
        let ended = runner::run(&stage, rows, &bar).await;
        let key_set = stage.key_set().await.unwrap_or_default();
        Ok::<_, TargetError>((ended, key_set))
    })?;
    runtime.shutdown_background();
    let took = clock.elapsed();
    let mut report = report::json(&report::Run {
        target: &target,
        target_file: &run.target,
        key_set: key_set.iter().map(Certificate::thumbprint).collect(),
        started_unix_seconds: started,
        took,
        ended: &ended,
    });
    if let Some(signer) = signer {
        report = report::seal(report, &signer)?;
    }
    let write = |path: &Option<PathBuf>, text: &dyn Fn() -> String| match path {
        Some(path) => fs::write(path, text()),
        None => Ok(()),
    };
    write(&run.report, &|| format!("{report:#}\n"))?;
    write(&run.junit, &|| report::junit(&report))?;
    write(&run.html, &|| report::html(&report))?;
    out.write_all(report::text(&ended, &run.target, took).as_bytes())?;
    let totals = report::totals(&ended);
    Ok(if totals.failed > 0 || totals.passed == 0 {
        EXIT_FAILED
    } else {
        0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_list_has_every_case_and_what_it_needs() {
        let mut out = Vec::new();
        list(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let count = text.matches("needs manager_address").count();
        assert_eq!(count, catalogue::all().count());
    }
}
