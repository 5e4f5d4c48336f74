//! What all parts of the manager share.

use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;
use sluis_audit::{AppendError, AuditLog, Event, LogQuery, Page, ReadError, Reader};
use sluis_certs::{LiveIdentity, PeerId};
use sluis_fsc::Address;
use sluis_policy::PolicySet;
use tokio::sync::Mutex;

use super::admission::Admission;
use super::areas::Areas;
use super::catch_up::Behind;
use super::certificates::Certificates;
use super::{ManagerSettings, PeerClient};
use crate::clock::Clock;
use crate::contracts::Contracts;
use crate::telemetry::Metrics;

/// Which services our inway offers, and where.
pub trait ServiceDirectory: Send + Sync + 'static {
    /// The public address of an inway that offers this service; `None` when none does.
    fn inway_address(&self, service: &str) -> Option<Address>;
}

impl<F: Fn(&str) -> Option<Address> + Send + Sync + 'static> ServiceDirectory for F {
    fn inway_address(&self, service: &str) -> Option<Address> {
        self(service)
    }
}

/// Where the transaction log records for `GET /logs` come from. Blocks on files.
pub trait TransactionLog: Send + Sync + 'static {
    /// A page of records.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn logs(&self, query: &LogQuery) -> Result<Page, ReadError>;
}

impl TransactionLog for Reader {
    fn logs(&self, query: &LogQuery) -> Result<Page, ReadError> {
        Self::logs(self, query)
    }
}

/// Where decisions about contracts are recorded.
pub trait DecisionLog: Send + Sync + 'static {
    /// Records a decision; when this is done it is durable.
    fn record(&self, event: Event) -> BoxFuture<'_, Result<u64, AppendError>>;
}

impl DecisionLog for AuditLog {
    fn record(&self, event: Event) -> BoxFuture<'_, Result<u64, AppendError>> {
        Box::pin(Self::record(self, event))
    }
}

pub(super) struct State {
    /// Our Peer ID, the same in every certificate that we ever get.
    pub(super) own: PeerId,
    pub(super) identities: LiveIdentity,
    pub(super) clock: Clock,
    pub(super) contracts: Contracts,
    pub(super) services: Arc<dyn ServiceDirectory>,
    pub(super) log: Arc<dyn TransactionLog>,
    pub(super) policy: Option<Arc<ArcSwap<PolicySet>>>,
    pub(super) decisions: Arc<dyn DecisionLog>,
    /// Held while a decision about a contract is made and carried out.
    pub(super) deciding: Mutex<()>,
    /// With whom contracts have still to be compared.
    pub(super) behind: Behind,
    /// Held while other managers are checked.
    pub(super) checking: Mutex<()>,
    /// The Regulated Areas of the configuration.
    pub(super) areas: Areas,
    pub(super) metrics: Metrics,
    pub(super) settings: ManagerSettings,
    pub(super) client: PeerClient,
    pub(super) certificates: Certificates,
    pub(super) admission: Admission,
}

impl State {
    /// The Peer ID of this organisation.
    pub(super) fn own(&self) -> &PeerId {
        &self.own
    }
}
