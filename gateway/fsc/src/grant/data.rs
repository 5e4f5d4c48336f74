//! What a grant grants.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sluis_certs::PeerId;

use super::{ConnectedService, GrantType, Outway, Protocol, PublishedService};
use crate::ServiceName;

/// The free, signed members of a grant. Their content is unsanitised: escape before showing.
pub type Properties = Map<String, Value>;

/// `grants[].data` of a contract, one case per grant type.
#[derive(Clone, Debug, PartialEq)]
pub enum GrantData {
    /// A Peer publishes its service in a directory.
    ServicePublication {
        /// The Peer that keeps the directory.
        directory: PeerId,
        /// The service.
        service: PublishedService,
        /// Extension properties; `None` when the member is absent.
        properties: Option<Properties>,
    },
    /// A Peer publishes a service on behalf of the delegator.
    DelegatedServicePublication {
        /// The Peer that keeps the directory.
        directory: PeerId,
        /// The service; its Peer is the delegatee.
        service: PublishedService,
        /// The Peer on whose behalf the service is offered.
        delegator: PeerId,
        /// Extension properties; `None` when the member is absent.
        properties: Option<Properties>,
    },
    /// An outway may call a service.
    ServiceConnection {
        /// The outway.
        outway: Outway,
        /// The service.
        service: ConnectedService,
        /// Extension properties; `None` when the member is absent.
        properties: Option<Properties>,
    },
    /// An outway may call a service on behalf of the delegator.
    DelegatedServiceConnection {
        /// The outway; its Peer is the delegatee.
        outway: Outway,
        /// The service.
        service: ConnectedService,
        /// The Peer on whose behalf the outway calls.
        delegator: PeerId,
        /// Extension properties; `None` when the member is absent.
        properties: Option<Properties>,
    },
}

impl GrantData {
    /// The type of the grant.
    #[must_use]
    pub fn grant_type(&self) -> GrantType {
        match self {
            Self::ServicePublication { .. } => GrantType::ServicePublication,
            Self::DelegatedServicePublication { .. } => GrantType::DelegatedServicePublication,
            Self::ServiceConnection { .. } => GrantType::ServiceConnection,
            Self::DelegatedServiceConnection { .. } => GrantType::DelegatedServiceConnection,
        }
    }

    /// The extension properties, if the grant has that member.
    #[must_use]
    pub fn properties(&self) -> Option<&Properties> {
        match self {
            Self::ServicePublication { properties, .. }
            | Self::DelegatedServicePublication { properties, .. }
            | Self::ServiceConnection { properties, .. }
            | Self::DelegatedServiceConnection { properties, .. } => properties.as_ref(),
        }
    }

    /// The outway of a connection grant.
    #[must_use]
    pub fn outway(&self) -> Option<&Outway> {
        match self {
            Self::ServiceConnection { outway, .. }
            | Self::DelegatedServiceConnection { outway, .. } => Some(outway),
            Self::ServicePublication { .. } | Self::DelegatedServicePublication { .. } => None,
        }
    }

    /// The directory of a publication grant.
    #[must_use]
    pub fn directory(&self) -> Option<&PeerId> {
        match self {
            Self::ServicePublication { directory, .. }
            | Self::DelegatedServicePublication { directory, .. } => Some(directory),
            Self::ServiceConnection { .. } | Self::DelegatedServiceConnection { .. } => None,
        }
    }

    /// The protocol of a published service.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        match self {
            Self::ServicePublication { service, .. }
            | Self::DelegatedServicePublication { service, .. } => Some(service.protocol),
            Self::ServiceConnection { .. } | Self::DelegatedServiceConnection { .. } => None,
        }
    }

    /// The Peer that offers the service.
    #[must_use]
    pub fn service_peer(&self) -> &PeerId {
        match self {
            Self::ServicePublication { service, .. }
            | Self::DelegatedServicePublication { service, .. } => &service.peer_id,
            Self::ServiceConnection { service, .. }
            | Self::DelegatedServiceConnection { service, .. } => &service.peer_id,
        }
    }

    /// The name of the service.
    #[must_use]
    pub fn service_name(&self) -> &ServiceName {
        match self {
            Self::ServicePublication { service, .. }
            | Self::DelegatedServicePublication { service, .. } => &service.name,
            Self::ServiceConnection { service, .. }
            | Self::DelegatedServiceConnection { service, .. } => &service.name,
        }
    }

    /// The Peer on whose behalf the outway calls (`data.delegator` of a delegated connection).
    #[must_use]
    pub fn connection_delegator(&self) -> Option<&PeerId> {
        match self {
            Self::DelegatedServiceConnection { delegator, .. } => Some(delegator),
            Self::ServicePublication { .. }
            | Self::DelegatedServicePublication { .. }
            | Self::ServiceConnection { .. } => None,
        }
    }

    /// The Peer on whose behalf the service is offered: `data.delegator` of a delegated publication,
    /// `data.service.delegator` of a connection.
    #[must_use]
    pub fn publication_delegator(&self) -> Option<&PeerId> {
        match self {
            Self::ServicePublication { .. } => None,
            Self::DelegatedServicePublication { delegator, .. } => Some(delegator),
            Self::ServiceConnection { service, .. }
            | Self::DelegatedServiceConnection { service, .. } => service.delegator.as_ref(),
        }
    }

    /// Every Peer that the grant names: those whose signatures the contract needs (FSC Core 2.0.0,
    /// signature requirements per grant type).
    #[must_use]
    pub fn peers(&self) -> BTreeSet<&PeerId> {
        [
            self.directory(),
            self.outway().map(|outway| &outway.peer_id),
            Some(self.service_peer()),
            self.connection_delegator(),
            self.publication_delegator(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
