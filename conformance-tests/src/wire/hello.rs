//! A client's first message, octet by octet: for versions of TLS that no good client speaks.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::call::{CallError, dial};
use super::{Address, RECORD_ALERT, RECORD_HANDSHAKE};

/// The versions of TLS, and of SSL before it, as they stand in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) u16, pub(crate) &'static str);

pub(crate) const SSL_3_0: Version = Version(0x0300, "SSL 3.0");
pub(crate) const TLS_1_0: Version = Version(0x0301, "TLS 1.0");
pub(crate) const TLS_1_1: Version = Version(0x0302, "TLS 1.1");
pub(crate) const TLS_1_2: Version = Version(0x0303, "TLS 1.2");

/// Suites that servers of those versions have: of TLS 1.2 with GCM and ChaCha20, of all of them with CBC, for RSA and ECDSA
/// certificates.
const SUITES: [u16; 14] = [
    0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8, 0xc009, 0xc00a, 0xc013, 0xc014, 0x0033, 0x002f,
    0x0035, 0x000a,
];
/// X25519, secp256r1, secp384r1.
const GROUPS: [u16; 3] = [0x001d, 0x0017, 0x0018];
/// ECDSA, RSASSA-PSS and RSASSA-PKCS1 with SHA-256, ECDSA and RSA with SHA-1.
const SCHEMES: [u16; 5] = [0x0403, 0x0804, 0x0401, 0x0203, 0x0201];
const MESSAGE_CLIENT_HELLO: u8 = 1;
const MESSAGE_SERVER_HELLO: u8 = 2;

/// How a server answers a first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// It goes on, in this version.
    Taken(u16),
    /// An alert with this number (RFC 8446 section 6).
    Alert(u8),
    /// It closed the connection, or said something that is not TLS.
    Closed,
}

/// Greets a server in one version only.
pub(crate) async fn greet(
    address: &Address,
    version: Version,
    wait: Duration,
) -> Result<Greeting, CallError> {
    let work = async {
        let mut tcp = dial(address).await?;
        // A server that does not want to hear it may close the connection at once.
        let _ = tcp.write_all(&client_hello(version, address.host())).await;
        let mut head = [0; 11];
        let mut length = 0;
        while length < head.len() {
            let Some(rest) = head.get_mut(length..) else {
                break;
            };
            match tcp.read(rest).await {
                Ok(0) | Err(_) => break,
                Ok(more) => length += more,
            }
        }
        Ok(match head {
            [RECORD_ALERT, _, _, _, _, _, description, ..] if length > 6 => {
                Greeting::Alert(description)
            }
            [
                RECORD_HANDSHAKE,
                _,
                _,
                _,
                _,
                MESSAGE_SERVER_HELLO,
                _,
                _,
                _,
                high,
                low,
            ] if length == head.len() => Greeting::Taken(u16::from_be_bytes([high, low])),
            _ => Greeting::Closed,
        })
    };
    tokio::time::timeout(wait, work)
        .await
        .map_err(|_| CallError::TimedOut(wait.as_secs()))?
}

/// A ClientHello (RFC 5246 section 7.4.1.2) in a record of its own.
pub(crate) fn client_hello(version: Version, host: &str) -> Vec<u8> {
    // The record says the oldest version that could be meant (RFC 5246 appendix E.1).
    let outer = version.0.min(TLS_1_0.0).to_be_bytes();
    [
        &[RECORD_HANDSHAKE][..],
        &outer,
        &counted_16(&hello_message(version, host)),
    ]
    .concat()
}

/// The message in it.
pub(super) fn hello_message(version: Version, host: &str) -> Vec<u8> {
    let mut random = [0; 32];
    // Nothing secret comes of it.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let mut body = version.0.to_be_bytes().to_vec();
    body.extend(random);
    // No session to go on with.
    body.push(0);
    body.extend(counted_16(&numbers(&SUITES)));
    // No compression.
    body.extend([1, 0]);
    if version.0 > SSL_3_0.0 {
        body.extend(counted_16(&extensions(host)));
    }
    let [_, length @ ..] = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
    [&[MESSAGE_CLIENT_HELLO][..], &length, &body].concat()
}

fn extensions(host: &str) -> Vec<u8> {
    let mut extensions = Vec::new();
    let mut add = |kind: u16, value: &[u8]| {
        extensions.extend(kind.to_be_bytes());
        extensions.extend(counted_16(value));
    };
    if host.parse::<std::net::IpAddr>().is_err() {
        let name = [&[0][..], &counted_16(host.as_bytes())].concat();
        add(0, &counted_16(&name));
    }
    add(10, &counted_16(&numbers(&GROUPS)));
    // Points that are not compressed.
    add(11, &[1, 0]);
    add(13, &counted_16(&numbers(&SCHEMES)));
    // The extended master secret, and secure renegotiation.
    add(23, &[]);
    add(0xff01, &[0]);
    extensions
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    let octets = numbers.iter().flat_map(|number| number.to_be_bytes());
    octets.collect()
}

/// Octets behind their count.
fn counted_16(octets: &[u8]) -> Vec<u8> {
    let count = u16::try_from(octets.len()).unwrap_or(0).to_be_bytes();
    [&count, octets].concat()
}
