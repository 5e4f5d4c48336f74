//! A second handshake within a connection of TLS 1.2, which the TLS library does not make.

use std::time::Duration;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ConnectionTrafficSecrets as Secrets;

use super::hello::{TLS_1_2, hello_message};
use super::{RECORD_APPLICATION_DATA, RECORD_HANDSHAKE};

/// How a server answers a second handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// With a handshake.
    Begun,
    /// With an alert, with the answer to the request behind it, or by closing the connection.
    Refused,
    /// Not at all, for as long as was waited.
    Ignored,
}

/// Asks for a second handshake over a connection whose secrets can be had.
pub(crate) async fn renegotiate(
    stream: TlsStream<TcpStream>,
    host: &str,
    wait: Duration,
) -> Result<Again, String> {
    let (mut tcp, connection) = stream.into_inner();
    let secrets = connection
        .dangerous_extract_secrets()
        .map_err(|error| error.to_string())?;
    let (sequence, secrets) = secrets.tx;
    let hello = hello_message(TLS_1_2, host);
    // A server may keep its refusal to itself until it has something to say: a request lets it.
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let records = [
        (RECORD_HANDSHAKE, hello.as_slice()),
        (RECORD_APPLICATION_DATA, request.as_bytes()),
    ];
    for ((kind, content), sequence) in records.into_iter().zip(sequence..) {
        let record =
            sealed(kind, sequence, &secrets, content).ok_or("the record cannot be encrypted")?;
        if tcp.write_all(&record).await.is_err() {
            return Ok(Again::Refused);
        }
    }
    // In TLS 1.2 the kind of a record can be read from outside.
    let mut kind = [0];
    Ok(
        match tokio::time::timeout(wait, tcp.read_exact(&mut kind)).await {
            Err(_) => Again::Ignored,
            Ok(Ok(_)) if kind == [RECORD_HANDSHAKE] => Again::Begun,
            Ok(_) => Again::Refused,
        },
    )
}

/// A record of TLS 1.2 (RFC 5246 section 6.2.3.3, RFC 7905 section 2).
fn sealed(kind: u8, sequence: u64, secrets: &Secrets, content: &[u8]) -> Option<Vec<u8>> {
    let (algorithm, key, iv, is_gcm) = match secrets {
        Secrets::Aes128Gcm { key, iv } => (&aead::AES_128_GCM, key, iv, true),
        Secrets::Aes256Gcm { key, iv } => (&aead::AES_256_GCM, key, iv, true),
        Secrets::Chacha20Poly1305 { key, iv } => (&aead::CHACHA20_POLY1305, key, iv, false),
        _ => return None,
    };
    let mut nonce: [u8; 12] = iv.as_ref().try_into().ok()?;
    for (octet, of_sequence) in nonce.iter_mut().skip(4).zip(sequence.to_be_bytes()) {
        *octet ^= of_sequence;
    }
    let explicit = if is_gcm {
        nonce.get(4..)?.to_vec()
    } else {
        Vec::new()
    };
    let header = [&[kind][..], &TLS_1_2.0.to_be_bytes()].concat();
    let length = u16::try_from(content.len()).ok()?.to_be_bytes();
    let about = [&sequence.to_be_bytes()[..], &header, &length].concat();
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key.as_ref()).ok()?);
    let mut sealed = content.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::from(about), &mut sealed)
        .ok()?;
    let length = u16::try_from(explicit.len() + sealed.len()).ok()?;
    Some([header, length.to_be_bytes().to_vec(), explicit, sealed].concat())
}
