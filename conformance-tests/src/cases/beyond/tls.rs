//! `Beyond-Tls-*`: connections that the target must not make.

use std::time::Duration;

use sluis_certs::{PeerId, tls};
use tokio_rustls::rustls::version::TLS12;

use super::pki::turned_away;
use crate::case::{Evidence, Stop, not_run};
use crate::clauses::{TLS_RENEGOTIATION, TLS_TWO_SIDED, TLS_VERSIONS};
use crate::stage::Stage;
use crate::wire::{
    self, Address, Again, CallError, Client, Greeting, SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2,
    show_nothing,
};

/// How long a server may think about a second handshake before it is taken to ignore it.
const RENEGOTIATION_PATIENCE: Duration = Duration::from_secs(3);
/// The alert that says that a version is not spoken (RFC 8446 section 6.2).
const PROTOCOL_VERSION: u8 = 70;

/// Without a certificate.
pub(crate) async fn no_certificate(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let client = stage.client(&stage.consumer)?.changed(show_nothing);
    let what = "a connection without a certificate";
    turned_away(stage, evidence, &client, TLS_TWO_SIDED, what).await
}

/// In a version before TLS 1.2.
pub(crate) async fn old_versions(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let wait = stage.target.wait();
    for (part, address) in parts(stage) {
        let silent = |error: CallError| crate::stage::no_answer(TLS_VERSIONS, part, &error);
        // The same greeting in TLS 1.2 is understood, or TLS 1.2 is not spoken either.
        let known = wire::greet(address, TLS_1_2, wait).await.map_err(silent)?;
        let is_known = matches!(
            known,
            Greeting::Taken(_) | Greeting::Alert(PROTOCOL_VERSION)
        );
        if !is_known {
            return Err(not_run(format!(
                "the {part} does not understand the suite's greeting in TLS 1.2: {known:?}"
            )));
        }
        for version in [SSL_3_0, TLS_1_0, TLS_1_1] {
            let greeting = wire::greet(address, version, wait).await.map_err(silent)?;
            let expected = format!("the {part} to refuse {}", version.1);
            let is_refused = !matches!(greeting, Greeting::Taken(_));
            evidence.check(is_refused, TLS_VERSIONS, expected, || {
                format!("{greeting:x?}")
            })?;
        }
    }
    Ok(())
}

/// A second handshake within a connection.
pub(crate) async fn renegotiation(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let client = of_tls_1_2(stage)?;
    for (part, address) in parts(stage) {
        let expected = format!("the {part} to begin no second handshake");
        let stream = match client.connect(address, &stage.target.peer_id).await {
            Ok(stream) => stream,
            // Without TLS 1.2 there is no such thing.
            Err(CallError::Tls(_) | CallError::Broken(_)) => {
                let greeting = wire::greet(address, TLS_1_2, stage.target.wait()).await;
                let is_gone = matches!(greeting, Ok(Greeting::Alert(PROTOCOL_VERSION)));
                let come = format!("{greeting:?}");
                evidence.check(is_gone, TLS_RENEGOTIATION, expected, || come)?;
                continue;
            }
            Err(error) => return Err(crate::stage::no_answer(TLS_RENEGOTIATION, part, &error)),
        };
        let again = wire::renegotiate(stream, address.host(), RENEGOTIATION_PATIENCE).await;
        let again = again
            .map_err(|error| not_run(format!("the suite cannot ask for a handshake: {error}")))?;
        let is_refused = again != Again::Begun;
        evidence.check(is_refused, TLS_RENEGOTIATION, expected, || {
            "it answered with a handshake".to_owned()
        })?;
    }
    Ok(())
}

/// Calls over TLS 1.2 only, whose secrets can be had.
fn of_tls_1_2(stage: &Stage) -> Result<Client, Stop> {
    let cannot = |error: String| not_run(format!("the suite cannot speak TLS 1.2: {error}"));
    let credential = stage.consumer.credential();
    let credential = credential.ok_or_else(|| cannot("no certificate".to_owned()))?;
    let peer_id = PeerId::new(&stage.target.peer_id).map_err(|error| cannot(error.to_string()))?;
    let config = tls::client_config_for(
        &[&TLS12],
        &credential.identity,
        &stage.trust,
        &peer_id,
        &[b"http/1.1"],
        crate::clock::time_provider(),
    );
    let mut config = config.map_err(|error| cannot(error.to_string()))?;
    std::sync::Arc::make_mut(&mut config).enable_secret_extraction = true;
    Ok(Client::configured(config, stage.target.wait()))
}

/// The parts of the target that others call.
fn parts(stage: &Stage) -> Vec<(&'static str, &Address)> {
    let inway = stage.inway.iter().map(|address| ("inway", address));
    [("manager", &stage.manager)]
        .into_iter()
        .chain(inway)
        .filter(|(_, address)| address.is_tls())
        .collect()
}
