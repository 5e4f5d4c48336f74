//! Putting the parts together, one role at a time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::uri::Scheme;
use sluis_audit::AuditLog;
use sluis_certs::{LiveIdentity, LiveTrust, tls};
use sluis_fsc::Address;
use sluis_policy::PolicySet;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::materials::Materials;
use super::offered::Offered;
use super::readiness::WorkProbe;
use super::start::{Addresses, StartError};
use crate::clock::Clock;
use crate::config::{Config, HeaderNames, HttpsAddress, InwayConfig, OutwayConfig, Protocol};
use crate::contracts::Contracts;
use crate::inway::{self, Inway, Services, TokenSigners};
use crate::listener::{Connections, Listener, Serve};
use crate::manager::{Manager, ManagerParts, ManagerService, ManagerSettings};
use crate::outway::{self, Destination, Destinations, Outway, PeerClients};
use crate::passage::{ClaimHeaders, Parts, Passage, PassageLimits};
use crate::telemetry::{self, ObservabilityServer, Readiness, Role, Telemetry};
use crate::upstream::{Client, Pools, UpstreamLimits};

/// The parts on their way to a [`Gateway`].
pub(super) struct Starting<'a> {
    pub config: &'a Config,
    pub clock: Clock,
    pub connections: Connections,
    pub materials: Materials,
    pub identities: LiveIdentity,
    pub trust: LiveTrust,
    pub pools: Pools,
    pub signers: Option<TokenSigners>,
    pub telemetry: Arc<Telemetry>,
    pub audit: AuditLog,
    pub contracts: Contracts,
    pub slots: Arc<Semaphore>,
    pub shutdown: CancellationToken,
    pub running: Vec<JoinHandle<()>>,
    pub addresses: Addresses,
}

impl Starting<'_> {
    pub(super) async fn bind(
        &self,
        setting: &'static str,
        role: Role,
        address: SocketAddr,
    ) -> Result<Listener, StartError> {
        Listener::bind(role, address, self.connections.clone())
            .await
            .map_err(|source| StartError::Listen {
                setting,
                address,
                source,
            })
    }

    /// Sees to it that no connection with another organisation outlives its age.
    pub(super) fn keep_young(&mut self) {
        let (connections, pools) = (self.connections.clone(), self.pools.clone());
        let shutdown = || self.shutdown.clone();
        self.running.extend([
            tokio::spawn(connections.keep_young(shutdown())),
            tokio::spawn(pools.keep_young(shutdown())),
        ]);
    }

    fn run<S: Serve>(&mut self, listener: Listener, service: S) {
        self.running
            .push(listener.run(Arc::new(service), self.shutdown.clone()));
    }

    /// What this organisation offers: its services and the address in the tokens for them.
    pub(super) fn offered(&self, inway: Option<&Listener>) -> Result<Arc<Offered>, StartError> {
        let (Some(config), Some(listener)) = (&self.config.inway, inway) else {
            return Ok(Arc::default());
        };
        let localhost = HttpsAddress::localhost(listener.address().port());
        let address = Address::parse(config.address.as_ref().unwrap_or(&localhost).as_str())?;
        let services = config.services.iter().map(|service| service.name.shared());
        Ok(Arc::new(Offered::new(address, services)))
    }

    pub(super) async fn manager(
        &mut self,
        offered: Arc<Offered>,
        policy: Option<Arc<ArcSwap<PolicySet>>>,
    ) -> Result<Option<Manager>, StartError> {
        let Some(config) = &self.config.manager else {
            return Ok(None);
        };
        let listener = self
            .bind("manager.listen", Role::Manager, config.listen)
            .await?;
        let settings = ManagerSettings::from_config(self.config, config, listener.address())?;
        let manager = Manager::new(ManagerParts {
            settings,
            identities: self.identities.clone(),
            trust: self.trust.clone(),
            contracts: self.contracts.clone(),
            log: Arc::new(self.audit.reader()),
            policy,
            decisions: Arc::new(self.audit.clone()),
            services: offered,
            clock: self.clock.clone(),
            metrics: self.telemetry.metrics().clone(),
        })?;
        let client = manager.client().clone();
        // Those of a manager are dropped by themselves when they are old.
        self.pools.add(move |age| {
            if age.is_zero() {
                client.forget_connections();
            }
        });
        self.addresses.manager = Some(listener.address());
        let tls = self.server_tls(&[b"h2", b"http/1.1"])?;
        self.run(listener.with_tls(tls), ManagerService::new(&manager));
        let (worker, shutdown) = (manager.clone(), self.shutdown.clone());
        self.running
            .push(tokio::spawn(async move { worker.run(shutdown).await }));
        Ok(Some(manager))
    }

    fn server_tls(
        &self,
        alpn: &[&[u8]],
    ) -> Result<Arc<tokio_rustls::rustls::ServerConfig>, StartError> {
        Ok(tls::server_config(
            &self.identities,
            &self.trust,
            alpn,
            self.clock.time_provider(),
        )?)
    }

    pub(super) fn inway(
        &mut self,
        listener: Listener,
        config: &InwayConfig,
        offered: &Offered,
        policy: Option<Arc<ArcSwap<PolicySet>>>,
    ) -> Result<(), StartError> {
        let policy = policy.ok_or(StartError::Missing(
            "inway: the section `policy` is missing; without a policy nothing is let through",
        ))?;
        let limits = UpstreamLimits::from(&self.config.limits);
        // Pools are kept per source by host and port, so two clients serve all services.
        let (http1, http2) = (Client::plain(false, limits), Client::plain(true, limits));
        let services: HashMap<Arc<str>, inway::Service> = config
            .services
            .iter()
            .map(|service| {
                let client = if service.protocol == Protocol::Http2 {
                    http2.clone()
                } else {
                    http1.clone()
                };
                let upstream = inway::Service {
                    client,
                    scheme: Scheme::HTTP,
                    authority: service.upstream_url.authority().clone(),
                    path_prefix: Arc::from(service.upstream_url.base_path()),
                };
                (service.name.shared(), upstream)
            })
            .collect();
        let clock_skew_seconds = self.config.limits.clock_skew_seconds;
        let manager = self.config.manager.as_ref();
        let lifetime = manager.map_or(0, |manager| manager.token_lifetime_seconds);
        let lifetime = Duration::from_secs(lifetime.saturating_add(clock_skew_seconds).into());
        // Replicas may be a step ahead or behind in a renewal, and tokens of before it are still under way.
        let signers = TokenSigners::new(&self.identities.load(), lifetime)?;
        self.signers = Some(signers.clone());
        let tokens = inway::Tokens::new(
            signers,
            self.config.group_id.clone(),
            offered.addresses(),
            i64::from(clock_skew_seconds),
            self.config.limits.token_cache_entries_max,
        );
        let role = Inway::new(tokens, self.contracts.clone(), Services::new(services));
        self.addresses.inway = Some(listener.address());
        let tls = self.server_tls(&[b"h2", b"http/1.1"])?;
        let parts = self.parts(policy, &config.headers);
        self.run(listener.with_tls(tls), Passage::new(role, parts));
        Ok(())
    }

    pub(super) async fn outway(
        &mut self,
        config: &OutwayConfig,
        manager: &Manager,
        policy: Option<Arc<ArcSwap<PolicySet>>>,
    ) -> Result<(), StartError> {
        let policy = policy.ok_or(StartError::Missing(
            "outway: the section `policy` is missing; without a policy nothing is let through",
        ))?;
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
        let time = self.clock.time_provider();
        let peers = PeerClients::new(self.trust.clone(), time, limits);
        let pools = peers.clone();
        self.pools.add(move |age| pools.forget(age));
        let tokens = outway::Tokens::new(
            manager.client().clone(),
            self.config.group_id.clone(),
            self.clock.clone(),
            self.telemetry.metrics().clone(),
            self.config.limits.token_cache_entries_max,
        );
        let role = Outway::new(
            self.identities.clone(),
            Destinations::new(destinations),
            self.contracts.clone(),
            tokens,
            peers,
        );
        let listener = self
            .bind("outway.listen", Role::Outway, config.listen)
            .await?;
        self.addresses.outway = Some(listener.address());
        let parts = self.parts(policy, &config.headers);
        self.run(listener, Passage::new(role, parts));
        Ok(())
    }

    fn parts(&self, policy: Arc<ArcSwap<PolicySet>>, headers: &HeaderNames) -> Parts {
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

    pub(super) async fn observability(&mut self) -> Result<(), StartError> {
        let address = self.config.observability.listen;
        let server =
            ObservabilityServer::bind(address)
                .await
                .map_err(|source| StartError::Listen {
                    setting: "observability.listen",
                    address,
                    source,
                })?;
        self.addresses.observability = Some(server.address());
        let readiness = Readiness::new(WorkProbe::new(self.audit.clone(), self.identities.clone()));
        let router = telemetry::router(Arc::clone(&self.telemetry), readiness);
        let shutdown = self.shutdown.clone();
        self.running.push(tokio::spawn(async move {
            if let Err(error) = server.serve(router, shutdown).await {
                tracing::error!(%error, "the observability listener failed");
            }
        }));
        Ok(())
    }
}
