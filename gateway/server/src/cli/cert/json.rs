//! The state of our certificates, for programs.

use serde_json::{Value, json};
use sluis_proto::admin::v1::{
    CertificateEnd, GrantFate, OwnCertificate, RenewalStep, RenewalStepKind, RestingGrant,
    ShowCertificatesResponse,
};

use crate::cli::contract::state_name;
use crate::cli::show::moment;
use crate::renewal::DAY_SECONDS;

/// Everything; moments are in UTC, names are those of the configuration and of FSC.
pub(super) fn status(status: &ShowCertificatesResponse) -> Value {
    let now = status.now_unix_seconds;
    let certificates = status.certificates.iter();
    json!({
        "at": moment(now),
        "certificates": certificates.map(|one| certificate(one, now)).collect::<Vec<_>>(),
        "new_certificate": status.new_certificate.as_ref().map(|one| certificate(one, now)),
        "new_certificate_problems": status.new_certificate_problems,
        "anchors": status.anchors.iter().map(end).collect::<Vec<_>>(),
        "revocation_lists": status.revocation_lists.iter().map(|list| json!({
            "issuer": list.issuer,
            "number": list.number,
            "this_update": moment(list.this_update_unix_seconds),
            "next_update": moment(list.next_update_unix_seconds),
            "expired": list.next_update_unix_seconds < now,
        })).collect::<Vec<_>>(),
        "grants": status.grants.iter().map(grant).collect::<Vec<_>>(),
        "steps": status.steps.iter().map(step).collect::<Vec<_>>(),
        "warnings": status.warnings,
    })
}

fn certificate(certificate: &OwnCertificate, now: i64) -> Value {
    let left = certificate.not_after_unix_seconds.saturating_sub(now);
    json!({
        "subject": certificate.subject,
        "peer_id": certificate.peer_id,
        "peer_name": certificate.peer_name,
        "serial": certificate.serial,
        "dns_names": certificate.dns_names,
        "not_before": moment(certificate.not_before_unix_seconds),
        "not_after": moment(certificate.not_after_unix_seconds),
        "days_left": left.div_euclid(DAY_SECONDS),
        "certificate_thumbprint": certificate.certificate_thumbprint,
        "public_key_thumbprint": certificate.public_key_thumbprint,
        "key": certificate.key,
        "authorities": certificate.authorities.iter().map(end).collect::<Vec<_>>(),
        "accepted": certificate.refused_because.is_empty(),
        "refused_because": certificate.refused_because,
    })
}

fn end(certificate: &CertificateEnd) -> Value {
    json!({
        "subject": certificate.subject,
        "not_after": moment(certificate.not_after_unix_seconds),
    })
}

fn grant(grant: &RestingGrant) -> Value {
    let fate = match grant.fate() {
        GrantFate::Unspecified => "unknown",
        GrantFate::Survives => "survives",
        GrantFate::EndsFirst => "ends-first",
        GrantFate::Succeeded => "succeeded",
        GrantFate::AwaitsSuccessor => "awaits-successor",
        GrantFate::Breaks => "breaks",
    };
    json!({
        "grant_hash": grant.grant_hash,
        "content_hash": grant.content_hash,
        "contract": grant.contract_iv,
        "state": state_name(grant.state()),
        "not_after": moment(grant.not_after_unix_seconds),
        "service": grant.service,
        "service_peer_id": grant.service_peer_id,
        "delegator_peer_id": grant.delegator_peer_id,
        "public_key_thumbprint": grant.public_key_thumbprint,
        "domain_name": grant.domain_name,
        "rests_on": usize::try_from(grant.rests_on).ok(),
        "fate": fate,
        "successor": grant.successor_iv,
    })
}

fn step(step: &RenewalStep) -> Value {
    let kind = match step.kind() {
        RenewalStepKind::Unspecified => "unknown",
        RenewalStepKind::Request => "request",
        RenewalStepKind::Replace => "replace",
        RenewalStepKind::PutBeside => "put-beside",
        RenewalStepKind::Propose => "propose",
        RenewalStepKind::Await => "await",
        RenewalStepKind::KeepPrevious => "keep-previous",
        RenewalStepKind::RemovePrevious => "remove-previous",
    };
    json!({
        "kind": kind,
        "contracts": step.contract_ivs,
        "peer_ids": step.peer_ids,
        "before": (step.before_unix_seconds != 0).then(|| moment(step.before_unix_seconds)),
    })
}
