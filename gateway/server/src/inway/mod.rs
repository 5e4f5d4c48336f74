//! The inway: others call us. It checks the access token and knows the services behind it.

mod role;
mod services;
mod token;

pub use role::Inway;
pub use services::{Service, Services};
pub use token::Tokens;
