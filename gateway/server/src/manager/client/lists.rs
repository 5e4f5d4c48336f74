//! The lists that managers of other peers give, a page at a time.

use sluis_certs::PeerId;
use sluis_fsc::api::{
    ContractsPage, ContractsQuery, MembersPage, MembersQuery, PeersPage, PeersQuery, ServicesPage,
    ServicesQuery,
};
use sluis_fsc::log::{LogsPage, LogsQuery};
use sluis_fsc::{Address, AreaName};

use super::super::{CallError, body};
use super::{PeerClient, read};

impl PeerClient {
    /// Lists the peers that a manager knows.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn peers(&self, peer: &PeerId, query: &PeersQuery) -> Result<PeersPage, CallError> {
        let address = self.address_of(peer).await?;
        self.peers_at(peer, &address, query).await
    }

    /// Lists the services that a directory publishes.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn services(
        &self,
        peer: &PeerId,
        query: &ServicesQuery,
    ) -> Result<ServicesPage, CallError> {
        let answer = self
            .get(peer, &format!("/services?{}", query.to_query()))
            .await?;
        read(peer, &answer, "the list of services")
    }

    /// Lists the members of a Regulated Area, of which the peer is a Membership Administrator.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn members(
        &self,
        peer: &PeerId,
        area: &AreaName,
        query: &MembersQuery,
    ) -> Result<MembersPage, CallError> {
        let answer = self.get(peer, &query.to_path(area)).await?;
        read(peer, &answer, "the list of members")
    }

    /// Lists the contracts that a manager has with us.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn contracts(
        &self,
        peer: &PeerId,
        query: &ContractsQuery,
    ) -> Result<ContractsPage, CallError> {
        let answer = self
            .get(peer, &format!("/contracts?{}", query.to_query()))
            .await?;
        let page = body::parsed(answer.body, ContractsPage::parse).await;
        page.and_then(Result::ok)
            .ok_or_else(|| CallError::Malformed {
                peer: peer.clone(),
                what: "the list of contracts",
            })
    }

    /// Lists the transaction log records that a peer has of transactions with us.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn logs(&self, peer: &PeerId, query: &LogsQuery) -> Result<LogsPage, CallError> {
        let answer = self
            .get(peer, &format!("/logs?{}", query.to_query()))
            .await?;
        read(peer, &answer, "the list of log records")
    }

    pub(super) async fn peers_at(
        &self,
        peer: &PeerId,
        address: &Address,
        query: &PeersQuery,
    ) -> Result<PeersPage, CallError> {
        let path = format!("/peers?{}", query.to_query());
        let answer = self.get_at(peer, address, &path).await?;
        read(peer, &answer, "the list of peers")
    }
}
