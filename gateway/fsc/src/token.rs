//! Access tokens: JWTs bound to the certificate of the outway (FSC Core 2.0.0, Access token; RFC
//! 8705 section 3).
//!
//! The Manager of the Peer that offers a service issues them ([`Claims::for_grant`], [`issue`]); its
//! inway verifies them: [`bearer`], [`verify`], [`check_times`], [`check_binding`] and
//! [`Claims::parties_under`]. The first two can be remembered for a token, the last three belong to every
//! request. The outway reads what it was given with [`Received::read`].

mod claims;
mod error;
mod issue;
mod received;
mod verify;

pub use claims::{ActorClaim, Claims, Parties};
pub use error::TokenError;
pub use issue::{Grounds, IssueError, issue};
pub use received::{Received, Wanted};
pub use verify::{SigningCertificates, bearer, check_audience, check_binding, check_times, verify};

#[cfg(test)]
mod tests;
