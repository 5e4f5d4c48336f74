//! The audit log: show, verify, tail.

use std::pin::Pin;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::try_unfold;
use sluis_audit::{Finding, ReadError, Reader, StoredEntry, VerifyError};
use sluis_proto::admin::v1::audit_server::Audit as AuditApi;
use sluis_proto::admin::v1::{
    AuditFinding, ShowTransactionRequest, ShowTransactionResponse, TailRequest, TailResponse,
    VerifyRequest, VerifyResponse,
};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{audit_entry, read_failed};
use super::parts::Shared;

/// How often is looked whether something was recorded. Looking costs nothing.
const INTERVAL: Duration = Duration::from_millis(100);
/// Entries read at once.
const STEP: u64 = 100;

/// The service `sluis.admin.v1.Audit`.
pub(super) struct AuditService {
    shared: Shared,
}

impl AuditService {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared }
    }
}

#[tonic::async_trait]
impl AuditApi for AuditService {
    async fn show(
        &self,
        request: Request<ShowTransactionRequest>,
    ) -> Result<Response<ShowTransactionResponse>, Status> {
        let id: Uuid = request.get_ref().transaction_id.trim().parse().map_err(|_| {
            Status::invalid_argument(
                "transaction_id is not a UUID; it stands in the header Fsc-Transaction-Id of every answer",
            )
        })?;
        let reader = self.shared.audit.reader();
        let entries = reading(move || reader.transaction(id)).await?;
        let entries = entries.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Response::new(ShowTransactionResponse { entries }))
    }

    async fn verify(
        &self,
        _request: Request<VerifyRequest>,
    ) -> Result<Response<VerifyResponse>, Status> {
        let key = self.shared.audit.verifier_key().clone();
        let folder = self.shared.audit_folder.clone();
        let verified = blocking(move || sluis_audit::verify(&folder, &key)).await?;
        let mut response = VerifyResponse::default();
        match verified {
            Ok(report) => {
                response.entries = report.size;
                response.root_hash = report.root.to_vec();
            }
            Err(VerifyError::Unsound { findings, more }) => {
                let shown = |Finding { place, what }| AuditFinding { place, what };
                response.findings = findings.into_iter().map(shown).collect();
                response.more_findings = more;
            }
            Err(error @ VerifyError::Missing { .. }) => {
                return Err(Status::not_found(error.to_string()));
            }
            Err(error @ VerifyError::Unreadable { .. }) => {
                return Err(Status::unavailable(error.to_string()));
            }
        }
        Ok(Response::new(response))
    }

    type TailStream = Pin<Box<dyn Stream<Item = Result<TailResponse, Status>> + Send>>;

    async fn tail(
        &self,
        request: Request<TailRequest>,
    ) -> Result<Response<Self::TailStream>, Status> {
        let size = self.shared.audit.state().size;
        let from = request.get_ref().from_index.unwrap_or(size);
        let tail = Tail {
            reader: self.shared.audit.reader(),
            shared: self.shared.clone(),
            shutdown: self.shared.shutdown(),
            next: from,
            read: Vec::new().into_iter(),
        };
        let stream = try_unfold(tail, |mut tail| async move {
            let next = tail.next().await?;
            Ok(next.map(|response| (response, tail)))
        });
        Ok(Response::new(Box::pin(stream)))
    }
}

/// A caller that follows the log.
struct Tail {
    shared: Shared,
    reader: Reader,
    shutdown: CancellationToken,
    /// The first entry that was not read yet.
    next: u64,
    read: std::vec::IntoIter<StoredEntry>,
}

impl Tail {
    /// The next entry, as soon as there is one; `None` when the gateway stops.
    async fn next(&mut self) -> Result<Option<TailResponse>, Status> {
        loop {
            if let Some(stored) = self.read.next() {
                let entry = Some(entry(&stored)?);
                return Ok(Some(TailResponse { entry }));
            }
            while self.shared.audit.state().size <= self.next {
                if self.shutdown.is_cancelled() {
                    return Ok(None);
                }
                // What was recorded before the gateway stops is given all the same.
                tokio::select! {
                    () = self.shutdown.cancelled() => {}
                    () = tokio::time::sleep(INTERVAL) => {}
                }
            }
            let (reader, from) = (self.reader.clone(), self.next);
            let read = reading(move || reader.entries(from, STEP)).await?;
            self.next += u64::try_from(read.len()).unwrap_or_default();
            self.read = read.into_iter();
        }
    }
}

/// Reads the log on a thread that may block.
async fn reading<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ReadError> + Send + 'static,
) -> Result<T, Status> {
    blocking(read).await?.map_err(read_failed)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Status> {
    spawn_blocking(work)
        .await
        .map_err(|_| Status::internal("reading the audit log was cut off"))
}

fn entry(stored: &StoredEntry) -> Result<sluis_proto::admin::v1::AuditEntry, Status> {
    audit_entry(stored).map_err(|error| Status::data_loss(error.to_string()))
}
