//! A TLS handshake in memory.

use std::ops::DerefMut;
use std::sync::Arc;

use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, ServerConfig, ServerConnection, SideData,
};

use crate::tls::{Verdict, handshake_reason};

/// What both ends of a handshake saw. An end that is done has its connection.
pub(super) struct Handshake {
    pub(super) client: Result<ClientConnection, rustls::Error>,
    pub(super) server: Result<ServerConnection, rustls::Error>,
    /// What the verifier of each found, the client's first.
    pub(super) verdicts: (Verdict, Verdict),
}

impl Handshake {
    /// The labels of what went wrong for the client and for the server.
    pub(super) fn reasons(&self) -> (&'static str, &'static str) {
        let reason =
            |error: Option<&rustls::Error>| error.map_or("ok", |error| handshake_reason(error));
        (
            reason(self.client.as_ref().err()),
            reason(self.server.as_ref().err()),
        )
    }
}

/// Runs a handshake in memory until both ends are done or one has refused.
pub(super) fn handshake(
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    host: &'static str,
) -> Handshake {
    let mut client = ClientConnection::new(client, host.try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    let mut errors = (None, None);
    let mut verdicts: (Verdict, Verdict) = Default::default();
    for _ in 0..16 {
        let carried = verdicts.1.during(|| carry(&mut client, &mut server));
        errors.1 = errors.1.or(carried);
        let carried = verdicts.0.during(|| carry(&mut server, &mut client));
        errors.0 = errors.0.or(carried);
    }
    let client = match errors.0 {
        Some(error) => Err(error),
        None if client.is_handshaking() => Err(rustls::Error::HandshakeNotComplete),
        None => Ok(client),
    };
    let server = match errors.1 {
        Some(error) => Err(error),
        None if server.is_handshaking() => Err(rustls::Error::HandshakeNotComplete),
        None => Ok(server),
    };
    Handshake {
        client,
        server,
        verdicts,
    }
}

/// Carries what one end has to say, alerts included, to the other.
fn carry<A, B, SideA, SideB>(from: &mut A, to: &mut B) -> Option<rustls::Error>
where
    A: DerefMut<Target = ConnectionCommon<SideA>>,
    B: DerefMut<Target = ConnectionCommon<SideB>>,
    SideA: SideData,
    SideB: SideData,
{
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        to.read_tls(&mut rest).unwrap();
        if let Err(error) = to.process_new_packets() {
            return Some(error);
        }
    }
    None
}
