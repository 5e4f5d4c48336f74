//! The services behind the inway.

use std::collections::HashMap;
use std::sync::Arc;

use http::uri::{Authority, Scheme};

use crate::upstream::Client;

/// One service behind the inway.
#[derive(Debug, Clone)]
pub struct Service {
    /// The pooled client for it.
    pub client: Client,
    /// `http`.
    pub scheme: Scheme,
    /// Host and port.
    pub authority: Authority,
    /// Path in front of every request's own; empty, or starting and not ending with `/`.
    pub path_prefix: Arc<str>,
}

/// All services of the inway, by name.
#[derive(Debug, Clone, Default)]
pub struct Services(Arc<HashMap<Arc<str>, Service>>);

impl Services {
    /// The services of the configuration.
    pub fn new(services: HashMap<Arc<str>, Service>) -> Services {
        Services(Arc::new(services))
    }

    /// The service of this name.
    pub fn get(&self, name: &str) -> Option<&Service> {
        self.0.get(name)
    }
}
