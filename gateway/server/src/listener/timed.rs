//! Time limits of a connection that the HTTP library does not keep.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What a connection for HTTP/2 starts with (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection that ends when it says too long nothing at its start, or reads too long nothing of what is written.
///
/// Until it is clear which version of HTTP is spoken the HTTP library waits without end, and so it does for a peer that does
/// not read.
pub(super) struct Timed<S> {
    stream: S,
    opening: Option<Pin<Box<Sleep>>>,
    preface_left: &'static [u8],
    stalled: Option<Pin<Box<Sleep>>>,
    stall_max: Duration,
}

impl<S> Timed<S> {
    pub(super) fn new(stream: S, opening_max: Duration, stall_max: Duration) -> Timed<S> {
        Timed {
            stream,
            opening: Some(Box::pin(tokio::time::sleep(opening_max))),
            preface_left: PREFACE,
            stalled: None,
            stall_max,
        }
    }

    /// The version is clear after the whole preface, or as soon as it is something else; then the HTTP library keeps the time.
    fn opened(&mut self, read: &[u8]) {
        match self.preface_left.strip_prefix(read) {
            Some(left) if !left.is_empty() && !read.is_empty() => self.preface_left = left,
            _ => self.opening = None,
        }
    }

    /// The timer exists only while nothing can be written.
    fn written<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let until = Instant::now() + self.stall_max;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        stalled.as_mut().poll(context).map(|()| {
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the other end did not read for too long",
            ))
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(context, buffer);
        let Some(opening) = &mut this.opening else {
            return polled;
        };
        if polled.is_pending() {
            return opening.as_mut().poll(context).map(|()| {
                Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the other end did not begin to speak HTTP in time",
                ))
            });
        }
        this.opened(buffer.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.written(polled, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.written(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_flush(context);
        this.written(polled, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_shutdown(context);
        this.written(polled, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    const OPENING: Duration = Duration::from_millis(20);

    fn pair() -> (DuplexStream, Timed<DuplexStream>) {
        let (far, near) = tokio::io::duplex(64);
        (far, Timed::new(near, OPENING, OPENING))
    }

    #[tokio::test]
    async fn the_start_of_a_connection_has_a_time() {
        for (bytes, ends) in [
            (&b""[..], true),
            (b"P", true),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r", true),
            (PREFACE, false),
            (b"G", false),
            (b"PO", false),
        ] {
            let (mut far, mut near) = pair();
            far.write_all(bytes).await.unwrap();
            let mut rest = Vec::new();
            let reading = near.read_to_end(&mut rest);
            let read = tokio::time::timeout(10 * OPENING, reading).await;
            assert_eq!(read.is_ok_and(|read| read.is_err()), ends, "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn what_is_not_read_has_a_time() {
        let (mut far, mut near) = pair();
        assert!(near.write_all(&[0; 200]).await.is_err());
        far.read_exact(&mut [0; 64]).await.unwrap();
        assert!(near.write_all(&[0; 64]).await.is_ok());
    }
}
