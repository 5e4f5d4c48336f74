//! What went wrong, as gRPC says it. The message is one sentence for an administrator.

use sluis_audit::ReadError;
use tonic::{Code, Status};

use crate::contracts::StoreError;
use crate::manager::{CallError, OperationError};

pub(in crate::admin) fn operation_failed(error: OperationError) -> Status {
    let code = match &error {
        OperationError::Contract(_)
        | OperationError::Properties(_)
        | OperationError::NotAParty(_) => Code::InvalidArgument,
        OperationError::Unknown(_) => Code::NotFound,
        OperationError::Over(_) | OperationError::NoDirectory | OperationError::NotAMember(_) => {
            Code::FailedPrecondition
        }
        OperationError::IvInUse => Code::Aborted,
        OperationError::Signing(_) => Code::Internal,
        OperationError::Store(_)
        | OperationError::Unrecorded(_)
        | OperationError::MembersUnknown(_) => Code::Unavailable,
    };
    Status::new(code, error.to_string())
}

pub(in crate::admin) fn store_failed(error: StoreError) -> Status {
    Status::unavailable(error.to_string())
}

pub(in crate::admin) fn read_failed(error: ReadError) -> Status {
    let code = match &error {
        ReadError::Missing { .. } => Code::NotFound,
        ReadError::Database { .. } => Code::Unavailable,
        ReadError::Damaged { .. } => Code::DataLoss,
        ReadError::Question { .. } => Code::InvalidArgument,
        ReadError::Export { .. } => Code::Internal,
    };
    Status::new(code, error.to_string())
}

pub(in crate::admin) fn call_failed(error: CallError) -> Status {
    let code = match &error {
        CallError::AddressUnknown { .. } => Code::FailedPrecondition,
        _ => Code::Unavailable,
    };
    Status::new(code, error.to_string())
}
