//! Two organisations with our gateway, a contract between them and an access token: everything that a passage needs.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use sluis::clock::Clock;
use sluis::config::Config;
use sluis::contracts::{Contracts, FILE_NAME};
use sluis::demo::parties::{UIW, VOORBEELD};
use sluis::demo::party_files::{DestinationPlan, PartyFiles, PartyPlan, Ports, ServicePlan};
use sluis::gateway::Gateway;
use sluis_certs::PeerId;
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType};
use sluis_fsc::api::{TokenRequest, TokenResponse};
use sluis_fsc::contract::Validity;
use sluis_fsc::{GrantHash, ServiceName};
use tokio_rustls::TlsConnector;

use crate::Failure;
use crate::arguments::Side;
use crate::child::{Child, Tools};
use crate::load::Target;
use crate::request::Request;

/// Name of the service, and of the destination at the consumer's outway.
const SERVICE: &str = "werk";

const GROUP_ID: &str = "sluis.bench";

/// The policy folder of both organisations.
const POLICY: [(&str, &str); 3] = [
    ("parties.yaml", include_str!("policy/parties.yaml")),
    (
        "services/werk.yaml",
        include_str!("policy/services/werk.yaml"),
    ),
    (
        "activities/bijstand-aanvraag.yaml",
        include_str!("policy/activities/bijstand-aanvraag.yaml"),
    ),
];

/// Nothing that is waited for here may take longer.
const TIME_MAX: Duration = Duration::from_secs(30);

/// The two organisations on disk.
pub(crate) struct Federation {
    provider: PartyFiles,
    consumer: PartyFiles,
    /// Where the provider's inway listens. The address in its tokens is the source behind the measured outway, so that the outway
    /// is measured without an inway behind it.
    inway: u16,
    stand_in: u16,
}

impl Federation {
    /// Writes certificates, configuration and policy of both below `root`; `source` is behind the inway.
    pub(crate) fn lay_out(root: &Path, source: SocketAddr, clock: &Clock) -> Result<Self, Failure> {
        let now = clock.unix_seconds();
        let mut pki = DevPki::create(&DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: now,
            crl_valid_seconds: 172_800,
        })?;
        let mut provider = PartyPlan::new(UIW)?;
        let mut consumer = PartyPlan::new(VOORBEELD)?;
        for plan in [&mut provider, &mut consumer] {
            plan.policy = POLICY
                .map(|(path, text)| (path.to_owned(), text.to_owned()))
                .to_vec();
        }
        provider.is_directory = true;
        provider.services = vec![ServicePlan {
            name: SERVICE.to_owned(),
            upstream: source,
            http2: false,
        }];
        consumer.directory = Some((UIW.oin.to_owned(), provider.ports.manager));
        consumer.destinations = vec![DestinationPlan {
            name: SERVICE.to_owned(),
            peer_id: UIW.oin.to_owned(),
            service: SERVICE.to_owned(),
        }];
        let stand_in = provider.ports.inway;
        let inway = Ports::find()?.inway;
        let provider = provider.write(root, GROUP_ID, &mut pki, now)?;
        let consumer = consumer.write(root, GROUP_ID, &mut pki, now)?;
        let yaml = fs::read_to_string(&provider.config)?;
        let moved = yaml.replace(
            &format!("listen: 127.0.0.1:{stand_in}"),
            &format!("listen: 127.0.0.1:{inway}"),
        );
        fs::write(&provider.config, moved)?;
        Ok(Self {
            provider,
            consumer,
            inway,
            stand_in,
        })
    }

    /// Where the outway takes the provider's inway to be.
    pub(crate) fn stand_in(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.stand_in).into()
    }

    /// Where the measured gateway of a side listens.
    pub(crate) fn listens(&self, side: Side) -> SocketAddr {
        match side {
            Side::Inway => ([127, 0, 0, 1], self.inway).into(),
            Side::Outway => ([127, 0, 0, 1], self.consumer.plan.ports.outway).into(),
        }
    }

    /// Runs both gateways in this process until the contract between them is proposed, accepted and known to both.
    pub(crate) async fn agree(&self, clock: &Clock) -> Result<GrantHash, Failure> {
        let provider = Gateway::start(&Config::load(&self.provider.config)?, clock.clone()).await?;
        let consumer = Gateway::start(&Config::load(&self.consumer.config)?, clock.clone()).await?;
        let agreed = tokio::time::timeout(TIME_MAX, agree(&provider, &consumer, clock)).await;
        consumer.stop().await;
        provider.stop().await;
        agreed.map_err(|_| "the contract was not agreed in time")?
    }

    /// The store of the provider's contracts.
    pub(crate) fn provider_contracts(&self) -> PathBuf {
        self.provider.folder.join("data").join(FILE_NAME)
    }

    /// Starts the gateway of a side as a process of its own, and waits until it is ready.
    pub(crate) async fn start(&self, side: Side, tools: Tools) -> Result<Child, Failure> {
        let files = match side {
            Side::Inway => &self.provider,
            Side::Outway => &self.consumer,
        };
        let program = Path::new(env!("CARGO_BIN_EXE_sluis"));
        let config = files
            .config
            .to_str()
            .ok_or("the folder's name is not text")?;
        let mut child = tools.start(program, &["serve", "--config", config], &files.folder)?;
        let health = Target {
            address: ([127, 0, 0, 1], files.plan.ports.observability).into(),
            tls: None,
            prefix: "",
            headers: Arc::new([]),
        };
        let mut request = Request::new("GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let ready = async {
            loop {
                child.must_run()?;
                if let Ok(mut connection) = health.connect().await
                    && connection.fetch(&mut request).await.is_ok()
                {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let ready: Result<(), Failure> = tokio::time::timeout(TIME_MAX, ready)
            .await
            .map_err(|_| "the gateway was not ready in time")?;
        ready.map(|()| child)
    }

    /// Fetches an access token from the provider's manager, which must be running, as an outway does.
    pub(crate) async fn token(
        &self,
        grant: &GrantHash,
        tls: TlsConnector,
    ) -> Result<String, Failure> {
        let manager = Target {
            address: ([127, 0, 0, 1], self.provider.plan.ports.manager).into(),
            tls: Some(tls),
            prefix: "",
            headers: Arc::new([]),
        };
        let form = TokenRequest {
            grant_hash: grant.clone(),
            client_id: PeerId::new(VOORBEELD.oin)?,
        }
        .to_form();
        let mut request = Request::new(&format!(
            "POST /v1/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        ));
        let answer = manager.connect().await?.fetch(&mut request).await?;
        let token: TokenResponse = serde_json::from_slice(&answer)?;
        Ok(token.access_token)
    }
}

async fn agree(
    provider: &Gateway,
    consumer: &Gateway,
    clock: &Clock,
) -> Result<GrantHash, Failure> {
    const NO_MANAGER: &str = "a gateway has no manager";
    let now = clock.unix_seconds();
    let validity = Validity {
        not_before: now - 3_600,
        not_after: now + 86_400,
    };
    let service = ServiceName::parse(SERVICE)?;
    let manager = consumer.manager().ok_or(NO_MANAGER)?;
    let content = manager
        .propose_connection(
            &PeerId::new(UIW.oin)?,
            &service,
            Some(properties()),
            validity,
        )
        .await?;
    let grant = content
        .grants()
        .first()
        .ok_or("the contract has no grant")?
        .hash()
        .clone();
    known(provider.contracts(), |contracts| {
        contracts.index().by_hash(&grant).is_some()
    })
    .await?;
    provider
        .manager()
        .ok_or(NO_MANAGER)?
        .accept(content.hash())
        .await?;
    for gateway in [provider, consumer] {
        let is_valid = |contracts: &Contracts| {
            contracts
                .index()
                .by_hash(&grant)
                .is_some_and(|entry| entry.is_valid_at(clock.unix_seconds()))
        };
        known(gateway.contracts(), is_valid).await?;
    }
    Ok(grant)
}

/// Waits until something is known of the contracts.
async fn known(contracts: &Contracts, what: impl Fn(&Contracts) -> bool) -> Result<(), Failure> {
    let mut changes = contracts.changes();
    while !what(contracts) {
        changes.changed().await?;
    }
    Ok(())
}

/// What the contract says about purposes.
fn properties() -> Map<String, Value> {
    let purposes = json!({ "purposes": [{
        "activity": "bijstand-aanvraag",
        "legal_basis": "Participatiewet artikel 53a",
        "operations": ["persoon-met-bsn", "zaak-raadplegen", "zaken-zoeken", "bestand-ophalen"],
        "data": ["identiteit", "adres", "partner", "zaak", "verloop", "bestand"],
    }] });
    Map::from_iter([("purpose_binding.connection".to_owned(), purposes)])
}
