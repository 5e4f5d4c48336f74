//! Reads more than was asked for, while more is coming.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are read at once while a large body comes in: as much as the kernel keeps in one piece.
const AHEAD_BYTES: usize = 64 * 1024;

/// A socket under TLS, read in few large pieces while a large body comes in.
///
/// The TLS library asks for one record at a time, and for the first one in pieces of 4 KiB; each is a system call, 21 of
/// them for 256 KiB. Here a reader gets just what it asks for as long as the socket has less than that. Once a read was
/// filled to the brim the next one fetches what there is, and what was not asked for yet waits here. A connection on which
/// nothing comes in holds no memory for it.
#[derive(Debug)]
pub(crate) struct ReadAhead<S> {
    stream: S,
    waiting: BytesMut,
    /// The last read was filled to the brim: more is coming, probably.
    more: bool,
}

impl<S> ReadAhead<S> {
    pub(crate) fn new(stream: S) -> ReadAhead<S> {
        ReadAhead {
            stream,
            waiting: BytesMut::new(),
            more: false,
        }
    }
}

impl<S: AsyncRead + Unpin> ReadAhead<S> {
    /// Fetches what there is. Afterwards something waits, unless the stream is at its end.
    fn poll_fetch(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut fetched = BytesMut::with_capacity(AHEAD_BYTES);
        let stream = Pin::new(&mut self.stream);
        let size = ready!(tokio_util::io::poll_read_buf(stream, context, &mut fetched))?;
        self.more = size >= AHEAD_BYTES;
        self.waiting = fetched;
        Poll::Ready(Ok(()))
    }

    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let size = self.waiting.len().min(buffer.remaining());
        buffer.put_slice(self.waiting.get(..size).unwrap_or_default());
        self.waiting.advance(size);
        if self.waiting.is_empty() {
            self.waiting = BytesMut::new();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.waiting.is_empty() {
            if !this.more {
                let polled = Pin::new(&mut this.stream).poll_read(context, buffer);
                this.more = buffer.remaining() == 0;
                return polled;
            }
            ready!(this.poll_fetch(context))?;
        }
        this.give(buffer);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt as _;

    /// A socket in which these pieces lie ready, one for each read that has room for it; an empty one means that nothing is
    /// there yet.
    struct Socket {
        pieces: VecDeque<Vec<u8>>,
        reads: usize,
    }

    impl Socket {
        fn of(sizes: &[usize]) -> (Socket, Vec<u8>) {
            let mut all = Vec::new();
            let pieces = sizes.iter().map(|size| {
                let piece: Vec<u8> = (all.len()..all.len() + size)
                    .map(|n| (n % 251) as u8)
                    .collect();
                all.extend_from_slice(&piece);
                piece
            });
            let pieces = pieces.collect();
            (Socket { pieces, reads: 0 }, all)
        }
    }

    impl AsyncRead for Socket {
        fn poll_read(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let this = self.get_mut();
            this.reads += 1;
            match this.pieces.pop_front() {
                None => Poll::Ready(Ok(())),
                Some(piece) if piece.is_empty() => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                Some(mut piece) => {
                    let rest = piece.split_off(piece.len().min(buffer.remaining()));
                    buffer.put_slice(&piece);
                    if !rest.is_empty() {
                        this.pieces.push_front(rest);
                    }
                    Poll::Ready(Ok(()))
                }
            }
        }
    }

    #[tokio::test]
    async fn a_large_body_takes_few_reads() {
        let (socket, sent) = Socket::of(&[256 * 1024]);
        let mut ahead = ReadAhead::new(socket);
        let mut got = Vec::new();
        let mut record = [0; 4_096];
        while got.len() < sent.len() {
            let size = ahead.read(&mut record).await.unwrap();
            got.extend_from_slice(record.get(..size).unwrap());
        }
        assert_eq!(got, sent);
        assert_eq!(ahead.stream.reads, 1 + 4);
    }

    #[tokio::test]
    async fn what_fits_is_read_as_it_was_asked_for_and_nothing_is_held() {
        let (socket, _) = Socket::of(&[1_500, 0, 1_500]);
        let mut ahead = ReadAhead::new(socket);
        let mut record = [0; 4_096];
        for read in 1..=2 {
            assert_eq!(ahead.read(&mut record).await.unwrap(), 1_500);
            assert_eq!(ahead.waiting.capacity(), 0, "read {read}");
        }
        assert_eq!(ahead.stream.reads, 3);
    }

    #[tokio::test]
    async fn nothing_is_held_while_nothing_comes() {
        let (socket, _) = Socket::of(&[4_096 + 10, 0, 0, 5]);
        let mut ahead = ReadAhead::new(socket);
        let mut record = [0; 4_096];
        assert_eq!(ahead.read(&mut record).await.unwrap(), 4_096);
        assert!(ahead.more);
        assert_eq!(ahead.read(&mut record).await.unwrap(), 10);
        assert_eq!(ahead.waiting.capacity(), 0);
        assert!(!ahead.more);
        // Filled to the brim, and then nothing.
        ahead.more = true;
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut buffer = ReadBuf::new(&mut record);
        assert!(
            Pin::new(&mut ahead)
                .poll_read(&mut context, &mut buffer)
                .is_pending()
        );
        assert_eq!(ahead.waiting.capacity(), 0);
    }

    proptest! {
        /// Whatever comes in and however it is asked for, every byte arrives once and in order, and the end is seen.
        #[test]
        fn every_byte_arrives_in_order(
            pieces in vec(prop_oneof![0..200_usize, 4_000..5_000_usize, 60_000..70_000_usize], 0..12),
            asked in vec(1..20_000_usize, 1..8),
        ) {
            let (socket, sent) = Socket::of(&pieces);
            let got = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
                let mut ahead = ReadAhead::new(socket);
                let mut got = Vec::new();
                for size in asked.iter().cycle() {
                    let mut buffer = vec![0; *size];
                    match ahead.read(&mut buffer).await.unwrap() {
                        0 => break,
                        read => got.extend_from_slice(buffer.get(..read).unwrap()),
                    }
                }
                assert_eq!(ahead.waiting.capacity(), 0);
                got
            });
            prop_assert_eq!(got, sent);
        }
    }
}
