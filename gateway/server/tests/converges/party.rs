//! One organisation: a gateway in a process of its own that is killed and started again.

use std::path::Path;
use std::time::Duration;

use sluis::admin::AdminClient;
use sluis::demo::party_files::PartyFiles;
use sluis::demo::process::PartyProcess;
use sluis_proto::admin::v1::{
    AcceptRequest, Contract, Grant, ListContractsRequest, ProposeRequest, RejectRequest,
    RevokeRequest, ShowStatusRequest, ShowStatusResponse, SignatureType,
};
use tonic::Status;

use super::line::Line;

/// Between two looks whether a gateway is ready.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// More contracts than there are in a run.
pub(crate) const NEWEST: u32 = 30;

/// An organisation.
pub(crate) struct Party {
    pub(crate) files: PartyFiles,
    /// What others reach it by.
    pub(crate) line: Line,
    /// Nothing while it is down.
    running: Option<Running>,
}

struct Running {
    process: PartyProcess,
    office: Office,
}

impl Party {
    pub(crate) fn new(files: PartyFiles, line: Line) -> Self {
        Self {
            files,
            line,
            running: None,
        }
    }

    pub(crate) fn id(&self) -> &'static str {
        self.files.plan.party.oin
    }

    /// Starts the gateway unless it runs, and waits until it takes requests; returns its administration.
    pub(crate) async fn start(&mut self) -> Office {
        if let Some(running) = &self.running {
            return running.office.clone();
        }
        let program = Path::new(env!("CARGO_BIN_EXE_sluis"));
        let mut process = PartyProcess::start(program, &self.files).unwrap();
        let ready = process.ready().await;
        ready.unwrap_or_else(|error| panic!("{error}"));
        let socket = self.files.folder.join("admin.sock");
        // The administration comes last.
        let mut pause = tokio::time::interval(LOOK_AGAIN);
        let office = loop {
            pause.tick().await;
            if let Ok(client) = AdminClient::connect(&socket).await {
                break Office(client);
            }
            assert!(process.id().is_some(), "the gateway has stopped");
        };
        self.running = Some(Running {
            process,
            office: office.clone(),
        });
        office
    }

    /// Kills the gateway; whether it ran.
    pub(crate) async fn kill(&mut self) -> bool {
        match self.running.take() {
            Some(running) => {
                running.process.kill().await.unwrap();
                true
            }
            None => false,
        }
    }

    pub(crate) async fn stop(&mut self) {
        if let Some(Running { process, office }) = self.running.take() {
            drop(office);
            assert!(process.stop().await, "a gateway does not stop by itself");
        }
    }
}

/// The administration of a gateway while it runs.
#[derive(Clone)]
pub(crate) struct Office(AdminClient);

impl Office {
    pub(crate) async fn propose(
        &self,
        grants: Vec<Grant>,
        until_unix_seconds: i64,
        now_unix_seconds: i64,
    ) -> Result<Contract, Status> {
        let request = ProposeRequest {
            not_before_unix_seconds: now_unix_seconds - 60,
            not_after_unix_seconds: until_unix_seconds,
            grants,
        };
        let answer = self.0.contracts().propose(request).await?;
        Ok(answer.into_inner().contract.unwrap())
    }

    pub(crate) async fn answer(
        &self,
        contract: &str,
        answer: SignatureType,
    ) -> Result<Contract, Status> {
        let mut contracts = self.0.contracts();
        let contract = contract.to_owned();
        let signed = match answer {
            SignatureType::Reject => {
                let answer = contracts.reject(RejectRequest { contract }).await?;
                answer.into_inner().contract
            }
            SignatureType::Revoke => {
                let answer = contracts.revoke(RevokeRequest { contract }).await?;
                answer.into_inner().contract
            }
            SignatureType::Accept | SignatureType::Unspecified => {
                let answer = contracts.accept(AcceptRequest { contract }).await?;
                answer.into_inner().contract
            }
        };
        Ok(signed.unwrap())
    }

    /// The newest contracts: all of a run, and some of the run before.
    pub(crate) async fn contracts(&self) -> Result<Vec<Contract>, Status> {
        let mut contracts = self.0.contracts();
        let page = ListContractsRequest {
            page_size: NEWEST,
            ..ListContractsRequest::default()
        };
        let list = contracts.list(page).await?;
        Ok(list.into_inner().contracts)
    }

    pub(crate) async fn status(&self) -> Result<ShowStatusResponse, Status> {
        let mut status = self.0.status();
        Ok(status.show(ShowStatusRequest {}).await?.into_inner())
    }
}
