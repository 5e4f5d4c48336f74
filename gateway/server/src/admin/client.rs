//! The client of the administration.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hyper_util::rt::TokioIo;
use sluis_proto::admin::v1::audit_client::AuditClient;
use sluis_proto::admin::v1::certificates_client::CertificatesClient;
use sluis_proto::admin::v1::contracts_client::ContractsClient;
use sluis_proto::admin::v1::files_client::FilesClient;
use sluis_proto::admin::v1::peers_client::PeersClient;
use sluis_proto::admin::v1::status_client::StatusClient;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::MESSAGE_BYTES_MAX;

/// What stands where the address of a server would; a socket has none.
const AUTHORITY: &str = "http://localhost";

/// A connection to the administration of a running gateway. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AdminClient {
    channel: Channel,
}

/// Why there is no connection. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no socket.
    #[error("the gateway is not running: there is no socket `{}`; start it with `sluis serve`, or name the configuration of the gateway that runs", path.display())]
    NotThere {
        /// The path.
        path: PathBuf,
    },
    /// There is a socket and nobody behind it.
    #[error("the gateway is not running: nobody answers behind `{}`, so it was not stopped in the usual way; start it with `sluis serve`", path.display())]
    NobodyThere {
        /// The path.
        path: PathBuf,
    },
    /// Another user's.
    #[error("`{}` may only be opened by the user that the gateway runs as; run this command as that user", path.display())]
    NotOurs {
        /// The path.
        path: PathBuf,
    },
    /// Anything else.
    #[error("the gateway cannot be reached through `{}`: {source}", path.display())]
    Failed {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl AdminClient {
    /// Connects to the socket at `path`.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect(path: &Path) -> Result<Self, ConnectError> {
        let failed = |source: io::Error| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::NotFound => ConnectError::NotThere { path },
                io::ErrorKind::ConnectionRefused => ConnectError::NobodyThere { path },
                io::ErrorKind::PermissionDenied => ConnectError::NotOurs { path },
                _ => ConnectError::Failed { path, source },
            }
        };
        let stream = UnixStream::connect(path).await.map_err(failed)?;
        // The first connection is the one just made, whose errors could be told apart.
        let first = Arc::new(Mutex::new(Some(stream)));
        let socket: Arc<Path> = path.into();
        let connector = service_fn(move |_| {
            let stream = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            let socket = Arc::clone(&socket);
            async move {
                let stream = match stream {
                    Some(stream) => stream,
                    None => UnixStream::connect(&socket).await?,
                };
                Ok::<_, io::Error>(TokioIo::new(stream))
            }
        });
        let channel = Endpoint::from_static(AUTHORITY)
            .connect_with_connector(connector)
            .await
            .map_err(|error| failed(io::Error::other(error)))?;
        Ok(Self { channel })
    }

    /// Contracts.
    #[must_use]
    pub fn contracts(&self) -> ContractsClient<Channel> {
        ContractsClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX)
    }

    /// Our certificates.
    #[must_use]
    pub fn certificates(&self) -> CertificatesClient<Channel> {
        CertificatesClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    /// Peers.
    #[must_use]
    pub fn peers(&self) -> PeersClient<Channel> {
        PeersClient::new(self.channel.clone())
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> AuditClient<Channel> {
        AuditClient::new(self.channel.clone())
    }

    /// Files that were replaced.
    #[must_use]
    pub fn files(&self) -> FilesClient<Channel> {
        FilesClient::new(self.channel.clone())
    }

    /// How the gateway is doing.
    #[must_use]
    pub fn status(&self) -> StatusClient<Channel> {
        StatusClient::new(self.channel.clone())
    }

    /// The connection itself, for other services on the same socket, as gRPC health.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }
}
