//! Connections: calls to the target, and listeners that the target calls.

mod address;
mod call;
mod credential;
mod listen;

pub(crate) use address::Address;
pub(crate) use call::{Answer, CallError, Client, Question};
pub(crate) use credential::{Credential, read, trust};
#[cfg(test)]
pub(crate) use listen::serve_with;
pub(crate) use listen::{Arrived, Handler, Listening, Reply, bind, serve};
