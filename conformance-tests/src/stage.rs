//! Everything that cases play on: the target, the suite's own peers and what lies between them.

mod agreement;
mod authority;
mod inway;
mod manager;
mod outway;

use std::net::SocketAddr;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use sluis_certs::{PeerId, Trust};
use tokio::sync::OnceCell;

pub(crate) use agreement::{Agreement, Kind};
pub(crate) use authority::Leaf;
pub(crate) use inway::{EarlyToken, new_transaction_id};
pub(crate) use manager::{
    addressed, find_contract, list, no_answer, sign, signature_of, signature_payload,
};
pub(crate) use outway::Planned;

use crate::case::{Stop, not_run};
use crate::clock;
use crate::play::{InwayPlay, Played, SourcePlay};
use crate::protocol::Certificate;
use crate::target::{InwayTarget, OutwayTarget, Target, TargetError};
use crate::wire::{self, Address, Client, Listening, serve};

/// The stage.
pub(crate) struct Stage {
    /// What the target file says.
    pub(crate) target: Target,
    /// The group's trust anchors.
    pub(crate) trust: Trust,
    /// The target's manager.
    pub(crate) manager: Address,
    /// The target's inway.
    pub(crate) inway: Option<Address>,
    /// The target's outway, with the certificate that it shows.
    pub(crate) outway: Option<(Address, Certificate)>,
    /// Connects to the target.
    pub(crate) consumer: Played,
    /// On whose behalf the consumer connects.
    pub(crate) delegator: Played,
    /// Offers a service to the target.
    pub(crate) provider: Played,
    /// Is in no contract.
    pub(crate) stranger: Option<Played>,
    /// The source behind the target's inway, where the suite plays it.
    pub(crate) source: Option<Arc<SourcePlay>>,
    /// The port of that source.
    pub(crate) source_port: u16,
    /// The provider's inway, with its address.
    pub(crate) provider_inway: Option<(Arc<InwayPlay>, Address)>,
    listening: Vec<Listening>,
    announced: OnceCell<Result<(), Stop>>,
    agreements: [OnceCell<Result<Agreement, Stop>>; 4],
    outway_agreements: [OnceCell<Result<Planned, Stop>>; 4],
    early_token: OnceCell<Result<EarlyToken, Stop>>,
}

impl Stage {
    /// Loads what the target file names and starts what the suite plays.
    pub(crate) async fn start(target: Target) -> Result<Self, TargetError> {
        let trust = wire::trust(&target.trust)?;
        let manager = Address::parse(&target.manager_address, "manager_address")?;
        let manager = manager.resolved(&target.resolve);
        PeerId::new(&target.peer_id).map_err(|error| TargetError::Value {
            setting: "peer_id".to_owned(),
            reason: error.to_string(),
        })?;
        let inway = match &target.inway {
            Some(inway) => {
                let address = Address::parse(&inway.address, "inway.address")?;
                Some(address.resolved(&target.resolve))
            }
            None => None,
        };
        let outway = target
            .outway
            .as_ref()
            .map(|outway| outway_of(outway, &target));
        let outway = outway.transpose()?;
        let suite = &target.suite;
        let (host, listen, wait) = (suite.host.as_str(), suite.listen, target.wait());
        let consumer =
            Played::start("consumer", &suite.consumer, host, listen, &trust, wait).await?;
        let delegator =
            Played::start("delegator", &suite.delegator, host, listen, &trust, wait).await?;
        let provider =
            Played::start("provider", &suite.provider, host, listen, &trust, wait).await?;
        let stranger = match &suite.stranger {
            None => None,
            Some(files) => {
                Some(Played::start("stranger", files, host, listen, &trust, wait).await?)
            }
        };
        let ids = [&target.peer_id, &consumer.id, &delegator.id, &provider.id];
        let ids = ids.into_iter().chain(stranger.iter().map(|peer| &peer.id));
        different(&ids.collect::<Vec<_>>())?;
        let mut stage = Self {
            trust,
            manager,
            inway,
            outway,
            consumer,
            delegator,
            provider,
            stranger,
            source: None,
            source_port: 0,
            provider_inway: None,
            listening: Vec::new(),
            announced: OnceCell::new(),
            agreements: Default::default(),
            outway_agreements: Default::default(),
            early_token: OnceCell::new(),
            target,
        };
        stage.play_source().await?;
        stage.play_inway().await?;
        Ok(stage)
    }

    /// Now, in Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        clock::unix_seconds()
    }

    /// The target as a provider, or the reason why a case cannot be run.
    pub(crate) fn inway_target(&self) -> Result<(&InwayTarget, &Address), Stop> {
        match (&self.target.inway, &self.inway) {
            (Some(target), Some(address)) => Ok((target, address)),
            _ => Err(not_run("the target file has no `inway`")),
        }
    }

    /// The name of the service that the target file names, as the target offers it or else as its applications ask for it.
    pub(crate) fn service_name(&self) -> &str {
        let offered = self.target.inway.as_ref().map(|inway| &inway.service);
        let asked = self.target.outway.as_ref().map(|outway| &outway.service);
        offered.or(asked).map_or("conformance", String::as_str)
    }

    /// The source behind the target's inway, or the reason why a case cannot be run.
    pub(crate) fn source(&self) -> Result<&SourcePlay, Stop> {
        self.source.as_deref().ok_or_else(|| {
            not_run("the target file has no `inway.source_listen`, so that the suite cannot see what arrives at the source")
        })
    }

    /// Calls as one of the suite's peers.
    pub(crate) fn client(&self, peer: &Played) -> Result<Client, Stop> {
        let client = peer.client();
        client.ok_or_else(|| not_run(format!("peer {} has no certificate", peer.id)))
    }

    /// The peers that the suite plays.
    pub(crate) fn played(&self) -> impl Iterator<Item = &Played> {
        let three = [&self.consumer, &self.delegator, &self.provider];
        three.into_iter().chain(&self.stranger)
    }

    async fn play_source(&mut self) -> Result<(), TargetError> {
        let address = self
            .target
            .inway
            .as_ref()
            .and_then(|inway| inway.source_listen);
        let Some(address) = address else {
            return Ok(());
        };
        let source = SourcePlay::new();
        let handler = Arc::clone(&source) as _;
        self.source_port = self
            .listen("inway.source_listen", address, false, handler)
            .await?;
        self.source = Some(source);
        Ok(())
    }

    async fn play_inway(&mut self) -> Result<(), TargetError> {
        let Some(outway) = &self.target.outway else {
            return Ok(());
        };
        let inway = InwayPlay::new(
            Arc::clone(&self.provider.manager),
            &self.target.group_id,
            &outway.service,
        );
        let suite = &self.target.suite;
        let socket = SocketAddr::new(suite.listen, suite.provider.inway_port);
        let handler = Arc::clone(&inway);
        let port = self
            .listen("suite.provider.inway_port", socket, true, handler)
            .await?;
        let address = Address::own(&self.target.suite.host, port);
        self.provider_inway = Some((inway, address));
        Ok(())
    }

    async fn listen(
        &mut self,
        setting: &str,
        socket: SocketAddr,
        is_tls: bool,
        handler: Arc<dyn wire::Handler>,
    ) -> Result<u16, TargetError> {
        let value = |reason: String| TargetError::Value {
            setting: setting.to_owned(),
            reason,
        };
        let listener = wire::bind(socket)
            .await
            .map_err(|error| value(format!("cannot listen on {socket}: {error}")))?;
        let credential = self.provider.credential().filter(|_| is_tls);
        let tls = credential.map(|credential| (credential.as_ref(), &self.trust));
        let listening = serve(listener, tls, handler).map_err(value)?;
        let port = listening.port();
        self.listening.push(listening);
        Ok(port)
    }
}

fn outway_of(
    outway: &OutwayTarget,
    target: &Target,
) -> Result<(Address, Certificate), TargetError> {
    let address = Address::parse(&outway.address, "outway.address")?.resolved(&target.resolve);
    let file = |reason: String| TargetError::File {
        path: outway.certificate_file.clone(),
        reason,
    };
    let pem = wire::read(&outway.certificate_file)?;
    let chain = CertificateDer::pem_slice_iter(&pem)
        .map(|der| der.map(|der| der.to_vec()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| file(error.to_string()))?;
    let certificate = Certificate::from_chain(chain).map_err(|error| file(error.to_string()))?;
    Ok((address, certificate))
}

fn different(ids: &[&String]) -> Result<(), TargetError> {
    for (place, id) in ids.iter().enumerate() {
        if ids.iter().skip(place + 1).any(|other| other == id) {
            return Err(TargetError::Value {
                setting: "suite".to_owned(),
                reason: format!(
                    "peer {id} occurs twice; target, consumer, delegator, provider and stranger are different organisations"
                ),
            });
        }
    }
    Ok(())
}
