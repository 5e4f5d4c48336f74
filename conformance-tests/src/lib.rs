//! The conformance suite: points at any FSC implementation and says, row by row, what it does.
//!
//! The suite is a judge, so it shares no code with the judged: hashes, signatures and tokens are its
//! own ([`protocol`]), written from the text of the standard. Certificates and TLS come from
//! `sluis-certs`. It plays the other organisations itself (`play`): their managers, an outway, an
//! inway and the source behind the target's inway, so that it sees what the target sends and not only
//! what it answers.
//!
//! A case ends as passed, failed or not run. Nothing is passed by default: a case that checked nothing
//! has failed.

mod case;
mod cases;
mod catalogue;
mod clauses;
pub mod cli;
mod clock;
#[cfg(test)]
mod double;
mod hooks;
mod init;
mod play;
pub mod protocol;
mod report;
mod runner;
mod stage;
mod target;
mod wire;
