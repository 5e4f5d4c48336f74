//! Requests of an application through the target's outway, to the provider that the suite plays.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use http::HeaderValue;
use http::header::CONNECTION;
use sluis_certs::tls;
use tokio_rustls::TlsAcceptor;

use super::agreement::Kind;
use super::{Agreement, Stage};
use crate::case::{Stop, failed, not_run};
use crate::clauses::{CONTENT_HASH, MANAGER_SIGNATURES, OUTWAY_ROUTING, SIGNATURES};
use crate::clock;
use crate::play::{InwayPlay, TokenPlan};
use crate::protocol::{Contract, Grant, Jws, Outway, Service};
use crate::target::OutwayTarget;
use crate::wire::{
    self, Address, Answer, Arrived, CallError, Handler, Listening, Question, Reply, Shown,
};

/// An agreement between the target's outway and the suite's provider.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// The contract.
    pub(crate) agreement: Agreement,
    /// The provider's inway.
    pub(crate) inway: Address,
}

impl Stage {
    /// The target as a consumer, or the reason why a case cannot be run.
    pub(crate) fn outway_target(&self) -> Result<(&OutwayTarget, &Arc<InwayPlay>), Stop> {
        match (&self.target.outway, &self.provider_inway) {
            (Some(target), Some((inway, _))) => Ok((target, inway)),
            _ => Err(not_run("the target file has no `outway`")),
        }
    }

    /// A connection of the target's outway to the provider's service, in force. Made at the first call.
    pub(crate) async fn outway_agreement(&self, kind: Kind) -> Result<Planned, Stop> {
        let Some(cell) = self.outway_agreements.get(kind.place()) else {
            return Err(not_run("the suite has no such agreement"));
        };
        let make = || async {
            let planned = self.outway_connection(kind)?;
            self.outway_agree(&planned, kind).await?;
            Ok(planned)
        };
        cell.get_or_init(make).await.clone()
    }

    /// A new connection of the target's outway to the provider's service, agreed with nobody yet.
    pub(crate) fn outway_connection(&self, kind: Kind) -> Result<Planned, Stop> {
        let (target, _) = self.outway_target()?;
        let (Some((_, certificate)), Some((_, inway))) = (&self.outway, &self.provider_inway)
        else {
            return Err(not_run("the target file has no `outway`"));
        };
        let grant = Grant::Connection {
            outway: Outway {
                peer_id: self.target.peer_id.clone(),
                public_key_thumbprint: certificate.public_key_thumbprint(),
            },
            service: Service {
                peer_id: self.provider.id.clone(),
                name: target.service.clone(),
                delegator: kind
                    .has_delegated_service()
                    .then(|| self.consumer.id.clone()),
            },
            delegator: kind.is_delegated().then(|| self.delegator.id.clone()),
        };
        let properties = target.properties.clone();
        let contract = self.contract(&[grant.data(&properties)])?;
        Ok(Planned {
            agreement: Agreement {
                contract,
                properties,
            },
            inway: inway.clone(),
        })
    }

    /// Has the target accept, waits until it told the provider so, and lets the provider issue tokens.
    pub(crate) async fn outway_agree(&self, planned: &Planned, kind: Kind) -> Result<(), Stop> {
        let (target, _) = self.outway_target()?;
        let contract = &planned.agreement.contract;
        let plan = TokenPlan {
            group_id: self.target.group_id.clone(),
            outway_peer: self.target.peer_id.clone(),
            service: target.service.clone(),
            inway: planned.inway.clone(),
            delegator: kind.is_delegated().then(|| self.delegator.id.clone()),
            publication_delegator: kind
                .has_delegated_service()
                .then(|| self.consumer.id.clone()),
            properties: planned.agreement.properties.clone(),
        };
        self.provider.manager.plan(contract.grant_hash(), plan);
        self.agree(contract).await?;
        let told = self.provider.manager.received(
            |received| {
                received.kind == "accept" && received.path_hash.as_deref() == Some(contract.hash())
            },
            self.target.wait(),
        );
        let Some(told) = told.await else {
            return Err(failed(
                MANAGER_SIGNATURES,
                "the target to bring its accept signature to the other peers of the contract",
                format!(
                    "no PUT /v1/contracts/{{hash}}/accept at {} within {} s",
                    self.provider.manager_address,
                    self.target.wait().as_secs()
                ),
            ));
        };
        let hash = Contract::of(told.content).map(|content| content.hash().to_owned());
        if hash.as_deref() != Ok(contract.hash()) {
            let expected = "the content of the contract along with the signature, hashing the same";
            return Err(failed(CONTENT_HASH, expected, format!("{hash:?}")));
        }
        let certificates = self.key_set().await?;
        let jws = Jws::parse(&told.signature)
            .and_then(|jws| jws.verify(&certificates).map(|_| jws.clone()));
        let text = |name: &str| jws.as_ref().ok().and_then(|jws| jws.text(name));
        let is_right = text("contract_content_hash") == Some(contract.hash())
            && text("type") == Some("accept");
        if !is_right {
            let expected =
                "an accept signature over this contract by a certificate of the target's key set";
            return Err(failed(SIGNATURES, expected, format!("{jws:?}")));
        }
        Ok(())
    }

    /// Another inway of the provider, which shows this certificate, or else its own. It keeps no connection, so that the target
    /// makes a new one to whoever listens on this port next.
    pub(crate) async fn other_inway(
        &self,
        shown: Option<&Shown>,
        inway: Arc<InwayPlay>,
    ) -> Result<Listening, String> {
        let credential = self.provider.credential().ok_or("no certificate")?;
        let time = clock::time_provider();
        let config = tls::server_config(&credential.identity, &self.trust, &[b"http/1.1"], time);
        let mut config = config.map_err(|error| error.to_string())?;
        if let Some(shown) = shown {
            shown.to_clients(Arc::make_mut(&mut config));
        }
        let suite = &self.target.suite;
        let socket = SocketAddr::new(suite.listen, suite.provider.other_inway_port);
        let listener = wire::bind(socket)
            .await
            .map_err(|error| error.to_string())?;
        let acceptor = Arc::new(TlsAcceptor::from(config));
        Ok(wire::serve_with(
            listener,
            acceptor,
            Arc::new(Closing(inway)),
        ))
    }

    /// A request of an application under a grant, through the target's outway.
    pub(crate) async fn ask_outway(&self, grant_hash: &str) -> Result<Answer, Stop> {
        let answer = self.ask_outway_with(grant_hash, &[]).await?;
        answer.map_err(|error| super::manager::no_answer(OUTWAY_ROUTING, "outway", &error))
    }

    /// As [`Stage::ask_outway`], with more headers; that no whole answer comes can be right.
    pub(crate) async fn ask_outway_with(
        &self,
        grant_hash: &str,
        headers: &[(&str, &str)],
    ) -> Result<Result<Answer, CallError>, Stop> {
        let (target, _) = self.outway_target()?;
        let Some((address, _)) = &self.outway else {
            return Err(not_run("the target file has no `outway`"));
        };
        let method = target.request.method.parse();
        let method = method.map_err(|_| not_run("outway.request.method is no HTTP method"))?;
        let mut question =
            Question::of(method, target.request.path.clone()).body(target.request.body.clone());
        for (name, value) in &target.request.headers {
            question = question.header(name, &value.replace("{grant_hash}", grant_hash));
        }
        for (name, value) in headers {
            question = question.header(name, value);
        }
        let client = self.client(&self.consumer)?;
        Ok(client.ask(address, &self.target.peer_id, question).await)
    }
}

/// The answers of an inway, after each of which the connection is closed.
struct Closing(Arc<InwayPlay>);

impl Handler for Closing {
    fn answer(self: Arc<Self>, arrived: Arrived) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            let mut reply = Arc::clone(&self.0).answer(arrived).await;
            let close = HeaderValue::from_static("close");
            reply.headers.insert(CONNECTION, close);
            reply
        })
    }
}
