//! What the manager is told by the configuration.

use std::net::SocketAddr;
use std::time::Duration;

use sluis_certs::PeerId;
use sluis_fsc::token::ActorClaim;
use sluis_fsc::{Address, AddressError, AreaName, GroupId, GroupIdError, ServiceName};
use thiserror::Error;

use super::Backoff;
use crate::config::{Config, ManagerConfig, RegulatedAreaConfig};

/// Most contracts of one peer that may wait for our answer. A person answers them; more is a mistake or an attack.
const UNANSWERED_MAX: u64 = 1_000;

/// Most bytes of the contracts of one peer within a year that we have not accepted, or that were rejected or revoked; each
/// counts for at least 4 KiB. They stay in the store and in memory.
const UNWANTED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What the manager must know, without where it came from.
#[derive(Debug, Clone)]
pub struct ManagerSettings {
    /// The FSC group.
    pub group_id: GroupId,
    /// Where peers reach this manager; sent as `Fsc-Manager-Address`.
    pub address: Address,
    /// The group's directory; `None` when we are it, or have none.
    pub directory: Option<DirectoryAddress>,
    /// The pause between two checks of the other managers; `None` when only somebody who asks has them checked.
    pub peer_check_pause: Option<Duration>,
    /// The services of others that our outway calls.
    pub destinations: Vec<(PeerId, ServiceName)>,
    /// Services that only members of a Regulated Area may use, and the areas whose services we list as their directory.
    pub regulated_areas: Vec<AreaSettings>,
    /// How long a token is valid.
    pub token_lifetime_seconds: i64,
    /// What `act.sub` names in a token under delegation.
    pub actor_claim: ActorClaim,
    /// How far the clocks of two organisations may differ.
    pub clock_skew_seconds: i64,
    /// Pauses between attempts to tell a peer.
    pub backoff: Backoff,
    /// Most bytes in a request body that holds a contract.
    pub contract_bytes_max: usize,
    /// Most bytes in an answer of another manager, and in a page that we give.
    pub answer_bytes_max: usize,
    /// Most entries on a page.
    pub page_size_max: u32,
    /// Most contracts of one peer that may wait for our answer.
    pub unanswered_max: u64,
    /// Most bytes of the contracts of one peer within a year that we have not accepted, or that were rejected or revoked.
    pub unwanted_bytes_max: u64,
    /// How long connecting to a peer may take.
    pub connect_timeout: Duration,
    /// How long one call to a peer may take, and how long a request body may take to arrive.
    pub call_timeout: Duration,
    /// How long an idle connection to a peer is kept.
    pub idle_timeout: Duration,
    /// How long connections to a peer take new calls.
    pub connection_age_max: Duration,
}

/// A Regulated Area (FSC Regulated Area, draft of 2025).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaSettings {
    /// Its name.
    pub name: AreaName,
    /// The managers that know its members; the first that answers is believed.
    pub administrators: Vec<PeerId>,
    /// Our services that are part of it.
    pub services: Vec<ServiceName>,
    /// How long it is remembered who is a member.
    pub refresh_seconds: i64,
    /// How long it counts when nobody can be asked.
    pub max_age_seconds: i64,
}

/// What in the configuration cannot serve in FSC.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// An address.
    #[error("manager.address or manager.directory.address: {0}")]
    Address(#[from] AddressError),
    /// The group.
    #[error("group_id: {0}")]
    GroupId(#[from] GroupIdError),
}

/// Where the group's directory is, and who it must prove to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryAddress {
    /// The Peer ID in its certificate.
    pub peer_id: PeerId,
    /// Its manager.
    pub address: Address,
}

impl ManagerSettings {
    /// Reads the settings from the configuration; `bound` is the address that the manager listens on, which stands in for
    /// a public address when none is configured.
    ///
    /// # Errors
    /// [`SettingsError`] names what cannot serve in FSC.
    pub fn from_config(
        config: &Config,
        manager: &ManagerConfig,
        bound: SocketAddr,
    ) -> Result<Self, SettingsError> {
        let address = match &manager.address {
            Some(address) => Address::parse(address.as_str())?,
            None => Address::parse(&format!("https://localhost:{}", bound.port()))?,
        };
        let directory = match &manager.directory {
            Some(directory) => Some(DirectoryAddress {
                peer_id: directory.peer_id.clone(),
                address: Address::parse(directory.address.as_str())?,
            }),
            None => None,
        };
        let limits = &config.limits;
        Ok(Self {
            group_id: GroupId::parse(config.group_id.as_ref())?,
            address,
            directory,
            peer_check_pause: manager.peer_check_pause(),
            destinations: destinations(config),
            regulated_areas: manager.regulated_areas.iter().map(area).collect(),
            token_lifetime_seconds: i64::from(manager.token_lifetime_seconds),
            actor_claim: manager.actor_claim,
            clock_skew_seconds: i64::from(limits.clock_skew_seconds),
            backoff: Backoff {
                min: Duration::from_secs(u64::from(manager.propagation_backoff_min_seconds)),
                max: Duration::from_secs(u64::from(manager.propagation_backoff_max_seconds)),
            },
            contract_bytes_max: limits.contract_bytes_max,
            answer_bytes_max: limits.manager_answer_bytes_max,
            page_size_max: limits.page_size_max,
            unanswered_max: UNANSWERED_MAX,
            unwanted_bytes_max: UNWANTED_BYTES_MAX,
            connect_timeout: limits.upstream_connect_timeout(),
            call_timeout: limits.upstream_response_timeout(),
            idle_timeout: limits.idle_connection_timeout(),
            connection_age_max: limits.connection_age_max(),
        })
    }
}

fn destinations(config: &Config) -> Vec<(PeerId, ServiceName)> {
    let destinations = config.outway.iter().flat_map(|outway| &outway.destinations);
    destinations
        .map(|destination| (destination.peer_id.clone(), destination.service.clone()))
        .collect()
}

fn area(config: &RegulatedAreaConfig) -> AreaSettings {
    AreaSettings {
        name: config.name.clone(),
        administrators: config.administrators.clone(),
        services: config.services.clone(),
        refresh_seconds: i64::from(config.members_refresh_seconds),
        max_age_seconds: i64::from(config.members_max_age_seconds),
    }
}
