//! Calls to the target's manager.

use serde_json::{Value, json};

use super::Stage;
use crate::case::{Stop, failed};
use crate::clauses::{
    CONTENT_HASH, Clause, MANAGER_CERTIFICATES, MANAGER_CONTRACTS, MANAGER_INTERFACE,
};
use crate::play::Played;
use crate::protocol::{Certificate, Contract};
use crate::wire::{Answer, CallError, Client, Credential, Question};

/// Most pages that a list is followed over; a list that goes on is a loop.
const PAGES_MAX: usize = 200;

impl Stage {
    /// Asks the target's manager as a peer. No answer at all is a failure.
    pub(crate) async fn ask(&self, peer: &Played, question: Question) -> Result<Answer, Stop> {
        self.ask_with(&self.client(peer)?, question).await
    }

    /// Asks the target's manager through a client.
    pub(crate) async fn ask_with(
        &self,
        client: &Client,
        question: Question,
    ) -> Result<Answer, Stop> {
        client
            .ask(&self.manager, &self.target.peer_id, question)
            .await
            .map_err(|error| no_answer(MANAGER_INTERFACE, "manager", &error))
    }

    /// Makes the suite's peers known at the target, once.
    pub(crate) async fn announce(&self) -> Result<(), Stop> {
        let announce = || async {
            for peer in self.played() {
                let question = addressed(Question::put("/v1/announce"), peer);
                let answer = self.ask(peer, question).await?;
                if answer.status != 200 {
                    let expected = "status 200 for PUT /v1/announce";
                    return Err(failed(MANAGER_INTERFACE, expected, answer.shown()));
                }
            }
            Ok(())
        };
        self.announced.get_or_init(announce).await.clone()
    }

    /// Submits a contract with an accept signature.
    pub(crate) async fn submit(
        &self,
        peer: &Played,
        contract: &Contract,
        signature: &str,
    ) -> Result<Answer, Stop> {
        self.announce().await?;
        let body = json!({ "content": contract.content(), "signature": signature });
        let question = addressed(Question::post("/v1/contracts"), peer).json(&body);
        self.ask(peer, question).await
    }

    /// Places a signature: `kind` is `accept`, `reject` or `revoke`.
    pub(crate) async fn put_signature(
        &self,
        peer: &Played,
        kind: &str,
        path_hash: &str,
        contract: &Contract,
        signature: &str,
    ) -> Result<Answer, Stop> {
        self.announce().await?;
        let body = json!({ "content": contract.content(), "signature": signature });
        let path = format!("/v1/contracts/{path_hash}/{kind}");
        let question = addressed(Question::put(path), peer).json(&body);
        self.ask(peer, question).await
    }

    /// The contract as the target lists it for a peer, found by the hash of its first grant.
    pub(crate) async fn listed(
        &self,
        peer: &Played,
        contract: &Contract,
    ) -> Result<Option<Value>, Stop> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_hash", contract.grant_hash())
            .finish();
        let question = Question::get(format!("/v1/contracts?{query}"));
        let answer = self.ask(peer, question).await?;
        let contracts = list(&answer, "contracts", MANAGER_CONTRACTS)?;
        find_contract(contracts, contract)
    }

    /// Every entry of a list of the target, over all its pages.
    pub(crate) async fn all(
        &self,
        peer: &Played,
        path: &str,
        member: &str,
        clause: Clause,
    ) -> Result<Vec<Value>, Stop> {
        self.all_by(100, peer, path, member, clause).await
    }

    /// As [`Stage::all`], with so many entries on a page.
    pub(crate) async fn all_by(
        &self,
        limit: usize,
        peer: &Played,
        path: &str,
        member: &str,
        clause: Clause,
    ) -> Result<Vec<Value>, Stop> {
        let mut entries = Vec::new();
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("limit", &limit.to_string())
                .append_pair("cursor", &cursor)
                .finish();
            let question = Question::get(format!("{path}?{query}"));
            let answer = self.ask(peer, question).await?;
            let page = list(&answer, member, clause)?;
            let ended = page.is_empty();
            entries.extend(page);
            let next = next_cursor(&answer);
            if next.is_empty() || ended {
                return Ok(entries);
            }
            if next == cursor {
                let came = "a page that has its own cursor as `next_cursor`";
                return Err(failed(clause, "pages that come to an end", came));
            }
            cursor = next;
        }
        let came = format!("more than {PAGES_MAX} pages of {path}");
        Err(failed(clause, "pages that come to an end", came))
    }

    /// The certificates in the target's key set.
    pub(crate) async fn key_set(&self) -> Result<Vec<Certificate>, Stop> {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;
        let question = Question::get("/v1/.well-known/jwks.json");
        let answer = self.ask(&self.consumer, question).await?;
        let keys = list(&answer, "keys", MANAGER_CERTIFICATES)?;
        let mut certificates = Vec::new();
        for key in &keys {
            let chain = key.get("x5c").and_then(Value::as_array);
            let chain: Option<Vec<Vec<u8>>> = chain.and_then(|chain| {
                let der = |text: &Value| STANDARD.decode(text.as_str()?).ok();
                chain.iter().map(der).collect()
            });
            let certificate = Certificate::from_chain(chain.unwrap_or_default());
            certificates.push(certificate.map_err(|problem| {
                let expected = "keys with their certificate chain in `x5c`";
                failed(MANAGER_CERTIFICATES, expected, format!("{problem}: {key}"))
            })?);
        }
        Ok(certificates)
    }
}

/// Adds the header that says where the caller's manager is.
pub(crate) fn addressed(question: Question, peer: &Played) -> Question {
    question.header("Fsc-Manager-Address", &peer.manager_address.to_string())
}

/// A failure because nothing answered.
pub(crate) fn no_answer(clause: Clause, part: &str, error: &CallError) -> Stop {
    failed(
        clause,
        format!("an answer of the {part}"),
        error.to_string(),
    )
}

/// The payload of a contract signature of this type.
pub(crate) fn signature_payload(contract: &Contract, kind: &str, now: i64) -> Value {
    json!({ "contract_content_hash": contract.hash(), "type": kind, "signed_at": now })
}

/// Signs with a credential; that this fails is our own affair.
pub(crate) fn sign(credential: &Credential, payload: &Value) -> Result<String, Stop> {
    credential
        .sign(payload)
        .map_err(|error| crate::case::not_run(format!("the suite could not sign: {error}")))
}

/// The entries in the body of a list.
pub(crate) fn list(answer: &Answer, member: &str, clause: Clause) -> Result<Vec<Value>, Stop> {
    let body = answer.json();
    match body.get(member) {
        Some(Value::Array(entries)) if answer.status == 200 => Ok(entries.clone()),
        _ => Err(failed(
            clause,
            format!("status 200 and a JSON object with the list `{member}`"),
            answer.shown(),
        )),
    }
}

fn next_cursor(answer: &Answer) -> String {
    let body = answer.json();
    let cursor = body
        .get("pagination")
        .and_then(|page| page.get("next_cursor"));
    cursor
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The entry whose content has the hash of `contract` by our own reckoning.
pub(crate) fn find_contract(
    entries: Vec<Value>,
    contract: &Contract,
) -> Result<Option<Value>, Stop> {
    for entry in entries {
        let content = entry.get("content").cloned().unwrap_or(Value::Null);
        let listed = Contract::of(content).map_err(|error| {
            failed(
                CONTENT_HASH,
                "content with a canonical form",
                error.to_string(),
            )
        })?;
        if listed.hash() == contract.hash() {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

/// A signature in a listed contract.
pub(crate) fn signature_of<'v>(listed: &'v Value, kind: &str, peer_id: &str) -> Option<&'v str> {
    listed.get("signatures")?.get(kind)?.get(peer_id)?.as_str()
}
