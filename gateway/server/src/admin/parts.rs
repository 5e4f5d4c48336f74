//! What the administration is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use sluis_audit::AuditLog;
use sluis_certs::{LiveIdentity, LiveTrust, PeerId};
use sluis_fsc::GroupId;
use sluis_fsc::grant::Protocol;
use sluis_policy::PolicySet;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::clock::Clock;
use crate::contracts::Contracts;
use crate::manager::{DirectoryAddress, Manager};
use crate::reload::Reload;
use crate::revocation::Revocation;
use crate::telemetry::Readiness;

/// What the administration shows and changes.
pub struct AdminParts {
    /// The time.
    pub clock: Clock,
    /// The group.
    pub group_id: GroupId,
    /// Who we are: our certificates in use.
    pub identities: LiveIdentity,
    /// Whom we trust.
    pub trust: LiveTrust,
    /// The services behind our inway, with what they speak.
    pub services: BTreeMap<Arc<str>, Protocol>,
    /// The parts that run.
    pub parts: Vec<Part>,
    /// What we know.
    pub contracts: Contracts,
    /// The manager, where this gateway has that role.
    pub manager: Option<Manager>,
    /// The policy in force, where there is one.
    pub policy: Option<Arc<ArcSwap<PolicySet>>>,
    /// Takes over files that were replaced.
    pub reload: Reload,
    /// The revocation lists.
    pub revocation: Revocation,
    /// The audit log.
    pub audit: AuditLog,
    /// The folder of the audit log.
    pub audit_folder: PathBuf,
    /// Whether a real record can be written and read back.
    pub readiness: Readiness,
}

/// One part of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name: `inway`, `outway`, `manager`, `directory`, `observability`, `admin`.
    pub name: &'static str,
    /// Where it listens.
    pub listen: String,
    /// Where others reach it; empty when nobody outside does.
    pub address: String,
}

impl Part {
    /// Whether it does nothing without a record: it then takes no request as long as the audit log
    /// cannot be written.
    pub(super) fn needs_record(&self) -> bool {
        matches!(self.name, "inway" | "outway")
    }
}

/// What every service of the administration holds.
#[derive(Clone)]
pub(super) struct Shared(Arc<Inner>);

struct Inner {
    own: PeerId,
    parts: AdminParts,
    started_at_unix_seconds: i64,
    shutdown: CancellationToken,
}

impl Shared {
    pub(super) fn new(parts: AdminParts, shutdown: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            own: parts.identities.load().peer_id().clone(),
            started_at_unix_seconds: parts.clock.unix_seconds(),
            parts,
            shutdown,
        }))
    }

    /// When the gateway started, Unix seconds.
    pub(super) fn started_at_unix_seconds(&self) -> i64 {
        self.0.started_at_unix_seconds
    }

    /// Told when the gateway stops; what goes on for long must end then.
    pub(super) fn shutdown(&self) -> CancellationToken {
        self.0.shutdown.clone()
    }

    /// Our own Peer ID.
    pub(super) fn own(&self) -> &PeerId {
        &self.0.own
    }

    /// The directory of the group; `None` when we are it, or have none.
    pub(super) fn directory(&self) -> Option<&DirectoryAddress> {
        self.manager.as_ref().and_then(Manager::directory)
    }

    pub(super) fn manager(&self) -> Result<&Manager, Status> {
        self.manager.as_ref().ok_or_else(|| {
            Status::failed_precondition(
                "this gateway has no manager; add the section `manager` to its configuration, or use the gateway that has it",
            )
        })
    }
}

impl std::ops::Deref for Shared {
    type Target = AdminParts;

    fn deref(&self) -> &AdminParts {
        &self.0.parts
    }
}
