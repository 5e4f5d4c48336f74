//! The key set with which a Peer's signatures are verified (RFC 7517).

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluis_certs::{
    CertificateThumbprint, Identity, PeerError, PublicKey, PublicKeyError, is_self_issued,
};
use thiserror::Error;

use crate::{
    JsonError, ShapeError, json,
    members::{Members, invalid},
};

/// The largest key set that is read, in bytes.
pub const JWKS_BYTES_MAX: usize = 1_000_000;

const KEYS_MAX: usize = 100;
const CHAIN_MAX: usize = 8;

/// The answer of `GET /.well-known/jwks.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// One public key with its certificate chain. Members that we do not use are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// The kind of key, `RSA` or `EC`.
    pub kty: String,
    /// What the key is for, `sig`.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub key_use: Option<String>,
    /// The algorithm with which the owner signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// The name of the key; we use the certificate's thumbprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The certificate chain, leaf first, root left out; base64 (not base64url) of DER.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub x5c: Vec<String>,
    /// The thumbprint of the leaf. The OpenAPI file of FSC spells it `x5t#s256`; RFC 7517 does not.
    #[serde(
        rename = "x5t#S256",
        alias = "x5t#s256",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub x5t_s256: Option<String>,
    /// The curve of an EC key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// The x coordinate of an EC key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// The y coordinate of an EC key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// The modulus of an RSA key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// The exponent of an RSA key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
}

/// Why a key set cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JwksError {
    /// The text is no acceptable JSON.
    #[error("the key set is not acceptable: {0}")]
    Json(#[from] JsonError),
    /// The text is JSON but no key set.
    #[error("the key set is not valid: {0}")]
    Shape(#[from] ShapeError),
    /// A certificate of our own cannot be read.
    #[error("a certificate of the own chain cannot be published: {0}")]
    Certificate(#[from] PeerError),
    /// The key of our own certificate cannot be published.
    #[error("the key of the own certificate cannot be published: {0}")]
    Key(#[from] PublicKeyError),
}

impl Jwks {
    /// The key set of our own identities: those that sign now, and those whose signatures are still
    /// to be verified.
    ///
    /// # Errors
    /// [`JwksError::Certificate`] or [`JwksError::Key`].
    pub fn of<'a>(identities: impl IntoIterator<Item = &'a Identity>) -> Result<Self, JwksError> {
        let keys = identities
            .into_iter()
            .map(Jwk::of)
            .collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// Reads another Peer's key set. A key that we cannot read is left out (RFC 7517 section 5).
    ///
    /// # Errors
    /// [`JwksError::Json`] or [`JwksError::Shape`] when the set as a whole cannot be read.
    pub fn parse(text: &[u8]) -> Result<Self, JwksError> {
        let mut members = Members::new("", json::read_object(text, JWKS_BYTES_MAX)?);
        let keys: Vec<Value> = members.array("keys")?;
        if keys.len() > KEYS_MAX {
            return Err(invalid(
                "keys".into(),
                format!("a key set has at most {KEYS_MAX} keys"),
            )
            .into());
        }
        let keys = keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok())
            .collect();
        Ok(Self { keys })
    }

    /// The chain, DER and leaf first, whose leaf has this thumbprint. The thumbprint is computed from
    /// the certificate; what the key set says of it does not count. Whether the chain can be trusted,
    /// and whose it is, must still be checked.
    #[must_use]
    pub fn chain(&self, thumbprint: &CertificateThumbprint) -> Option<Vec<Vec<u8>>> {
        self.keys
            .iter()
            .filter(|key| key.x5c.len() <= CHAIN_MAX)
            .find_map(|key| {
                let leaf = STANDARD.decode(key.x5c.first()?).ok()?;
                if !CertificateThumbprint::of(&leaf).matches(thumbprint) {
                    return None;
                }
                let mut chain = vec![leaf];
                for issuer in key.x5c.iter().skip(1) {
                    chain.push(STANDARD.decode(issuer).ok()?);
                }
                Some(chain)
            })
    }
}

impl Jwk {
    /// The key of one of our identities, with its chain up to but not including the root.
    ///
    /// # Errors
    /// [`JwksError::Certificate`] or [`JwksError::Key`].
    pub fn of(identity: &Identity) -> Result<Self, JwksError> {
        let mut x5c = Vec::new();
        for (position, certificate) in identity.chain().iter().enumerate() {
            if position == 0 || !is_self_issued(certificate)? {
                x5c.push(STANDARD.encode(certificate));
            }
        }
        let leaf = identity.chain().first().ok_or(PeerError::NoCertificate)?;
        let thumbprint = identity.peer().certificate_thumbprint.to_string();
        let mut key = Self {
            key_use: Some("sig".to_owned()),
            alg: Some(identity.signing_key().algorithm().as_str().to_owned()),
            kid: Some(thumbprint.clone()),
            x5c,
            x5t_s256: Some(thumbprint),
            ..Self::default()
        };
        match PublicKey::from_certificate(leaf)? {
            PublicKey::Rsa { modulus, exponent } => {
                key.kty = "RSA".to_owned();
                key.n = Some(URL_SAFE_NO_PAD.encode(modulus));
                key.e = Some(URL_SAFE_NO_PAD.encode(exponent));
            }
            PublicKey::Ec { curve, x, y } => {
                key.kty = "EC".to_owned();
                key.crv = Some(curve.to_owned());
                key.x = Some(URL_SAFE_NO_PAD.encode(x));
                key.y = Some(URL_SAFE_NO_PAD.encode(y));
            }
        }
        Ok(key)
    }
}
