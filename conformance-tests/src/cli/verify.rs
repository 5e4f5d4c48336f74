//! `sluis-conformance verify`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::{CommandError, EXIT_FAILED};
use crate::report::{self, SealError, Sealed};
use crate::target::TrustFiles;
use crate::{clock, wire};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The report: its JSON or its page
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// The trust anchors that the signer's certificate must lead to, PEM
    #[arg(long, value_name = "FILE")]
    anchors: PathBuf,
    /// A revocation list, PEM or DER; repeat for every CA beneath the anchors
    #[arg(long = "crl", value_name = "FILE", required = true)]
    lists: Vec<PathBuf>,
}

/// Checks a report; the exit code.
pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<u8, CommandError> {
    let path = &arguments.report;
    let content = wire::read(path)?;
    let no_report = |_| SealError::NoReport(path.display().to_string());
    let content = String::from_utf8(content).map_err(no_report)?;
    let trust = wire::trust(&TrustFiles {
        anchors_file: arguments.anchors.clone(),
        crl_files: arguments.lists.clone(),
    })?;
    let sealed = match report::verify(path, &content, &trust, clock::unix_seconds()) {
        Ok(sealed) => sealed,
        Err(error) => {
            writeln!(out, "NOT VALID: {error}")?;
            return Ok(EXIT_FAILED);
        }
    };
    let Sealed {
        report,
        peer_id,
        name,
    } = sealed;
    let text = |place: &str| report.pointer(place).and_then(Value::as_str).unwrap_or("-");
    let number = |place: &str| report.pointer(place).and_then(Value::as_i64).unwrap_or(0);
    writeln!(out, "valid: signed by {name} ({peer_id})")?;
    writeln!(
        out,
        "target  {} in group {}, {}",
        text("/target/peer_id"),
        text("/target/group_id"),
        text("/target/manager_address")
    )?;
    writeln!(out, "product {}", text("/target/product"))?;
    writeln!(
        out,
        "suite   {} {}",
        text("/suite/name"),
        text("/suite/version")
    )?;
    writeln!(
        out,
        "begun   {}",
        clock::iso_8601(number("/started_unix_seconds"))
    )?;
    writeln!(
        out,
        "{} passed, {} failed, {} skipped",
        number("/totals/passed"),
        number("/totals/failed"),
        number("/totals/skipped")
    )?;
    Ok(0)
}
