//! Contracts: their hashes, who is in them, what is taken in and what is in force.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Caller, Fault, Gateway, Refusal};
use crate::clock;
use crate::play::Received;
use crate::protocol::{Contract, Jws, grant_hash};

/// Most grants in a contract (Digikoppeling REST-API 3.1.0).
const GRANTS_MAX: usize = 10;
/// How far the clocks of others may be ahead, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// A contract that is kept.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) content: Value,
    pub(super) hash: String,
    /// Hash and data of each grant.
    pub(super) grants: Vec<(String, Value)>,
    /// By type, then by peer.
    pub(super) signatures: BTreeMap<String, BTreeMap<String, String>>,
}

impl Stored {
    /// The peers in its grants.
    pub(super) fn parties(&self) -> Vec<String> {
        let places = [
            "/directory/peer_id",
            "/outway/peer_id",
            "/service/peer_id",
            "/service/delegator/peer_id",
            "/delegator/peer_id",
        ];
        let grants = self.grants.iter();
        let ids = grants.flat_map(|(_, data)| places.iter().map(|place| text(data, place)));
        ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }

    pub(super) fn has_signed(&self, kind: &str, peer_id: &str) -> bool {
        self.signatures
            .get(kind)
            .is_some_and(|signed| signed.contains_key(peer_id))
    }

    pub(super) fn sign(&mut self, kind: &str, peer_id: &str, signature: String) {
        let signed = self.signatures.entry(kind.to_owned()).or_default();
        signed.insert(peer_id.to_owned(), signature);
    }

    pub(super) fn listed(&self) -> Value {
        let of = |kind: &str| json!(self.signatures.get(kind).cloned().unwrap_or_default());
        json!({
            "content": self.content,
            "signatures": { "accept": of("accept"), "reject": of("reject"), "revoke": of("revoke") },
        })
    }
}

/// Text at a place in a value; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, place: &str) -> &'v str {
    value
        .pointer(place)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

impl Gateway {
    /// Takes in a contract or a signature that a peer brought.
    pub(super) async fn take_in(&self, caller: &Caller, received: Received) -> Result<(), Refusal> {
        let mut stored = self.hashed(received.content.clone())?;
        let path = received.path_hash.as_deref();
        if path.is_some_and(|hash| hash != stored.hash) && !self.has(Fault::IgnoresPath) {
            let code = "ERROR_CODE_URL_PATH_CONTENT_HASH_MISMATCH";
            return Err(Refusal::new(
                422,
                code,
                "the path has another hash than the content",
            ));
        }
        self.check(caller, &stored)?;
        let kind = match received.kind.as_str() {
            "submit" => "accept",
            kind => kind,
        };
        self.verify(caller, &stored, kind, &received.signature)
            .await?;
        let created = received
            .content
            .pointer("/created_at")
            .and_then(Value::as_i64);
        let signed = Jws::parse(&received.signature).ok();
        let signed = signed.and_then(|jws| jws.payload.get("signed_at").and_then(Value::as_i64));
        if created > signed && self.has(Fault::AllowsNoSkew) {
            let why = "the contract was made later than now";
            return Err(Refusal::new(422, "ERROR_CODE_INVALID_CONTENT", why));
        }
        let forgotten = match kind {
            "reject" => self.has(Fault::ForgetsRejections),
            "revoke" => self.has(Fault::ForgetsRevocations),
            _ => self.has(Fault::ForgetsAcceptances) && received.kind != "submit",
        };
        let mut state = self.state();
        let known = state
            .contracts
            .iter_mut()
            .find(|known| known.hash == stored.hash);
        let kept = match known {
            Some(known) if !(self.has(Fault::KeepsContractsTwice) && path.is_none()) => known,
            _ => {
                stored.signatures.clear();
                state.contracts.push(stored);
                state.contracts.last_mut().unwrap()
            }
        };
        if kind == "accept" && self.has(Fault::LiftsRevocations) {
            kept.signatures.remove("revoke");
        }
        if !forgotten {
            kept.sign(kind, &caller.id, received.signature);
        }
        Ok(())
    }

    /// A content with the hashes that this gateway makes of it.
    pub(super) fn hashed(&self, content: Value) -> Result<Stored, Refusal> {
        let contract = Contract::of(content)
            .map_err(|why| Refusal::new(400, "ERROR_CODE_INVALID_CONTENT", why.to_string()))?;
        let mut hash = contract.hash().to_owned();
        if self.has(Fault::NaiveCanonicalForm) {
            let text = with_sorted_members(contract.content()).to_string();
            let digest = digest::digest(&digest::SHA3_512, text.as_bytes());
            hash = format!("$1$1${}", URL_SAFE_NO_PAD.encode(digest.as_ref()));
        }
        if self.has(Fault::PaddedHashes) {
            hash.push_str("==");
        }
        let within = match hash.strip_prefix("$1$1$") {
            Some(bare) if self.has(Fault::BareContentHashInGrantHash) => bare,
            _ => &hash,
        };
        let mut grants = Vec::new();
        for grant in contract
            .content()
            .pointer("/grants")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let data = grant.get("data").cloned().unwrap_or_default();
            let mut hash = grant_hash(within, &data).unwrap();
            if self.has(Fault::GrantTypeInGrantHash) {
                for (hash_type, grant_type) in [
                    ("$1$2$", "$1$1$"),
                    ("$1$3$", "$1$2$"),
                    ("$1$4$", "$1$3$"),
                    ("$1$5$", "$1$4$"),
                ] {
                    if let Some(rest) = hash.strip_prefix(hash_type) {
                        hash = format!("{grant_type}{rest}");
                        break;
                    }
                }
            }
            grants.push((hash, data));
        }
        Ok(Stored {
            content: contract.content().clone(),
            hash,
            grants,
            signatures: BTreeMap::new(),
        })
    }

    fn check(&self, caller: &Caller, stored: &Stored) -> Result<(), Refusal> {
        let content = &stored.content;
        let no = |code, why: &str| Err(Refusal::new(422, code, why));
        if text(content, "/group_id") != self.group_id && !self.has(Fault::TakesOtherGroups) {
            return no(
                "ERROR_CODE_INCORRECT_GROUP_ID",
                "the contract is of another group",
            );
        }
        let is_known = text(content, "/hash_algorithm") == "HASH_ALGORITHM_SHA3_512";
        if !is_known && !self.has(Fault::TakesAnyHashAlgorithm) {
            return no(
                "ERROR_CODE_UNKNOWN_HASH_ALGORITHM_HASH",
                "an unknown hash algorithm",
            );
        }
        if text(content, "/fsc_version") != "2.0.0" && !self.has(Fault::TakesAnyVersion) {
            return no(
                "ERROR_CODE_UNKNOWN_FSC_VERSION",
                "an unknown version of FSC",
            );
        }
        let parties = stored.parties();
        if !parties.contains(&caller.id)
            && !stored.grants.is_empty()
            && !self.has(Fault::TakesContractsOfStrangers)
        {
            let code = "ERROR_CODE_SUBMITTING_PEER_NOT_PART_OF_CONTRACT";
            return no(code, "the caller is not in the contract");
        }
        let is_ours = parties.iter().any(|id| id == self.peer_id());
        if !is_ours && !stored.grants.is_empty() {
            let code = "ERROR_CODE_RECEIVING_PEER_NOT_PART_OF_CONTRACT";
            return no(code, "we are not in the contract");
        }
        let kinds: Vec<&str> = stored
            .grants
            .iter()
            .map(|(_, data)| text(data, "/type"))
            .collect();
        let publications = kinds
            .iter()
            .filter(|kind| kind.ends_with("PUBLICATION"))
            .count();
        let is_mixed = publications > 0 && publications < kinds.len();
        if is_mixed && !self.has(Fault::MixesGrants) {
            let code = "ERROR_CODE_GRANT_COMBINATION_NOT_ALLOWED";
            return no(code, "a publication beside a connection");
        }
        let unknown = "ERROR_CODE_INVALID_CONTENT";
        for (_, data) in &stored.grants {
            let refused = match text(data, "/type") {
                "GRANT_TYPE_DELEGATED_SERVICE_CONNECTION" => Fault::KnowsNoDelegatedConnections,
                "GRANT_TYPE_SERVICE_PUBLICATION" => Fault::KnowsNoPublications,
                "GRANT_TYPE_DELEGATED_SERVICE_PUBLICATION" => Fault::KnowsNoDelegatedPublications,
                _ => Fault::KnowsNoPlainConnections,
            };
            let is_delegated = !text(data, "/service/delegator/peer_id").is_empty();
            if self.has(refused) || (is_delegated && self.has(Fault::KnowsNoDelegatedServices)) {
                return Err(Refusal::new(400, unknown, "a grant of an unknown type"));
            }
        }
        let number = |place: &str| content.pointer(place).and_then(Value::as_i64).unwrap_or(0);
        let (now, count) = (clock::unix_seconds(), stored.grants.len());
        let (from, until) = (
            number("/validity/not_before"),
            number("/validity/not_after"),
        );
        let is_sound = (count > 0 || self.has(Fault::TakesContractsWithoutGrants))
            && (count <= GRANTS_MAX || self.has(Fault::TakesTooManyGrants))
            && ((until > from && until > now) || self.has(Fault::IgnoresPeriod))
            && (number("/created_at") <= now + CLOCK_SKEW_SECONDS
                || self.has(Fault::TakesContractsFromTheFuture));
        let iv = text(content, "/iv");
        let is_used = self
            .state()
            .contracts
            .iter()
            .any(|known| text(&known.content, "/iv") == iv && known.hash != stored.hash);
        if is_used && !self.has(Fault::TakesIvTwice) {
            return no(unknown, "another contract has this iv");
        }
        if is_sound {
            Ok(())
        } else {
            no(unknown, "the contract is not valid")
        }
    }

    /// Whether a contract is in force.
    pub(super) fn is_valid(&self, stored: &Stored) -> bool {
        let ended = |kind: &str| {
            stored
                .signatures
                .get(kind)
                .is_some_and(|signed| !signed.is_empty())
        };
        let number = |place: &str| {
            stored
                .content
                .pointer(place)
                .and_then(Value::as_i64)
                .unwrap_or(0)
        };
        let (now, from, until) = (
            clock::unix_seconds(),
            number("/validity/not_before"),
            number("/validity/not_after"),
        );
        from <= now
            && now < until
            && !ended("reject")
            && !ended("revoke")
            && stored
                .parties()
                .iter()
                .all(|id| stored.has_signed("accept", id))
    }
}

/// The same value with the members of objects in the order of their bytes. In which order the library keeps them depends on
/// what else is built with it.
fn with_sorted_members(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter();
            members
                .map(|(name, member)| (name.clone(), with_sorted_members(member)))
                .collect()
        }
        Value::Array(items) => items.iter().map(with_sorted_members).collect(),
        other => other.clone(),
    }
}
