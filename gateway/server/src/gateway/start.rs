//! Starting and stopping.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use sluis_audit::AuditLog;
use sluis_certs::{LiveIdentity, LiveTrust, tls};
use sluis_fsc::AddressError;
use sluis_fsc::api::JwksError;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::assembly::Starting;
use super::materials::{MaterialError, Materials};
use crate::admin::SocketError;
use crate::clock::Clock;
use crate::config::Config;
use crate::contracts::{Contracts, StoreError};
use crate::listener::{ConnectionLimits, Connections};
use crate::manager::{Manager, SettingsError};
use crate::reload::{Digests, Reload};
use crate::revocation::Revocation;
use crate::telemetry::{Role, Telemetry, TelemetryError};
use crate::upstream::Pools;

/// Where the parts listen; the real port where port 0 was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The manager, for peers.
    pub manager: Option<SocketAddr>,
    /// The inway, for peers.
    pub inway: Option<SocketAddr>,
    /// The outway, for our own applications.
    pub outway: Option<SocketAddr>,
    /// Health and metrics.
    pub observability: Option<SocketAddr>,
}

/// Why the gateway did not start. Nothing of it runs then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file that the configuration names.
    #[error("{0}")]
    Material(#[from] MaterialError),
    /// The audit log.
    #[error("the audit log in `{}` cannot be opened: {source}", folder.display())]
    Audit {
        /// Its folder.
        folder: PathBuf,
        /// Why.
        source: sluis_audit::OpenError,
    },
    /// The contracts.
    #[error("the contracts in `{}` cannot be opened: {source}", folder.display())]
    Contracts {
        /// Their folder.
        folder: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// The revocation lists that were fetched before.
    #[error("the revocation lists in `{}` cannot be kept: {source}; check the folder and its permissions", folder.display())]
    RevocationLists {
        /// Their folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A port.
    #[error(
        "{setting}: `{address}` cannot be listened on: {source}; choose another address or stop what uses it"
    )]
    Listen {
        /// Name of the setting.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The socket of the administration.
    #[error("{0}")]
    Admin(#[from] SocketError),
    /// What FSC does not allow.
    #[error("{0}")]
    Settings(#[from] SettingsError),
    /// The address of the inway.
    #[error("inway.address: {0}")]
    Address(#[from] AddressError),
    /// Our certificate as published to peers.
    #[error("certificate: {0}")]
    Jwks(#[from] JwksError),
    /// TLS.
    #[error("certificate: {0}")]
    Tls(#[from] tls::TlsError),
    /// Our certificate as signer of tokens.
    #[error("certificate: {0}")]
    Signer(#[from] sluis_fsc::token::TokenError),
    /// Metrics or traces.
    #[error("observability: {0}")]
    Telemetry(#[from] TelemetryError),
    /// A setting that is needed is missing.
    #[error("{0}")]
    Missing(&'static str),
}

/// A running gateway.
pub struct Gateway {
    addresses: Addresses,
    audit: AuditLog,
    contracts: Contracts,
    manager: Option<Manager>,
    connections: Connections,
    reload: Reload,
    revocation: Revocation,
    telemetry: Arc<Telemetry>,
    shutdown: CancellationToken,
    running: Vec<JoinHandle<()>>,
}

impl Gateway {
    /// Starts every role that the configuration names.
    ///
    /// # Errors
    /// The first thing that is wrong. `sluis check-config` tells of all at once.
    pub async fn start(config: &Config, clock: Clock) -> Result<Gateway, StartError> {
        // Before the files are read: what changes in between is noticed later.
        let digests = Digests::of(config);
        let materials = Materials::load(config)?;
        let telemetry = Arc::new(Telemetry::start(config)?);
        let certificate = materials.files.identities.current().peer();
        telemetry
            .metrics()
            .certificate_expires(certificate.not_after);
        let audit = open_audit(config, &materials, &clock)?;
        let contracts =
            Contracts::open(&config.store.folder, config.peer.id.clone()).map_err(|source| {
                StartError::Contracts {
                    folder: config.store.folder.clone(),
                    source,
                }
            })?;
        let connections = Connections::new(
            ConnectionLimits::from(&config.limits),
            telemetry.metrics().clone(),
        );
        let mut starting = Starting {
            config,
            clock,
            connections,
            identities: LiveIdentity::new(materials.files.identities.clone()),
            trust: LiveTrust::new(materials.files.trust.clone()),
            pools: Pools::new(config.limits.connection_age_max()),
            signers: None,
            materials,
            telemetry,
            audit,
            contracts,
            slots: Arc::new(Semaphore::new(config.limits.passages_max)),
            shutdown: CancellationToken::new(),
            running: Vec::new(),
            addresses: Addresses::default(),
        };
        // A start that fails half way must not leave the other half running.
        let unless_started = starting.shutdown.clone().drop_guard();
        starting.keep_young();
        let revocation = starting.revocation()?;
        let policy = starting
            .materials
            .files
            .policy
            .take()
            .map(|policy| Arc::new(ArcSwap::new(policy)));
        let inway = match &config.inway {
            Some(inway) => Some(
                starting
                    .bind("inway.listen", Role::Inway, inway.listen)
                    .await?,
            ),
            None => None,
        };
        let offered = starting.offered(inway.as_ref())?;
        let manager = starting
            .manager(Arc::clone(&offered), policy.clone())
            .await?;
        if let (Some(listener), Some(inway)) = (inway, &config.inway) {
            starting.inway(listener, inway, &offered, policy.clone())?;
        }
        if let Some(outway) = &config.outway {
            let manager = manager.as_ref().ok_or(StartError::Missing(
                "outway: the section `manager` is missing; the outway gets its tokens through it",
            ))?;
            starting.outway(outway, manager, policy.clone()).await?;
        }
        starting.observability().await?;
        starting.watch_expiry();
        let reload = starting.reload(digests, manager.clone(), policy.clone(), &revocation);
        starting.admin(manager.clone(), policy, reload.clone(), revocation.clone())?;
        unless_started.disarm();
        let Starting {
            addresses,
            audit,
            connections,
            contracts,
            telemetry,
            shutdown,
            running,
            ..
        } = starting;
        Ok(Gateway {
            addresses,
            audit,
            contracts,
            manager,
            connections,
            reload,
            revocation,
            telemetry,
            shutdown,
            running,
        })
    }

    /// Where the parts listen.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The audit log.
    pub fn audit(&self) -> &AuditLog {
        &self.audit
    }

    /// The contracts.
    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    /// The manager, where this gateway has that role.
    pub fn manager(&self) -> Option<&Manager> {
        self.manager.as_ref()
    }

    /// The connections of others to this gateway, and of our applications.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Takes over files that were replaced on disk.
    pub fn reload(&self) -> &Reload {
        &self.reload
    }

    /// The revocation lists.
    pub fn revocation(&self) -> &Revocation {
        &self.revocation
    }

    /// Stops taking requests, lets those under way finish within the grace period, and writes what is left of the audit log.
    pub async fn stop(self) {
        let Gateway {
            shutdown,
            running,
            audit,
            telemetry,
            ..
        } = self;
        shutdown.cancel();
        for task in running {
            // A task that panicked has said so; the others still get their time.
            let _ = task.await;
        }
        let closing = tokio::task::spawn_blocking(move || {
            audit.close();
            telemetry.shutdown();
        });
        let _ = closing.await;
    }
}

fn open_audit(
    config: &Config,
    materials: &Materials,
    clock: &Clock,
) -> Result<AuditLog, StartError> {
    let clock = clock.clone();
    let mut options = sluis_audit::Options::new(
        config.store.folder.join("audit"),
        config.audit_origin(),
        materials.note_key.clone(),
        Arc::new(move || clock.unix_ms()),
    );
    options.queue_entries_max = config.audit.queue_entries_max;
    options.batch_entries_max = config.audit.batch_entries_max;
    let folder = options.folder.clone();
    AuditLog::open(options).map_err(|source| StartError::Audit { folder, source })
}
