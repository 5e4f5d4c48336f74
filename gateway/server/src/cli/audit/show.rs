//! `sluis audit show`.

use clap::Args;
use serde_json::json;
use sluis_audit::Reader;
use sluis_proto::admin::v1::{AuditEntry, ShowTransactionRequest};
use uuid::Uuid;

use super::entry;
use crate::admin::audit_entry;
use crate::cli::show::Names;
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console, write_json};

/// Show what was recorded of one transaction
///
/// Shows what was recorded of one transaction: who asked whom, for which purpose, under which
/// contract, which data were passed on or held back, and how it ended. When the gateway is not
/// running the log is read from disk.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The transaction, as in the header Fsc-Transaction-Id of its answer
    #[arg(value_name = "TRANSACTION-ID", value_parser = transaction_id)]
    transaction_id: Uuid,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

fn transaction_id(text: &str) -> Result<Uuid, String> {
    let wrong = "no UUID, as it stands in the header Fsc-Transaction-Id of every answer";
    text.trim().parse().map_err(|_| wrong.to_owned())
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let id = arguments.transaction_id;
    let request = ShowTransactionRequest {
        transaction_id: id.to_string(),
    };
    let asked = arguments
        .target
        .ask_if_running(console, async |client, _| {
            let answer = client.audit().show(request).await.map_err(refused)?;
            let names = Names::fetch(client).await?;
            Ok((answer.into_inner().entries, names))
        })?;
    let (entries, names) = match asked {
        Some((entries, names)) => (entries, names),
        None => (arguments.read_disk(console)?, Names::none()),
    };
    if arguments.json {
        let entries: Result<Vec<_>, _> = entries.iter().map(entry::as_json).collect();
        let answer = json!({ "transaction_id": id, "entries": entries? });
        return write_json(console.out, &answer);
    }
    if entries.is_empty() {
        return Err(CommandError::Failed(format!(
            "nothing was recorded of transaction {id} here; look at the gateway that gave the answer, or at that of the other organisation"
        )));
    }
    writeln!(console.out, "transaction {id}")?;
    for one in &entries {
        writeln!(console.out)?;
        entry::write(console.out, one, &names)?;
    }
    Ok(())
}

impl Arguments {
    fn read_disk(&self, console: &mut Console<'_>) -> Result<Vec<AuditEntry>, CommandError> {
        let failed = |error: &dyn std::fmt::Display| CommandError::Failed(error.to_string());
        let (_, config) = self.target.config(console)?;
        writeln!(
            console.err,
            "the gateway is not running; the log is read from disk"
        )?;
        let reader = Reader::open(&config.store.folder.join("audit"));
        let reader = reader.map_err(|error| failed(&error))?;
        let stored = reader.transaction(self.transaction_id);
        let stored = stored.map_err(|error| failed(&error))?;
        stored
            .iter()
            .map(|stored| audit_entry(stored).map_err(|error| failed(&error)))
            .collect()
    }
}
