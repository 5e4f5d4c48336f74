//! What this organisation offers to others.

use std::collections::HashSet;
use std::sync::Arc;

use sluis_fsc::Address;

use crate::manager::ServiceDirectory;

/// The services behind our inway, and the address that stands in the tokens for them.
#[derive(Debug, Default)]
pub(super) struct Offered {
    address: Option<Address>,
    services: HashSet<Arc<str>>,
}

impl Offered {
    pub(super) fn new(address: Address, services: impl Iterator<Item = Arc<str>>) -> Offered {
        Offered {
            address: Some(address),
            services: services.collect(),
        }
    }

    /// The addresses that a token may be for.
    pub(super) fn addresses(&self) -> Arc<[Address]> {
        self.address.iter().cloned().collect()
    }
}

impl ServiceDirectory for Offered {
    fn inway_address(&self, service: &str) -> Option<Address> {
        self.address
            .clone()
            .filter(|_| self.services.contains(service))
    }
}
