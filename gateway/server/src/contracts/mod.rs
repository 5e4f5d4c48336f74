//! Contracts between organisations: kept on disk, and in memory for the path of a request.
//!
//! [`Contracts`] is the handle that the inway, the outway and the manager share. Signing, checking and telling peers is the
//! manager's work ([`crate::manager`]); here is only what is known.

mod agreement;
mod alarm;
mod contract_table;
mod decision;
mod grant_entry;
mod grant_properties;
mod handle;
mod index;
mod outbox;
mod peer_check;
mod peer_table;
mod record;
mod schema;
mod store;

pub use agreement::{Agreement, Publication};
pub use alarm::{Alarm, AlarmKind};
pub use decision::ContractDecision;
pub use grant_entry::GrantEntry;
pub use grant_properties::{GrantProperties, GrantPropertiesError};
pub use handle::Contracts;
pub use index::GrantIndex;
pub use outbox::{OutboxAction, OutboxItem, OutboxState};
pub use peer_check::PeerCheck;
pub use peer_table::KnownPeer;
pub use record::{ContractRecord, Evidence};
pub use store::{ContractStore, FILE_NAME, StoreError};

pub(crate) use handle::{Kept, Signed};
pub(crate) use outbox::{Moment, Pause, Paused};
pub(crate) use peer_table::PeerPage;
pub(crate) use record::others;

#[cfg(test)]
mod tests;
