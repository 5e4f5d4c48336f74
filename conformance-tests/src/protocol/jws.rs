//! JSON Web Signatures in compact form (RFC 7515), as contracts and tokens use them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::{Algorithm, Certificate, Key, KeyProblem};

/// A JWS that was received, taken apart but not yet believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Jws {
    /// The protected header.
    pub header: Map<String, Value>,
    /// The payload.
    pub payload: Map<String, Value>,
    signed: String,
    signature: Vec<u8>,
}

/// What is wrong with a JWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsProblem {
    /// Not three parts of base64url with JSON objects in the first two.
    #[error("it is not a JWS in compact form: {0}")]
    Form(&'static str),
    /// An algorithm that FSC does not have.
    #[error("its algorithm is `{0}`, which FSC does not have")]
    Algorithm(String),
    /// No `x5t#S256` in the header.
    #[error("its header has no `x5t#S256`")]
    NoThumbprint,
    /// None of the signer's certificates has the thumbprint of the header.
    #[error("none of the signer's certificates has the thumbprint `{0}` of its header")]
    UnknownCertificate(String),
    /// The signature does not verify.
    #[error("its signature does not verify with the certificate that its header names")]
    Signature,
}

impl Jws {
    /// Signs a payload with the algorithm that belongs to the key, and `x5t#S256` in the header.
    ///
    /// # Errors
    /// [`KeyProblem`] when the key cannot sign.
    pub fn sign(
        payload: &Value,
        key: &Key,
        certificate: &Certificate,
    ) -> Result<String, KeyProblem> {
        let algorithm = key.algorithm();
        let signed = signing_input(algorithm.name(), payload, certificate);
        let signature = key.sign(algorithm, signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Signs a payload as [`Jws::sign`] does, but with an algorithm that FSC does not have: `PS256` for
    /// an RSA key; for others `HS256` with the certificate as its secret, which a careless reader takes
    /// for a signature of the certificate's holder.
    ///
    /// # Errors
    /// [`KeyProblem`] when the key cannot sign.
    pub fn sign_unsupported(
        payload: &Value,
        key: &Key,
        certificate: &Certificate,
    ) -> Result<String, KeyProblem> {
        let (signed, signature) = match key {
            Key::Rsa(_) => {
                let signed = signing_input("PS256", payload, certificate);
                let signature = key.sign_pss(signed.as_bytes())?;
                (signed, signature)
            }
            Key::Ecdsa(..) => {
                let signed = signing_input("HS256", payload, certificate);
                let secret = aws_lc_rs::hmac::Key::new(
                    aws_lc_rs::hmac::HMAC_SHA256,
                    certificate.public_key(),
                );
                let tag = aws_lc_rs::hmac::sign(&secret, signed.as_bytes());
                (signed, tag.as_ref().to_vec())
            }
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Puts a JWS together of any header and payload, for what no honest signer makes. `sign` gets the bytes to sign.
    pub fn assemble(
        header: &Value,
        payload: &Value,
        sign: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> String {
        Self::assemble_text(&header.to_string(), &payload.to_string(), sign)
    }

    /// As [`Jws::assemble`], of texts.
    pub fn assemble_text(
        header: &str,
        payload: &str,
        sign: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", part(header), part(payload));
        let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// Takes a compact JWS apart.
    ///
    /// # Errors
    /// [`JwsProblem::Form`].
    pub fn parse(compact: &str) -> Result<Self, JwsProblem> {
        let (signed, signature) = compact
            .rsplit_once('.')
            .ok_or(JwsProblem::Form("it has no parts"))?;
        let (header, payload) = signed
            .split_once('.')
            .filter(|(_, payload)| !payload.contains('.'))
            .ok_or(JwsProblem::Form("it has not three parts"))?;
        let object = |part: &str, what| {
            let bytes = URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| JwsProblem::Form("a part is not base64url without padding"))?;
            serde_json::from_slice(&bytes).map_err(|_| JwsProblem::Form(what))
        };
        Ok(Self {
            header: object(header, "its header is not a JSON object")?,
            payload: object(payload, "its payload is not a JSON object")?,
            signed: signed.to_owned(),
            signature: URL_SAFE_NO_PAD
                .decode(signature)
                .map_err(|_| JwsProblem::Form("a part is not base64url without padding"))?,
        })
    }

    /// Checks the signature with that one of the signer's certificates which the header names, and
    /// returns it.
    ///
    /// # Errors
    /// [`JwsProblem`] says what does not hold.
    pub fn verify<'c>(
        &self,
        certificates: &'c [Certificate],
    ) -> Result<&'c Certificate, JwsProblem> {
        let name = self.header_text("alg").unwrap_or_default();
        let algorithm =
            Algorithm::named(name).ok_or_else(|| JwsProblem::Algorithm(name.to_owned()))?;
        let thumbprint = self
            .header_text("x5t#S256")
            .ok_or(JwsProblem::NoThumbprint)?;
        let certificate = certificates
            .iter()
            .find(|certificate| same_thumbprint(&certificate.thumbprint(), thumbprint))
            .ok_or_else(|| JwsProblem::UnknownCertificate(thumbprint.to_owned()))?;
        let is_rsa = certificate.key_members().get("kty") == Some(&json!("RSA"));
        if is_rsa == algorithm.is_rsa()
            && algorithm.verifies(
                certificate.public_key(),
                self.signed.as_bytes(),
                &self.signature,
            )
        {
            return Ok(certificate);
        }
        Err(JwsProblem::Signature)
    }

    /// A member of the payload that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.payload.get(name).and_then(Value::as_str)
    }

    fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }
}

/// Whether two thumbprints are the same bytes. The examples of FSC Core are in plain base64 with padding,
/// the RFCs prescribe base64url without: a judge looks at the bytes.
pub(crate) fn same_thumbprint(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        text.trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_")
    };
    plain(one) == plain(other)
}

fn signing_input(algorithm: &str, payload: &Value, certificate: &Certificate) -> String {
    let header = json!({ "alg": algorithm, "x5t#S256": certificate.thumbprint() });
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(payload.to_string())
    )
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;
    use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
    use sluis_certs::{SignatureAlgorithm, SigningKey, verify_signature};

    use super::*;

    const NOW: i64 = 1_767_225_600;

    fn signer(key_type: KeyType) -> (Key, Certificate, SigningKey) {
        let options = DevPkiOptions {
            key_type,
            now_unix_seconds: NOW,
            crl_valid_seconds: 172_800,
        };
        let mut pki = DevPki::create(&options).unwrap();
        let leaf = LeafOptions::new("00000099000000001000", "Proef", &["localhost"], NOW);
        let leaf = pki.issue(&leaf).unwrap();
        let chain = CertificateDer::pem_slice_iter(leaf.chain_pem.as_bytes())
            .map(|der| der.unwrap().to_vec())
            .collect();
        (
            Key::from_pem(leaf.key_pem.as_bytes()).unwrap(),
            Certificate::from_chain(chain).unwrap(),
            SigningKey::from_pem(leaf.key_pem.as_bytes()).unwrap(),
        )
    }

    #[test]
    fn what_is_signed_verifies_here_and_in_another_implementation() {
        for key_type in [KeyType::EcdsaP256, KeyType::Rsa3072] {
            let (key, certificate, other) = signer(key_type);
            let compact = Jws::sign(&json!({ "type": "accept" }), &key, &certificate).unwrap();
            let jws = Jws::parse(&compact).unwrap();
            assert_eq!(jws.text("type"), Some("accept"));
            assert_eq!(
                jws.verify(std::slice::from_ref(&certificate)),
                Ok(&certificate)
            );
            let algorithm: SignatureAlgorithm = key.algorithm().name().parse().unwrap();
            let der = &certificate.chain()[0];
            verify_signature(der, algorithm, jws.signed.as_bytes(), &jws.signature).unwrap();
            let theirs = other.sign(algorithm, jws.signed.as_bytes()).unwrap();
            let theirs = Jws {
                signature: theirs,
                ..jws
            };
            assert!(theirs.verify(&[certificate]).is_ok());
        }
    }

    #[test]
    fn a_changed_payload_an_unknown_certificate_and_another_algorithm_do_not_verify() {
        let (key, certificate, _) = signer(KeyType::EcdsaP256);
        let (_, stranger, _) = signer(KeyType::EcdsaP256);
        let compact = Jws::sign(&json!({ "type": "accept" }), &key, &certificate).unwrap();
        let jws = Jws::parse(&compact).unwrap();
        assert!(matches!(
            jws.verify(&[stranger]),
            Err(JwsProblem::UnknownCertificate(_))
        ));
        let mut changed = jws.clone();
        changed.signed.push('x');
        let certificates = [certificate];
        assert_eq!(changed.verify(&certificates), Err(JwsProblem::Signature));
        let wrong = Jws::sign_unsupported(&json!({}), &key, &certificates[0]).unwrap();
        let wrong = Jws::parse(&wrong).unwrap();
        assert_eq!(
            wrong.verify(&certificates),
            Err(JwsProblem::Algorithm("HS256".to_owned()))
        );
    }

    #[test]
    fn what_is_no_jws_is_said_to_be_none() {
        for text in [
            "",
            "a",
            "a.b",
            "a.b.c.d",
            "e30.e30.!",
            "e30.W10.e30",
            "e30=.e30.e30",
        ] {
            assert!(
                matches!(Jws::parse(text), Err(JwsProblem::Form(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn thumbprints_are_those_of_the_certificates_crate() {
        let (_, certificate, _) = signer(KeyType::EcdsaP256);
        let peer = sluis_certs::Peer::from_certificate(&certificate.chain()[0]).unwrap();
        assert_eq!(
            certificate.thumbprint(),
            peer.certificate_thumbprint.to_string()
        );
        assert_eq!(
            certificate.public_key_thumbprint(),
            peer.public_key_thumbprint.to_string()
        );
    }
}
