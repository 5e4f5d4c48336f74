//! A service that the policy knows.

use std::sync::Arc;

use crate::Candidates;

/// What a service offers: its operations and the data groups that its answers hold. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service(pub(crate) Arc<ServiceInner>);

#[derive(Debug)]
pub(crate) struct ServiceInner {
    pub(crate) name: Arc<str>,
}

impl Service {
    /// The name, as in contracts.
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// The operations that a request can be, by method and path (without query).
    ///
    /// A path that could be read in two ways (empty or dot segments, an encoded slash, a control character) is no
    /// operation.
    pub fn candidates(&self, _method: &str, _path: &str) -> Candidates {
        Candidates::None
    }
}
