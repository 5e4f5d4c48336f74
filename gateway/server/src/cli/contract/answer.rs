//! Answers to a contract: `sluis contract reject` and `revoke`, and what `accept` has in common with them.

use clap::Args;
use sluis_proto::admin::v1::{AcceptRequest, Contract, RejectRequest, RevokeRequest};
use tonic::Status;

use super::deliver::{Waiting, report};
use crate::admin::AdminClient;
use crate::cli::show::Names;
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console};

/// Which contract, and how long to wait.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The contract, by its id or its content hash (put a hash in single quotes)
    #[arg(value_name = "CONTRACT")]
    contract: String,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

/// What is said to the contract.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    Accept,
    Reject,
    Revoke,
}

impl Answer {
    fn done(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Reject => "rejected",
            Self::Revoke => "revoked",
        }
    }

    async fn give(
        self,
        client: &AdminClient,
        contract: String,
    ) -> Result<Option<Contract>, Status> {
        let mut contracts = client.contracts();
        Ok(match self {
            Self::Accept => {
                let answer = contracts.accept(AcceptRequest { contract }).await?;
                answer.into_inner().contract
            }
            Self::Reject => {
                let answer = contracts.reject(RejectRequest { contract }).await?;
                answer.into_inner().contract
            }
            Self::Revoke => {
                let answer = contracts.revoke(RevokeRequest { contract }).await?;
                answer.into_inner().contract
            }
        })
    }
}

impl Arguments {
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn contract(&self) -> &str {
        &self.contract
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Gives the answer, waits until it is told, and says how the contract stands.
    pub(super) async fn give(
        &self,
        answer: Answer,
        client: &AdminClient,
        console: &mut Console<'_>,
    ) -> Result<(), CommandError> {
        let contract = answer.give(client, self.contract.clone()).await;
        let contract = contract.map_err(refused)?.unwrap_or_default();
        let contract = self.waiting.until_told(client, contract).await?;
        let names = Names::fetch(client).await?;
        let done = answer.done();
        report(console, done, &contract, &names, &self.target, self.json)
    }
}

/// `reject` and `revoke`.
pub(super) fn run(
    arguments: &Arguments,
    answer: Answer,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    arguments.target.ask(console, async |client, console| {
        arguments.give(answer, client, console).await
    })
}
