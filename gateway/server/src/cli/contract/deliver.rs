//! Waiting until the other organisations have been told.

use std::time::{Duration, Instant};

use clap::Args;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::{Contract, ContractState, ShowContractRequest};

use super::view;
use crate::admin::AdminClient;
use crate::cli::show::Names;
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console, write_json};

/// How often is looked whether somebody was told.
const INTERVAL: Duration = Duration::from_millis(50);

/// How long to wait.
#[derive(Debug, Args)]
pub(super) struct Waiting {
    /// How long to wait until the other organisations have been told; the gateway goes on trying
    /// afterwards
    #[arg(long = "wait-seconds", value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=3600))]
    seconds: u16,
}

impl Waiting {
    /// The contract once everybody was told, or the time is up. A directory that accepts by itself
    /// does so right after it was told, which is waited for as well.
    pub(super) async fn until_told(
        &self,
        client: &AdminClient,
        mut contract: Contract,
    ) -> Result<Contract, CommandError> {
        let start = Instant::now();
        while !is_settled(&contract) && start.elapsed() < Duration::from_secs(self.seconds.into()) {
            tokio::time::sleep(INTERVAL).await;
            let request = ShowContractRequest {
                contract: contract.content_hash.clone(),
            };
            let answer = client.contracts().show(request).await.map_err(refused)?;
            contract = answer.into_inner().contract.unwrap_or(contract);
        }
        Ok(contract)
    }
}

fn is_settled(contract: &Contract) -> bool {
    let told = contract.undelivered.iter().all(|delivery| delivery.refused);
    let publishes = |grant: &sluis_proto::admin::v1::Grant| {
        matches!(grant.kind, Some(Kind::ServicePublication(_)))
    };
    let for_directory = contract.undelivered.is_empty()
        && contract.state() == ContractState::Proposed
        && contract.grants.iter().all(publishes);
    told && !for_directory
}

/// Says what was done, how the contract stands and what is next.
pub(super) fn report(
    console: &mut Console<'_>,
    done: &str,
    contract: &Contract,
    names: &Names,
    target: &Target,
    json: bool,
) -> Result<(), CommandError> {
    if json {
        return write_json(console.out, &view::as_json(contract));
    }
    let out = &mut *console.out;
    writeln!(
        out,
        "{done} {}: {}",
        contract.iv,
        view::summary(contract, names)
    )?;
    writeln!(out, "it is {}", view::state_name(contract.state()))?;
    for delivery in &contract.undelivered {
        writeln!(out, "{}", view::delivery_line(delivery, names))?;
    }
    if let Some(next) = view::next_step(contract, names, target) {
        writeln!(out, "next: {next}")?;
    }
    Ok(())
}
