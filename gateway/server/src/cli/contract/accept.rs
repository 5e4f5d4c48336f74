//! `sluis contract accept`.

use clap::Args;
use sluis_proto::admin::v1::preview_request::What;

use super::answer::{self, Answer};
use super::preview;
use crate::admin::AdminClient;
use crate::cli::show::Names;
use crate::cli::{CommandError, Console};

/// Accept a contract that another organisation proposed
///
/// Accepts a contract for our organisation, and tells the others. It first shows what the contract opens, and asks whether
/// that is meant: what it allows is signed in our name. Where nobody is there to answer, `--yes` says so.
#[derive(Debug, Args)]
#[group(id = "confirmed")]
pub(super) struct Arguments {
    #[command(flatten)]
    answer: answer::Arguments,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let Arguments { answer, yes } = arguments;
    answer.target().ask(console, async |client, console| {
        let contract = answer.contract().to_owned();
        confirm(client, console, contract, answer.is_json(), *yes).await?;
        answer.give(Answer::Accept, client, console).await
    })
}

/// Shows what is accepted, and asks whether that is meant.
async fn confirm(
    client: &AdminClient,
    console: &mut Console<'_>,
    contract: String,
    is_json: bool,
    is_sure: bool,
) -> Result<(), CommandError> {
    if !is_json {
        let preview = preview::fetch(client, What::Contract(contract)).await?;
        let names = Names::fetch(client).await?;
        preview::write(console.out, &preview, &names)?;
        writeln!(console.out)?;
    }
    if is_sure {
        return Ok(());
    }
    let Some(input) = console.input.as_mut().filter(|_| !is_json) else {
        return Err(CommandError::Failed(
            "nobody is there to say whether this is meant, so nothing was accepted; repeat the command with `--yes`"
                .to_owned(),
        ));
    };
    write!(console.out, "accept it in our name? (yes or no) ")?;
    console.out.flush()?;
    let mut answer = String::new();
    std::io::BufRead::read_line(input, &mut answer)?;
    if matches!(answer.trim(), "yes" | "y" | "ja" | "j") {
        return Ok(());
    }
    Err(CommandError::Failed("nothing was accepted".to_owned()))
}
