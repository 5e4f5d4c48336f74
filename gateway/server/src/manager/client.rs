//! Calls to the managers of other peers (FSC Core 2.0.0, Manager interface).

mod addresses;
mod lists;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::Full;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sluis_certs::{Identity, LiveIdentity, LiveTrust, PeerId};
use sluis_fsc::api::headers::FSC_MANAGER_ADDRESS;
use sluis_fsc::api::{Jwks, PeerInfo, SubmitContract, TokenErrorBody, TokenRequest, TokenResponse};
use sluis_fsc::contract::Content;
use sluis_fsc::signature::SignatureType;
use sluis_fsc::{Address, GrantHash};

use super::call::{Answer, CallLimits, Transport, presentable};
use super::{CallError, DirectoryAddress, ManagerSettings};
use crate::clock::Clock;
use crate::contracts::Contracts;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Calls the managers of peers. Cheap to clone.
///
/// Every call goes over mutual TLS to a server that proves to be the peer that is meant; nothing that a peer tells about
/// itself (its address, its keys) can lead a call to somebody else.
#[derive(Clone)]
pub struct PeerClient {
    identities: LiveIdentity,
    transport: Transport,
    contracts: Contracts,
    own_address: Address,
    directory: Option<DirectoryAddress>,
    clock: Clock,
}

impl PeerClient {
    /// A client that shows the current one of `identities` and looks up addresses in `contracts` and at the configured directory.
    #[must_use]
    pub fn new(
        identities: LiveIdentity,
        trust: LiveTrust,
        clock: Clock,
        contracts: Contracts,
        settings: &ManagerSettings,
    ) -> Self {
        let limits = CallLimits {
            connect_timeout: settings.connect_timeout,
            call_timeout: settings.call_timeout,
            idle_timeout: settings.idle_timeout,
            connection_age_max: settings.connection_age_max,
            answer_bytes_max: settings.answer_bytes_max,
        };
        Self {
            identities,
            transport: Transport::new(trust, clock.clone(), limits),
            contracts,
            own_address: settings.address.clone(),
            directory: settings.directory.clone(),
            clock,
        }
    }

    /// Makes no more calls over the connections that there are: they were made under an earlier trust.
    pub fn forget_connections(&self) {
        self.transport.forget_connections();
    }

    /// Fetches an access token for a grant from the peer that offers the service, over a connection that shows `identity`,
    /// to which the token is bound.
    ///
    /// # Errors
    /// [`CallError`]; an OAuth error is a [`CallError::Refused`] with that error as its code.
    pub async fn token(
        &self,
        peer: &PeerId,
        grant_hash: &GrantHash,
        identity: &Identity,
    ) -> Result<String, CallError> {
        let client_id = identity.peer().id.clone();
        let form = TokenRequest {
            grant_hash: grant_hash.clone(),
            client_id,
        }
        .to_form();
        let address = self.address_of(peer).await?;
        let body = Some((FORM, form.into()));
        let answer = self
            .send_as(identity, peer, &address, Method::POST, "/token", body)
            .await?;
        if let Ok(refused) = serde_json::from_slice::<TokenErrorBody>(&answer.body) {
            return Err(CallError::Refused {
                peer: peer.clone(),
                status: answer.status.as_u16(),
                code: refused.error.as_str().to_owned(),
                message: presentable(refused.error_description.as_deref().unwrap_or("")),
            });
        }
        succeeded(peer, &answer)?;
        let response: TokenResponse = read(peer, &answer, "the token response")?;
        Ok(response.access_token)
    }

    /// Tells a peer who we are and where our manager is. A peer that answers is there, so what waits for it becomes due.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn announce(&self, peer: &PeerId) -> Result<(), CallError> {
        let address = self.address_of(peer).await?;
        self.put_announce(peer, &address).await
    }

    async fn put_announce(&self, peer: &PeerId, address: &Address) -> Result<(), CallError> {
        let answer = self
            .send(peer, address, Method::PUT, "/announce", None)
            .await?;
        succeeded(peer, &answer)?;
        let hastened = self.contracts.outbox_hasten(peer, self.clock.unix_ms());
        hastened.await.map_err(ours)
    }

    /// As [`Self::announce`], to an address that an administrator gives. Once a server that proves to be the peer has
    /// answered there, the address is remembered.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn announce_at(&self, peer: &PeerId, address: &Address) -> Result<(), CallError> {
        self.put_announce(peer, address).await?;
        let known = self.contracts.peer(peer).await.map_err(ours)?;
        let mut name = known.map(|known| known.name).unwrap_or_default();
        self.learn(peer, &name, address).await?;
        if name.is_empty() {
            name = presentable(&self.peer_info(peer).await?.peer_name);
            self.learn(peer, &name, address).await?;
        }
        Ok(())
    }

    async fn learn(&self, peer: &PeerId, name: &str, address: &Address) -> Result<(), CallError> {
        let learnt = self.contracts.learn_peer(peer, name, address.as_str());
        learnt.await.map_err(ours)
    }

    /// Submits a contract with our accept signature.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn submit_contract(
        &self,
        peer: &PeerId,
        content: &Content,
        signature: &str,
    ) -> Result<(), CallError> {
        let address = self.address_of(peer).await?;
        let body = Some((JSON, contract_body(content, signature)?));
        let answer = self
            .send(peer, &address, Method::POST, "/contracts", body)
            .await?;
        succeeded(peer, &answer)
    }

    /// Places a signature of ours on a contract.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put_signature(
        &self,
        peer: &PeerId,
        signature_type: SignatureType,
        content: &Content,
        signature: &str,
    ) -> Result<(), CallError> {
        let path = format!("/contracts/{}/{}", content.hash(), signature_type.as_str());
        let body = contract_body(content, signature)?;
        let address = self.address_of(peer).await?;
        let answer = self
            .send(peer, &address, Method::PUT, &path, Some((JSON, body)))
            .await?;
        succeeded(peer, &answer)
    }

    /// Asks a peer's manager what it is, and remembers its FSC version.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn peer_info(&self, peer: &PeerId) -> Result<PeerInfo, CallError> {
        let answer = self.get(peer, "/peer").await?;
        let info: PeerInfo = read(peer, &answer, "the peer information")?;
        self.remember_version(peer, &presentable(&info.fsc_version))
            .await?;
        Ok(info)
    }

    /// Asks a peer's manager for its FSC version only, and remembers it. Of an answer in the form of another version of FSC
    /// nothing else has to be readable.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn peer_version(&self, peer: &PeerId) -> Result<String, CallError> {
        #[derive(Deserialize)]
        struct Told {
            peer_id: Option<String>,
            fsc_version: String,
        }
        let answer = self.get(peer, "/peer").await?;
        let told: Told = read(peer, &answer, "the peer information has no fsc_version")?;
        if told.peer_id.is_some_and(|told| told != peer.as_str()) {
            return Err(CallError::Malformed {
                peer: peer.clone(),
                what: "the peer information names another peer",
            });
        }
        let version = presentable(&told.fsc_version);
        self.remember_version(peer, &version).await?;
        Ok(version)
    }

    async fn remember_version(&self, peer: &PeerId, version: &str) -> Result<(), CallError> {
        let now_ms = self.clock.unix_ms();
        let kept = self.contracts.put_peer_version(peer, version, now_ms);
        kept.await.map_err(ours)
    }

    /// Fetches the keys with which a peer signs, from the address that it gave.
    pub(super) async fn jwks_at(
        &self,
        peer: &PeerId,
        address: &Address,
    ) -> Result<Jwks, CallError> {
        let answer = self.get_at(peer, address, "/.well-known/jwks.json").await?;
        Jwks::parse(&answer.body).map_err(|_| CallError::Malformed {
            peer: peer.clone(),
            what: "the key set",
        })
    }

    async fn get(&self, peer: &PeerId, path: &str) -> Result<Answer, CallError> {
        let address = self.address_of(peer).await?;
        self.get_at(peer, &address, path).await
    }

    async fn get_at(
        &self,
        peer: &PeerId,
        address: &Address,
        path: &str,
    ) -> Result<Answer, CallError> {
        let answer = self.send(peer, address, Method::GET, path, None).await?;
        succeeded(peer, &answer)?;
        Ok(answer)
    }

    async fn send(
        &self,
        peer: &PeerId,
        address: &Address,
        method: Method,
        path: &str,
        body: Option<(&'static str, Bytes)>,
    ) -> Result<Answer, CallError> {
        self.send_as(
            self.identities.load().current(),
            peer,
            address,
            method,
            path,
            body,
        )
        .await
    }

    async fn send_as(
        &self,
        identity: &Identity,
        peer: &PeerId,
        address: &Address,
        method: Method,
        path: &str,
        body: Option<(&'static str, Bytes)>,
    ) -> Result<Answer, CallError> {
        let mut request = Request::builder()
            .uri(format!("{}/v1{path}", address.as_str()))
            .header(ACCEPT, JSON);
        if method != Method::GET {
            request = request.header(FSC_MANAGER_ADDRESS, self.own_address.as_str());
        }
        let (kind, bytes) = body.unzip();
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let request = request
            .method(method)
            .body(Full::new(bytes.unwrap_or_default()))
            .map_err(|error| CallError::Ours {
                what: error.to_string(),
            })?;
        self.transport.send(identity, peer, address, request).await
    }
}

fn contract_body(content: &Content, signature: &str) -> Result<Bytes, CallError> {
    let body = SubmitContract {
        content: content.clone(),
        signature: signature.to_owned(),
    };
    serde_json::to_vec(&body)
        .map(Bytes::from)
        .map_err(|error| CallError::Ours {
            what: error.to_string(),
        })
}

/// What a peer answered, in the form that FSC gives it; `what` it is called in the error otherwise.
fn read<T: DeserializeOwned>(
    peer: &PeerId,
    answer: &Answer,
    what: &'static str,
) -> Result<T, CallError> {
    serde_json::from_slice(&answer.body).map_err(|_| CallError::Malformed {
        peer: peer.clone(),
        what,
    })
}

fn succeeded(peer: &PeerId, answer: &Answer) -> Result<(), CallError> {
    answer.refusal(peer).map_or(Ok(()), Err)
}

fn ours(error: crate::contracts::StoreError) -> CallError {
    CallError::Ours {
        what: error.to_string(),
    }
}
