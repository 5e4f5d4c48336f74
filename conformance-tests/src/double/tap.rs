//! A look at the records of a connection as they come in, for a gateway that begins a second handshake.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::wire::RECORD_HANDSHAKE;

const RECORD_CHANGE_CIPHER_SPEC: u8 = 20;
/// Bytes in the head of a record: kind, version, length.
const HEAD: usize = 5;

/// A connection. When it answers second handshakes, it does so with a record of a handshake, and reads no more.
pub(super) struct Tap {
    tcp: TcpStream,
    answers: bool,
    head: Vec<u8>,
    /// Bytes of the record that are still to come.
    left: usize,
    /// Records of handshakes after the ciphers were changed: the first ends the handshake (TLS 1.2).
    encrypted: Option<usize>,
    ended: bool,
}

impl Tap {
    pub(super) fn new(tcp: TcpStream, answers: bool) -> Self {
        Self {
            tcp,
            answers,
            head: Vec::new(),
            left: 0,
            encrypted: None,
            ended: false,
        }
    }

    /// Follows what came in; says whether a second handshake begins in it.
    fn follow(&mut self, mut bytes: &[u8]) -> bool {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let skipped = self.left.min(bytes.len());
                self.left -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            self.head.push(*first);
            bytes = rest;
            if self.head.len() < HEAD {
                continue;
            }
            self.left = usize::from(u16::from_be_bytes([self.head[3], self.head[4]]));
            match (self.head[0], self.encrypted) {
                (RECORD_CHANGE_CIPHER_SPEC, None) => self.encrypted = Some(0),
                (RECORD_HANDSHAKE, Some(0)) => self.encrypted = Some(1),
                (RECORD_HANDSHAKE, Some(_)) => return true,
                _ => {}
            }
            self.head.clear();
        }
        false
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ended {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(context, buffer))?;
        if self.answers {
            let came = buffer.filled()[before..].to_vec();
            if self.follow(&came) {
                buffer.set_filled(before);
                self.ended = true;
                self.tcp
                    .try_write(&[RECORD_HANDSHAKE, 3, 3, 0, 4, 0, 0, 0, 0])?;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
