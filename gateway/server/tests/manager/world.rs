//! Organisations for a test: a PKI, a clock, managers behind real listeners, and a caller that can say anything.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;
use sluis::clock::{Clock, ClockHand};
use sluis::contracts::{Contracts, OutboxItem};
use sluis::listener::{ConnectionLimits, Connections, Listener, Running};
use sluis::manager::{
    AreaSettings, Backoff, DecisionLog, DirectoryAddress, Manager, ManagerParts, ManagerService,
    ManagerSettings, TransactionLog,
};
use sluis::telemetry::{Metrics, Role, Telemetry};
use sluis_audit::{AppendError, Event, LogQuery, LoggedIntent, Page, ReadError};
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
use sluis_certs::{Identities, Identity, PeerId, Trust, tls};
use sluis_fsc::contract::{State, Validity};
use sluis_fsc::token::ActorClaim;
use sluis_fsc::{Address, ContentHash, GroupId, ServiceName};
use sluis_policy::{PolicySet, PolicySource};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The moment at which every test begins, Unix seconds.
pub(crate) const NOW: i64 = 1_800_000_000;
/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const DIRECTORY: &str = "00000099000000001000";
pub(crate) const CONSUMER: &str = "00000099000000002000";
pub(crate) const PROVIDER: &str = "00000099000000003000";
pub(crate) const THIRD: &str = "00000099000000004000";

/// A PKI and a clock that several managers share.
pub(crate) struct World {
    pki: DevPki,
    pub(crate) trust: Trust,
    pub(crate) clock: Clock,
    pub(crate) hand: ClockHand,
}

impl World {
    pub(crate) fn new() -> Self {
        let options = DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: NOW,
            crl_valid_seconds: 365 * 86_400,
        };
        let pki = DevPki::create(&options).unwrap();
        let (clock, hand) = Clock::fixed(u64::try_from(NOW).unwrap() * 1000);
        Self {
            trust: trust_of(&pki),
            pki,
            clock,
            hand,
        }
    }

    /// A certificate with an elliptic curve key.
    pub(crate) fn identity(&mut self, id: &str) -> Identity {
        self.issue(id, &["localhost"]).0
    }

    /// A certificate with its serial number, for these names.
    pub(crate) fn issue(&mut self, id: &str, dns_names: &[&str]) -> (Identity, Vec<u8>) {
        let organisation = format!("TEST organisatie {id}");
        let leaf = self
            .pki
            .issue(&LeafOptions::new(id, &organisation, dns_names, NOW))
            .unwrap();
        let identity =
            Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap();
        (identity, leaf.serial)
    }

    /// A certificate that ends an hour from the start of the test.
    pub(crate) fn short_lived_identity(&mut self, id: &str) -> Identity {
        let mut leaf = LeafOptions::new(id, "TEST organisatie", &["localhost"], NOW);
        leaf.not_after_unix_seconds = NOW + 3_600;
        let leaf = self.pki.issue(&leaf).unwrap();
        Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap()
    }

    /// A certificate with an RSA key, as PKIoverheid issues them.
    pub(crate) fn rsa_identity(&mut self, id: &str) -> Identity {
        let folder = tempfile::tempdir().unwrap();
        self.pki.save(folder.path()).unwrap();
        let options = DevPkiOptions {
            key_type: KeyType::Rsa3072,
            now_unix_seconds: NOW,
            crl_valid_seconds: 365 * 86_400,
        };
        let mut pki = DevPki::load(folder.path(), &options).unwrap();
        let leaf = pki
            .issue(&LeafOptions::new(
                id,
                "TEST organisatie",
                &["localhost"],
                NOW,
            ))
            .unwrap();
        Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap()
    }

    /// Takes a certificate back; managers started from now on know it.
    pub(crate) fn revoke(&mut self, serial: &[u8]) {
        self.pki.revoke(serial);
        self.trust = trust_of(&self.pki);
    }

    /// A party that is set up but not started.
    pub(crate) fn party(&mut self, id: &str) -> PartyBuilder {
        PartyBuilder {
            identity: self.identity(id),
            previous: Vec::new(),
            trust: self.trust.clone(),
            clock: self.clock.clone(),
            folder: Arc::new(tempfile::tempdir().unwrap()),
            directory: None,
            destinations: Vec::new(),
            areas: Vec::new(),
            policy: None,
            records: Arc::default(),
            group: "test.example",
            port: free_port(),
            unwanted_bytes_max: 64 * 1024 * 1024,
        }
    }
}

/// A port that nobody else gets, also while the party is away: it is below those that systems give out.
fn free_port() -> u16 {
    sluis::demo::ports::free_ports(1).unwrap()[0]
}

fn trust_of(pki: &DevPki) -> Trust {
    let lists: Vec<Vec<u8>> = pki
        .crls_pem()
        .unwrap()
        .into_iter()
        .map(|(_, pem)| pem.into_bytes())
        .collect();
    Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap()
}

/// What is needed to start, stop and start again the manager of one organisation.
#[derive(Clone)]
pub(crate) struct PartyBuilder {
    pub(crate) identity: Identity,
    previous: Vec<Identity>,
    trust: Trust,
    clock: Clock,
    folder: Arc<TempDir>,
    directory: Option<DirectoryAddress>,
    destinations: Vec<(PeerId, ServiceName)>,
    areas: Vec<AreaSettings>,
    policy: Option<Arc<ArcSwap<PolicySet>>>,
    pub(crate) records: Arc<Records>,
    group: &'static str,
    port: u16,
    unwanted_bytes_max: u64,
}

impl PartyBuilder {
    pub(crate) fn in_group(mut self, group: &'static str) -> Self {
        self.group = group;
        self
    }

    /// With this much room for contracts of one peer that came to nothing.
    pub(crate) fn with_room_for(mut self, bytes: u64) -> Self {
        self.unwanted_bytes_max = bytes;
        self
    }

    /// Starts at another port than before.
    pub(crate) fn elsewhere(mut self) -> Self {
        self.port = free_port();
        self
    }

    pub(crate) fn trusting(mut self, world: &World) -> Self {
        self.trust = world.trust.clone();
        self
    }

    pub(crate) fn with_directory(mut self, directory: &Party) -> Self {
        self.directory = Some(DirectoryAddress {
            peer_id: directory.id().clone(),
            address: directory.address.clone(),
        });
        self
    }

    /// With an outway that calls a service.
    pub(crate) fn calling(mut self, peer: &str, service: &str) -> Self {
        let service = ServiceName::parse(service).unwrap();
        self.destinations
            .push((PeerId::new(peer).unwrap(), service));
        self
    }

    /// In a Regulated Area.
    pub(crate) fn in_area(mut self, area: AreaSettings) -> Self {
        self.areas.push(area);
        self
    }

    /// A directory that accepts what is published.
    pub(crate) fn being_directory(self) -> Self {
        self.with_policy(&[(
            "contracts.yaml",
            "rules:\n  - { rule: publicaties, decide: accept, because: iedereen publiceert, when: { grants: [publication, delegated-publication], offered_on_behalf_of: [anyone] } }\n  - { rule: gewoon, decide: accept, because: iedereen publiceert, when: { grants: [publication] } }\n",
        )])
    }

    /// A policy folder of these files.
    pub(crate) fn with_policy(mut self, files: &[(&str, &str)]) -> Self {
        let files = files.iter();
        let source = PolicySource {
            files: files
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        };
        let set = PolicySet::compile(&source).unwrap_or_else(|errors| panic!("{errors}"));
        self.policy = Some(Arc::new(ArcSwap::from_pointee(set)));
        self
    }

    pub(crate) fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    fn identities(&self) -> Identities {
        Identities::new(self.identity.clone(), self.previous.clone()).unwrap()
    }

    /// Keeps this certificate beside the present one.
    pub(crate) fn with_previous(mut self, identity: Identity) -> Self {
        self.previous.insert(0, identity);
        self
    }

    /// The store behind the manager's back.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join(sluis::contracts::FILE_NAME)).unwrap()
    }

    /// Starts listening and working.
    pub(crate) async fn start(&self) -> Party {
        let shutdown = CancellationToken::new();
        let listener = listener(&self.identity, &self.trust, &self.clock, self.port).await;
        let address =
            Address::parse(&format!("https://localhost:{}", listener.address().port())).unwrap();
        let own = self.identity.peer().id.clone();
        let inway = Address::parse("https://inway.example:443").unwrap();
        let records = Arc::clone(&self.records);
        let telemetry = Telemetry::without_collector().unwrap();
        let parts = ManagerParts {
            identities: self.identities().into(),
            trust: self.trust.clone().into(),
            clock: self.clock.clone(),
            contracts: Contracts::open(self.folder.path(), own).unwrap(),
            // One service is not offered, and none once the test says so.
            services: Arc::new(move |service: &str| {
                let is_offered = service != "not-offered";
                (is_offered && !records.offers_nothing.load(Ordering::Relaxed))
                    .then(|| inway.clone())
            }),
            log: Arc::clone(&self.records) as Arc<dyn TransactionLog>,
            policy: self.policy.clone(),
            decisions: Arc::clone(&self.records) as Arc<dyn DecisionLog>,
            metrics: telemetry.metrics().clone(),
            settings: self.settings(address.clone()),
        };
        let manager = Manager::new(parts).unwrap();
        let serving = listener.run(Arc::new(ManagerService::new(&manager)), shutdown.clone());
        let working = tokio::spawn({
            let (manager, shutdown) = (manager.clone(), shutdown.clone());
            async move { manager.run(shutdown).await }
        });
        let mut builder = self.clone();
        builder.port = address.port();
        Party {
            manager,
            address,
            builder,
            telemetry,
            shutdown,
            serving,
            working,
        }
    }

    fn settings(&self, address: Address) -> ManagerSettings {
        ManagerSettings {
            group_id: GroupId::parse(self.group).unwrap(),
            address,
            directory: self.directory.clone(),
            peer_check_pause: None,
            destinations: self.destinations.clone(),
            regulated_areas: self.areas.clone(),
            token_lifetime_seconds: 300,
            actor_claim: ActorClaim::default(),
            clock_skew_seconds: 60,
            backoff: Backoff::default(),
            contract_bytes_max: 12 * 1024 * 1024,
            answer_bytes_max: 32 * 1024 * 1024,
            page_size_max: 1000,
            unanswered_max: 1000,
            unwanted_bytes_max: self.unwanted_bytes_max,
            connect_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            connection_age_max: Duration::from_secs(3600),
        }
    }
}

/// A listener on this machine that shows a certificate; port 0 takes a free one.
pub(crate) async fn listener(
    identity: &Identity,
    trust: &Trust,
    clock: &Clock,
    port: u16,
) -> Listener {
    let limits = ConnectionLimits {
        connections_max: 100,
        tls_handshake_timeout: Duration::from_secs(5),
        header_read_timeout: Duration::from_secs(30),
        write_stall_timeout: Duration::from_secs(30),
        header_bytes_max: 32 * 1024,
        headers_max: 100,
        http2_streams_max: 100,
        connection_age_max: Duration::from_secs(3600),
        shutdown_grace: Duration::from_millis(100),
    };
    let config = tls::server_config(identity, trust, &[b"http/1.1"], clock.time_provider());
    let address = ([127, 0, 0, 1], port).into();
    let listener = Listener::bind(
        Role::Manager,
        address,
        Connections::new(limits, Metrics::off()),
    )
    .await
    .unwrap();
    listener.with_tls(config.unwrap())
}

/// A running manager.
pub(crate) struct Party {
    pub(crate) manager: Manager,
    pub(crate) address: Address,
    pub(crate) builder: PartyBuilder,
    telemetry: Telemetry,
    shutdown: CancellationToken,
    serving: Running,
    working: tokio::task::JoinHandle<()>,
}

impl Party {
    pub(crate) fn id(&self) -> &PeerId {
        &self.builder.identity.peer().id
    }

    /// Stops listening and working; the builder that comes back starts it again with the same store and port.
    pub(crate) async fn stop(self) -> PartyBuilder {
        self.shutdown.cancel();
        self.serving.await.unwrap();
        self.working.await.unwrap();
        self.builder
    }

    /// The value of a metric, by its name and labels as they stand on the page; `None` when it was never measured.
    pub(crate) fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let page = self.telemetry.page().unwrap();
        let line = page.lines().find(|line| {
            line.starts_with(&format!("{name}{{"))
                && labels.iter().all(|label| line.contains(label))
        });
        line?.rsplit(' ').next()?.parse().ok()
    }

    /// Waits until the contract stands like this.
    pub(crate) async fn until_state(&self, content_hash: &ContentHash, wanted: State) {
        let mut changes = self.manager.contracts().changes();
        let reached = async {
            loop {
                changes.borrow_and_update();
                if let Ok(view) = self.manager.show(content_hash).await
                    && view.state == wanted
                {
                    return;
                }
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .expect("the contract never came to stand like that");
    }

    /// Waits until the outbox of the contract is like this.
    pub(crate) async fn until_outbox(
        &self,
        content_hash: &ContentHash,
        is_so: impl Fn(&[OutboxItem]) -> bool,
    ) {
        let reached = async {
            loop {
                let items = self
                    .manager
                    .contracts()
                    .outbox_of(content_hash)
                    .await
                    .unwrap();
                if is_so(&items) {
                    return;
                }
                // The outbox tells nobody when an attempt fails, so this asks again.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .expect("the outbox never came to be like that");
    }
}

/// From now for a day.
pub(crate) fn today() -> Validity {
    Validity {
        not_before: NOW - 10,
        not_after: NOW + 86_400,
    }
}

/// A log that holds what a test puts in it, and remembers what it was asked and told.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) records: Mutex<Vec<LoggedIntent>>,
    pub(crate) asked: Mutex<Vec<LogQuery>>,
    /// The decisions about contracts.
    pub(crate) decisions: Mutex<Vec<Event>>,
    /// Whether nothing can be recorded.
    pub(crate) is_broken: AtomicBool,
    /// Whether the inway offers no service any more.
    pub(crate) offers_nothing: AtomicBool,
}

impl DecisionLog for Records {
    fn record(&self, event: Event) -> BoxFuture<'_, Result<u64, AppendError>> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Box::pin(async { Err(AppendError::Closed) });
        }
        self.decisions.lock().unwrap().push(event);
        Box::pin(async { Ok(0) })
    }
}

impl TransactionLog for Records {
    fn logs(&self, query: &LogQuery) -> Result<Page, ReadError> {
        self.asked.lock().unwrap().push(query.clone());
        Ok(Page {
            records: self.records.lock().unwrap().clone(),
            next_cursor: String::new(),
        })
    }
}
