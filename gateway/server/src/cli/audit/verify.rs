//! `sluis audit verify`.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::json;
use sluis_audit::{Finding, VerifierKey, VerifyError, VerifyReport};

use super::verifier_key;
use crate::cli::show::{counted, presentable};
use crate::cli::target::Target;
use crate::cli::{CommandError, Console, write_json};

/// Recompute the whole log from disk, and compare it with its signed checkpoint
///
/// Recomputes the whole log from what is on disk, without trusting the gateway, and compares it
/// with its signed checkpoint. Works while the gateway runs, and when it does not.
///
/// An auditor gives the folder (of the log itself, or one that `sluis audit export` wrote) and the
/// log's public key, which he got before.
///
/// Exit code 0: the log is what was signed. 1: it is not, or cannot be read.
#[derive(Debug, Args)]
#[command(after_long_help = "Example: sluis audit verify --folder copy/ --key audit.vkey")]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// The folder of a log, or of an exported copy, instead of that of the configuration
    #[arg(long, value_name = "DIR", requires = "key", conflicts_with = "config")]
    folder: Option<PathBuf>,
    /// A file with the log's public key (C2SP verifier key, one line)
    #[arg(long, value_name = "FILE", requires = "folder")]
    key: Option<PathBuf>,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let (folder, key) = match (&arguments.folder, &arguments.key) {
        (Some(folder), Some(key)) => (folder.clone(), read_key(key)?),
        _ => {
            let (_, config) = arguments.target.config(console)?;
            (config.store.folder.join("audit"), verifier_key(&config)?)
        }
    };
    let is_export = folder.join("checkpoint").exists();
    let verified = if is_export {
        sluis_audit::verify_export(&folder, &key)
    } else {
        sluis_audit::verify(&folder, &key)
    };
    match verified {
        Ok(report) => sound(console, arguments.json, &folder, &key, &report),
        Err(VerifyError::Unsound { findings, more }) => {
            unsound(console, arguments.json, &folder, &findings, more)
        }
        Err(error) => Err(CommandError::Failed(error.to_string())),
    }
}

fn sound(
    console: &mut Console<'_>,
    json: bool,
    folder: &Path,
    key: &VerifierKey,
    report: &VerifyReport,
) -> Result<(), CommandError> {
    let root = STANDARD.encode(report.root);
    if json {
        let answer = json!({
            "sound": true,
            "entries": report.size,
            "intents": report.intents,
            "outcomes": report.outcomes,
            "refusals": report.refusals,
            "events": report.events,
            "root": root,
            "verifier_key": key.to_string(),
        });
        return write_json(console.out, &answer);
    }
    writeln!(
        console.out,
        "the audit log in `{}` is what was signed: {} ({}, {}, {}, {})",
        folder.display(),
        counted(report.size, "entry"),
        counted(report.intents, "intent"),
        counted(report.outcomes, "outcome"),
        counted(report.refusals, "refusal"),
        counted(report.events, "event"),
    )?;
    writeln!(console.out, "root  {root}")?;
    writeln!(console.out, "key   {key}")?;
    Ok(())
}

fn unsound(
    console: &mut Console<'_>,
    json: bool,
    folder: &Path,
    findings: &[Finding],
    more: u64,
) -> Result<(), CommandError> {
    let folder = folder.display();
    if json {
        let finding = |finding: &Finding| json!({ "place": finding.place, "what": finding.what });
        let findings: Vec<_> = findings.iter().map(finding).collect();
        let answer = json!({ "sound": false, "findings": findings, "more_findings": more });
        write_json(console.out, &answer)?;
    } else {
        for finding in findings {
            writeln!(console.out, "{}", presentable(&finding.to_string()))?;
        }
        if more > 0 {
            writeln!(console.out, "and {more} more")?;
        }
    }
    Err(CommandError::Failed(format!(
        "the audit log in `{folder}` is not what was signed; keep the folder as evidence and compare it with a copy"
    )))
}

fn read_key(path: &Path) -> Result<VerifierKey, CommandError> {
    let failed = |error: &dyn std::fmt::Display| {
        CommandError::Failed(format!(
            "`{}` is no file with the public key of a log: {error}; it holds one line, as `sluis status` shows it",
            path.display()
        ))
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    text.trim().parse().map_err(|error| failed(&error))
}
