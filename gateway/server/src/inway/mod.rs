//! The inway: others call us. It checks the access token and knows the services behind it.

mod role;
mod services;
mod signers;
mod token;

pub use role::Inway;
pub use services::{Service, Services};
pub use signers::TokenSigners;
pub use token::Tokens;
