//! Serving the administration on its socket.

use std::path::Path;
use std::time::Duration;

use sluis_proto::admin::v1::audit_server::AuditServer;
use sluis_proto::admin::v1::certificates_server::CertificatesServer;
use sluis_proto::admin::v1::contracts_server::ContractsServer;
use sluis_proto::admin::v1::files_server::FilesServer;
use sluis_proto::admin::v1::peers_server::PeersServer;
use sluis_proto::admin::v1::status_server::StatusServer;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use super::audit::AuditService;
use super::certificates::CertificatesService;
use super::contracts::ContractsService;
use super::files::FilesService;
use super::health;
use super::parts::Shared;
use super::peers::PeersService;
use super::status::StatusService;
use super::{AdminParts, AdminSocket, MESSAGE_BYTES_MAX, SocketError};

/// Calls that one connection may have open.
const CALLS_PER_CONNECTION_MAX: usize = 16;

/// The administration, ready to serve.
#[derive(Debug)]
pub struct AdminServer {
    socket: AdminSocket,
}

impl AdminServer {
    /// Binds the socket. Must be called inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`SocketError`].
    pub fn bind(path: &Path) -> Result<Self, SocketError> {
        Ok(Self {
            socket: AdminSocket::bind(path)?,
        })
    }

    /// Serves until `shutdown`, then lets calls under way finish for as long as `grace`. The socket
    /// is gone when the task has ended.
    pub fn run(
        self,
        parts: AdminParts,
        shutdown: CancellationToken,
        grace: Duration,
    ) -> JoinHandle<()> {
        tokio::spawn(self.serve(parts, shutdown, grace))
    }

    async fn serve(self, parts: AdminParts, shutdown: CancellationToken, grace: Duration) {
        let shared = Shared::new(parts, shutdown.clone());
        let (reporter, health) = tonic_health::server::health_reporter();
        let watch = health::watch(shared.clone(), reporter);
        let contracts = ContractsServer::new(ContractsService::new(shared.clone()))
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let serving = Server::builder()
            .concurrency_limit_per_connection(CALLS_PER_CONNECTION_MAX)
            .add_service(health)
            .add_service(contracts)
            .add_service(PeersServer::new(PeersService::new(shared.clone())))
            .add_service(AuditServer::new(AuditService::new(shared.clone())))
            .add_service(
                CertificatesServer::new(CertificatesService::new(shared.clone()))
                    .max_encoding_message_size(MESSAGE_BYTES_MAX),
            )
            .add_service(FilesServer::new(FilesService::new(shared.clone())))
            .add_service(StatusServer::new(StatusService::new(shared)))
            .serve_with_incoming_shutdown(
                self.socket.incoming(),
                shutdown.clone().cancelled_owned(),
            );
        let overdue = async {
            shutdown.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            served = serving => {
                if let Err(error) = served {
                    tracing::error!(%error, "the administration failed");
                }
            }
            () = overdue => tracing::warn!("calls of the administration were cut off"),
            () = watch => {}
        }
    }
}
