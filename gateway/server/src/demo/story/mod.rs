//! The story of the demo, step by step. Every step does something real with the running gateways, tells what was asked, what
//! happened and why, and checks that it turned out as it should.

mod agreement;
mod cases;
mod comparison;
mod directory;
mod evidence;
mod logs;
mod permitted;
mod purpose;
mod question;
mod refused;
mod revocation;
mod strangers;
mod telling;
mod token;

pub(super) use telling::{Failure, StepError};

use telling::{Teller, Telling};

pub(super) use agreement::conclude_for_persons;
pub(super) use question::{Question, Reason};

use std::io;

use super::show::Show;
use super::stage::Stage;

/// Tells the whole story. The number of steps, and those that did not turn out as they should.
///
/// # Errors
/// When nothing can be written.
pub(super) async fn tell(
    stage: &mut Stage,
    show: &mut Show<'_>,
) -> io::Result<(usize, Vec<Failure>)> {
    let mut teller = Teller::new(show);
    teller
        .step(
            "Announce and publish: the directory learns who there is, and what they offer",
            directory::announce_and_publish(stage),
        )
        .await?;
    teller
        .step(
            "A question without a contract",
            agreement::ask_without_contract(stage),
        )
        .await?;
    teller
        .step(
            "Propose and accept: contracts, signed by both sides",
            agreement::propose_and_accept(stage),
        )
        .await?;
    teller
        .step(
            "A token: the right to call, bound to one certificate",
            token::fetch(stage),
        )
        .await?;
    teller
        .step(
            "A permitted question, and what was left out of the answer",
            permitted::ask(stage),
        )
        .await?;
    teller
        .step(
            "The same question for a purpose that is not in the contract",
            purpose::not_in_contract(stage),
        )
        .await?;
    teller
        .step(
            "The same question for a purpose that is not in the provider's register",
            purpose::not_in_register(stage),
        )
        .await?;
    teller
        .step(
            "A case is looked up at the shared service centre",
            cases::look_up(stage),
        )
        .await?;
    teller
        .step("Somebody else's token", strangers::with_a_token(stage))
        .await?;
    teller
        .step(
            "A revoked certificate",
            strangers::with_a_revoked_certificate(stage),
        )
        .await?;
    teller
        .step(
            "The contract is revoked, and the next question refused",
            revocation::revoke(stage),
        )
        .await?;
    teller
        .step(
            "The transaction logs of both sides, side by side",
            logs::compare(stage),
        )
        .await?;
    teller
        .step(
            "The logs are verified, and one changed byte is found",
            evidence::verify_and_tamper(stage),
        )
        .await?;
    Ok(teller.end())
}
