//! A contract as it is kept: content, signatures, and the evidence behind the signatures.

use std::collections::BTreeSet;

use sluis_certs::PeerId;
use sluis_fsc::contract::{Content, Contract, Signatures};
use sluis_fsc::signature::SignatureType;

use super::StoreError;
use super::contract_table::{NewContract, NewGrant, StoredContract};

/// A contract that we hold.
#[derive(Debug, Clone)]
pub struct ContractRecord {
    /// What was agreed and who signed.
    pub contract: Contract,
    /// The peer that brought it here; our own id for what we proposed.
    pub submitted_by: PeerId,
    /// When it came in, Unix milliseconds.
    pub stored_at_ms: u64,
    /// The certificate behind each signature.
    pub evidence: Vec<Evidence>,
}

/// With what a signature was verified, kept for whoever wants to verify it again later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Who signed.
    pub peer_id: PeerId,
    /// What was said.
    pub signature_type: SignatureType,
    /// When, according to the signer, Unix seconds.
    pub signed_at: i64,
    /// When it arrived here, Unix milliseconds.
    pub received_at_ms: u64,
    /// The signing certificate, DER.
    pub certificate: Vec<u8>,
}

impl ContractRecord {
    /// Reads a stored contract. The hash is computed anew, so a content that was changed in the file is found.
    pub(super) fn read(stored: StoredContract) -> Result<Self, StoreError> {
        let damaged = |what| StoreError::Damaged {
            what,
            content_hash: stored.content_hash.clone(),
        };
        let content =
            Content::parse(stored.content.as_bytes()).map_err(|_| damaged("the content"))?;
        if content.hash().as_str() != stored.content_hash {
            return Err(damaged("the content"));
        }
        let mut signatures = Signatures::default();
        let mut evidence = Vec::with_capacity(stored.signatures.len());
        for signature in stored.signatures {
            let peer_id = PeerId::new(&signature.peer_id).map_err(|_| damaged("a signature"))?;
            let signature_type =
                SignatureType::parse(&signature.kind).ok_or_else(|| damaged("a signature"))?;
            signatures.insert(signature_type, peer_id.clone(), signature.jws);
            evidence.push(Evidence {
                peer_id,
                signature_type,
                signed_at: signature.signed_at,
                received_at_ms: signature.received_at_ms,
                certificate: signature.certificate,
            });
        }
        let submitted_by =
            PeerId::new(&stored.submitted_by).map_err(|_| damaged("the submitter"))?;
        Ok(Self {
            contract: Contract {
                content,
                signatures,
            },
            submitted_by,
            stored_at_ms: stored.stored_at_ms,
            evidence,
        })
    }

    /// The peers of the contract other than `own`.
    #[must_use]
    pub fn others(&self, own: &PeerId) -> BTreeSet<PeerId> {
        others(&self.contract.content, own)
    }
}

/// The peers of a contract other than `own`: those who are told what we sign.
pub(crate) fn others(content: &Content, own: &PeerId) -> BTreeSet<PeerId> {
    let mut peers = content.peers();
    peers.remove(own);
    peers
}

/// The row for a contract that came in.
pub(super) fn row_of(content: &Content, submitted_by: &PeerId, stored_at_ms: u64) -> NewContract {
    let grant = |grant: &sluis_fsc::grant::Grant| NewGrant {
        grant_hash: grant.hash().as_str().to_owned(),
        grant_type: grant.grant_type().as_str(),
        service_peer: grant.service_peer().as_str().to_owned(),
        service_name: grant.service_name().as_str().to_owned(),
    };
    NewContract {
        content_hash: content.hash().as_str().to_owned(),
        iv: content.iv().hyphenated().to_string(),
        submitted_by: submitted_by.as_str().to_owned(),
        content: content.canonical_json().to_owned(),
        created_at: content.created_at(),
        not_before: content.validity().not_before,
        not_after: content.validity().not_after,
        peers: content
            .peers()
            .iter()
            .map(|peer| peer.as_str().to_owned())
            .collect(),
        grants: content.grants().iter().map(grant).collect(),
        stored_at_ms,
    }
}
