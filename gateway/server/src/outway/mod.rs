//! The outway: our systems call others. It finds the contract for a destination and obtains the access token.

mod destinations;
mod peers;
mod role;
mod tokens;

pub use destinations::{Destination, Destinations};
pub use peers::PeerClients;
pub use role::Outway;
pub use tokens::{TokenSource, Tokens};
