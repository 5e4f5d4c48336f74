//! Announce and publish.

use http::{Request, Uri};
use sluis_fsc::api::{ListedService, ServicesPage, ServicesQuery};
use sluis_fsc::grant::Protocol;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::{
    AnnounceRequest, Grant, ListPeersRequest, ProposeRequest, ServicePublication,
};

use super::{StepError, Telling};
use crate::demo::federation::{BRP, ZAKEN};
use crate::demo::parties;
use crate::demo::show::{Table, presentable};
use crate::demo::stage::{Member, Stage, until, unusable};

/// How long the contracts of the demo are valid, in seconds.
pub(super) const VALID_SECONDS: i64 = 24 * 3600;

pub(super) async fn announce_and_publish(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "{}, {} and {} announce themselves to the directory. The last two offer a service and publish it there.",
        parties::VOORBEELD.name,
        parties::UIW.name,
        parties::SSC.name
    ));
    for member in [&stage.voorbeeld, &stage.uiw, &stage.ssc] {
        let mut peers = member.admin.peers();
        peers.announce(AnnounceRequest::default()).await?;
    }
    let mut peers = stage.directory.admin.peers();
    let peers = peers.list(ListPeersRequest::default()).await?;
    let peers = peers.into_inner().peers;
    for party in [parties::VOORBEELD, parties::UIW, parties::SSC] {
        let name = peers.iter().find(|peer| peer.peer_id == party.oin);
        let name = name.map_or("nobody", |peer| &peer.name);
        telling.expect(
            &format!("the name under {} in the directory", party.oin),
            party.name,
            name,
        );
    }
    let now = stage.clock.unix_seconds();
    publish(&stage.uiw, BRP, now).await?;
    publish(&stage.ssc, ZAKEN, now).await?;

    let found = until("the publication of both services", async || {
        let found = services(&stage.voorbeeld, &stage.directory).await?;
        Ok(Some(found).filter(|found| found.len() >= 2))
    })
    .await?;
    telling.happened(format!(
        "The directory accepts. {} looks there and finds:",
        parties::VOORBEELD.name
    ));
    let mut table = Table::new(["service", "offered by", "OIN", "protocol"]);
    for service in &found {
        let (ListedService::Service {
            peer,
            name,
            protocol,
            ..
        }
        | ListedService::DelegatedService {
            peer,
            name,
            protocol,
            ..
        }) = service;
        table.row([
            name.as_str().into(),
            presentable(&peer.name).into(),
            peer.id.as_str().into(),
            match protocol {
                Protocol::Http1 => "HTTP/1.1",
                Protocol::Http2 => "HTTP/2",
            }
            .into(),
        ]);
    }
    telling.table(table);
    let mut offered: Vec<String> = found.iter().map(offer).collect();
    offered.sort();
    telling.expect(
        "what the directory lists",
        format!(
            "{BRP} of {}, {ZAKEN} of {}",
            parties::UIW.oin,
            parties::SSC.oin
        ),
        offered.join(", "),
    );
    telling.why(
        "Nobody registers by hand. Name and OIN come from the PKIoverheid certificate of the connection, \
         so nobody can announce somebody else. A publication is a contract as well, signed by provider and directory (FSC Core).",
    );
    Ok(telling)
}

async fn publish(member: &Member, service: &str, now: i64) -> Result<(), StepError> {
    let publication = ServicePublication {
        service: service.to_owned(),
        ..ServicePublication::default()
    };
    let request = ProposeRequest {
        not_before_unix_seconds: now - 60,
        not_after_unix_seconds: now + VALID_SECONDS,
        grants: vec![Grant {
            kind: Some(Kind::ServicePublication(publication)),
            ..Grant::default()
        }],
    };
    member.admin.contracts().propose(request).await?;
    Ok(())
}

/// What the directory lists, asked by hand with the certificate of `member` (FSC Core, `GET /services`).
async fn services(member: &Member, directory: &Member) -> Result<Vec<ListedService>, StepError> {
    let query = ServicesQuery {
        page: sluis_fsc::api::PageRequest::first(100),
        peer_id: None,
        service_name: None,
    };
    let uri = format!("/v1/services?{}", query.to_query());
    let mut request = Request::default();
    *request.uri_mut() = Uri::try_from(uri).map_err(|error| unusable(&error))?;
    let port = directory.files.plan.ports.manager;
    let answer = member.caller.call(directory.party(), port, request).await?;
    let page: ServicesPage =
        serde_json::from_slice(&answer.body).map_err(|error| unusable(&error))?;
    Ok(page.services.into_iter().map(|entry| entry.data).collect())
}

fn offer(service: &ListedService) -> String {
    let (ListedService::Service { peer, name, .. }
    | ListedService::DelegatedService { peer, name, .. }) = service;
    format!("{} of {}", name.as_str(), peer.id.as_str())
}
