//! Signatures on contracts (FSC Core 2.0.0, Signatures).

use serde::Serialize;
use serde_json::{Map, Value};
use sluis_certs::{Attribute, Identity, Peer, PeerError, PeerId};
use thiserror::Error;

use crate::{
    ContentHash, HashError, ShapeError,
    error::ErrorCode,
    jws::{self, JwsError},
    members::{Members, invalid},
};

/// The longest contract signature that is kept, in bytes. With the longest RSA key allowed (8192 bit)
/// it has about 1,700.
pub const SIGNATURE_BYTES_MAX: usize = 8_192;

/// What a signature says about a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureType {
    /// The Peer accepts the contract.
    Accept,
    /// The Peer rejects the contract.
    Reject,
    /// The Peer revokes the contract.
    Revoke,
}

impl SignatureType {
    /// All types.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Reject, Self::Revoke];

    /// The name in the payload, which is also the last part of the Manager's path.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Revoke => "revoke",
        }
    }

    /// The type with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

/// The payload of a contract signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContractSignature {
    /// The hash of the content that is signed.
    pub contract_content_hash: ContentHash,
    /// What the signer says.
    #[serde(rename = "type")]
    pub signature_type: SignatureType,
    /// When, in Unix seconds.
    pub signed_at: i64,
}

/// What a signature must be: [`verify`].
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The hash of the content beside which it arrived.
    pub content_hash: &'a ContentHash,
    /// The type that belongs to the path or list in which it arrived.
    pub signature_type: SignatureType,
    /// The Peer whose signature it should be.
    pub peer_id: &'a PeerId,
    /// Where certificates of the group keep the Peer's id.
    pub id_attribute: Attribute,
}

/// Why a contract signature is refused. The code for the answer: [`SignatureError::error_code`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// Longer than [`SIGNATURE_BYTES_MAX`].
    #[error("the signature is longer than {SIGNATURE_BYTES_MAX} bytes")]
    TooLong,
    /// The JWS is refused.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// The signing certificate names no Peer.
    #[error("the certificate of the signature is not that of a peer: {0}")]
    Certificate(#[from] PeerError),
    /// The signing certificate is another Peer's.
    #[error("the signature was made by peer {signer}; it should be peer {expected}'s")]
    OtherPeer {
        /// Whose certificate it is.
        signer: PeerId,
        /// Whose it should be.
        expected: PeerId,
    },
    /// The payload has not the members that belong there.
    #[error("the payload of the signature is not valid: {0}")]
    Payload(#[from] ShapeError),
    /// The hash in the payload is made with an algorithm that is not supported.
    #[error("the content hash in the signature has an algorithm that is not supported")]
    UnknownHashAlgorithm,
    /// The signature is for other content.
    #[error("the signature is for contract {signed}; the content received has hash {received}")]
    OtherContent {
        /// The hash in the signature.
        signed: ContentHash,
        /// The hash of the content received.
        received: ContentHash,
    },
    /// The signature says something else than the call.
    #[error("the signature is of type {}; this call takes one of type {}", .found.as_str(), .expected.as_str())]
    OtherType {
        /// What the signature says.
        found: SignatureType,
        /// What it should say.
        expected: SignatureType,
    },
}

impl SignatureError {
    /// The code that the standard gives this refusal.
    #[must_use]
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Jws(JwsError::UnknownAlgorithm) => ErrorCode::UnknownAlgorithmSignature,
            Self::OtherPeer { .. } => ErrorCode::PeerIdSignatureMismatch,
            Self::UnknownHashAlgorithm => ErrorCode::UnknownHashAlgorithmHash,
            Self::OtherContent { .. } => ErrorCode::SignatureContractContentHashMismatch,
            Self::TooLong
            | Self::Jws(_)
            | Self::Certificate(_)
            | Self::Payload(_)
            | Self::OtherType { .. } => ErrorCode::SignatureVerificationFailed,
        }
    }
}

/// Signs the content of a contract.
///
/// # Errors
/// [`JwsError::Key`] when the key refuses.
pub fn sign(
    content_hash: &ContentHash,
    signature_type: SignatureType,
    signed_at_unix_seconds: i64,
    identity: &Identity,
) -> Result<String, JwsError> {
    let payload = ContractSignature {
        contract_content_hash: content_hash.clone(),
        signature_type,
        signed_at: signed_at_unix_seconds,
    };
    jws::sign(&payload, identity)
}

/// Checks a signature on a contract with the certificate that its header names (see [`jws::parse`]).
/// That the certificate can be trusted, and was not revoked, must have been checked.
///
/// # Errors
/// The [`SignatureError`] that names the first thing wrong.
pub fn verify(
    compact: &str,
    certificate_der: &[u8],
    expected: &Expected<'_>,
) -> Result<ContractSignature, SignatureError> {
    if compact.len() > SIGNATURE_BYTES_MAX {
        return Err(SignatureError::TooLong);
    }
    let unverified = jws::parse(compact)?;
    let signer = Peer::from_certificate_as(certificate_der, expected.id_attribute)?;
    let payload = unverified.verify_object(certificate_der)?;
    if signer.id != *expected.peer_id {
        return Err(SignatureError::OtherPeer {
            signer: signer.id,
            expected: expected.peer_id.clone(),
        });
    }
    let signature = read(payload)?;
    if signature.contract_content_hash != *expected.content_hash {
        return Err(SignatureError::OtherContent {
            signed: signature.contract_content_hash,
            received: expected.content_hash.clone(),
        });
    }
    if signature.signature_type != expected.signature_type {
        return Err(SignatureError::OtherType {
            found: signature.signature_type,
            expected: expected.signature_type,
        });
    }
    Ok(signature)
}

fn read(payload: Map<String, Value>) -> Result<ContractSignature, SignatureError> {
    let mut members = Members::new("", payload);
    let hash = members.text("contract_content_hash")?;
    let contract_content_hash = match ContentHash::parse(&hash) {
        Ok(hash) => hash,
        Err(HashError::UnknownAlgorithm(_)) => return Err(SignatureError::UnknownHashAlgorithm),
        Err(reason) => return Err(invalid("contract_content_hash".into(), reason).into()),
    };
    let signature_type = members.parsed("type", |name| {
        SignatureType::parse(name).ok_or("a signature type is accept, reject or revoke")
    })?;
    let signed_at = members.unix_seconds("signed_at")?;
    Ok(ContractSignature {
        contract_content_hash,
        signature_type,
        signed_at,
    })
}

#[cfg(test)]
mod tests;
