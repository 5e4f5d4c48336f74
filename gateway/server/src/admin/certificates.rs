//! Our certificates: how long they last, what rests on them, and what a new one would break.

use rustls_pki_types::CertificateDer;
use sluis_certs::{
    CertificateSummary, Identities, Peer, PeerError, PublicKey, RevocationListSummary, Trust,
};
use sluis_fsc::grant::OutwayIdentification;
use sluis_proto::admin::v1::certificates_server::Certificates as CertificatesApi;
use sluis_proto::admin::v1::{
    CertificateEnd, GrantFate, OwnCertificate, RenewalStep, RenewalStepKind, RestingGrant,
    RevocationListInUse, ShowCertificatesRequest, ShowCertificatesResponse,
};
use tonic::{Request, Response, Status};

use super::convert;
use super::parts::Shared;
use crate::contracts::GrantIndex;
use crate::renewal::{Expiry, Fate, Plan, Resting, Step};

/// Most certificates in the chain of a new certificate.
const NEW_CHAIN_MAX: usize = 8;

/// The service `sluis.admin.v1.Certificates`.
pub(super) struct CertificatesService {
    shared: Shared,
}

impl CertificatesService {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared }
    }
}

#[tonic::async_trait]
impl CertificatesApi for CertificatesService {
    async fn show(
        &self,
        request: Request<ShowCertificatesRequest>,
    ) -> Result<Response<ShowCertificatesResponse>, Status> {
        let chain = request.into_inner().new_chain;
        if chain.len() > NEW_CHAIN_MAX {
            return Err(Status::invalid_argument(format!(
                "new_chain has {} certificates; the limit is {NEW_CHAIN_MAX}: give the certificate and the CAs above it",
                chain.len()
            )));
        }
        let chain: Vec<_> = chain.into_iter().map(CertificateDer::from).collect();
        let shared = &self.shared;
        let view = CertificatesView {
            identities: &shared.identities.load(),
            trust: &shared.trust.load(),
            grants: Some(&shared.contracts.index()),
            now_unix_seconds: shared.clock.unix_seconds(),
        };
        view.show(&chain)
            .map(Response::new)
            .map_err(|error| Status::invalid_argument(format!("new_chain: {error}")))
    }
}

/// What the answer is made of; also without a running gateway.
pub struct CertificatesView<'a> {
    /// Our certificates in use.
    pub identities: &'a Identities,
    /// Whom we trust.
    pub trust: &'a Trust,
    /// What we know of contracts; `None` where nothing was ever kept.
    pub grants: Option<&'a GrantIndex>,
    /// The moment for which the answer holds, Unix seconds.
    pub now_unix_seconds: i64,
}

impl CertificatesView<'_> {
    /// Shows our certificates, and what the certificate of `new_chain` (leaf first; empty when there is none) would break.
    ///
    /// # Errors
    /// [`PeerError`] when the new certificate cannot be read.
    pub fn show(
        &self,
        new_chain: &[CertificateDer<'static>],
    ) -> Result<ShowCertificatesResponse, PeerError> {
        let Self {
            identities,
            trust,
            now_unix_seconds: now,
            ..
        } = *self;
        let id = trust.rules().peer_id.attribute;
        let new = (!new_chain.is_empty())
            .then(|| Peer::from_chain(Some(new_chain), id))
            .transpose()?;
        let own: Vec<&Peer> = identities.all().iter().map(|one| one.peer()).collect();
        let grants = self.grants.iter().flat_map(|index| index.own_connections());
        let plan = Plan::make(&own, new.as_ref(), grants, now);
        let expiries = Expiry::all(identities, trust.anchors());
        let certificates = identities.all().iter();
        let certificates = certificates.map(|one| self.certificate(one.chain(), one.peer()));
        let new_certificate = new.as_ref().map(|peer| self.certificate(new_chain, peer));
        let new_certificate = new_certificate.transpose()?;
        let problems = match (&new, &new_certificate) {
            (Some(new), Some(shown)) => problems(new, &shown.refused_because, &own),
            _ => Vec::new(),
        };
        Ok(ShowCertificatesResponse {
            now_unix_seconds: now,
            certificates: certificates.collect::<Result<_, _>>()?,
            // A certificate that must not be used is no reason to do anything.
            steps: if problems.is_empty() {
                plan.steps.iter().map(step).collect()
            } else {
                Vec::new()
            },
            new_certificate,
            new_certificate_problems: problems,
            anchors: trust.anchors().iter().map(end).collect(),
            revocation_lists: trust.lists().summaries().iter().map(list).collect(),
            grants: plan.grants.iter().map(grant).collect(),
            warnings: warnings(&expiries, now),
        })
    }

    fn certificate(
        &self,
        chain: &[CertificateDer<'static>],
        peer: &Peer,
    ) -> Result<OwnCertificate, PeerError> {
        let leaf = chain.first().ok_or(PeerError::NoCertificate)?;
        let issuers = chain.iter().skip(1);
        let issuers = issuers.map(|der| CertificateSummary::of(der).map(|summary| end(&summary)));
        let accepted = self.trust.verify_own_chain(chain, self.now_unix_seconds);
        Ok(OwnCertificate {
            subject: CertificateSummary::of(leaf)?.subject.to_string(),
            peer_id: peer.id.to_string(),
            peer_name: peer.name.to_string(),
            serial: peer.serial.to_string(),
            dns_names: peer.dns_names.iter().map(ToString::to_string).collect(),
            not_before_unix_seconds: peer.not_before,
            not_after_unix_seconds: peer.not_after,
            certificate_thumbprint: peer.certificate_thumbprint.to_string(),
            public_key_thumbprint: peer.public_key_thumbprint.to_string(),
            key: PublicKey::from_certificate(leaf)
                .map_or_else(|_| "of another kind".to_owned(), |key| key.to_string()),
            authorities: issuers.collect::<Result<_, _>>()?,
            refused_because: accepted.map_or_else(|error| error.to_string(), |_| String::new()),
        })
    }
}

/// What comes to an end soon or has ended, each with what to do.
pub(super) fn warnings(expiries: &[Expiry], now: i64) -> Vec<String> {
    let near = expiries.iter().filter(|one| one.threshold(now).is_some());
    near.map(|one| format!("{}; {}", one.warning(now), one.remedy()))
        .collect()
}

/// Why the new certificate cannot take the place of the current one, which is the first of `own`.
fn problems(new: &Peer, refused_because: &str, own: &[&Peer]) -> Vec<String> {
    let Some((current, previous)) = own.split_first() else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    if new.id != current.id {
        problems.push(format!(
            "it is of organisation {}, and we are {}; request one with our number in subject.serialNumber",
            new.id, current.id
        ));
    }
    if !refused_because.is_empty() {
        problems.push(format!("others would not accept it: {refused_because}"));
    }
    let former = |one: &&&Peer| one.certificate_thumbprint == new.certificate_thumbprint;
    if previous.iter().any(|one| former(&one)) {
        problems.push("it is one of the previous certificates; name the newest one".to_owned());
    } else if new.not_after < current.not_after {
        problems.push(
            "it ends before the current one; name the one that is to replace that".to_owned(),
        );
    }
    for name in &current.dns_names {
        let holds = |other: &std::sync::Arc<str>| other.eq_ignore_ascii_case(name);
        if !new.dns_names.iter().any(holds) {
            problems.push(format!(
                "it lacks the DNS name `{name}` of the current one; request one with it, or make sure that nobody connects to that name and no contract names it"
            ));
        }
    }
    problems
}

fn end(summary: &CertificateSummary) -> CertificateEnd {
    CertificateEnd {
        subject: summary.subject.to_string(),
        not_after_unix_seconds: summary.not_after,
    }
}

fn list(summary: &RevocationListSummary) -> RevocationListInUse {
    RevocationListInUse {
        issuer: summary.issuer.to_string(),
        number: summary.number.clone(),
        this_update_unix_seconds: summary.this_update,
        next_update_unix_seconds: summary.next_update.unwrap_or(0),
    }
}

fn grant(resting: &Resting) -> RestingGrant {
    let entry = &resting.entry;
    let outway = entry.grant.data().outway();
    let (key, name) = match outway.map(|outway| &outway.identification) {
        Some(OutwayIdentification::PublicKeyThumbprint(key)) => (key.to_string(), String::new()),
        Some(OutwayIdentification::DomainName(name)) => (String::new(), name.to_string()),
        None => Default::default(),
    };
    let (fate, successor) = match resting.fate {
        Fate::Survives => (GrantFate::Survives, None),
        Fate::EndsFirst => (GrantFate::EndsFirst, None),
        Fate::Succeeded(by) => (GrantFate::Succeeded, Some(by)),
        Fate::AwaitsSuccessor(by) => (GrantFate::AwaitsSuccessor, Some(by)),
        Fate::Breaks => (GrantFate::Breaks, None),
    };
    RestingGrant {
        grant_hash: entry.grant_hash.to_string(),
        content_hash: entry.content_hash.to_string(),
        contract_iv: entry.contract_iv.to_string(),
        state: convert::state(resting.state).into(),
        not_after_unix_seconds: entry.validity().not_after,
        service: entry.service.to_string(),
        service_peer_id: entry.service_peer.to_string(),
        delegator_peer_id: entry
            .delegator
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        public_key_thumbprint: key,
        domain_name: name,
        rests_on: resting
            .rests_on
            .and_then(|index| i32::try_from(index).ok())
            .unwrap_or(-1),
        fate: fate.into(),
        successor_iv: successor.map_or_else(String::new, |iv| iv.to_string()),
    }
}

fn step(step: &Step) -> RenewalStep {
    let (kind, before) = match step {
        Step::Request { before } => (RenewalStepKind::Request, *before),
        Step::Replace => (RenewalStepKind::Replace, 0),
        Step::PutBeside { before } => (RenewalStepKind::PutBeside, *before),
        Step::Propose { .. } => (RenewalStepKind::Propose, 0),
        Step::Await { .. } => (RenewalStepKind::Await, 0),
        Step::KeepPrevious { until, .. } => (RenewalStepKind::KeepPrevious, *until),
        Step::RemovePrevious { before } => (RenewalStepKind::RemovePrevious, *before),
    };
    let contracts = match step {
        Step::Propose { contracts }
        | Step::Await { contracts, .. }
        | Step::KeepPrevious { contracts, .. } => {
            contracts.iter().map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    };
    let peers = match step {
        Step::Await { peers, .. } => peers.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    RenewalStep {
        kind: kind.into(),
        contract_ivs: contracts,
        peer_ids: peers,
        before_unix_seconds: before,
    }
}
