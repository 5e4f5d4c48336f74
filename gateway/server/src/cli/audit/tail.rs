//! `sluis audit tail`.

use clap::Args;
use sluis_proto::admin::v1::TailRequest;

use super::entry;
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console};

/// Follow the log: one line for every entry, as it is recorded
///
/// Follows the log: one line for every entry, as it is recorded, until Ctrl-C or until the gateway
/// stops.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Start with this entry (0 is the first); only new ones when left out
    #[arg(long, value_name = "INDEX")]
    from: Option<u64>,
    /// Stop after this many entries
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    #[command(flatten)]
    target: Target,
    /// Write one JSON object per line, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let request = TailRequest {
        from_index: arguments.from,
    };
    arguments.target.ask(console, async |client, console| {
        let stream = client.audit().tail(request).await.map_err(refused)?;
        let mut stream = stream.into_inner();
        let mut left = arguments.count;
        while left != Some(0) {
            let Some(response) = stream.message().await.map_err(refused)? else {
                writeln!(console.err, "the gateway stops")?;
                return Ok(());
            };
            let Some(one) = response.entry else { continue };
            if arguments.json {
                writeln!(console.out, "{}", entry::as_json(&one)?)?;
            } else {
                writeln!(console.out, "{}", entry::line(&one))?;
            }
            console.out.flush()?;
            left = left.map(|left| left - 1);
        }
        Ok(())
    })
}
