//! Contracts that everybody has accepted, made once and used by many cases.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::Stage;
use super::manager::{sign, signature_of, signature_payload};
use crate::case::{Stop, failed, not_run};
use crate::clauses::{CONNECTION, DELEGATED_CONNECTION, MANAGER_SIGNATURES};
use crate::hooks;
use crate::play::Played;
use crate::protocol::{Contract, Grant, Service};
use crate::target::CommandLine;

/// How often the target is asked whether it has signed.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// A contract in force with the target.
#[derive(Debug, Clone)]
pub(crate) struct Agreement {
    /// The contract.
    pub(crate) contract: Contract,
    /// The properties of its grant.
    pub(crate) properties: Map<String, Value>,
}

/// The connections between the suite's consumer and the target's service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A plain connection.
    Plain,
    /// On behalf of the delegator.
    Delegated,
    /// To a service that is offered on behalf of the provider.
    DelegatedService,
    /// Both.
    Both,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self::Plain,
        Self::Delegated,
        Self::DelegatedService,
        Self::Both,
    ];

    pub(crate) fn place(self) -> usize {
        Self::ALL.iter().position(|kind| *kind == self).unwrap_or(0)
    }

    /// Whether the outway connects on behalf of somebody.
    pub(crate) fn is_delegated(self) -> bool {
        matches!(self, Self::Delegated | Self::Both)
    }

    /// Whether the service is offered on behalf of somebody.
    pub(crate) fn has_delegated_service(self) -> bool {
        matches!(self, Self::DelegatedService | Self::Both)
    }
}

impl Stage {
    /// A connection of the consumer to the target's service, in force. Made at the first call.
    pub(crate) async fn agreement(&self, kind: Kind) -> Result<Agreement, Stop> {
        let Some(cell) = self.agreements.get(kind.place()) else {
            return Err(not_run("the suite has no such agreement"));
        };
        cell.get_or_init(|| async {
            let agreement = self.connection(kind)?;
            self.agree(&agreement.contract).await?;
            Ok(agreement)
        })
        .await
        .clone()
    }

    /// A new connection of the consumer to the target's service, agreed with nobody yet.
    pub(crate) fn connection(&self, kind: Kind) -> Result<Agreement, Stop> {
        let (inway, _) = self.inway_target()?;
        self.connection_with(kind, &inway.service, inway.properties.clone())
    }

    /// As [`Stage::connection`], to any service and with any properties.
    pub(crate) fn connection_with(
        &self,
        kind: Kind,
        service: &str,
        properties: Map<String, Value>,
    ) -> Result<Agreement, Stop> {
        let delegator = kind.is_delegated().then(|| self.delegator.id.clone());
        let offered_for = kind
            .has_delegated_service()
            .then(|| self.provider.id.clone());
        let grant = Grant::Connection {
            outway: self.consumer.as_outway(),
            service: Service {
                peer_id: self.target.peer_id.clone(),
                name: service.to_owned(),
                delegator: offered_for,
            },
            delegator,
        };
        let contract = self.contract(&[grant.data(&properties)])?;
        Ok(Agreement {
            contract,
            properties,
        })
    }

    /// A contract of the target's group with these grants.
    pub(crate) fn contract(&self, grants: &[Value]) -> Result<Contract, Stop> {
        Contract::new(&self.target.group_id, grants, self.now())
            .map_err(|error| not_run(format!("the properties in the target file: {error}")))
    }

    /// An accept signature of a peer with its certificate for connections.
    pub(crate) fn accepted_by(&self, peer: &Played, contract: &Contract) -> Result<String, Stop> {
        let credential = peer
            .credential()
            .ok_or_else(|| not_run(format!("peer {} has no certificate", peer.id)))?;
        let payload = signature_payload(contract, "accept", self.now());
        sign(credential, &payload)
    }

    /// Submits a contract and accepts it for every peer of it that the suite plays.
    pub(crate) async fn propose(&self, contract: &Contract) -> Result<(), Stop> {
        let text = contract.content().to_string();
        let mut is_first = true;
        for peer in self.played() {
            if !text.contains(&format!("\"{}\"", peer.id)) {
                continue;
            }
            let signature = self.accepted_by(peer, contract)?;
            let answer = if is_first {
                self.submit(peer, contract, &signature).await?
            } else {
                self.put_signature(peer, "accept", contract.hash(), contract, &signature)
                    .await?
            };
            if answer.status != 201 {
                let clause = if text.contains("\"GRANT_TYPE_DELEGATED") {
                    DELEGATED_CONNECTION
                } else {
                    CONNECTION
                };
                let expected = format!("status 201 for a valid contract, brought by {}", peer.id);
                return Err(failed(clause, expected, answer.shown()));
            }
            is_first = false;
        }
        Ok(())
    }

    /// Proposes a contract, has the target accept it and waits until it shows its signature.
    pub(crate) async fn agree(&self, contract: &Contract) -> Result<(), Stop> {
        self.can_accept()?;
        self.propose(contract).await?;
        self.have_accepted(contract).await
    }

    /// The command that accepts a contract, or the reason why a case cannot be run.
    pub(crate) fn can_accept(&self) -> Result<&CommandLine, Stop> {
        let command = self.target.commands.accept_contract.as_ref();
        command.ok_or_else(|| not_run("the target file has no command `commands.accept_contract`"))
    }

    /// Has the target accept a contract that was proposed, and waits until it shows its signature.
    pub(crate) async fn have_accepted(&self, contract: &Contract) -> Result<(), Stop> {
        let command = Some(self.can_accept()?);
        let values = [
            ("content_hash", contract.hash()),
            ("grant_hash", contract.grant_hash()),
        ];
        hooks::run(&self.target, "accept_contract", command, &values).await?;
        let witness = self
            .played()
            .find(|peer| contract.content().to_string().contains(&peer.id));
        let witness = witness.unwrap_or(&self.consumer);
        let until = Instant::now() + self.target.wait();
        loop {
            let listed = self.listed(witness, contract).await?;
            let signed = listed
                .as_ref()
                .and_then(|listed| signature_of(listed, "accept", &self.target.peer_id));
            if signed.is_some() {
                return Ok(());
            }
            if Instant::now() > until {
                let came = "the command succeeded, but GET /v1/contracts shows no accept signature of the target";
                let expected = "the target's accept signature in the contract";
                return Err(failed(MANAGER_SIGNATURES, expected, came));
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }
}
