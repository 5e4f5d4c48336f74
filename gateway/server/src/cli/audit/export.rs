//! `sluis audit export`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use sluis_audit::Reader;

use super::verifier_key;
use crate::cli::show::counted;
use crate::cli::target::Target;
use crate::cli::{CommandError, Console, write_json};

/// Write a copy of the log for an auditor, in the format of C2SP tlog-tiles
///
/// Writes a copy of the log as it is now, in the format of C2SP tlog-tiles, which other tools read
/// as well. Holds no BSN and no answers, but pseudonyms of persons: give it only to whom may see
/// it. Works while the gateway runs, and when it does not.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder to write; it must be empty, or is made
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let (_, config) = arguments.target.config(console)?;
    let failed = |error: sluis_audit::ReadError| CommandError::Failed(error.to_string());
    let reader = Reader::open(&config.store.folder.join("audit")).map_err(failed)?;
    let key = verifier_key(&config)?;
    let entries = reader.export(&arguments.folder).map_err(failed)?;
    let folder = arguments.folder.display();
    if arguments.json {
        let answer = json!({
            "entries": entries,
            "folder": arguments.folder,
            "verifier_key": key.to_string(),
        });
        return write_json(console.out, &answer);
    }
    let out = &mut *console.out;
    writeln!(out, "{} written to `{folder}`", counted(entries, "entry"))?;
    writeln!(out, "key  {key}")?;
    writeln!(
        out,
        "next: give the auditor the folder and, by another way, the key in a file; then `sluis audit verify --folder {folder} --key FILE`"
    )?;
    Ok(())
}
