//! Where the managers of other peers are.

use http::Method;
use sluis_certs::PeerId;
use sluis_fsc::Address;
use sluis_fsc::api::{PageRequest, PeersQuery};

use super::super::CallError;
use super::super::call::presentable;
use super::{PeerClient, ours};

impl PeerClient {
    /// Asks the directory anew where a peer's manager is; true when it has moved. What the directory says may be older than what
    /// the peer told us itself, so it only counts when the peer answers there.
    pub(in crate::manager) async fn look_up_again(&self, peer: &PeerId) -> bool {
        let Ok(known) = self.contracts.peer(peer).await else {
            return false;
        };
        let Ok((name, address)) = self.ask_directory(peer).await else {
            return false;
        };
        if known.is_some_and(|known| known.manager_address == address.as_str()) {
            return false;
        }
        let answer = self.send(peer, &address, Method::GET, "/peer", None).await;
        answer.is_ok() && self.learn(peer, &name, &address).await.is_ok()
    }

    /// Where the manager of a peer is: as it told us, as configured for the directory, or as the directory says.
    pub(in crate::manager) async fn address_of(&self, peer: &PeerId) -> Result<Address, CallError> {
        if let Some(directory) = self
            .directory
            .as_ref()
            .filter(|directory| directory.peer_id == *peer)
        {
            return Ok(directory.address.clone());
        }
        let known = self.contracts.peer(peer).await.map_err(ours)?;
        match known.and_then(|known| Address::parse(&known.manager_address).ok()) {
            Some(address) => Ok(address),
            None => {
                let (name, address) = self.ask_directory(peer).await?;
                self.learn(peer, &name, &address).await?;
                Ok(address)
            }
        }
    }

    /// The name of a peer and the address of its manager, as the directory has them.
    async fn ask_directory(&self, peer: &PeerId) -> Result<(String, Address), CallError> {
        let unknown = || CallError::AddressUnknown { peer: peer.clone() };
        let directory = self
            .directory
            .as_ref()
            .filter(|directory| directory.peer_id != *peer)
            .ok_or_else(unknown)?;
        let query = PeersQuery {
            page: PageRequest::first(1),
            peer_name: None,
            peer_ids: vec![peer.clone()],
        };
        let page = self
            .peers_at(&directory.peer_id, &directory.address, &query)
            .await?;
        let entry = page
            .peers
            .into_iter()
            .find(|entry| entry.id == *peer)
            .ok_or_else(unknown)?;
        let address = Address::parse(&entry.manager_address).map_err(|_| unknown())?;
        Ok((presentable(&entry.name), address))
    }
}
