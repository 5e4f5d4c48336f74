//! Requests to the service behind the target's inway.

use serde_json::Value;

use super::{Agreement, Kind, Stage};
use crate::case::{Stop, failed, not_run};
use crate::clauses::{INWAY_ROUTING, MANAGER_TOKENS};
use crate::play::Played;
use crate::protocol::Jws;
use crate::target::RequestTarget;
use crate::wire::{Answer, Arrived, CallError, Client, Question};

/// A request that reached the source.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// What the source saw.
    pub(crate) arrived: Arrived,
    /// What came back through the inway.
    pub(crate) answer: Answer,
    /// The transaction id that was sent along.
    pub(crate) transaction_id: String,
    /// The token that was sent along.
    pub(crate) token: String,
}

/// A token from the start of the run, kept until it has expired.
#[derive(Debug, Clone)]
pub(crate) struct EarlyToken {
    /// The token.
    pub(crate) token: String,
    /// Its `exp`.
    pub(crate) expires: i64,
}

impl Stage {
    /// Asks for a token as a peer; the answer as it comes.
    pub(crate) async fn ask_token(
        &self,
        peer: &Played,
        form: &[(&str, &str)],
    ) -> Result<Answer, Stop> {
        self.ask(peer, Question::post("/v1/token").form(form)).await
    }

    /// A token for a grant of the consumer, which must be given.
    pub(crate) async fn token(&self, grant_hash: &str) -> Result<String, Stop> {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", grant_hash),
            ("client_id", self.consumer.id.as_str()),
        ];
        let answer = self.ask_token(&self.consumer, &form).await?;
        let body = answer.json();
        let token = body.get("access_token").and_then(Value::as_str);
        match token {
            Some(token) if answer.status == 200 => Ok(token.to_owned()),
            _ => Err(failed(
                MANAGER_TOKENS,
                "status 200 and an `access_token` for a grant of a valid contract",
                answer.shown(),
            )),
        }
    }

    /// The request of the target file, with these FSC headers.
    pub(crate) fn service_request(
        &self,
        token: Option<&str>,
        transaction_id: Option<&str>,
    ) -> Result<Question, Stop> {
        let (inway, _) = self.inway_target()?;
        self.question(&inway.request, token, transaction_id)
    }

    /// A request to the target's service, with these FSC headers.
    pub(crate) fn question(
        &self,
        request: &RequestTarget,
        token: Option<&str>,
        transaction_id: Option<&str>,
    ) -> Result<Question, Stop> {
        let method = request.method.parse();
        let method =
            method.map_err(|_| not_run(format!("`{}` is no HTTP method", request.method)))?;
        let mut question = Question::of(method, request.path.clone()).body(request.body.clone());
        for (name, value) in &request.headers {
            question = question.header(name, value);
        }
        if let Some(token) = token {
            question = question.header("Fsc-Authorization", &format!("Bearer {token}"));
        }
        if let Some(id) = transaction_id {
            question = question.header("Fsc-Transaction-Id", id);
        }
        Ok(question)
    }

    /// Asks the target's inway through a client; that nothing answers can be right.
    pub(crate) async fn ask_inway(
        &self,
        client: &Client,
        question: Question,
    ) -> Result<Result<Answer, CallError>, Stop> {
        let (_, address) = self.inway_target()?;
        Ok(client.ask(address, &self.target.peer_id, question).await)
    }

    /// Asks the target's inway as the consumer.
    pub(crate) async fn ask_service(
        &self,
        token: Option<&str>,
        transaction_id: Option<&str>,
    ) -> Result<Answer, Stop> {
        let question = self.service_request(token, transaction_id)?;
        let answer = self
            .ask_inway(&self.client(&self.consumer)?, question)
            .await?;
        answer.map_err(|error| super::manager::no_answer(INWAY_ROUTING, "inway", &error))
    }

    /// One good request under an agreement, which must reach the source.
    pub(crate) async fn pass(&self, agreement: &Agreement) -> Result<Seen, Stop> {
        let source = self.source()?;
        let token = self.token(agreement.contract.grant_hash()).await?;
        let transaction_id = new_transaction_id();
        let before = source.arrivals.count();
        let answer = self
            .ask_service(Some(&token), Some(&transaction_id))
            .await?;
        // The answer has come, so what was to arrive has arrived.
        let arrived = source
            .arrivals
            .after(before, std::time::Duration::from_millis(1))
            .await;
        let expected = "a request with a valid token to reach the service";
        let arrived = arrived.ok_or_else(|| failed(INWAY_ROUTING, expected, answer.shown()))?;
        Ok(Seen {
            arrived,
            answer,
            transaction_id,
            token,
        })
    }

    /// A token from the start of the run.
    pub(crate) async fn early_token(&self) -> Result<EarlyToken, Stop> {
        let fetch = || async {
            let agreement = self.agreement(Kind::Plain).await?;
            let token = self.token(agreement.contract.grant_hash()).await?;
            let parsed = Jws::parse(&token)
                .map_err(|problem| failed(MANAGER_TOKENS, "a JWT", problem.to_string()))?;
            let expires = parsed.payload.get("exp").and_then(Value::as_i64);
            Ok(EarlyToken {
                expires: expires.unwrap_or(i64::MAX),
                token,
            })
        };
        self.early_token.get_or_init(fetch).await.clone()
    }
}

/// A new transaction id as Digikoppeling wants it.
pub(crate) fn new_transaction_id() -> String {
    uuid::Uuid::now_v7().hyphenated().to_string()
}
