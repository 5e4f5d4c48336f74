//! The FSC Manager: contracts with other organisations, and the tokens that follow from them.
//!
//! [`Manager::router`] answers peers over mutual TLS, [`PeerClient`] calls theirs, [`Manager::run`] tells them what we
//! signed until they know, and the methods of [`Manager`] are what our own people do: propose, accept, reject, revoke,
//! publish. What is known is kept by [`crate::contracts`]; who calls is told by the listener as a [`Caller`].

mod admission;
mod announce;
mod approve;
mod areas;
mod backoff;
mod body;
mod call;
mod caller;
mod catch_up;
mod certificates;
mod client;
mod cursor;
mod listing;
mod logs;
mod operations;
mod paging;
mod propagate;
mod proposed;
mod receive;
mod refusal;
mod renew;
mod router;
mod serve;
mod settings;
mod state;
mod token;
mod watch;

use std::sync::Arc;

use arc_swap::ArcSwap;
use sluis_certs::{LiveIdentity, LiveTrust};
use sluis_fsc::api::{Jwks, JwksError};
use sluis_policy::PolicySet;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use approve::Preview;
pub use backoff::Backoff;
pub use call::CallError;
pub use caller::Caller;
pub use client::PeerClient;
pub use operations::{ContractView, OperationError};
pub use serve::ManagerService;
pub use settings::{AreaSettings, DirectoryAddress, ManagerSettings, SettingsError};
pub use state::{DecisionLog, ServiceDirectory, TransactionLog};

pub(crate) use watch::is_ours as speaks_our_fsc;

use refusal::Refusal;
use state::State;

use crate::clock::Clock;
use crate::contracts::{Contracts, StoreError};
use crate::telemetry::Metrics;

/// What a manager is made of.
pub struct ManagerParts {
    /// Our certificates and keys: the current one for connections, signatures and tokens, all of them in the key set.
    pub identities: LiveIdentity,
    /// Whom we trust.
    pub trust: LiveTrust,
    /// The time.
    pub clock: Clock,
    /// What we know.
    pub contracts: Contracts,
    /// What our inway offers.
    pub services: Arc<dyn ServiceDirectory>,
    /// The transaction log, for peers that ask.
    pub log: Arc<dyn TransactionLog>,
    /// What decides about contracts that others propose; a person does where there is none.
    pub policy: Option<Arc<ArcSwap<PolicySet>>>,
    /// Where those decisions are recorded.
    pub decisions: Arc<dyn DecisionLog>,
    /// Where verdicts are counted.
    pub metrics: Metrics,
    /// What the configuration says.
    pub settings: ManagerSettings,
}

/// The manager. Cheap to clone.
#[derive(Clone)]
pub struct Manager(Arc<State>);

impl Manager {
    /// Puts a manager together. Nothing happens before [`Manager::run`].
    ///
    /// # Errors
    /// [`JwksError`] when our own certificate cannot be published.
    pub fn new(parts: ManagerParts) -> Result<Self, JwksError> {
        let ManagerParts {
            identities,
            trust,
            clock,
            contracts,
            services,
            log,
            policy,
            decisions,
            metrics,
            settings,
        } = parts;
        // What cannot be published now could not be later either.
        Jwks::of(identities.load().all())?;
        let client = PeerClient::new(
            identities.clone(),
            trust.clone(),
            clock.clone(),
            contracts.clone(),
            &settings,
        );
        Ok(Self(Arc::new(State {
            own: identities.load().peer_id().clone(),
            certificates: certificates::Certificates::new(client.clone(), trust),
            admission: admission::Admission::new(settings.call_timeout),
            identities,
            clock,
            contracts,
            services,
            log,
            policy,
            decisions,
            deciding: Mutex::default(),
            behind: catch_up::Behind::default(),
            checking: Mutex::default(),
            areas: areas::Areas::new(&settings.regulated_areas),
            metrics,
            settings,
            client,
        })))
    }

    /// The HTTP interface for peers. The listener must put a [`Caller`] in the extensions of every request; without one
    /// nothing is answered.
    pub fn router(&self) -> axum::Router {
        router::router(Arc::clone(&self.0))
    }

    /// Calls to the managers of peers; the outway fetches its tokens with it.
    #[must_use]
    pub fn client(&self) -> &PeerClient {
        &self.0.client
    }

    /// What this manager knows.
    #[must_use]
    pub fn contracts(&self) -> &Contracts {
        &self.0.contracts
    }

    /// The directory of the group; `None` when we are it, or have none.
    #[must_use]
    pub fn directory(&self) -> Option<&DirectoryAddress> {
        self.0.settings.directory.as_ref()
    }

    /// Signs contracts anew where the certificate with which we signed was renewed.
    pub async fn renew_signatures(&self) {
        self.0.renew_signatures().await;
    }

    /// Puts every contract that waits for us to the rules. Call it when the policy has changed.
    pub async fn decide_waiting(&self) {
        self.0.decide_waiting().await;
    }

    /// Asks the managers of all organisations that we know what they speak, and whether they and the directories still have
    /// what was agreed; what is found wrong is in [`Contracts::alarms`], and in the log when it is news.
    ///
    /// # Errors
    /// [`StoreError`] when what is known cannot be read, or what is found cannot be kept.
    pub async fn check_peers(&self) -> Result<(), StoreError> {
        self.0.check_others().await
    }

    /// Works until `shutdown`: checks others now and then, announces us, decides about the contracts that wait for us, signs
    /// anew where our certificate was renewed, and tells peers what we signed.
    pub async fn run(&self, shutdown: CancellationToken) {
        let tasks = TaskTracker::new();
        tasks.spawn(announce::run(Arc::clone(&self.0), shutdown.clone()));
        // Before anything is told: with a certificate that is not ours any more nobody can verify what is told.
        self.0.renew_signatures().await;
        tasks.spawn(propagate::run(Arc::clone(&self.0), shutdown.clone()));
        tasks.spawn(watch::run(Arc::clone(&self.0), shutdown));
        tasks.close();
        self.0.decide_waiting().await;
        tasks.wait().await;
    }
}
