//! How the gateway is doing.

use sluis_certs::Identities;
use sluis_proto::admin::v1::status_server::Status as StatusApi;
use sluis_proto::admin::v1::{
    FilesState, LogState, Part, PeerAlarm, RevocationListState, ShowStatusRequest,
    ShowStatusResponse, TokenKey,
};
use tonic::{Request, Response, Status};

use super::certificates::warnings;
use super::convert::{shown_alarm, store_failed};
use super::parts::Shared;
use crate::contracts::Alarm;
use crate::gateway::check_key;
use crate::renewal::Expiry;
use crate::revocation::ListState;

/// The service `sluis.admin.v1.Status`.
pub(super) struct StatusService {
    shared: Shared,
}

impl StatusService {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared }
    }
}

#[tonic::async_trait]
impl StatusApi for StatusService {
    async fn show(
        &self,
        _request: Request<ShowStatusRequest>,
    ) -> Result<Response<ShowStatusResponse>, Status> {
        let shared = &self.shared;
        let identities = shared.identities.load();
        let peer = identities.current().peer();
        let log = log_state(shared);
        let (waiting, refused) = shared
            .contracts
            .outbox_counts()
            .await
            .map_err(store_failed)?;
        let expiries = Expiry::all(&identities, shared.trust.load().anchors());
        let token_keys = token_keys(&identities).await;
        let policy = shared.policy.as_ref().map(|policy| policy.load_full());
        Ok(Response::new(ShowStatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            peer_id: peer.id.to_string(),
            peer_name: peer.name.to_string(),
            group_id: shared.group_id.to_string(),
            started_at_unix_seconds: shared.started_at_unix_seconds(),
            certificate_expires_unix_seconds: peer.not_after,
            public_key_thumbprint: peer.public_key_thumbprint.to_string(),
            parts: parts(shared, &log),
            log: Some(log),
            policy_digest: policy.map_or_else(String::new, |policy| policy.digest().to_string()),
            valid_contracts: valid_contracts(shared),
            waiting_deliveries: waiting,
            refused_deliveries: refused,
            files: Some(files(shared)),
            revocation_lists: revocation_lists(shared),
            directory_peer_id: shared
                .directory()
                .map_or_else(String::new, |directory| directory.peer_id.to_string()),
            peer_alarms: peer_alarms(shared).await?,
            certificate_warnings: warnings(&expiries, shared.clock.unix_seconds()),
            token_keys,
        }))
    }
}

/// What is not as it was agreed with others, each with the name of the organisation.
async fn peer_alarms(shared: &Shared) -> Result<Vec<PeerAlarm>, Status> {
    let contracts = &shared.contracts;
    let mut alarms = contracts.alarms().await.map_err(store_failed)?;
    alarms.retain(Alarm::is_raised);
    let ids = alarms.iter().map(|alarm| alarm.peer_id.clone()).collect();
    let known = contracts.peers_with_ids(ids).await.map_err(store_failed)?;
    let shown = alarms.iter().map(|alarm| {
        let peer = known.iter().find(|peer| peer.id == alarm.peer_id);
        shown_alarm(alarm, peer.map_or("", |peer| &peer.name))
    });
    Ok(shown.collect())
}

fn revocation_lists(shared: &Shared) -> Vec<RevocationListState> {
    let states = shared.revocation.states().into_iter();
    let state = |state: ListState| RevocationListState {
        issuer: state
            .issuer
            .map_or_else(String::new, |issuer| issuer.to_string()),
        this_update_unix_seconds: state.this_update,
        next_update_unix_seconds: state.next_update,
        url: state.url,
        last_error: state.error,
    };
    states.map(state).collect()
}

fn files(shared: &Shared) -> FilesState {
    let state = shared.reload.state();
    let (refused_since_unix_seconds, problems) = match state.refused {
        Some(refused) => (refused.since_unix_seconds, refused.problems),
        None => (0, Vec::new()),
    };
    FilesState {
        in_force_since_unix_seconds: state.in_force_since_unix_seconds,
        refused_since_unix_seconds,
        problems,
    }
}

/// The keys in tokens, each asked for a signature.
async fn token_keys(identities: &Identities) -> Vec<TokenKey> {
    let mut keys = Vec::new();
    for identity in identities.all() {
        let Some(uri) = identity.signing_key().token_uri() else {
            continue;
        };
        let fault = check_key(identity.clone()).await.err();
        keys.push(TokenKey {
            uri: uri.to_string(),
            fault: fault.map_or_else(String::new, |fault| fault.to_string()),
        });
    }
    keys
}

fn parts(shared: &Shared, log: &LogState) -> Vec<Part> {
    let part = |part: &super::Part| {
        let serving = log.writable || !part.needs_record();
        let detail = if serving {
            ""
        } else {
            "refuses every passage, because the audit log cannot be written"
        };
        Part {
            name: part.name.to_owned(),
            listen: part.listen.clone(),
            address: part.address.clone(),
            serving,
            detail: detail.to_owned(),
        }
    };
    shared.parts.iter().map(part).collect()
}

fn log_state(shared: &Shared) -> LogState {
    let state = shared.audit.state();
    let key = shared.audit.verifier_key();
    LogState {
        origin: key.name().to_string(),
        verifier_key: key.to_string(),
        size: state.size,
        root_hash: state.root.to_vec(),
        writable: state.writable,
        last_error: state.last_error.as_deref().unwrap_or_default().to_owned(),
        checkpoint: state.checkpoint.to_string(),
    }
}

fn valid_contracts(shared: &Shared) -> u64 {
    let states = shared
        .contracts
        .index()
        .contract_states(shared.clock.unix_seconds());
    let valid = states.get(sluis_fsc::contract::State::Valid.as_str());
    valid.map_or(0, |count| u64::try_from(*count).unwrap_or(u64::MAX))
}
