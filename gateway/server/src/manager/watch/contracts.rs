//! Whether a party to our contracts has them as we do.

use std::collections::{HashMap, HashSet};

use sluis_certs::PeerId;
use sluis_fsc::api::{ContractsQuery, LIMIT_MAX, PageRequest};
use sluis_fsc::contract::State as ContractState;

use super::LISTS_TIMEOUT;
use super::agreed::AgreedWith;
use super::findings::{CONTRACTS, Failure, Report};
use crate::contracts::{Agreement, AlarmKind, OutboxState, StoreError};
use crate::manager::paging::Paging;
use crate::manager::state::State;

/// How the contracts that were looked for stand there, by content hash.
type Standing = HashMap<String, ContractState>;

impl State {
    /// Compares the contracts that everybody accepted with what the peer has of them.
    pub(super) async fn compare_contracts(
        &self,
        peer: &PeerId,
        agreed: &AgreedWith<'_>,
        report: &mut Report,
    ) {
        if agreed.contracts.is_empty() {
            return report.looked_at_contracts();
        }
        let listed = tokio::time::timeout(LISTS_TIMEOUT, self.contracts_at(peer, agreed)).await;
        let compared = match listed.unwrap_or(Err(Failure::TooSlow)) {
            Ok(standing) => self.compare_each(peer, agreed, &standing, report).await,
            Err(failure) => Err(failure),
        };
        match compared {
            Ok(()) => report.looked_at_contracts(),
            Err(failure) => report.failed(CONTRACTS, &failure),
        }
    }

    async fn contracts_at(
        &self,
        peer: &PeerId,
        agreed: &AgreedWith<'_>,
    ) -> Result<Standing, Failure> {
        let now = self.clock.unix_seconds();
        let wanted = agreed.contracts.iter();
        let wanted: HashSet<&str> = wanted.map(|one| one.content_hash.as_str()).collect();
        let mut standing = Standing::new();
        let mut paging = Paging::default();
        let mut query = ContractsQuery {
            page: PageRequest::first(LIMIT_MAX),
            grant_type: None,
            grant_hashes: Vec::new(),
        };
        loop {
            let page = self.client.contracts(peer, &query).await?;
            for contract in &page.contracts {
                let hash = contract.content.hash().as_str();
                if wanted.contains(hash) {
                    standing.insert(hash.to_owned(), contract.state(now));
                }
            }
            let is_empty = page.contracts.is_empty() && page.refused.is_empty();
            match paging.next(page.pagination.next_cursor, is_empty)? {
                Some(cursor) => query.page.cursor = cursor,
                None => return Ok(standing),
            }
        }
    }

    async fn compare_each(
        &self,
        peer: &PeerId,
        agreed: &AgreedWith<'_>,
        standing: &Standing,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let ended = |theirs| matches!(theirs, ContractState::Revoked | ContractState::Rejected);
        if standing.values().any(|theirs| ended(*theirs)) {
            // It was ended without our hearing of it; the signature for that is in the list, and counts if it is good.
            self.catch_up(peer).await;
        }
        for contract in &agreed.contracts {
            let hash = contract.content_hash.as_str();
            let theirs = standing.get(hash).copied();
            if matches!(
                theirs,
                Some(ContractState::Valid | ContractState::NotYetValid)
            ) || self.is_in_motion(peer, contract).await?
            {
                continue;
            }
            let iv = contract.iv;
            match theirs {
                None => report.find(
                    AlarmKind::ContractMissing,
                    hash,
                    format!("it does not have contract {iv} any more, which is valid here"),
                ),
                Some(theirs) => report.find(
                    AlarmKind::ContractNotValid,
                    hash,
                    format!(
                        "it has contract {iv} as {}, and here the contract is valid",
                        theirs.as_str()
                    ),
                ),
            }
        }
        Ok(())
    }

    /// Whether the contract has ended here in the meantime, or the peer has still to be told something about it.
    async fn is_in_motion(&self, peer: &PeerId, contract: &Agreement) -> Result<bool, StoreError> {
        let now = self.clock.unix_seconds();
        let record = self.contracts.contract(&contract.content_hash).await?;
        let stands = record.is_some_and(|record| {
            matches!(
                record.contract.state(now),
                ContractState::Valid | ContractState::NotYetValid
            )
        });
        if !stands {
            return Ok(true);
        }
        let outbox = self.contracts.outbox_of(&contract.content_hash).await?;
        Ok(outbox
            .iter()
            .any(|item| item.peer_id == peer.as_str() && item.state == OutboxState::Pending))
    }
}
