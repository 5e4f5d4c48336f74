//! Peers: list, announce.

use std::collections::HashMap;

use sluis_certs::PeerId;
use sluis_fsc::Address;
use sluis_proto::admin::v1::peers_server::Peers as PeersApi;
use sluis_proto::admin::v1::{
    AnnounceRequest, AnnounceResponse, CheckPeersRequest, CheckPeersResponse, ListPeersRequest,
    ListPeersResponse, Peer,
};
use tonic::{Request, Response, Status};

use super::act::{Act, Details};
use super::convert::{call_failed, shown_alarm, shown_peer, store_failed};
use super::parts::Shared;
use crate::contracts::{KnownPeer, PeerPage};
use crate::manager::{CallError, Manager};

/// Largest page, and the page when nothing is asked.
const PAGE_MAX: u32 = 1_000;

/// The service `sluis.admin.v1.Peers`.
pub(super) struct PeersService {
    shared: Shared,
}

impl PeersService {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared }
    }

    /// Whom to announce ourselves to: the one named, else the configured directory.
    fn addressee(&self, peer_id: &str) -> Result<PeerId, Status> {
        if peer_id.is_empty() {
            let directory = self.shared.directory();
            return directory.map(|directory| directory.peer_id.clone()).ok_or_else(|| {
                Status::invalid_argument(
                    "peer_id is empty and no directory is configured; name an organisation, or set `manager.directory`",
                )
            });
        }
        let peer = PeerId::new(peer_id)
            .map_err(|error| Status::invalid_argument(format!("peer_id: {error}")))?;
        if peer == *self.shared.own() {
            return Err(Status::invalid_argument(
                "peer_id is our own; name another organisation",
            ));
        }
        Ok(peer)
    }

    /// The peers, with how they were found at the last check.
    async fn shown(&self, peers: Vec<KnownPeer>) -> Result<Vec<Peer>, Status> {
        let contracts = &self.shared.contracts;
        let checks = contracts.peer_checks().await.map_err(store_failed)?;
        let alarms = contracts.alarms().await.map_err(store_failed)?;
        let agreements = contracts
            .index()
            .agreements(self.shared.clock.unix_seconds());
        let mut agreed: HashMap<&str, u32> = HashMap::new();
        for peer in agreements.iter().flat_map(|agreement| &agreement.peers) {
            *agreed.entry(peer.as_str()).or_default() += 1;
        }
        let directory = self.shared.directory().map(|it| it.peer_id.as_str());
        let peers = peers.into_iter().map(|peer| {
            let check = checks.iter().find(|check| check.peer_id == peer.id);
            let raised = alarms.iter().filter(|alarm| alarm.is_raised());
            let alarms = raised
                .filter(|alarm| alarm.peer_id == peer.id)
                .map(|alarm| shown_alarm(alarm, &peer.name))
                .collect();
            let agreed_contracts = agreed.get(peer.id.as_str()).copied();
            let is_directory = directory == Some(peer.id.as_str());
            Peer {
                agreed_contracts: agreed_contracts.unwrap_or_default(),
                is_directory,
                ..shown_peer(peer, check, alarms)
            }
        });
        Ok(peers.collect())
    }

    /// Where the configured directory is, when that is who is meant.
    fn configured_address(&self, peer: &PeerId) -> Option<Address> {
        let directory = self.shared.directory();
        let directory = directory.filter(|directory| directory.peer_id == *peer);
        directory.map(|directory| directory.address.clone())
    }
}

#[tonic::async_trait]
impl PeersApi for PeersService {
    async fn list(
        &self,
        request: Request<ListPeersRequest>,
    ) -> Result<Response<ListPeersResponse>, Status> {
        let asked = request.into_inner();
        let limit = match asked.page_size {
            0 => PAGE_MAX,
            size => size.min(PAGE_MAX),
        };
        let page = PeerPage {
            name_contains: Some(asked.name_contains).filter(|text| !text.is_empty()),
            after: Some(asked.page_token).filter(|token| !token.is_empty()),
            ascending: true,
            limit,
        };
        let peers = self.shared.contracts.peers(page).await;
        let peers = peers.map_err(store_failed)?;
        let size = limit as usize;
        let more = peers.len() > size;
        let peers: Vec<KnownPeer> = peers.into_iter().take(size).collect();
        let peers = self.shown(peers).await?;
        let next_page_token = match peers.last() {
            Some(last) if more => last.peer_id.clone(),
            _ => String::new(),
        };
        Ok(Response::new(ListPeersResponse {
            peers,
            next_page_token,
        }))
    }

    async fn announce(
        &self,
        request: Request<AnnounceRequest>,
    ) -> Result<Response<AnnounceResponse>, Status> {
        let manager = self.shared.manager()?;
        let asked = request.get_ref();
        let peer = self.addressee(&asked.peer_id)?;
        let address =
            match asked.manager_address.as_str() {
                "" => self.configured_address(&peer),
                text => Some(Address::parse(text).map_err(|error| {
                    Status::invalid_argument(format!("manager_address: {error}"))
                })?),
            };
        let mut details = Details::from([("peer_id".into(), peer.as_str().into())]);
        if let Some(address) = &address {
            details.insert("manager_address".into(), address.as_str().into());
        }
        let act = Act::begin(&self.shared.audit, "announce", &request, details).await?;
        let result = announce(manager, &peer, address.as_ref()).await;
        act.end(result.map_err(call_failed), |()| Details::new())
            .await?;
        let known = self.shared.contracts.peer(&peer).await;
        let known = known.map_err(store_failed)?;
        let known = self.shown(known.into_iter().collect()).await?;
        let unknown = || Peer {
            peer_id: peer.to_string(),
            ..Peer::default()
        };
        Ok(Response::new(AnnounceResponse {
            peer: Some(known.into_iter().next().unwrap_or_else(unknown)),
        }))
    }

    async fn check(
        &self,
        _request: Request<CheckPeersRequest>,
    ) -> Result<Response<CheckPeersResponse>, Status> {
        let manager = self.shared.manager()?;
        manager.check_peers().await.map_err(store_failed)?;
        Ok(Response::new(CheckPeersResponse {}))
    }
}

/// Tells the peer who we are, and learns which FSC it speaks.
async fn announce(
    manager: &Manager,
    peer: &PeerId,
    address: Option<&Address>,
) -> Result<(), CallError> {
    let client = manager.client();
    match address {
        Some(address) => client.announce_at(peer, address).await?,
        None => client.announce(peer).await?,
    }
    // The announcement has been heard; that the peer does not tell of itself takes nothing away.
    if let Err(error) = client.peer_info(peer).await {
        tracing::warn!(%peer, %error, "the peer does not tell what it speaks");
    }
    Ok(())
}
