//! Signatures: those of others, which are verified, and our own.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use sluis_certs::Usage;

use super::contracts::Stored;
use super::{Caller, Fault, Gateway, Refusal};
use crate::clock;
use crate::protocol::{Algorithm, Certificate, Contract, Jws};
use crate::wire::{Address, Question};

/// How often a peer is told of a signature.
const TRIES: usize = 3;

impl Gateway {
    pub(super) async fn verify(
        &self,
        caller: &Caller,
        stored: &Stored,
        kind: &str,
        signature: &str,
    ) -> Result<(), Refusal> {
        let failed = "ERROR_CODE_SIGNATURE_VERIFICATION_FAILED";
        let no = |code, why: String| Err(Refusal::new(422, code, why));
        let jws = match Jws::parse(signature) {
            Ok(jws) => jws,
            Err(_) if self.has(Fault::TakesAnyTextAsSignature) => return Ok(()),
            Err(why) => return no(failed, why.to_string()),
        };
        let name = jws
            .header
            .get("alg")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if name.eq_ignore_ascii_case("none") && self.has(Fault::TakesAlgNone) {
            return Ok(());
        }
        let algorithm = Algorithm::named(name);
        let is_refused = match algorithm {
            None => !self.has(Fault::SkipsUnknownAlgorithms),
            Some(algorithm) if algorithm.is_rsa() => self.has(Fault::KnowsNoRsa),
            Some(_) => self.has(Fault::KnowsNoEcdsa),
        };
        // A signature that names no algorithm at all is none.
        if is_refused {
            let code = if name.is_empty() {
                failed
            } else {
                "ERROR_CODE_UNKNOWN_ALGORITHM_SIGNATURE"
            };
            return no(code, format!("the algorithm `{name}`"));
        }
        let named = jws.text("contract_content_hash").unwrap_or_default();
        if !self.has(Fault::SkipsSignedHash) {
            if !named.starts_with("$1$") {
                let code = "ERROR_CODE_UNKNOWN_HASH_ALGORITHM_HASH";
                return no(
                    code,
                    "the signature names an unknown hash algorithm".to_owned(),
                );
            }
            if named != stored.hash {
                let code = "ERROR_CODE_SIGNATURE_CONTRACT_CONTENT_HASH_MISMATCH";
                return no(code, "the signature is over another content".to_owned());
            }
        }
        if jws.text("type") != Some(kind) && !self.has(Fault::SkipsSignatureType) {
            return no(failed, format!("the signature is not of type {kind}"));
        }
        if algorithm.is_none() {
            return Ok(());
        }
        let certificates = self.certificates_of(caller).await?;
        match jws.verify(&certificates) {
            Ok(_) => Ok(()),
            Err(_) if self.overlooks(&jws, signature, &certificates) => Ok(()),
            Err(why) => no(failed, why.to_string()),
        }
    }

    /// Whether a fault makes the gateway believe a signature that does not verify.
    fn overlooks(&self, jws: &Jws, compact: &str, certificates: &[Certificate]) -> bool {
        match self.fault {
            Some(Fault::SkipsVerification) => true,
            Some(Fault::BelievesOtherAlgorithms) => {
                // The algorithm that belongs to the key, whatever the header says.
                certificates.iter().any(|own| verifies(compact, own))
            }
            Some(Fault::TakesSignaturesOfOtherParties) => {
                let state = self.state();
                let all: Vec<_> = state.certificates.values().flatten().cloned().collect();
                jws.verify(&all).is_ok()
            }
            Some(Fault::NeedsNoThumbprint) => {
                !jws.header.contains_key("x5t#S256")
                    && certificates.iter().any(|own| verifies(compact, own))
            }
            Some(Fault::BelievesEmbeddedCertificates) => {
                let chain = jws
                    .header
                    .get("x5c")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten();
                let chain = chain
                    .filter_map(|text| STANDARD.decode(text.as_str()?).ok())
                    .collect();
                Certificate::from_chain(chain).is_ok_and(|own| jws.verify(&[own]).is_ok())
            }
            _ => false,
        }
    }

    /// The certificates in the key set of a peer, checked.
    async fn certificates_of(&self, caller: &Caller) -> Result<Vec<Certificate>, Refusal> {
        let address = {
            let state = self.state();
            if let Some(known) = state.certificates.get(&caller.id) {
                return Ok(known.clone());
            }
            state
                .peers
                .get(&caller.id)
                .map(|peer| peer.manager_address.clone())
        };
        let failed =
            |why: String| Refusal::new(400, "ERROR_CODE_PEER_CERTIFICATE_VERIFICATION_FAILED", why);
        let address = Address::parse(&address.unwrap_or_default(), "Fsc-Manager-Address")
            .map_err(|why| failed(why.to_string()))?;
        let question = Question::get("/v1/.well-known/jwks.json");
        let answer = self.call(&address, &caller.id, question).await;
        let keys = answer.map_err(|why| failed(why.to_string()))?.json();
        let mut certificates = Vec::new();
        for key in keys
            .get("keys")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let chain = key
                .get("x5c")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let chain = chain
                .filter_map(|text| STANDARD.decode(text.as_str()?).ok())
                .collect();
            let certificate =
                Certificate::from_chain(chain).map_err(|why| failed(why.to_string()))?;
            let ders: Vec<_> = certificate
                .chain()
                .iter()
                .map(|der| CertificateDer::from(der.as_slice()))
                .collect();
            let peer = self
                .judge
                .trust()
                .verify(&ders, Usage::Signature, clock::unix_seconds());
            if peer.map_err(|why| failed(why.to_string()))?.id.as_str() == caller.id {
                certificates.push(certificate);
            }
        }
        self.state()
            .certificates
            .insert(caller.id.clone(), certificates.clone());
        Ok(certificates)
    }

    /// Accepts what `commands.accept_contract` asked for, and brings the signatures to the other peers.
    pub(super) async fn follow_hooks(&self) {
        let Ok(wishes) = std::fs::read_dir(self.hooks.join("accept")) else {
            return;
        };
        for wish in wishes.flatten() {
            let hash = wish.file_name().to_string_lossy().into_owned();
            let Some((content, parties, signature)) = self.accept(&hash) else {
                continue;
            };
            if !self.has(Fault::KeepsSignaturesToItself) {
                self.bring(&hash, &content, &parties, &signature).await;
            }
        }
    }

    /// Signs a contract, once.
    fn accept(&self, hash: &str) -> Option<(Value, Vec<String>, String)> {
        let mut state = self.state();
        // The command names the contract as the suite does.
        let mut all = state.contracts.iter_mut();
        let stored =
            all.find(|stored| Contract::of(stored.content.clone()).unwrap().hash() == hash)?;
        if stored.has_signed("accept", self.peer_id()) {
            return None;
        }
        let now = clock::unix_seconds();
        let mut payload = json!({
            "contract_content_hash": stored.hash, "type": "accept", "signed_at": now
        });
        if self.has(Fault::SignsInMilliseconds) {
            payload["signed_at"] = json!(now * 1000);
        }
        if self.has(Fault::SignsOtherHash) {
            payload["contract_content_hash"] = json!(stored.hash.to_lowercase());
        }
        let signature = self.credential.sign(&payload).unwrap();
        stored.sign("accept", self.peer_id(), signature.clone());
        Some((stored.content.clone(), stored.parties(), signature))
    }

    async fn bring(&self, hash: &str, content: &Value, parties: &[String], signature: &str) {
        for id in parties.iter().filter(|id| *id != self.peer_id()) {
            let address = self
                .state()
                .peers
                .get(id)
                .map(|peer| peer.manager_address.clone());
            let Ok(address) = Address::parse(&address.unwrap_or_default(), "Fsc-Manager-Address")
            else {
                continue;
            };
            let question = Question::put(format!("/v1/contracts/{hash}/accept"))
                .header("Fsc-Manager-Address", &self.manager_address.to_string())
                .json(&json!({ "content": content, "signature": signature }));
            // A real gateway waits longer and longer in between, and goes on for as long as it takes.
            for _ in 0..TRIES {
                let answer = self.call(&address, id, question.clone()).await;
                let is_told = answer.is_ok_and(|answer| answer.status.is_success());
                if is_told || self.has(Fault::TellsOnce) {
                    break;
                }
            }
        }
    }
}

/// Whether a signature is of this certificate's key, with the algorithm that goes with the key.
fn verifies(compact: &str, certificate: &Certificate) -> bool {
    let Some((signed, signature)) = compact.rsplit_once('.') else {
        return false;
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    let mut fitting = [Algorithm::Rs256, Algorithm::Es256].into_iter();
    fitting.any(|algorithm| {
        algorithm.verifies(certificate.public_key(), signed.as_bytes(), &signature)
    })
}
