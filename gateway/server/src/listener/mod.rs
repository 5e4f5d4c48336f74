//! Accepts connections, terminates TLS and serves HTTP/1.1 and HTTP/2.
//!
//! A listener knows nothing of what it serves: it hands every request, with the [`Connection`] it came over, to a [`Serve`].
//! Limits: number of connections, time for the TLS handshake, time to read a head, size of a head, time in which nothing is read, age of a connection. A peer that exceeds one
//! loses its connection, never the listener.

mod accept;
mod connection;
mod connections;
mod handshake;
mod limits;
mod read_ahead;
mod timed;

pub use accept::{Listener, Running, Serve};
pub use connection::Connection;
pub use connections::Connections;
pub(crate) use handshake::judged;
pub use limits::ConnectionLimits;
pub(crate) use read_ahead::ReadAhead;
