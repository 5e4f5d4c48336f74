//! Connections: calls to the target, and listeners that the target calls.

mod address;
mod call;
mod credential;
mod hello;
mod listen;
mod renegotiate;
mod short_key;
mod shown;

pub(crate) use address::Address;
pub(crate) use call::{Answer, CallError, Client, Question};
pub(crate) use credential::{Credential, read, trust};
pub(crate) use hello::{Greeting, SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2, greet};
#[cfg(test)]
pub(crate) use listen::{Accept, Accepting, CONNECTIONS_MAX, Stream, serve_at};
pub(crate) use listen::{Arrived, Handler, Listening, Reply, bind, serve, serve_with};
pub(crate) use renegotiate::{Again, renegotiate};
pub(crate) use short_key::ShortKey;
pub(crate) use shown::{Shown, show_nothing};

/// The kinds of a record of TLS that the suite knows from outside (RFC 8446 section 5.1).
pub(crate) const RECORD_ALERT: u8 = 21;
pub(crate) const RECORD_HANDSHAKE: u8 = 22;
pub(crate) const RECORD_APPLICATION_DATA: u8 = 23;
