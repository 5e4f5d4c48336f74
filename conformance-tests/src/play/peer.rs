//! One organisation that the suite plays.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sluis_certs::Trust;

use super::ManagerPlay;
use crate::protocol::Outway;
use crate::target::{PeerFiles, TargetError};
use crate::wire::{Address, Client, Credential, Listening, serve};

/// One organisation: its certificates, its manager, and calls in its name.
pub(crate) struct Played {
    /// Its FSC Peer ID.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its certificates; the first is the one for connections.
    pub(crate) credentials: Vec<Arc<Credential>>,
    /// Its manager.
    pub(crate) manager: Arc<ManagerPlay>,
    /// Where its manager is.
    pub(crate) manager_address: Address,
    trust: Trust,
    wait: Duration,
    _listening: Listening,
}

impl Played {
    /// Loads the certificates and starts the manager. `role` is the key in the target file.
    pub(crate) async fn start(
        role: &str,
        files: &PeerFiles,
        host: &str,
        listen: IpAddr,
        trust: &Trust,
        wait: Duration,
    ) -> Result<Self, TargetError> {
        let value = |reason: String| TargetError::Value {
            setting: format!("suite.{role}"),
            reason,
        };
        let credentials = files
            .certificates
            .iter()
            .map(|files| Credential::load(files).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        let main = credentials
            .first()
            .ok_or_else(|| value("name at least one certificate".to_owned()))?;
        if let Some(other) = credentials
            .iter()
            .find(|other| other.peer_id() != main.peer_id())
        {
            return Err(value(format!(
                "its certificates are of two peers, {} and {}",
                main.peer_id(),
                other.peer_id()
            )));
        }
        let socket = SocketAddr::new(listen, files.manager_port);
        let listener = crate::wire::bind(socket)
            .await
            .map_err(|error| value(format!("cannot listen on {socket}: {error}")))?;
        let manager = ManagerPlay::new(credentials.clone());
        let listening = serve(
            listener,
            Some((main.as_ref(), trust)),
            Arc::clone(&manager) as _,
        )
        .map_err(value)?;
        Ok(Self {
            id: main.peer_id().to_owned(),
            name: main.identity.peer().name.to_string(),
            manager,
            manager_address: Address::own(host, listening.port()),
            trust: trust.clone(),
            wait,
            _listening: listening,
            credentials,
        })
    }

    /// The certificate for connections.
    pub(crate) fn credential(&self) -> Option<&Arc<Credential>> {
        self.credentials.first()
    }

    /// Another certificate than the one for connections.
    pub(crate) fn other_credential(&self) -> Option<&Arc<Credential>> {
        self.credentials.get(1)
    }

    /// A certificate with this kind of key.
    pub(crate) fn credential_of_kind(&self, rsa: bool) -> Option<&Arc<Credential>> {
        self.credentials
            .iter()
            .find(|credential| credential.is_rsa() == rsa)
    }

    /// Calls with the certificate for connections.
    pub(crate) fn client(&self) -> Option<Client> {
        self.credential()
            .map(|credential| self.client_with(credential))
    }

    /// Calls with a certificate.
    pub(crate) fn client_with(&self, credential: &Arc<Credential>) -> Client {
        Client::new(Arc::clone(credential), self.trust.clone(), self.wait)
    }

    /// This organisation as the outway of a connection.
    pub(crate) fn as_outway(&self) -> Outway {
        let credential = self.credential();
        Outway {
            peer_id: self.id.clone(),
            public_key_thumbprint: credential
                .map(|credential| credential.certificate.public_key_thumbprint())
                .unwrap_or_default(),
        }
    }
}
