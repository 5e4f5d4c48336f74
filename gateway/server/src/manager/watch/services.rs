//! Whether a directory lists what we publish there, and what our outway calls.

use std::collections::{BTreeMap, BTreeSet};

use sluis_certs::PeerId;
use sluis_fsc::api::{LIMIT_MAX, ListedService, PageRequest, ServicesQuery};

use super::LISTS_TIMEOUT;
use super::agreed::AgreedWith;
use super::findings::{Failure, Report, SERVICES};
use crate::contracts::AlarmKind;
use crate::manager::paging::Paging;
use crate::manager::state::State;

/// The names of the services that a directory lists, by who offers them.
type Listed = BTreeMap<PeerId, BTreeSet<String>>;

impl State {
    /// Compares what a directory lists with what it should.
    pub(super) async fn compare_services(
        &self,
        directory: &PeerId,
        agreed: &AgreedWith<'_>,
        report: &mut Report,
    ) {
        let publications = agreed.publications.iter();
        let destinations = agreed.destinations.iter();
        let offering: BTreeSet<&PeerId> = publications
            .map(|publication| &publication.service_peer)
            .chain(destinations.map(|(peer, _)| peer))
            .collect();
        let listed = self.services_at(directory, &offering);
        let listed = tokio::time::timeout(LISTS_TIMEOUT, listed).await;
        let compared = match listed.unwrap_or(Err(Failure::TooSlow)) {
            Ok(listed) => self.compare_listed(agreed, &listed, report).await,
            Err(failure) => Err(failure),
        };
        match compared {
            Ok(()) => report.looked_at_services(),
            Err(failure) => report.failed(SERVICES, &failure),
        }
    }

    /// Everything that a directory lists of these organisations.
    async fn services_at(
        &self,
        directory: &PeerId,
        offering: &BTreeSet<&PeerId>,
    ) -> Result<Listed, Failure> {
        let mut listed = Listed::new();
        for peer in offering {
            let mut paging = Paging::default();
            let mut query = ServicesQuery {
                page: PageRequest::first(LIMIT_MAX),
                peer_id: Some((*peer).clone()),
                service_name: None,
            };
            loop {
                let page = self.client.services(directory, &query).await?;
                let is_empty = page.services.is_empty();
                for entry in page.services {
                    let (ListedService::Service { peer, name, .. }
                    | ListedService::DelegatedService { peer, name, .. }) = entry.data;
                    listed
                        .entry(peer.id)
                        .or_default()
                        .insert(name.as_str().to_owned());
                }
                match paging.next(page.pagination.next_cursor, is_empty)? {
                    Some(cursor) => query.page.cursor = cursor,
                    None => break,
                }
            }
        }
        Ok(listed)
    }

    async fn compare_listed(
        &self,
        agreed: &AgreedWith<'_>,
        listed: &Listed,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let is_listed = |peer: &PeerId, service: &str| {
            listed
                .get(peer)
                .is_some_and(|services| services.contains(service))
        };
        for publication in &agreed.publications {
            let (peer, service) = (&publication.service_peer, &*publication.service);
            if !is_listed(peer, service) {
                let whose = if peer == self.own() {
                    "our service".to_owned()
                } else {
                    format!("the service that peer {peer} offers on our behalf,")
                };
                let what = format!(
                    "it does not list {whose} `{service}`, although the contract for that is valid"
                );
                report.find(AlarmKind::PublicationMissing, &subject(peer, service), what);
            }
        }
        for (peer, service) in &agreed.destinations {
            if is_listed(peer, service) {
                let now_ms = self.clock.unix_ms();
                let listed = self
                    .contracts
                    .put_listed_service(peer.as_str(), service, now_ms);
                listed.await?;
            } else if self.contracts.was_listed(peer.as_str(), service).await? {
                let what = format!(
                    "it does not list service `{service}` of peer {peer} any more, which our outway calls"
                );
                report.find(AlarmKind::ServiceMissing, &subject(peer, service), what);
            }
        }
        Ok(())
    }
}

/// The name of a service among all.
pub(super) fn subject(peer: &PeerId, service: &str) -> String {
    format!("{peer}/{service}")
}
