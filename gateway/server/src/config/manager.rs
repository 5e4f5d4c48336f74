//! The roles that keep contracts: manager and directory.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;
use sluis_certs::PeerId;
use sluis_fsc::token::ActorClaim;
use sluis_fsc::{AreaName, ServiceName};

use super::HttpsAddress;

/// The manager: contracts, tokens and transaction logs, for other organisations over mutual TLS
/// (FSC Core 2.0.0, Manager). Every other role needs it in the same configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagerConfig {
    /// Address and port to listen on. Port 0 takes a free one.
    #[serde(deserialize_with = "super::listen::listen")]
    pub listen: SocketAddr,
    /// Where other organisations reach this manager. Default `https://localhost:<listen port>`,
    /// which only serves on one machine.
    #[serde(default)]
    pub address: Option<HttpsAddress>,
    /// How long a token that we issue is valid, in seconds. Default 300, from 30 to 3600.
    #[serde(default = "default_token_lifetime_seconds")]
    pub token_lifetime_seconds: u32,
    /// Whom `act.sub` names in a token for a peer that calls on behalf of another; FSC Core 2.0.0 says both. Default the
    /// delegator.
    #[serde(default)]
    pub actor_claim: ActorClaim,
    /// The directory of the group, where we announce ourselves and publish services. Left out by
    /// the directory itself.
    #[serde(default)]
    pub directory: Option<DirectoryPeer>,
    /// Pause between two checks of the managers of other organisations, in seconds; 0: only when asked. Default 600, from
    /// 60 to 86400.
    #[serde(default = "default_peer_check_seconds")]
    pub peer_check_seconds: u32,
    /// Regulated Areas (FSC Regulated Area, a draft): none of that counts without any.
    #[serde(default)]
    pub regulated_areas: Vec<RegulatedAreaConfig>,
    /// First pause before a contract or signature that did not arrive is sent again, in seconds;
    /// doubled each time. Default 1.
    #[serde(default = "default_backoff_min_seconds")]
    pub propagation_backoff_min_seconds: u32,
    /// Longest such pause, in seconds. Default 300.
    #[serde(default = "default_backoff_max_seconds")]
    pub propagation_backoff_max_seconds: u32,
}

impl ManagerConfig {
    /// Pause between two checks of the managers of other organisations; `None` when they are checked only when asked.
    #[must_use]
    pub fn peer_check_pause(&self) -> Option<Duration> {
        let seconds = u64::from(self.peer_check_seconds);
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }
}

/// The group's directory as we reach it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryPeer {
    /// Peer ID (OIN) that the directory's certificate must carry.
    pub peer_id: PeerId,
    /// Where its manager is reached.
    pub address: HttpsAddress,
}

/// A Regulated Area: our services that only its members may use, or whose publications we check as their directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegulatedAreaConfig {
    /// Its name.
    pub name: AreaName,
    /// Peer IDs (OIN) of its Membership Administrators, in the order in which they are asked.
    pub administrators: Vec<PeerId>,
    /// Those of our services that are part of it.
    #[serde(default)]
    pub services: Vec<ServiceName>,
    /// How long it is remembered who is a member, in seconds. Default 300, from 10 to 86400.
    #[serde(default = "default_members_refresh_seconds")]
    pub members_refresh_seconds: u32,
    /// How long that counts when no Membership Administrator answers, in seconds. Default 3600, at most 86400.
    #[serde(default = "default_members_max_age_seconds")]
    pub members_max_age_seconds: u32,
}

/// This manager also is the group's directory: it publishes the services of all peers. Who may publish without a person
/// looking at it stands in `contracts.yaml` of the policy folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DirectoryConfig {}

fn default_token_lifetime_seconds() -> u32 {
    300
}

fn default_members_refresh_seconds() -> u32 {
    300
}

fn default_members_max_age_seconds() -> u32 {
    3600
}

fn default_peer_check_seconds() -> u32 {
    600
}

fn default_backoff_min_seconds() -> u32 {
    1
}

fn default_backoff_max_seconds() -> u32 {
    300
}
