//! Transaction log records (FSC Logging 1.1.0).

mod query;
mod record;
mod transaction_id;

pub use query::{LIMIT_DEFAULT, LogsQuery};
pub use record::{Destination, Direction, LogRecord, LogsPage, Source};
pub use transaction_id::{TransactionId, TransactionIdError};

/// The version of FSC Logging that this crate speaks.
pub const LOGGING_VERSION: &str = "1.1.0";

/// The name of the extension in `enabled_extensions` of `GET /peer`.
pub const LOGGING_EXTENSION: &str = "EXTENSION_TRANSACTION_LOGGING";

#[cfg(test)]
mod tests;
