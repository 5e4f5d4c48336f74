//! A federation for tests: four gateways in this process, on real sockets, with real certificates, stores and policies.
#![expect(
    dead_code,
    unreachable_pub,
    reason = "every test file uses another part of this"
)]

pub mod choices;
pub mod client;
pub mod documents;
pub mod outsider;
pub mod relay;
pub mod source;
pub mod token;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use sluis::clock::{Clock, ClockHand};
use sluis::config::Config;
use sluis::demo::cases::Cases;
use sluis::demo::federation::{BRP, Federation, Plans, Upstreams, ZAKEN};
use sluis::demo::parties::UIW;
use sluis::demo::party_files::{DestinationPlan, PartyFiles, ServicePlan};
use sluis::demo::persons::Persons;
use sluis::demo::policies::contract;
use sluis::demo::sources::brp::BrpSource;
use sluis::demo::sources::zaken::ZakenSource;
use sluis::gateway::Gateway;
use sluis_certs::PeerId;
use sluis_fsc::contract::Validity;
use sluis_fsc::{ContentHash, ServiceName};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Four organisations and the systems behind their inways.
pub struct World {
    pub federation: Federation,
    pub directory: Gateway,
    pub voorbeeld: Gateway,
    pub uiw: Gateway,
    pub ssc: Gateway,
    pub brp: BrpSource,
    pub zaken: ZakenSource,
    pub clock: Clock,
    _folder: TempDir,
}

impl World {
    /// Starts everything; no contracts yet.
    pub async fn start() -> World {
        World::start_with("").await
    }

    /// Starts everything with `more` in every configuration file.
    pub async fn start_with(more: &str) -> World {
        World::build(more, |_| ()).await
    }

    /// Starts everything with another system behind the inway of Uitvoeringsinstituut Werk.
    pub async fn start_before(source: SocketAddr, more: &str) -> World {
        World::build(more, |plans| {
            plans.uiw.services = vec![ServicePlan::new(BRP, source)]
        })
        .await
    }

    /// Starts everything with a service for documents, whose answers nobody filters, beside the person records.
    pub async fn start_with_documents(source: SocketAddr, more: &str) -> World {
        World::build_with_documents(source, more, |_| ()).await
    }

    pub async fn build_with_documents(
        source: SocketAddr,
        more: &str,
        adjust: impl FnOnce(&mut Plans),
    ) -> World {
        let world = World::build(more, |plans| {
            plans
                .uiw
                .services
                .push(ServicePlan::new(documents::SERVICE, source));
            let destination = DestinationPlan::new("documenten", UIW, documents::SERVICE);
            plans.voorbeeld.destinations.push(destination);
            for plan in [&mut plans.uiw, &mut plans.voorbeeld] {
                plan.policy.extend(documents::policy());
            }
            adjust(plans);
        })
        .await;
        world
            .contract(&world.uiw, documents::SERVICE, documents::properties())
            .await;
        world
    }

    pub async fn build(more: &str, adjust: impl FnOnce(&mut Plans)) -> World {
        World::build_with_files(more, adjust, |_| ()).await
    }

    /// As [`World::build`]; `written` may change the files before anybody reads them.
    pub async fn build_with_files(
        more: &str,
        adjust: impl FnOnce(&mut Plans),
        written: impl FnOnce(&Federation),
    ) -> World {
        World::build_at(Clock::system(), more, adjust, written).await
    }

    /// As [`World::with_contract`]; time stands still at the beginning of a second until the hand is moved.
    pub async fn with_contract_and_hand() -> (World, ClockHand) {
        let now = Clock::system().unix_ms();
        let (clock, hand) = Clock::fixed(now - now % 1000);
        let world = World::build_at(clock, "", |_| (), |_| ()).await;
        world.contract_for_brp().await;
        (world, hand)
    }

    async fn build_at(
        clock: Clock,
        more: &str,
        adjust: impl FnOnce(&mut Plans),
        written: impl FnOnce(&Federation),
    ) -> World {
        let folder = tempfile::tempdir().unwrap();
        let persons = Arc::new(Persons::load().unwrap());
        let brp = BrpSource::start(bind().await, Arc::clone(&persons), clock.clone()).unwrap();
        let cases = Cases::load(persons).unwrap();
        let zaken = ZakenSource::start(bind().await, &cases, None).unwrap();
        let upstreams = Upstreams {
            brp: brp.source().address(),
            zaken: zaken.source().address(),
        };
        let mut plans = Plans::new(upstreams, more).unwrap();
        adjust(&mut plans);
        let federation = plans.write(folder.path(), clock.unix_seconds()).unwrap();
        written(&federation);
        let directory = run(&federation.directory, &clock).await;
        let voorbeeld = run(&federation.voorbeeld, &clock).await;
        let uiw = run(&federation.uiw, &clock).await;
        let ssc = run(&federation.ssc, &clock).await;
        World {
            federation,
            directory,
            voorbeeld,
            uiw,
            ssc,
            brp,
            zaken,
            clock,
            _folder: folder,
        }
    }

    /// As [`World::start`], with the contract between Gemeente Voorbeeld and Uitvoeringsinstituut Werk in force.
    pub async fn with_contract() -> World {
        let world = World::start().await;
        world.contract_for_brp().await;
        world
    }

    /// Proposes and accepts the contract for the person records; returns its hash.
    pub async fn contract_for_brp(&self) -> ContentHash {
        self.contract(&self.uiw, BRP, contract::brp_personen())
            .await
    }

    /// Proposes and accepts the contract for the cases; returns its hash.
    pub async fn contract_for_zaken(&self) -> ContentHash {
        self.contract(&self.ssc, ZAKEN, contract::zaken()).await
    }

    /// Proposes a contract from Gemeente Voorbeeld, accepts it at `provider`, and waits until both know that it is valid.
    pub async fn contract(
        &self,
        provider: &Gateway,
        service: &str,
        properties: Map<String, Value>,
    ) -> ContentHash {
        let hash = self.propose(provider, service, properties).await;
        provider.manager().unwrap().accept(&hash).await.unwrap();
        self.until(&self.voorbeeld, &hash, true).await;
        hash
    }

    /// Proposes a contract from Gemeente Voorbeeld and waits until `provider` knows it.
    pub async fn propose(
        &self,
        provider: &Gateway,
        service: &str,
        properties: Map<String, Value>,
    ) -> ContentHash {
        let now = self.clock.unix_seconds();
        let validity = Validity {
            not_before: now - 60,
            not_after: now + 86_400,
        };
        let service = ServiceName::parse(service).unwrap();
        let peer: PeerId = provider.contracts().own().clone();
        let manager = self.voorbeeld.manager().unwrap();
        let content = manager
            .propose_connection(&peer, &service, Some(properties), validity)
            .await
            .unwrap();
        let hash = content.hash().clone();
        until(|| async { provider.manager().unwrap().show(&hash).await.is_ok() }).await;
        hash
    }

    /// Waits until `gateway` holds the contract as valid, or as not valid.
    pub async fn until(&self, gateway: &Gateway, hash: &ContentHash, valid: bool) {
        let now = self.clock.unix_seconds();
        until(|| async {
            let shown = gateway.manager().unwrap().show(hash).await;
            shown.is_ok_and(|view| {
                let grants = view.record.contract.content.grants();
                let index = gateway.contracts().index();
                grants.iter().all(|grant| {
                    index
                        .by_hash(grant.hash())
                        .is_some_and(|entry| entry.is_valid_at(now))
                        == valid
                })
            })
        })
        .await;
    }

    /// The URL of the outway.
    pub fn outway(&self) -> SocketAddr {
        self.voorbeeld.addresses().outway.unwrap()
    }
}

/// Starts the gateway of one party in this process.
pub async fn run(files: &PartyFiles, clock: &Clock) -> Gateway {
    let config = Config::load(&files.config).unwrap_or_else(|report| panic!("{report}"));
    Gateway::start(&config, clock.clone())
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A listener on a free port of the loopback address.
pub async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// An address at which nothing listens, also later: it is below the ports that systems give out, and no other call gets it.
pub fn nobody() -> SocketAddr {
    let ports = sluis::demo::ports::free_ports(1).unwrap();
    (Ipv4Addr::LOCALHOST, ports[0]).into()
}

/// Waits until `holds` says yes; fails the test when it never does. It looks again whenever others have had their turn, and the time
/// only bounds the waiting.
pub async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let waited = tokio::time::timeout(PATIENCE, async {
        let mut pause = tokio::time::interval(Duration::from_millis(5));
        while !holds().await {
            pause.tick().await;
        }
    });
    waited
        .await
        .expect("what must happen did not happen in time");
}
