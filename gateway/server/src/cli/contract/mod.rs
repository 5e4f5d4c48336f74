//! `sluis contract`: contracts between our organisation and others.

mod accept;
mod answer;
mod deliver;
mod diff;
mod list;
mod preview;
mod proposal;
mod propose;
mod show;
mod successor;
mod view;

use clap::{Args, Subcommand};

use super::{CommandError, Console};

pub(super) use view::state_name;

/// List, show, compare, propose, accept, reject and revoke contracts
///
/// Contracts say who may call which service, and for which purposes. Nothing passes a gateway
/// without one. A contract is valid once every organisation that it names has accepted it.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    Diff(diff::Arguments),
    Propose(Box<propose::Arguments>),
    Accept(accept::Arguments),
    /// Reject a contract, so that it never becomes valid
    Reject(answer::Arguments),
    /// Revoke a contract that we accepted before: from now on nobody may call under it
    ///
    /// Revokes a contract. It ends here at once, and with the others as soon as they are told. It
    /// cannot be undone; for the same agreement a new contract is proposed.
    Revoke(answer::Arguments),
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    match &arguments.command {
        Command::List(arguments) => list::run(arguments, console),
        Command::Show(arguments) => show::run(arguments, console),
        Command::Diff(arguments) => diff::run(arguments, console),
        Command::Propose(arguments) => propose::run(arguments, console),
        Command::Accept(arguments) => accept::run(arguments, console),
        Command::Reject(arguments) => answer::run(arguments, answer::Answer::Reject, console),
        Command::Revoke(arguments) => answer::run(arguments, answer::Answer::Revoke, console),
    }
}
