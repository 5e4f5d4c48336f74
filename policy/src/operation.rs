//! One operation of a service.

use std::sync::Arc;

/// One operation of a service, for example `raadpleeg-met-bsn`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Operation(pub(crate) Arc<OperationInner>);

#[derive(Debug)]
pub(crate) struct OperationInner {
    pub(crate) service: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) method: Arc<str>,
    pub(crate) path_template: Arc<str>,
    pub(crate) needs_request_body: bool,
    pub(crate) answer: Answer,
}

/// What happens to the answer of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is JSON and is filtered: [`crate::Release::minimise`].
    Filter,
    /// One data group covers it whole; it is passed on unread and may be streamed.
    Whole,
}

impl Operation {
    /// The service that the operation belongs to.
    pub fn service(&self) -> &Arc<str> {
        &self.0.service
    }

    /// The name in the policy and in contracts.
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// The HTTP method, in capitals.
    pub fn method(&self) -> &Arc<str> {
        &self.0.method
    }

    /// The path with its variable parts in braces: this may be recorded, a path may not.
    pub fn path_template(&self) -> &Arc<str> {
        &self.0.path_template
    }

    /// Whether the request body must be read to decide: to tell the operation, to find the persons it is about, or to
    /// narrow it.
    pub fn needs_request_body(&self) -> bool {
        self.0.needs_request_body
    }

    /// What happens to the answer.
    pub fn answer(&self) -> Answer {
        self.0.answer
    }
}
