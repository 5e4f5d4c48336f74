//! Starting and stopping.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::uri::Scheme;
use sluis_audit::AuditLog;
use sluis_certs::tls;
use sluis_fsc::token::SigningCertificates;
use sluis_fsc::{Address, AddressError};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::materials::{MaterialError, Materials};
use super::peer_service::PeerService;
use super::readiness::AuditProbe;
use crate::clock::Clock;
use crate::config::{Config, HeaderNames, InwayConfig, OutwayConfig, Protocol};
use crate::contracts::{Contracts, StoreError};
use crate::inway::{self, Inway, Services};
use crate::listener::{ConnectionLimits, Listener, Serve};
use crate::manager::{Manager, ManagerSettings, Offered};
use crate::outway::{self, Destination, Destinations, Outway, PeerClients};
use crate::passage::{ClaimHeaders, Parts, Passage, PassageLimits};
use crate::telemetry::{self, ObservabilityServer, Readiness, Role, Telemetry, TelemetryError};
use crate::upstream::{Client, UpstreamLimits};

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
    /// A port.
    #[error("{setting}: `{address}` cannot be listened on: {source}; choose another address or stop what uses it")]
    Listen {
        /// Name of the setting.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// An address that FSC does not allow.
    #[error("{setting}: {source}")]
    Address {
        /// Name of the setting.
        setting: &'static str,
        /// Why.
        source: AddressError,
    },
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
        let materials = Materials::load(config)?;
        let telemetry = Arc::new(Telemetry::start(config)?);
        let audit = open_audit(config, &materials, &clock)?;
        let contracts = Contracts::open(&config.store.folder, config.peer.id.clone())
            .map_err(|source| StartError::Contracts { folder: config.store.folder.clone(), source })?;
        let mut starting = Starting {
            config,
            clock,
            limits: ConnectionLimits::from(&config.limits),
            materials,
            telemetry,
            audit,
            contracts,
            slots: Arc::new(Semaphore::new(config.limits.passages_max)),
            shutdown: CancellationToken::new(),
            running: Vec::new(),
            addresses: Addresses::default(),
        };
        let policy = starting.materials.policy.take().map(|policy| Arc::new(ArcSwap::from_pointee(policy)));
        let inway = match &config.inway {
            Some(inway) => Some(starting.bind("inway.listen", Role::Inway, inway.listen).await?),
            None => None,
        };
        let offered = starting.offered(inway.as_ref())?;
        let manager = starting.manager(offered.clone()).await?;
        if let (Some(listener), Some(inway)) = (inway, &config.inway) {
            starting.inway(listener, inway, offered, policy.clone())?;
        }
        if let Some(outway) = &config.outway {
            let manager = manager.as_ref().ok_or(StartError::Missing("outway: the section `manager` is missing; the outway gets its tokens through it"))?;
            starting.outway(outway, manager, policy).await?;
        }
        starting.observability().await?;
        Ok(starting.started(manager))
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

    /// Stops taking requests, lets those under way finish within the grace period, and writes what is left of the audit log.
    pub async fn stop(self) {
        let Gateway { shutdown, running, audit, telemetry, .. } = self;
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

fn open_audit(config: &Config, materials: &Materials, clock: &Clock) -> Result<AuditLog, StartError> {
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

/// The parts on their way to a [`Gateway`].
struct Starting<'a> {
    config: &'a Config,
    clock: Clock,
    limits: ConnectionLimits,
    materials: Materials,
    telemetry: Arc<Telemetry>,
    audit: AuditLog,
    contracts: Contracts,
    slots: Arc<Semaphore>,
    shutdown: CancellationToken,
    running: Vec<JoinHandle<()>>,
    addresses: Addresses,
}

impl Starting<'_> {
    async fn bind(&self, setting: &'static str, role: Role, address: SocketAddr) -> Result<Listener, StartError> {
        Listener::bind(role, address, self.limits.clone(), self.telemetry.metrics().clone())
            .await
            .map_err(|source| StartError::Listen { setting, address, source })
    }

    fn run<S: Serve>(&mut self, listener: Listener, service: S) {
        self.running.push(listener.run(Arc::new(service), self.shutdown.clone()));
    }

    /// What this organisation offers: its services and the address in the tokens for them.
    fn offered(&self, inway: Option<&Listener>) -> Result<Offered, StartError> {
        let (Some(config), Some(listener)) = (&self.config.inway, inway) else { return Ok(Offered::nothing()) };
        let address = match &config.address {
            Some(address) => Address::parse(address.as_str()),
            None => Address::parse(&format!("https://localhost:{}", listener.address().port())),
        };
        let address = address.map_err(|source| StartError::Address { setting: "inway.address", source })?;
        let services = config.services.iter().map(|service| (service.name.shared(), service.protocol.as_fsc()));
        Ok(Offered::new(address, services))
    }

    async fn manager(&mut self, offered: Offered) -> Result<Option<Manager>, StartError> {
        let Some(config) = &self.config.manager else { return Ok(None) };
        let listener = self.bind("manager.listen", Role::Manager, config.listen).await?;
        let settings = ManagerSettings::from_config(self.config, config, listener.address())
            .map_err(|source| StartError::Address { setting: "manager.address", source })?;
        let manager = Manager::new(crate::manager::Parts {
            settings,
            identity: self.materials.identity.clone(),
            trust: self.materials.trust.clone(),
            contracts: self.contracts.clone(),
            audit: self.audit.clone(),
            offered,
            clock: self.clock.clone(),
            metrics: self.telemetry.metrics().clone(),
        });
        self.addresses.manager = Some(listener.address());
        let tls = self.server_tls(&[b"h2", b"http/1.1"])?;
        self.run(listener.with_tls(tls), PeerService::new(manager.router()));
        let (worker, shutdown) = (manager.clone(), self.shutdown.clone());
        self.running.push(tokio::spawn(async move { worker.run(shutdown).await }));
        Ok(Some(manager))
    }

    fn server_tls(&self, alpn: &[&[u8]]) -> Result<Arc<tokio_rustls::rustls::ServerConfig>, StartError> {
        let Materials { identity, trust, .. } = &self.materials;
        Ok(tls::server_config(identity, trust, alpn, self.clock.time_provider())?)
    }

    fn inway(
        &mut self,
        listener: Listener,
        config: &InwayConfig,
        offered: Offered,
        policy: Option<Arc<ArcSwap<sluis_policy::PolicySet>>>,
    ) -> Result<(), StartError> {
        let policy = policy.ok_or(StartError::Missing("inway: the section `policy` is missing; without a policy nothing is let through"))?;
        let limits = UpstreamLimits::from(&self.config.limits);
        // Pools are kept per source by host and port, so two clients serve all services.
        let (http1, http2) = (Client::plain(false, limits), Client::plain(true, limits));
        let services: HashMap<Arc<str>, inway::Service> = config
            .services
            .iter()
            .map(|service| {
                let client = if service.protocol == Protocol::Http2 { http2.clone() } else { http1.clone() };
                let upstream = inway::Service {
                    client,
                    scheme: Scheme::HTTP,
                    authority: service.upstream_url.authority().clone(),
                    path_prefix: Arc::from(service.upstream_url.path_prefix()),
                };
                (service.name.shared(), upstream)
            })
            .collect();
        let identity = &self.materials.identity;
        let leaf = identity.chain().first().map(|der| der.as_ref());
        let tokens = inway::Tokens::new(
            SigningCertificates::new(&identity.peer().id, leaf)?,
            self.config.group_id.clone(),
            offered.addresses(),
            i64::from(self.config.limits.clock_skew_seconds),
            self.config.limits.token_cache_entries_max,
        );
        let role = Inway::new(tokens, self.contracts.clone(), Services::new(services));
        self.addresses.inway = Some(listener.address());
        let tls = self.server_tls(&[b"h2", b"http/1.1"])?;
        let parts = self.parts(policy, &config.headers);
        self.run(listener.with_tls(tls), Passage::new(role, parts));
        Ok(())
    }

    async fn outway(
        &mut self,
        config: &OutwayConfig,
        manager: &Manager,
        policy: Option<Arc<ArcSwap<sluis_policy::PolicySet>>>,
    ) -> Result<(), StartError> {
        let policy = policy.ok_or(StartError::Missing("outway: the section `policy` is missing; without a policy nothing is let through"))?;
        let Materials { identity, trust, .. } = &self.materials;
        let destinations = config
            .destinations
            .iter()
            .map(|destination| Destination {
                name: Arc::clone(&destination.name),
                path_prefix: Arc::from(destination.path_prefix.as_str()),
                peer_id: destination.peer_id.clone(),
                service: destination.service.shared(),
                delegator: destination.delegator_peer_id.clone(),
            })
            .collect();
        let limits = UpstreamLimits::from(&self.config.limits);
        let peers = PeerClients::new(identity.clone(), trust.clone(), self.clock.time_provider(), limits);
        let tokens = outway::Tokens::new(
            manager.client().clone(),
            self.config.group_id.clone(),
            identity.peer().certificate_thumbprint,
            self.clock.clone(),
            self.telemetry.metrics().clone(),
            self.config.limits.token_cache_entries_max,
        );
        let role = Outway::new(identity.clone(), Destinations::new(destinations), self.contracts.clone(), tokens, peers);
        let listener = self.bind("outway.listen", Role::Outway, config.listen).await?;
        self.addresses.outway = Some(listener.address());
        let parts = self.parts(policy, &config.headers);
        self.run(listener, Passage::new(role, parts));
        Ok(())
    }

    fn parts(&self, policy: Arc<ArcSwap<sluis_policy::PolicySet>>, headers: &HeaderNames) -> Parts {
        Parts {
            group_id: self.config.group_id.shared(),
            policy,
            audit: self.audit.clone(),
            pseudonyms: self.materials.pseudonyms.clone(),
            clock: self.clock.clone(),
            metrics: self.telemetry.metrics().clone(),
            spans: self.telemetry.spans().clone(),
            limits: PassageLimits::from(&self.config.limits),
            slots: Arc::clone(&self.slots),
            claims: Arc::new(ClaimHeaders {
                purpose: headers.purpose.clone(),
                role: headers.role.clone(),
                channel: headers.channel.clone(),
                user: headers.user.clone(),
                application: headers.application.clone(),
            }),
        }
    }

    async fn observability(&mut self) -> Result<(), StartError> {
        let address = self.config.observability.listen;
        let server = ObservabilityServer::bind(address)
            .await
            .map_err(|source| StartError::Listen { setting: "observability.listen", address, source })?;
        self.addresses.observability = Some(server.address());
        let readiness = Readiness::new(AuditProbe::new(self.audit.clone()));
        let router = telemetry::router(Arc::clone(&self.telemetry), readiness);
        let shutdown = self.shutdown.clone();
        self.running.push(tokio::spawn(async move {
            if let Err(error) = server.serve(router, shutdown).await {
                tracing::error!(%error, "the observability listener failed");
            }
        }));
        Ok(())
    }

    fn started(self, manager: Option<Manager>) -> Gateway {
        let Starting { addresses, audit, contracts, telemetry, shutdown, running, .. } = self;
        Gateway { addresses, audit, contracts, manager, telemetry, shutdown, running }
    }
}
