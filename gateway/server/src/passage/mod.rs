//! The way of a request, for inway and outway alike.
//!
//! `pass` in `pass.rs` reads from top to bottom; every step is a file, and every step hands the next a value that only it can
//! make. What differs between the two roles (where the grant comes from, which upstream is asked) is behind [`Role`].

mod answer;
mod ask;
mod body;
mod claims;
mod collect;
mod decide;
mod grpc;
mod head;
mod pass;
mod passing;
mod record;
mod refusal;
mod released_headers;
mod remedy;
mod respond;
mod role;
mod trace;
mod transaction;
mod watched;

pub use body::AnswerBody;
pub use body::RequestBody;
pub use claims::{ClaimHeaders, Claims};
pub use pass::{Parts, Passage, PassageLimits};
pub use refusal::Refusal;
pub use role::{Granted, Role, Route, Side};
pub use trace::Trace;
