//! Everything and everybody that takes part in the story.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use sluis_audit::VerifierKey;
use sluis_certs::NoteKey;
use sluis_fsc::{ContentHash, GrantHash};
use sluis_proto::admin::v1::{AuditEntry, Contract, ShowContractRequest, ShowTransactionRequest};
use uuid::{NoContext, Timestamp, Uuid};

use super::call::Caller;
use super::parties::Party;
use super::party_files::PartyFiles;
use super::sources::brp::BrpSource;
use super::sources::zaken::ZakenSource;
use super::story::StepError;
use crate::admin::AdminClient;
use crate::clock::Clock;
use crate::config::Config;

/// Longest wait for something that one gateway tells another.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Everything and everybody that takes part in the story.
pub(super) struct Stage {
    /// The folder of the demo.
    pub(super) root: PathBuf,
    /// The directory.
    pub(super) directory: Member,
    /// The municipality.
    pub(super) voorbeeld: Member,
    /// The agency.
    pub(super) uiw: Member,
    /// The shared service centre.
    pub(super) ssc: Member,
    /// The person records behind the agency's inway.
    pub(super) brp: BrpSource,
    /// The cases behind the shared service centre's inway.
    pub(super) zaken: ZakenSource,
    /// Whoever holds the municipality's former certificate, which is revoked.
    pub(super) former: Caller,
    /// The time.
    pub(super) clock: Clock,
    /// What one step leaves for a later one.
    pub(super) notes: Notes,
}

/// What one step leaves for a later one.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The contract for the person records.
    pub(super) persons: Option<Agreement>,
    /// The access token that the municipality got.
    pub(super) token: Option<String>,
    /// The calls through the outway, in order.
    pub(super) passages: Vec<Noted>,
}

/// A contract with one grant.
#[derive(Clone, Debug)]
pub(super) struct Agreement {
    /// Its content hash.
    pub(super) content_hash: ContentHash,
    /// The hash of its grant.
    pub(super) grant_hash: GrantHash,
}

/// A call through the outway.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    /// Its transaction id.
    pub(super) id: String,
    /// What it was, in some words.
    pub(super) what: &'static str,
    /// Whether it was for the shared service centre, not for the agency.
    pub(super) is_case: bool,
}

/// An organisation whose gateway runs.
pub(super) struct Member {
    /// Its files.
    pub(super) files: PartyFiles,
    /// Its configuration.
    pub(super) config: Config,
    /// The administration of its gateway.
    pub(super) admin: AdminClient,
    /// Its certificate, for calls by hand.
    pub(super) caller: Caller,
}

impl Stage {
    /// Where the applications of the municipality ask.
    #[must_use]
    pub(super) fn outway(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.voorbeeld.files.plan.ports.outway))
    }

    /// All four, the directory first.
    #[must_use]
    pub(super) fn members(&self) -> [&Member; 4] {
        [&self.directory, &self.voorbeeld, &self.uiw, &self.ssc]
    }

    /// A transaction id, for calls that no outway gives one.
    #[must_use]
    pub(super) fn new_transaction_id(&self) -> String {
        let unix_ms = self.clock.unix_ms();
        let nanos = u32::try_from((unix_ms % 1000) * 1_000_000).unwrap_or_default();
        let now = Timestamp::from_unix(NoContext, unix_ms / 1000, nanos);
        Uuid::new_v7(now).hyphenated().to_string()
    }
}

impl Member {
    /// Who.
    #[must_use]
    pub(super) fn party(&self) -> Party {
        self.files.plan.party
    }

    /// What is recorded of a transaction; waits until there are so many entries.
    ///
    /// # Errors
    /// [`StepError`].
    pub(super) async fn entries(
        &self,
        id: &str,
        count: usize,
    ) -> Result<Vec<AuditEntry>, StepError> {
        let what = format!("the record of transaction {id} at {}", self.party().name);
        until(&what, async || {
            let request = ShowTransactionRequest {
                transaction_id: id.to_owned(),
            };
            let entries = self.admin.audit().show(request).await?.into_inner().entries;
            Ok(Some(entries).filter(|entries| entries.len() >= count))
        })
        .await
    }

    /// The contract, once `fits` says that it stands as it should.
    ///
    /// # Errors
    /// [`StepError`].
    pub(super) async fn contract(
        &self,
        hash: &ContentHash,
        fits: impl Fn(&Contract) -> bool,
    ) -> Result<Contract, StepError> {
        let what = format!("news of the contract at {}", self.party().name);
        until(&what, async || {
            let request = ShowContractRequest {
                contract: hash.to_string(),
            };
            match self.admin.contracts().show(request).await {
                Ok(shown) => Ok(shown.into_inner().contract.filter(&fits)),
                Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
                Err(status) => Err(status.into()),
            }
        })
        .await
    }

    /// The folder of its audit log.
    #[must_use]
    pub(super) fn audit_folder(&self) -> PathBuf {
        self.config.store.folder.join("audit")
    }

    /// The public key of its audit log, made from its own key: not what the log says of itself.
    ///
    /// # Errors
    /// [`StepError`].
    pub(super) fn audit_key(&self) -> Result<VerifierKey, StepError> {
        let pem = std::fs::read(&self.config.audit.key_file)?;
        let key = NoteKey::from_pem(&pem).map_err(|error| unusable(&error))?;
        VerifierKey::new(&self.config.audit_origin(), key.public_key())
            .map_err(|error| unusable(&error))
    }
}

/// Asks again and again until there is an answer.
///
/// # Errors
/// What `ask` says, and [`StepError::Never`].
pub(super) async fn until<T>(
    what: &str,
    ask: impl AsyncFn() -> Result<Option<T>, StepError>,
) -> Result<T, StepError> {
    let asking = async {
        let mut pause = tokio::time::interval(LOOK_AGAIN);
        loop {
            pause.tick().await;
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| Err(StepError::Never(what.to_owned())))
}

pub(super) fn unusable(error: &dyn std::fmt::Display) -> StepError {
    StepError::Unusable(error.to_string())
}
