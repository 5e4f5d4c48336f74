//! `Manager-JSONWebKeySet-1`, `Manager-PeerInfo-1`, `Manager-Peers-1` and the ports.

use rustls_pki_types::CertificateDer;
use serde_json::Value;
use sluis_certs::Usage;

use super::expect::status;
use crate::case::{Evidence, Stop, not_run};
use crate::clauses::{MANAGER_CERTIFICATES, MANAGER_INTERFACE, MANAGER_PEERS, PORTS};
use crate::protocol::{Contract, Jws};
use crate::stage::{Kind, Stage, signature_of};
use crate::wire::{Address, Question};

/// `Manager-JSONWebKeySet-1`.
pub(crate) async fn key_set(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let certificates = stage.key_set().await?;
    let expected = "at least one key in the key set";
    evidence.check(
        !certificates.is_empty(),
        MANAGER_CERTIFICATES,
        expected,
        || "none".to_owned(),
    )?;
    let question = Question::get("/v1/.well-known/jwks.json");
    let answer = stage.ask(&stage.consumer, question).await?;
    let body = answer.json();
    let keys = body.get("keys").and_then(Value::as_array);
    let keys = keys.map(Vec::as_slice).unwrap_or_default();
    for (certificate, key) in certificates.iter().zip(keys) {
        let members = certificate.key_members();
        evidence.check(
            members.iter().all(|(name, value)| key.get(name) == Some(value)),
            MANAGER_CERTIFICATES,
            "the members of each key (`kty`, `crv`, `x`, `y` or `n`, `e`) to be those of its first certificate (RFC 7517 section 4.7)",
            || format!("{key}"),
        )?;
        let ders: Vec<CertificateDer<'_>> = certificate
            .chain()
            .iter()
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        let verified = stage.trust.verify(&ders, Usage::Signature, stage.now());
        let peer = verified.as_ref().map(|peer| peer.id.as_str());
        evidence.check(
            peer.is_ok_and(|id| id == stage.target.peer_id),
            MANAGER_CERTIFICATES,
            "a complete, trusted and valid chain of the target's peer in `x5c` of each key",
            || match &verified {
                Ok(peer) => format!("a certificate of peer {}", peer.id),
                Err(error) => error.to_string(),
            },
        )?;
        let last = certificate.chain().last().cloned().into_iter().collect();
        let last = crate::protocol::Certificate::from_chain(last);
        evidence.check(
            last.is_ok_and(|last| !last.is_self_issued()),
            MANAGER_CERTIFICATES,
            "the chain without the root CA",
            || "the last certificate of a chain is self-issued".to_owned(),
        )?;
    }
    if stage.target.commands.accept_contract.is_none() || stage.target.inway.is_none() {
        return Ok(());
    }
    // What the keys are for: a signature and a token of the target verify with them.
    let agreement = stage.agreement(Kind::Plain).await?;
    let signature = accept_signature(stage, &agreement.contract).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    for (what, compact) in [("accept signature", signature), ("access token", token)] {
        let verified = Jws::parse(&compact).and_then(|jws| jws.verify(&certificates).map(|_| ()));
        let expected = format!("an {what} of the target that verifies with a key of the set");
        evidence.check(verified.is_ok(), MANAGER_CERTIFICATES, expected, || {
            verified
                .as_ref()
                .err()
                .map(ToString::to_string)
                .unwrap_or_default()
        })?;
    }
    Ok(())
}

/// `Manager-PeerInfo-1`.
pub(crate) async fn peer_info(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let answer = stage
        .ask(&stage.consumer, Question::get("/v1/peer"))
        .await?;
    status(evidence, MANAGER_INTERFACE, &answer, 200, "GET /v1/peer")?;
    let body = answer.json();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let expected = format!("peer_id `{}`", stage.target.peer_id);
    let is_target = text("peer_id") == Some(&stage.target.peer_id);
    evidence.check(is_target, MANAGER_INTERFACE, expected, || answer.shown())?;
    let has_name = text("peer_name").is_some_and(|name| !name.is_empty());
    evidence.check(has_name, MANAGER_INTERFACE, "a peer_name", || {
        answer.shown()
    })?;
    evidence.check(
        text("fsc_version") == Some("2.0.0"),
        MANAGER_INTERFACE,
        "fsc_version `2.0.0`",
        || answer.shown(),
    )?;
    let extensions = body.get("enabled_extensions").and_then(Value::as_object);
    let are_versions =
        extensions.is_some_and(|extensions| extensions.values().all(Value::is_string));
    let expected = "enabled_extensions, an object of extensions and their versions";
    evidence.check(are_versions, MANAGER_INTERFACE, expected, || answer.shown())
}

/// `Manager-Peers-1`.
pub(crate) async fn peers(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    stage.announce().await?;
    let entries = stage
        .all(&stage.consumer, "/v1/peers", "peers", MANAGER_PEERS)
        .await?;
    for peer in stage.played() {
        let entry = entries
            .iter()
            .find(|entry| entry.get("id").and_then(Value::as_str) == Some(&peer.id));
        let address = peer.manager_address.to_string();
        let text = |name: &str| entry.and_then(|entry| entry.get(name)?.as_str());
        evidence.check(
            text("name") == Some(&peer.name) && text("manager_address") == Some(&address),
            MANAGER_PEERS,
            format!(
                "peer {} (`{}`, {address}), which announced itself, in GET /v1/peers",
                peer.id, peer.name
            ),
            || match entry {
                Some(entry) => entry.to_string(),
                None => format!("{} peers, not this one", entries.len()),
            },
        )?;
    }
    Ok(())
}

/// `Manager-Port-1`.
pub(crate) async fn manager_port(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    port(evidence, &stage.manager, "manager")?;
    let answer = stage
        .ask(&stage.consumer, Question::get("/v1/peer"))
        .await?;
    status(evidence, PORTS, &answer, 200, "GET /v1/peer at this port")
}

/// `Inway-Port-1`.
pub(crate) async fn inway_port(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, address) = stage.inway_target()?;
    port(evidence, address, "inway")?;
    let answer = stage.ask_service(None, None).await?;
    evidence.check(true, PORTS, "the inway answers at this port", || {
        answer.shown()
    })
}

fn port(evidence: &mut Evidence, address: &Address, part: &str) -> Result<(), Stop> {
    if address.is_loopback() {
        return Err(not_run(format!(
            "the {part} is on a loopback address ({address}); the ports are a rule for real networks"
        )));
    }
    evidence.check(
        matches!(address.port(), 443 | 8443),
        PORTS,
        format!("port 443 or 8443 for the {part}"),
        || format!("port {}", address.port()),
    )
}

async fn accept_signature(stage: &Stage, contract: &Contract) -> Result<String, Stop> {
    let listed = stage.listed(&stage.consumer, contract).await?;
    let found = listed
        .as_ref()
        .and_then(|listed| signature_of(listed, "accept", &stage.target.peer_id));
    Ok(found.unwrap_or_default().to_owned())
}
