//! What the suite reads of a certificate by itself.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// A certificate chain, leaf first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    chain: Vec<Vec<u8>>,
    public_key_info: Vec<u8>,
    public_key: Vec<u8>,
    self_issued: bool,
    jwk: Map<String, Value>,
}

/// Why a certificate cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// There is none.
    #[error("the chain holds no certificate")]
    Empty,
    /// It cannot be parsed.
    #[error("a certificate is not readable DER")]
    Unreadable,
    /// Its key is neither RSA nor on a curve of FSC.
    #[error("the key of a certificate is neither RSA nor ECDSA on P-256, P-384 or P-521")]
    Key,
}

impl Certificate {
    /// Reads a chain of DER certificates, leaf first.
    ///
    /// # Errors
    /// [`CertificateProblem`] says what the leaf is not.
    pub fn from_chain(chain: Vec<Vec<u8>>) -> Result<Self, CertificateProblem> {
        let leaf = chain.first().ok_or(CertificateProblem::Empty)?;
        let (_, parsed) =
            X509Certificate::from_der(leaf).map_err(|_| CertificateProblem::Unreadable)?;
        let info = parsed.public_key();
        let jwk = jwk(&info.parsed().map_err(|_| CertificateProblem::Key)?)?;
        Ok(Self {
            public_key_info: info.raw.to_vec(),
            public_key: info.subject_public_key.data.to_vec(),
            self_issued: parsed.subject().as_raw() == parsed.issuer().as_raw(),
            jwk,
            chain,
        })
    }

    /// The DER certificates, leaf first.
    #[must_use]
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// SHA-256 of the leaf, base64url without padding: `x5t#S256` (RFC 7515 section 4.1.8).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let leaf = self.chain.first().map(Vec::as_slice).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, leaf))
    }

    /// SHA-256 of the public key with its algorithm, in hexadecimal: what contracts name an outway by.
    #[must_use]
    pub fn public_key_thumbprint(&self) -> String {
        let digest = digest::digest(&digest::SHA256, &self.public_key_info);
        let hex = |byte: &u8| format!("{byte:02x}");
        digest.as_ref().iter().map(hex).collect()
    }

    /// The key as signature checks want it.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The key with its algorithm, DER (SubjectPublicKeyInfo).
    pub(crate) fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    /// The members of a JSON Web Key that say which key this is: `kty` and the numbers.
    #[must_use]
    pub fn key_members(&self) -> &Map<String, Value> {
        &self.jwk
    }

    /// Whether the leaf has itself as issuer.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.self_issued
    }

    /// A JSON Web Key with the chain (RFC 7517).
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let mut members = self.jwk.clone();
        let chain: Vec<String> = self.chain.iter().map(|der| STANDARD.encode(der)).collect();
        members.insert("use".to_owned(), json!("sig"));
        members.insert("kid".to_owned(), json!(self.thumbprint()));
        members.insert("x5t#S256".to_owned(), json!(self.thumbprint()));
        members.insert("x5c".to_owned(), json!(chain));
        Value::Object(members)
    }
}

fn jwk(key: &PublicKey<'_>) -> Result<Map<String, Value>, CertificateProblem> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let without_zeros = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        encode(bytes.get(zeros..).unwrap_or_default())
    };
    let members = match key {
        PublicKey::RSA(rsa) => json!({
            "kty": "RSA", "n": without_zeros(rsa.modulus), "e": without_zeros(rsa.exponent)
        }),
        PublicKey::EC(point) => {
            let data = point.data();
            let width = data.len().saturating_sub(1) / 2;
            let curve = match width {
                32 => "P-256",
                48 => "P-384",
                66 => "P-521",
                _ => return Err(CertificateProblem::Key),
            };
            // An uncompressed point: 4, x, y (SEC 1 section 2.3.3).
            let x = data.get(1..=width).ok_or(CertificateProblem::Key)?;
            let y = data.get(width + 1..).ok_or(CertificateProblem::Key)?;
            json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) })
        }
        _ => return Err(CertificateProblem::Key),
    };
    match members {
        Value::Object(members) => Ok(members),
        _ => Err(CertificateProblem::Key),
    }
}
