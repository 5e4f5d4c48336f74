//! Taking over files that were replaced.

use sluis_proto::admin::v1::files_server::Files as FilesApi;
use sluis_proto::admin::v1::{ReloadRequest, ReloadResponse};
use tonic::{Request, Response, Status};

use super::act::{Act, Details};
use super::parts::Shared;
use crate::reload::Cause;

/// The service `sluis.admin.v1.Files`.
pub(super) struct FilesService {
    shared: Shared,
}

impl FilesService {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared }
    }
}

#[tonic::async_trait]
impl FilesApi for FilesService {
    async fn reload(
        &self,
        request: Request<ReloadRequest>,
    ) -> Result<Response<ReloadResponse>, Status> {
        let shared = &self.shared;
        let act = Act::begin(&shared.audit, "reload", &request, Details::new()).await?;
        let result = shared.reload.now(Cause::Command).await;
        let result = result.map_err(|refused| {
            Status::failed_precondition(format!(
                "the files are refused, and what was in force stays in force:\n  - {}",
                refused.problems.join("\n  - ")
            ))
        });
        let more = |changed: &Vec<&'static str>| {
            Details::from([("changed".into(), changed.join(",").into())])
        };
        let changed = act.end(result, more).await?;
        Ok(Response::new(ReloadResponse {
            changed: changed.into_iter().map(str::to_owned).collect(),
        }))
    }
}
