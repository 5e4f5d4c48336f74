//! Contracts and signatures that peers bring.

use bytes::Bytes;
use sluis_certs::PeerId;
use sluis_fsc::api::SubmitContract;
use sluis_fsc::contract::{Content, Rules};
use sluis_fsc::error::ErrorCode;
use sluis_fsc::jws;
use sluis_fsc::signature::{self, Expected, SignatureError, SignatureType};
use sluis_fsc::{Address, ContentHash, HashError};

use super::state::State;
use super::{Caller, Refusal, body};
use crate::contracts::{GrantProperties, Kept, OutboxAction, Signed};

/// Who is said to have signed, and where its certificate may be found.
pub(super) struct Signer<'a> {
    pub(super) id: &'a PeerId,
    /// The certificate of the connection, when the signer itself brought the signature.
    pub(super) shown: Option<&'a Caller>,
    /// Its manager.
    pub(super) address: &'a Address,
}

/// A signature that is the signer's, with the certificate that proves it.
pub(super) struct CheckedSignature {
    signer: PeerId,
    signature_type: SignatureType,
    jws: String,
    signed_at: i64,
    certificate: Vec<u8>,
    /// Who must be told of it.
    pub(super) tell: Vec<(PeerId, OutboxAction)>,
}

impl State {
    /// Takes in a contract with a signature of the caller, or a signature on a contract that may or may not be known here:
    /// its content always comes along, so what arrives first does not matter.
    ///
    /// `path_hash` is the hash in the path of a signature; a submission has none.
    pub(super) async fn receive(
        &self,
        caller: &Caller,
        address: &Address,
        path_hash: Option<&str>,
        signature_type: SignatureType,
        body: Bytes,
    ) -> Result<(), Refusal> {
        let parsed = body::parsed(body, SubmitContract::parse).await;
        let SubmitContract { content, signature } = parsed.ok_or(Refusal::Internal)??;
        if let Some(path_hash) = path_hash {
            check_path(path_hash, content.hash())?;
        }
        self.check_content(&content, caller.id()).await?;
        let signer = Signer {
            id: caller.id(),
            shown: Some(caller),
            address,
        };
        let signature = self
            .check_signature(&signer, &content, signature_type, signature)
            .await?;
        // Before the contract, so that whoever sees the contract knows where to answer.
        self.note_peer(caller, address).await?;
        self.take_in(&content, caller.id(), signature).await?;
        if signature_type == SignatureType::Accept {
            self.decide(content.hash()).await;
        }
        Ok(())
    }

    /// Checks everything about a contract that `from` brings but the signatures.
    pub(super) async fn check_content(
        &self,
        content: &Content,
        from: &PeerId,
    ) -> Result<(), Refusal> {
        if self.contracts.contract(content.hash()).await?.is_none() {
            self.check_new(content)?;
        }
        self.check_peers(content, from)
    }

    /// Keeps a signature that was checked, and its contract where that is new here; whether anything changed.
    pub(super) async fn take_in(
        &self,
        content: &Content,
        submitted_by: &PeerId,
        signature: CheckedSignature,
    ) -> Result<bool, Refusal> {
        let CheckedSignature {
            signer,
            signature_type,
            jws,
            signed_at,
            certificate,
            tell,
        } = signature;
        let signed = Signed {
            content: content.clone(),
            submitted_by: submitted_by.clone(),
            signer: signer.clone(),
            signature_type,
            jws,
            signed_at_unix_seconds: signed_at,
            certificate,
            tell,
            unanswered_max: self.settings.unanswered_max,
            unwanted_bytes_max: self.settings.unwanted_bytes_max,
            now_ms: self.clock.unix_ms(),
        };
        let kept = self.contracts.keep(signed).await?;
        match kept {
            Kept::NewContract | Kept::NewSignature | Kept::Known => {}
            Kept::IvInUse => {
                let message = "another contract with this iv is known here; make the contract anew with a fresh UUID";
                return Err(Refusal::Unreadable(message.to_owned()));
            }
            Kept::TooManyUnanswered => {
                return Err(Refusal::TooManyUnanswered(self.settings.unanswered_max));
            }
            Kept::TooMuchUnwanted => {
                return Err(Refusal::TooMuchUnwanted(self.settings.unwanted_bytes_max));
            }
        }
        tracing::info!(
            contract = %content.hash(), peer = %signer, signature = signature_type.as_str(), outcome = ?kept,
            "received a signature"
        );
        Ok(kept != Kept::Known)
    }

    /// Remembers who called and where its manager is.
    pub(super) async fn note_peer(
        &self,
        caller: &Caller,
        address: &Address,
    ) -> Result<(), Refusal> {
        let (peer, now_ms) = (caller.peer(), self.clock.unix_ms());
        self.contracts
            .put_peer(&peer.id, &peer.name, address.as_str(), now_ms)
            .await?;
        self.behind.seen(&peer.id);
        Ok(())
    }

    /// What only matters for a contract that was not accepted here before.
    fn check_new(&self, content: &Content) -> Result<(), Refusal> {
        content.validate(&Rules {
            group_id: &self.settings.group_id,
            now_unix_seconds: self.clock.unix_seconds(),
            clock_skew_seconds: self.settings.clock_skew_seconds,
        })?;
        self.check_areas(content)?;
        for grant in content.grants() {
            // Nobody could use such a grant: better that the proposer hears it now than at the first request.
            GrantProperties::read(grant).map_err(|error| Refusal::Unreadable(error.to_string()))?;
            // FSC Core 2.0.0, ServiceConnectionGrant: the service is offered by the peer that the grant names.
            let service = grant.service_name().as_str();
            if grant.outway().is_some()
                && grant.service_peer() == self.own()
                && self.services.inway_address(service).is_none()
            {
                return Err(Refusal::ServiceNotOffered(service.to_owned()));
            }
        }
        Ok(())
    }

    fn check_peers(&self, content: &Content, caller: &PeerId) -> Result<(), Refusal> {
        let peers = content.peers();
        if !peers.contains(caller) {
            let message = format!(
                "peer {caller} is not part of the contract; only its parties submit or sign it"
            );
            return Err(Refusal::Fsc(
                ErrorCode::SubmittingPeerNotPartOfContract,
                message,
            ));
        }
        if !peers.contains(self.own()) {
            let message = format!(
                "peer {} is not part of the contract; it was sent to the wrong manager",
                self.own()
            );
            return Err(Refusal::Fsc(
                ErrorCode::ReceivingPeerNotPartOfContract,
                message,
            ));
        }
        Ok(())
    }

    /// Checks a signature of another peer.
    pub(super) async fn check_signature(
        &self,
        signer: &Signer<'_>,
        content: &Content,
        signature_type: SignatureType,
        jws: String,
    ) -> Result<CheckedSignature, Refusal> {
        let now = self.clock.unix_seconds();
        let unverified = jws::parse(&jws).map_err(SignatureError::from)?;
        let thumbprint = unverified.certificate_thumbprint();
        let certificate = self
            .certificates
            .find(signer.id, signer.shown, signer.address, thumbprint, now)
            .await?;
        self.check_signature_with(signer.id, content, signature_type, jws, certificate)
    }

    /// Checks a signature with this certificate, which is trusted.
    pub(super) fn check_signature_with(
        &self,
        signer: &PeerId,
        content: &Content,
        signature_type: SignatureType,
        jws: String,
        certificate: Vec<u8>,
    ) -> Result<CheckedSignature, Refusal> {
        let expected = Expected {
            content_hash: content.hash(),
            signature_type,
            peer_id: signer,
            // The same in the whole group.
            id_attribute: self.identities.load().current().peer().id_attribute,
        };
        let signed_at = signature::verify(&jws, &certificate, &expected)?.signed_at;
        let now = self.clock.unix_seconds();
        if signed_at.saturating_sub(now) > self.settings.clock_skew_seconds {
            let message = "signed_at lies in the future; set the clock of the signing side";
            return Err(Refusal::Fsc(
                ErrorCode::SignatureVerificationFailed,
                message.to_owned(),
            ));
        }
        Ok(CheckedSignature {
            signer: signer.clone(),
            signature_type,
            jws,
            signed_at,
            certificate,
            tell: Vec::new(),
        })
    }
}

fn check_path(path_hash: &str, content_hash: &ContentHash) -> Result<(), Refusal> {
    match ContentHash::parse(path_hash) {
        Ok(given) if given == *content_hash => Ok(()),
        Err(error @ HashError::UnknownAlgorithm(_)) => Err(Refusal::Fsc(
            ErrorCode::UnknownHashAlgorithmHash,
            error.to_string(),
        )),
        _ => {
            let message = format!(
                "the hash in the path is not {content_hash}, the hash of the content in the body"
            );
            Err(Refusal::Fsc(ErrorCode::UrlPathContentHashMismatch, message))
        }
    }
}
