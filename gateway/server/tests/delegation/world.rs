//! Five organisations: one calls for another, one offers a service for another, and a directory lists it.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Request;
use http_body_util::Full;
use serde_json::{Map, Value, json};
use sluis::demo::federation::GROUP_ID;
use sluis::demo::parties::{DIRECTORY, Party, SSC, UIW, VOORBEELD};
use sluis::demo::party_files::{DestinationPlan, PartyPlan, ServicePlan};
use sluis::gateway::Gateway;
use sluis_certs::{Attribute, Identity, PeerId};
use sluis_fsc::api::{ListedService, PageRequest, ServicesQuery};
use sluis_fsc::contract::{Content, Validity};
use sluis_fsc::grant::{
    ConnectedService, GrantData, Outway, OutwayIdentification, Properties, Protocol,
    PublishedService,
};
use sluis_fsc::log::{LogRecord, LogsQuery, TransactionId};
use sluis_fsc::token::{Claims, SigningCertificates, bearer, verify};
use sluis_fsc::{ContentHash, GroupId, ServiceName};

use crate::support::client::{Answer, call};
use crate::support::source::{Behaviour, RawSource};
use crate::support::token::identity;
use crate::support::{self, until};

pub(crate) const SERVICE: &str = "documenten";
/// For this one may call on behalf of Gemeente Voorbeeld.
pub(crate) const FOR_VOORBEELD: &str = "dossier-voor-gemeente";
/// For this the service centre may call on its own behalf.
pub(crate) const FOR_ITSELF: &str = "dossier-voor-onszelf";
/// For this one may call on behalf of a municipality without a manager of its own.
pub(crate) const FOR_KLEIN: &str = "dossier-voor-kleine-gemeente";
/// That municipality: no party of the group.
pub(crate) const KLEIN: &str = "00000099000000007000";

/// On whose behalf the service is offered.
const OWNER: Party = Party {
    short: "stichting",
    oin: "00000099000000005000",
    name: "Stichting Archief",
    rsin: "000000140",
};

/// Which of the two ends acts for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The outway calls for Gemeente Voorbeeld.
    pub(crate) calls_for: bool,
    /// The service is offered for the foundation.
    pub(crate) offers_for: bool,
}

/// A connection to a service that is offered for another.
pub(crate) const OFFERED: Kind = Kind {
    calls_for: false,
    offers_for: true,
};
/// A delegated connection to a service that its own peer offers.
pub(crate) const CALLED: Kind = Kind {
    calls_for: true,
    offers_for: false,
};
/// A delegated connection to a service that is offered for another.
pub(crate) const BOTH: Kind = Kind {
    calls_for: true,
    offers_for: true,
};

/// Neither end has a delegator that signs.
pub(crate) const PLAIN: Kind = Kind {
    calls_for: false,
    offers_for: false,
};

impl Kind {
    /// The purpose for which the provider's register lets this pass.
    pub(crate) fn purpose(self) -> &'static str {
        if self.calls_for {
            FOR_VOORBEELD
        } else {
            FOR_ITSELF
        }
    }
}

pub(crate) struct World {
    pub(crate) inner: support::World,
    pub(crate) owner: Gateway,
    pub(crate) source: RawSource,
}

impl World {
    pub(crate) async fn start() -> World {
        World::build(|_| (), |text| text).await
    }

    /// As [`World::start`]; `destination` may change where the outway goes, `provider` the provider's configuration.
    pub(crate) async fn build(
        destination: impl FnOnce(&mut PartyPlan),
        provider: impl FnOnce(String) -> String,
    ) -> World {
        let text = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/pdf\r\ncontent-length: 3\r\n\r\npdf";
        let source = RawSource::start(Behaviour::SaysAndCloses(Arc::from(text))).await;
        let mut inner = support::World::build_with_files(
            "",
            |plans| {
                plans.uiw.services = vec![ServicePlan::new(SERVICE, source.address)];
                plans.uiw.policy = discloses(&plans.uiw.policy);
                plans.ssc.destinations = vec![DestinationPlan::new(SERVICE, UIW, SERVICE)];
                plans.ssc.policy = obtains(&plans.ssc.policy);
                destination(&mut plans.ssc);
            },
            |federation| {
                let config = &federation.uiw.config;
                let text = std::fs::read_to_string(config).unwrap();
                std::fs::write(config, provider(text)).unwrap();
            },
        )
        .await;
        let mut plan = PartyPlan::new(OWNER).unwrap();
        let directory = inner.federation.directory.plan.ports.manager;
        plan.directory = Some((DIRECTORY.oin.to_owned(), directory));
        let files = plan
            .write(
                &inner.federation.root,
                GROUP_ID,
                &mut inner.federation.pki,
                inner.clock.unix_seconds(),
            )
            .unwrap();
        let owner = support::run(&files, &inner.clock).await;
        World {
            inner,
            owner,
            source,
        }
    }

    /// Who must accept a connection of this kind besides the outway's peer, which proposes it.
    pub(crate) fn others(&self, kind: Kind) -> Vec<&Gateway> {
        let mut others = vec![&self.inner.uiw];
        others.extend(kind.calls_for.then_some(&self.inner.voorbeeld));
        others.extend(kind.offers_for.then_some(&self.owner));
        others
    }

    /// Proposes a connection of this kind for its purpose; everybody in it knows it when this returns.
    pub(crate) async fn propose(&self, kind: Kind) -> Content {
        self.propose_for(kind, purposes(kind.purpose())).await
    }

    /// As [`World::propose`], with these properties.
    pub(crate) async fn propose_for(&self, kind: Kind, properties: Properties) -> Content {
        let grant = self.connection(kind, properties);
        let manager = self.inner.ssc.manager().unwrap();
        let content = manager.propose(vec![grant], self.today()).await.unwrap();
        for gateway in self.others(kind) {
            known(gateway, content.hash()).await;
        }
        content
    }

    /// Proposes a connection of this kind, has everybody accept it, and waits until both ends hold it as valid.
    pub(crate) async fn agree(&self, kind: Kind) -> Content {
        let content = self.propose(kind).await;
        self.accept(kind, content.hash()).await;
        content
    }

    pub(crate) async fn accept(&self, kind: Kind, hash: &ContentHash) {
        for gateway in self.others(kind) {
            accept(gateway, hash).await;
        }
        self.until(kind, hash, true).await;
    }

    /// Waits until everybody in the contract holds it as valid, or as not valid.
    pub(crate) async fn until(&self, kind: Kind, hash: &ContentHash, valid: bool) {
        for gateway in self.others(kind).into_iter().chain([&self.inner.ssc]) {
            self.inner.until(gateway, hash, valid).await;
        }
    }

    pub(crate) fn connection(&self, kind: Kind, properties: Properties) -> GrantData {
        let peer = identity(&self.inner, SSC.short).peer().clone();
        let outway = Outway {
            peer_id: peer.id,
            identification: OutwayIdentification::PublicKeyThumbprint(peer.public_key_thumbprint),
        };
        let service = ConnectedService {
            peer_id: id(UIW.oin),
            name: ServiceName::parse(SERVICE).unwrap(),
            delegator: kind.offers_for.then(|| id(OWNER.oin)),
        };
        let properties = Some(properties);
        if kind.calls_for {
            GrantData::DelegatedServiceConnection {
                outway,
                service,
                delegator: id(VOORBEELD.oin),
                properties,
            }
        } else {
            GrantData::ServiceConnection {
                outway,
                service,
                properties,
            }
        }
    }

    /// Proposes that the directory lists the service; the directory knows of it when this returns.
    pub(crate) async fn publish(
        &self,
        delegated: bool,
        properties: Option<Properties>,
    ) -> ContentHash {
        let service = PublishedService {
            peer_id: id(UIW.oin),
            name: ServiceName::parse(SERVICE).unwrap(),
            protocol: Protocol::Http1,
        };
        let directory = id(DIRECTORY.oin);
        let grant = if delegated {
            GrantData::DelegatedServicePublication {
                directory,
                service,
                delegator: id(OWNER.oin),
                properties,
            }
        } else {
            GrantData::ServicePublication {
                directory,
                service,
                properties,
            }
        };
        let manager = self.inner.uiw.manager().unwrap();
        let content = manager.propose(vec![grant], self.today()).await.unwrap();
        known(&self.inner.directory, content.hash()).await;
        content.hash().clone()
    }

    /// What the directory lists, as the service centre is told.
    pub(crate) async fn listed(&self) -> Vec<ListedService> {
        let query = ServicesQuery {
            page: PageRequest::first(10),
            peer_id: None,
            service_name: None,
        };
        let client = self.inner.ssc.manager().unwrap().client().clone();
        let page = client.services(&id(DIRECTORY.oin), &query).await.unwrap();
        page.services.into_iter().map(|entry| entry.data).collect()
    }

    /// Asks for a document through the outway of the service centre.
    pub(crate) async fn ask(&self, purpose: &str) -> Answer {
        let at = self.inner.ssc.addresses().outway.unwrap();
        let request = Request::get(format!("/{SERVICE}/documenten/1"))
            .header("sluis-purpose", purpose)
            .body(Full::default())
            .unwrap();
        call(at, request).await
    }

    pub(crate) fn inway(&self) -> SocketAddr {
        self.inner.uiw.addresses().inway.unwrap()
    }

    /// The token that the source was given with the latest question, as its issuer signed it.
    pub(crate) fn token(&self) -> (String, Claims) {
        let heard = self.source.heard();
        let header = heard.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("fsc-authorization")
                .then(|| value.trim().to_owned())
        });
        let header = header.unwrap_or_else(|| panic!("no token: {heard}"));
        let issuer = identity(&self.inner, UIW.short);
        let leaf = issuer.chain().iter().take(1).map(|leaf| leaf.as_ref());
        let signers =
            SigningCertificates::new(&id(UIW.oin), Attribute::SerialNumber, leaf).unwrap();
        let group = GroupId::parse(GROUP_ID).unwrap();
        let claims = verify(bearer(Some(&header)).unwrap(), &signers, &group).unwrap();
        (header, claims)
    }

    /// What `asker` is told about a transaction by the manager of `keeper`.
    pub(crate) async fn log(
        &self,
        asker: &Gateway,
        keeper: &str,
        answer: &Answer,
    ) -> Vec<LogRecord> {
        let transaction = answer.header("fsc-transaction-id").unwrap();
        let mut query = LogsQuery::first(10);
        query.transaction_ids = vec![TransactionId::parse(transaction).unwrap()];
        let client = asker.manager().unwrap().client();
        client.logs(&id(keeper), &query).await.unwrap().records
    }

    pub(crate) fn identity(&self, party: Party) -> Identity {
        identity(&self.inner, party.short)
    }

    pub(crate) fn today(&self) -> Validity {
        let now = self.inner.clock.unix_seconds();
        Validity {
            not_before: now - 60,
            not_after: now + 86_400,
        }
    }
}

pub(crate) fn id(oin: &str) -> PeerId {
    PeerId::new(oin).unwrap()
}

/// The foundation's Peer ID.
pub(crate) fn owner() -> PeerId {
    id(OWNER.oin)
}

pub(crate) async fn known(gateway: &Gateway, hash: &ContentHash) {
    until(|| async { gateway.manager().unwrap().show(hash).await.is_ok() }).await;
}

pub(crate) async fn accept(gateway: &Gateway, hash: &ContentHash) {
    known(gateway, hash).await;
    gateway.manager().unwrap().accept(hash).await.unwrap();
}

/// What a contract says about this purpose.
pub(crate) fn purposes(purpose: &str) -> Properties {
    let purposes = json!([{
        "activity": purpose, "legal_basis": "Archiefwet artikel 3",
        "operations": ["document-ophalen"], "data": ["document"],
    }]);
    let mut properties = Map::new();
    properties.insert(
        "purpose_binding.connection".to_owned(),
        json!({ "purposes": purposes }),
    );
    properties
}

/// The reference to a contract outside FSC, as the property of that name.
pub(crate) fn external(property: &str) -> (String, Value) {
    let reference = json!({
        "reference": "https://contracten.example/2026/17",
        "delegator_id": KLEIN,
        "delegator_name": "Gemeente Klein",
    });
    (property.to_owned(), reference)
}

/// The provider: to whom, and who may ask for them.
fn discloses(policy: &[(String, String)]) -> Vec<(String, String)> {
    let row = |to: &str| {
        format!(
            "discloses:\n  - {{ service: documenten, operations: [document-ophalen], {to}, data: [document], beyond: refuse }}\n"
        )
    };
    with_policy(policy, |purpose| match purpose {
        FOR_VOORBEELD => row("to: [voorbeeld], via: [ssc]"),
        FOR_KLEIN => row(&format!("to: [\"{KLEIN}\"], via: [ssc]")),
        _ => row("to: [ssc]"),
    })
}

/// The service centre: from whom, and who may offer their services.
fn obtains(policy: &[(String, String)]) -> Vec<(String, String)> {
    let row = format!(
        "obtains:\n  - {{ service: documenten, operations: [document-ophalen], from: [uiw, \"{}\"], via: [uiw], data: [document], beyond: refuse }}\n",
        OWNER.oin
    );
    with_policy(policy, |_| row.clone())
}

/// The parties of the demo, one service, and an activity for each purpose.
fn with_policy(
    policy: &[(String, String)],
    rows: impl Fn(&str) -> String,
) -> Vec<(String, String)> {
    let parties = policy.iter().filter(|(path, _)| path == "parties.yaml");
    let mut files: Vec<(String, String)> = parties.cloned().collect();
    let service = "service: documenten\n\
        operations:\n  document-ophalen: { http: \"GET /documenten/{id}\" }\n\
        data:\n  document: { sensitivity: ordinary, whole: true }\n";
    files.push(("services/documenten.yaml".to_owned(), service.to_owned()));
    for purpose in [FOR_VOORBEELD, FOR_ITSELF, FOR_KLEIN] {
        let text = format!(
            "activity: {purpose}\n\
             version: 1\n\
             title: Een dossier inzien\n\
             purpose: Een dossier inzien bij de behandeling van een zaak.\n\
             legal_basis: {{ avg: \"6 lid 1 onder e\", law: Archiefwet artikel 3 }}\n\
             controller: uiw\n\
             valid: {{ from: 2020-01-01 }}\n\
             {}",
            rows(purpose)
        );
        files.push((format!("activities/{purpose}.yaml"), text));
    }
    files
}
