//! `sluis contract list`.

use clap::{Args, ValueEnum};
use serde_json::json;
use sluis_certs::PeerId;
use sluis_proto::admin::v1::{Contract, ContractState, ListContractsRequest};

use super::view;
use crate::admin::AdminClient;
use crate::cli::show::{Names, Table, counted, moment};
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console, write_json};

/// List the contracts that we know, newest first
///
/// Lists the contracts that we know, newest first, and says which of them wait for us.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only contracts in this state; several with commas between them
    #[arg(
        long = "state",
        value_name = "STATE",
        value_enum,
        value_delimiter = ','
    )]
    states: Vec<State>,
    /// Only contracts that name this organisation, by Peer ID
    #[arg(long, value_name = "PEER-ID")]
    peer: Option<PeerId>,
    /// Only contracts about this service
    #[arg(long, value_name = "SERVICE", default_value = "")]
    service: String,
    /// At most this many
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    /// Somebody has not accepted yet
    Proposed,
    /// Everybody accepted, and it is within its time
    Valid,
    /// Everybody accepted, and its time has not come
    NotYetValid,
    /// Somebody rejected it
    Rejected,
    /// Somebody revoked it
    Revoked,
    /// Its time has passed
    Expired,
}

impl From<State> for ContractState {
    fn from(state: State) -> Self {
        match state {
            State::Proposed => Self::Proposed,
            State::Valid => Self::Valid,
            State::NotYetValid => Self::NotYetValid,
            State::Rejected => Self::Rejected,
            State::Revoked => Self::Revoked,
            State::Expired => Self::Expired,
        }
    }
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    arguments.target.ask(console, async |client, console| {
        let (contracts, more) = arguments.fetch(client).await?;
        if arguments.json {
            let contracts: Vec<_> = contracts.iter().map(view::as_json).collect();
            return write_json(
                console.out,
                &json!({ "contracts": contracts, "more": more }),
            );
        }
        let names = Names::fetch(client).await?;
        arguments.write(console, &contracts, more, &names)
    })
}

impl Arguments {
    /// The contracts, and whether there are more.
    async fn fetch(&self, client: &AdminClient) -> Result<(Vec<Contract>, bool), CommandError> {
        let limit = self.limit as usize;
        let mut contracts: Vec<Contract> = Vec::new();
        let mut request = ListContractsRequest {
            states: self
                .states
                .iter()
                .map(|state| ContractState::from(*state).into())
                .collect(),
            peer_id: self
                .peer
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            service: self.service.clone(),
            ..ListContractsRequest::default()
        };
        loop {
            let left = limit.saturating_sub(contracts.len());
            request.page_size = u32::try_from(left).unwrap_or(u32::MAX);
            let page = client.contracts().list(request.clone()).await;
            let page = page.map_err(refused)?.into_inner();
            contracts.extend(page.contracts);
            let more = !page.next_page_token.is_empty();
            if !more || contracts.len() >= limit {
                return Ok((contracts, more));
            }
            request.page_token = page.next_page_token;
        }
    }

    fn write(
        &self,
        console: &mut Console<'_>,
        contracts: &[Contract],
        more: bool,
        names: &Names,
    ) -> Result<(), CommandError> {
        let out = &mut *console.out;
        if contracts.is_empty() {
            let all = self.states.is_empty() && self.peer.is_none() && self.service.is_empty();
            let next = if all {
                let propose = self.target.command("contract propose --help");
                format!("there are no contracts yet; how to propose one: `{propose}`")
            } else {
                "no contract fits; ask with fewer conditions to see more".to_owned()
            };
            writeln!(out, "{next}")?;
            return Ok(());
        }
        let mut table = Table::new(&["STATE", "ALLOWS", "UNTIL", "ID"]);
        for contract in contracts {
            table.row([
                view::state_name(contract.state()),
                &view::summary(contract, names),
                &moment(contract.not_after_unix_seconds),
                &contract.iv,
            ]);
        }
        table.write(out, 0)?;
        let count = u64::try_from(contracts.len()).unwrap_or_default();
        writeln!(out, "{}", counted(count, "contract"))?;
        if more {
            writeln!(out, "there are more; raise --limit to see them")?;
        }
        for contract in contracts {
            let waits = contract.waiting_for_peer_ids.iter();
            if waits.clone().any(|peer| peer == names.own()) {
                let show = self
                    .target
                    .command(&format!("contract show {}", contract.iv));
                writeln!(out, "waits for us: {} -> {show}", contract.iv)?;
            }
            let is_open = matches!(
                contract.state(),
                ContractState::Proposed | ContractState::Rejected
            );
            if let Some(decision) = contract.decision.as_ref().filter(|_| is_open) {
                let line = view::decision_line(decision);
                writeln!(out, "{}: {line}", contract.iv)?;
            }
            for delivery in &contract.undelivered {
                let line = view::delivery_line(delivery, names);
                writeln!(out, "{}: {line}", contract.iv)?;
            }
        }
        Ok(())
    }
}
