//! An address to listen on.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer};

/// Reads `127.0.0.1:8443` or `[::1]:8443`. A host name is refused: which address it stands for could
/// change under our feet.
pub(super) fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom(format_args!(
            "`{text}` is not an IP address with a port; write for example `127.0.0.1:8443`, or `0.0.0.0:8443` for every network of this machine"
        ))
    })
}
