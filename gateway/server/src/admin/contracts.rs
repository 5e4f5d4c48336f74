//! Contracts: preview, propose, list, show, accept, reject, revoke.

use std::collections::BTreeSet;

use prost::Message;
use sluis_certs::PeerId;
use sluis_fsc::ContentHash;
use sluis_fsc::contract::{Content, Validity};
use sluis_fsc::grant::GrantData;
use sluis_proto::admin::v1::contracts_server::Contracts as ContractsApi;
use sluis_proto::admin::v1::preview_request::What;
use sluis_proto::admin::v1::{
    AcceptRequest, AcceptResponse, Contract, ContractState, ListContractsRequest,
    ListContractsResponse, PreviewRequest, PreviewResponse, ProposeRequest, ProposeResponse,
    RejectRequest, RejectResponse, RevokeRequest, RevokeResponse, ShowContractRequest,
    ShowContractResponse,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::act::{Act, Details};
use super::convert::{self, Defaults, operation_failed, store_failed};
use super::parts::Shared;
use crate::manager::ContractView;

/// Largest page, and the page when nothing is asked.
const PAGE_MAX: u32 = 100;
/// A page ends once its contracts together have this many bytes, so that it fits in a message.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Contracts read at once while looking for those that fit a filter.
const STEP: u32 = 100;
/// Contracts looked at for one page; a page may then be short, or empty, and yet have a next.
const LOOKED_AT_MAX: usize = 10_000;

/// The service `sluis.admin.v1.Contracts`.
pub(super) struct ContractsService {
    shared: Shared,
}

impl ContractsService {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared }
    }

    /// The content hash of a contract that is named by its hash or its unique id.
    async fn named(&self, contract: &str) -> Result<ContentHash, Status> {
        let contract = contract.trim();
        if contract.starts_with('$') {
            return ContentHash::parse(contract)
                .map_err(|error| Status::invalid_argument(format!("contract: {error}")));
        }
        let iv: Uuid = contract.parse().map_err(|_| {
            Status::invalid_argument(
                "contract: neither a content hash (`$1$1$..`) nor a unique id (a UUID); `sluis contract list` shows both",
            )
        })?;
        let found = self.shared.contracts.hash_with_iv(iv).await;
        found.map_err(store_failed)?.ok_or_else(|| {
            Status::not_found(format!(
                "no contract has the unique id {iv}; `sluis contract list` shows those that we know"
            ))
        })
    }

    /// What a proposal says, with our own defaults filled in.
    fn proposal(&self, asked: ProposeRequest) -> Result<(Vec<GrantData>, Validity), Status> {
        let identities = self.shared.identities.load();
        let defaults = Defaults {
            own: identities.current().peer(),
            directory: self.shared.directory().map(|directory| &directory.peer_id),
            services: &self.shared.services,
        };
        let grants = asked.grants.into_iter().enumerate();
        let grants: Vec<GrantData> = grants
            .map(|(index, grant)| convert::grant_data(index, grant, &defaults))
            .collect::<Result<_, _>>()?;
        let validity = Validity {
            not_before: asked.not_before_unix_seconds,
            not_after: asked.not_after_unix_seconds,
        };
        if validity.not_after <= self.shared.clock.unix_seconds() {
            return Err(Status::invalid_argument(
                "not_after_unix_seconds lies in the past, so that the contract would never be valid; choose a later moment",
            ));
        }
        Ok((grants, validity))
    }

    async fn shown(&self, content_hash: &ContentHash) -> Result<ContractView, Status> {
        let manager = self.shared.manager()?;
        manager.show(content_hash).await.map_err(operation_failed)
    }

    /// Does something to a contract, and shows how it stands then.
    async fn answer<T>(
        &self,
        request: &Request<T>,
        contract: &str,
        what: Answer,
    ) -> Result<Option<Contract>, Status> {
        let manager = self.shared.manager()?;
        let content_hash = self.named(contract).await?;
        let details = Details::from([("content_hash".into(), content_hash.as_str().into())]);
        let act = Act::begin(&self.shared.audit, what.name(), request, details).await?;
        let result = match what {
            Answer::Accept => manager.accept(&content_hash).await,
            Answer::Reject => manager.reject(&content_hash).await,
            Answer::Revoke => manager.revoke(&content_hash).await,
        };
        act.end(result.map_err(operation_failed), |()| Details::new())
            .await?;
        let view = self.shown(&content_hash).await?;
        Ok(Some(convert::contract(&view)))
    }

    /// One page of the contracts that `filter` lets through.
    async fn page(
        &self,
        mut after: Option<Content>,
        size: usize,
        filter: &Filter,
    ) -> Result<ListContractsResponse, Status> {
        let manager = self.shared.manager()?;
        let mut page = ListContractsResponse::default();
        let (mut bytes, mut looked_at) = (0, 0);
        loop {
            let step = manager.list(after.as_ref(), STEP).await;
            let views = step.map_err(operation_failed)?;
            let last = views.len() < STEP as usize;
            let count = views.len();
            for (place, mut view) in views.into_iter().enumerate() {
                let content = view.record.contract.content.clone();
                looked_at += 1;
                if filter.fits(&view) {
                    let outbox = self.shared.contracts.outbox_of(content.hash()).await;
                    view.outbox = outbox.map_err(store_failed)?;
                    let decision = self.shared.contracts.decision_of(content.hash()).await;
                    view.decision = decision.map_err(store_failed)?;
                    let contract = convert::contract(&view);
                    bytes += contract.encoded_len();
                    page.contracts.push(contract);
                }
                let full = page.contracts.len() >= size
                    || bytes >= PAGE_BYTES_MAX
                    || looked_at >= LOOKED_AT_MAX;
                let more = !last || place + 1 < count;
                if full && more {
                    page.next_page_token = content.hash().to_string();
                    return Ok(page);
                }
                after = Some(content);
            }
            if last {
                return Ok(page);
            }
        }
    }
}

#[tonic::async_trait]
impl ContractsApi for ContractsService {
    async fn preview(
        &self,
        request: Request<PreviewRequest>,
    ) -> Result<Response<PreviewResponse>, Status> {
        let manager = self.shared.manager()?;
        let (content, is_ours) = match request.into_inner().what {
            Some(What::Contract(contract)) => {
                let view = self.shown(&self.named(&contract).await?).await?;
                let is_ours = view.record.submitted_by == *self.shared.own();
                (view.record.contract.content, is_ours)
            }
            Some(What::Proposal(proposal)) => {
                let (grants, validity) = self.proposal(proposal)?;
                let draft = manager.draft(grants, validity);
                (draft.map_err(operation_failed)?, true)
            }
            Some(What::ContentJson(json)) => {
                let content = Content::parse(json.as_bytes());
                let content = content.map_err(|error| {
                    Status::invalid_argument(format!("the content of the contract: {error}"))
                })?;
                (content, false)
            }
            None => {
                return Err(Status::invalid_argument(
                    "nothing is named; name a contract, or give a proposal or a content",
                ));
            }
        };
        let preview = manager.preview(&content).await.map_err(operation_failed)?;
        let preview = convert::preview(&content, &preview, is_ours);
        Ok(Response::new(preview))
    }

    async fn propose(
        &self,
        mut request: Request<ProposeRequest>,
    ) -> Result<Response<ProposeResponse>, Status> {
        let manager = self.shared.manager()?;
        let asked = std::mem::take(request.get_mut());
        let (grants, validity) = self.proposal(asked)?;
        let act = Act::begin(
            &self.shared.audit,
            "contract-propose",
            &request,
            described(&grants),
        )
        .await?;
        let result = manager.propose(grants, validity).await;
        let content = act
            .end(result.map_err(operation_failed), |content| {
                Details::from([("content_hash".into(), content.hash().as_str().into())])
            })
            .await?;
        let view = self.shown(content.hash()).await?;
        Ok(Response::new(ProposeResponse {
            contract: Some(convert::contract(&view)),
        }))
    }

    async fn list(
        &self,
        request: Request<ListContractsRequest>,
    ) -> Result<Response<ListContractsResponse>, Status> {
        let asked = request.into_inner();
        let filter = Filter::read(&asked)?;
        let after = match asked.page_token.as_str() {
            "" => None,
            token => {
                let wrong = || {
                    Status::invalid_argument(
                        "page_token is none that we gave; leave it empty for the first page",
                    )
                };
                let hash = ContentHash::parse(token).map_err(|_| wrong())?;
                let record = self.shared.contracts.contract(&hash).await;
                let record = record.map_err(store_failed)?.ok_or_else(wrong)?;
                Some(record.contract.content)
            }
        };
        let size = match asked.page_size {
            0 => PAGE_MAX,
            size => size.min(PAGE_MAX),
        };
        let page = self.page(after, size as usize, &filter).await?;
        Ok(Response::new(page))
    }

    async fn show(
        &self,
        request: Request<ShowContractRequest>,
    ) -> Result<Response<ShowContractResponse>, Status> {
        let content_hash = self.named(&request.get_ref().contract).await?;
        let view = self.shown(&content_hash).await?;
        Ok(Response::new(ShowContractResponse {
            contract: Some(convert::contract(&view)),
            content_json: view.record.contract.content.canonical_json().to_owned(),
        }))
    }

    async fn accept(
        &self,
        request: Request<AcceptRequest>,
    ) -> Result<Response<AcceptResponse>, Status> {
        let contract = request.get_ref().contract.clone();
        let contract = self.answer(&request, &contract, Answer::Accept).await?;
        Ok(Response::new(AcceptResponse { contract }))
    }

    async fn reject(
        &self,
        request: Request<RejectRequest>,
    ) -> Result<Response<RejectResponse>, Status> {
        let contract = request.get_ref().contract.clone();
        let contract = self.answer(&request, &contract, Answer::Reject).await?;
        Ok(Response::new(RejectResponse { contract }))
    }

    async fn revoke(
        &self,
        request: Request<RevokeRequest>,
    ) -> Result<Response<RevokeResponse>, Status> {
        let contract = request.get_ref().contract.clone();
        let contract = self.answer(&request, &contract, Answer::Revoke).await?;
        Ok(Response::new(RevokeResponse { contract }))
    }
}

/// What can be said to a contract.
#[derive(Clone, Copy)]
enum Answer {
    Accept,
    Reject,
    Revoke,
}

impl Answer {
    fn name(self) -> &'static str {
        match self {
            Self::Accept => "contract-accept",
            Self::Reject => "contract-reject",
            Self::Revoke => "contract-revoke",
        }
    }
}

/// Which contracts are wanted.
struct Filter {
    states: BTreeSet<ContractState>,
    peer: Option<PeerId>,
    service: String,
}

impl Filter {
    fn read(asked: &ListContractsRequest) -> Result<Self, Status> {
        let state = |state: &i32| match ContractState::try_from(*state) {
            Ok(ContractState::Unspecified) | Err(_) => Err(Status::invalid_argument(
                "states holds a state that does not exist; leave it empty for all",
            )),
            Ok(state) => Ok(state),
        };
        let states = asked.states.iter().map(state).collect::<Result<_, _>>()?;
        let peer = match asked.peer_id.as_str() {
            "" => None,
            text => Some(
                PeerId::new(text)
                    .map_err(|error| Status::invalid_argument(format!("peer_id: {error}")))?,
            ),
        };
        Ok(Self {
            states,
            peer,
            service: asked.service.clone(),
        })
    }

    fn fits(&self, view: &ContractView) -> bool {
        let content = &view.record.contract.content;
        let state = convert::state(view.state);
        (self.states.is_empty() || self.states.contains(&state))
            && self.peer.as_ref().is_none_or(|peer| content.names(peer))
            && (self.service.is_empty()
                || content
                    .grants()
                    .iter()
                    .any(|grant| grant.service_name().as_str() == self.service))
    }
}

/// What is proposed, for the audit log.
fn described(grants: &[GrantData]) -> Details {
    let joined = |texts: BTreeSet<String>| texts.into_iter().collect::<Vec<_>>().join(", ");
    let services = grants
        .iter()
        .map(|grant| format!("{} of {}", grant.service_name(), grant.service_peer()))
        .collect();
    let peers = grants
        .iter()
        .flat_map(|grant| grant.peers())
        .map(ToString::to_string)
        .collect();
    Details::from([
        ("services".into(), joined(services).into()),
        ("peers".into(), joined(peers).into()),
    ])
}
