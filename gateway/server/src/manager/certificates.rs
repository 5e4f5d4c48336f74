//! Finding the certificate with which a contract was signed.

use std::time::Duration;

use moka::future::Cache;
use rustls_pki_types::CertificateDer;
use sluis_certs::{CertificateThumbprint, LiveTrust, PeerId, Usage};
use sluis_fsc::Address;
use sluis_fsc::api::Jwks;
use sluis_fsc::error::ErrorCode;
use std::sync::Arc;

use super::{Caller, PeerClient, Refusal};

/// How long a peer's key set is used before it is fetched anew. Short: a peer that renews its certificate signs with it at
/// once. Long enough that a row of contracts costs one call.
const KEPT: Duration = Duration::from_secs(5);
/// Most key sets kept.
const KEY_SETS_MAX: u64 = 100;

/// Looks up signing certificates.
pub(super) struct Certificates {
    client: PeerClient,
    trust: LiveTrust,
    key_sets: Cache<(PeerId, Address), Arc<Jwks>>,
}

impl Certificates {
    pub(super) fn new(client: PeerClient, trust: LiveTrust) -> Self {
        Self {
            client,
            trust,
            key_sets: Cache::builder()
                .max_capacity(KEY_SETS_MAX)
                .time_to_live(KEPT)
                .build(),
        }
    }

    /// The certificate, DER, with this thumbprint: that of the connection itself or one that the manager of the signer at
    /// `address` publishes. Trusted and valid at this moment. Whose it is, the check of the signature says.
    pub(super) async fn find(
        &self,
        signer: &PeerId,
        shown: Option<&Caller>,
        address: &Address,
        thumbprint: &CertificateThumbprint,
        now_unix_seconds: i64,
    ) -> Result<Vec<u8>, Refusal> {
        if let Some(caller) = shown
            && caller.peer().certificate_thumbprint.matches(thumbprint)
        {
            return Ok(caller.certificate().to_vec());
        }
        let key = (signer.clone(), address.clone());
        let fetch = async { self.client.jwks_at(signer, address).await.map(Arc::new) };
        let keys = self
            .key_sets
            .try_get_with(key, fetch)
            .await
            .map_err(|error| {
                // Why is not for the peer: it chose the address, and could so look around in our network.
                tracing::warn!(peer = %signer, %thumbprint, %error, "could not fetch the key set of a peer");
                failed(format!(
                    "the key set with certificate {thumbprint} could not be fetched from {address}"
                ))
            })?;
        let chain = keys.chain(thumbprint).ok_or_else(|| {
            failed(format!("certificate {thumbprint} is neither that of this connection nor in the key set of your manager"))
        })?;
        let ders: Vec<CertificateDer<'_>> = chain
            .iter()
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        match self
            .trust
            .load()
            .verify(&ders, Usage::Signature, now_unix_seconds)
        {
            Ok(_) => Ok(chain.into_iter().next().unwrap_or_default()),
            Err(error) => {
                // The peer is told the kind of problem; what was expected and found is for our own log.
                tracing::warn!(peer = %signer, %thumbprint, %error, "refused a signing certificate");
                let message = format!(
                    "certificate {thumbprint} is not accepted: {}",
                    error.reason()
                );
                Err(if error.rule().is_about_contents() {
                    Refusal::Fsc(ErrorCode::PeerCertificateVerificationFailed, message)
                } else {
                    failed(message)
                })
            }
        }
    }
}

fn failed(message: String) -> Refusal {
    Refusal::Fsc(ErrorCode::SignatureVerificationFailed, message)
}
