//! The signatures under a contract.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sluis_certs::PeerId;

use crate::{
    ShapeError,
    members::{Members, invalid},
    signature::{SIGNATURE_BYTES_MAX, SignatureType},
};

/// The most signatures of one type that are read: four Peers per grant.
const SIGNERS_MAX: usize = 4 * super::GRANTS_MAX;

/// The signatures under a contract, by Peer: JWS in compact form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Signatures {
    /// Who accepted.
    pub accept: BTreeMap<PeerId, String>,
    /// Who rejected.
    pub reject: BTreeMap<PeerId, String>,
    /// Who revoked.
    pub revoke: BTreeMap<PeerId, String>,
}

impl Signatures {
    /// The signatures of one type.
    #[must_use]
    pub fn of_type(&self, signature_type: SignatureType) -> &BTreeMap<PeerId, String> {
        match signature_type {
            SignatureType::Accept => &self.accept,
            SignatureType::Reject => &self.reject,
            SignatureType::Revoke => &self.revoke,
        }
    }

    /// Adds a signature; one of the same Peer and type is replaced, as after a renewed certificate.
    pub fn insert(&mut self, signature_type: SignatureType, peer: PeerId, signature: String) {
        let signatures = match signature_type {
            SignatureType::Accept => &mut self.accept,
            SignatureType::Reject => &mut self.reject,
            SignatureType::Revoke => &mut self.revoke,
        };
        signatures.insert(peer, signature);
    }

    pub(crate) fn from_json(mut members: Members) -> Result<Self, ShapeError> {
        let mut read = |name: &str| by_peer(&members.path_of(name), members.required(name)?);
        let signatures = Self {
            accept: read("accept")?,
            reject: read("reject")?,
            revoke: read("revoke")?,
        };
        Ok(signatures)
    }
}

fn by_peer(path: &str, value: Value) -> Result<BTreeMap<PeerId, String>, ShapeError> {
    let Value::Object(entries) = value else {
        return Err(ShapeError::WrongType {
            path: path.to_owned(),
            expected: "an object",
        });
    };
    if entries.len() > SIGNERS_MAX {
        return Err(invalid(
            path.to_owned(),
            format!("at most {SIGNERS_MAX} peers can sign"),
        ));
    }
    let mut signatures = BTreeMap::new();
    for (peer, signature) in entries {
        let peer = PeerId::new(&peer).map_err(|reason| invalid(path.to_owned(), reason))?;
        match signature {
            Value::String(text) if text.len() <= SIGNATURE_BYTES_MAX => {
                signatures.insert(peer, text)
            }
            Value::String(_) => {
                let reason = format!("a signature has at most {SIGNATURE_BYTES_MAX} bytes");
                return Err(invalid(path.to_owned(), reason));
            }
            _ => {
                let path = format!("{path}.{peer}");
                return Err(ShapeError::WrongType {
                    path,
                    expected: "a string",
                });
            }
        };
    }
    Ok(signatures)
}
