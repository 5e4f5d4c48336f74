//! A service that the policy knows.

use std::sync::Arc;

use crate::register::route::Route;
use crate::register::service::ServiceFile;
use crate::{Candidates, Operation};

/// What a service offers: its operations and the data groups that its answers hold. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service(Arc<ServiceInner>);

#[derive(Debug)]
struct ServiceInner {
    name: Arc<str>,
    operations: Vec<Operation>,
    group_names: Vec<Arc<str>>,
    /// The most exact path first, so that `/zaken/_zoek` is found before `/zaken/{uuid}`.
    routes: Vec<(Route, Candidates)>,
}

impl Service {
    pub(crate) fn new(file: &ServiceFile) -> Service {
        let mut sorted: Vec<&(Route, Operation)> = file.operations.iter().collect();
        sorted.sort_by(|(one, _), (other, _)| {
            (&one.method, &one.segments).cmp(&(&other.method, &other.segments))
        });
        let same = |one: &&(Route, Operation), other: &&(Route, Operation)| {
            one.0.method == other.0.method && one.0.segments == other.0.segments
        };
        let routes = sorted.chunk_by(same).filter_map(|chunk| {
            let operations: Vec<Operation> = chunk
                .iter()
                .map(|(_, operation)| operation.clone())
                .collect();
            Some((chunk.first()?.0.clone(), Candidates::of(&operations)))
        });
        Service(Arc::new(ServiceInner {
            name: file.name.clone(),
            operations: file
                .operations
                .iter()
                .map(|(_, operation)| operation.clone())
                .collect(),
            group_names: file.groups.iter().map(|group| group.name.clone()).collect(),
            routes: routes.collect(),
        }))
    }

    /// The name, as in contracts.
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// The operations, as the service's file orders them.
    pub fn operations(&self) -> &[Operation] {
        &self.0.operations
    }

    /// The names of the data groups, by index in a [`crate::GroupSet`].
    pub fn group_names(&self) -> &[Arc<str>] {
        &self.0.group_names
    }

    /// The operations that a request can be, by method and path (without query).
    ///
    /// A path that could be read in two ways (empty or dot segments, an encoded slash, a control character) is no
    /// operation.
    pub fn candidates(&self, method: &str, path: &str) -> Candidates {
        let fits = |(route, _): &&(Route, Candidates)| *route.method == *method && route.fits(path);
        self.0
            .routes
            .iter()
            .find(fits)
            .map_or(Candidates::None, |(_, candidates)| candidates.clone())
    }
}
