//! As little HTTP/1.1 as a load generator and a source need, so that they take little of their core.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Largest head that is expected here.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// A message's head and the part of the body that came with it.
pub(crate) struct Reader {
    buffer: Vec<u8>,
    filled: usize,
}

/// What is needed of a head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    /// Length of the head in bytes, with the empty line.
    pub(crate) length: usize,
    /// Length of the body in bytes.
    pub(crate) body: u64,
}

impl Reader {
    /// A reader with nothing read.
    pub(crate) fn new() -> Self {
        Self {
            buffer: vec![0; 128 * 1024],
            filled: 0,
        }
    }

    /// Reads a head; `None` when the other end has closed the connection before it.
    pub(crate) async fn head<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> io::Result<Option<Head>> {
        loop {
            let read = self.buffer.get(..self.filled).unwrap_or_default();
            if let Some(length) = end_of_head(read) {
                let body = content_length(read.get(..length).unwrap_or_default())?;
                return Ok(Some(Head { length, body }));
            }
            if self.filled >= HEAD_BYTES_MAX {
                return Err(invalid("a head is too large"));
            }
            match stream
                .read(self.buffer.get_mut(self.filled..).unwrap_or_default())
                .await?
            {
                0 if self.filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => self.filled += more,
            }
        }
    }

    /// The bytes of the head, and what has come of the body.
    pub(crate) fn split(&self, head: Head) -> (&[u8], &[u8]) {
        self.buffer
            .get(..self.filled)
            .unwrap_or_default()
            .split_at_checked(head.length)
            .unwrap_or_default()
    }

    /// Reads the rest of the body and gives all of it.
    pub(crate) async fn whole<S: AsyncRead + Unpin>(
        &mut self,
        head: Head,
        stream: &mut S,
    ) -> io::Result<Vec<u8>> {
        let (_, begin) = self.split(head);
        let mut body = begin.to_vec();
        let left = head
            .body
            .checked_sub(body.len() as u64)
            .ok_or_else(|| invalid("a message is longer than it says"))?;
        stream.take(left).read_to_end(&mut body).await?;
        self.filled = 0;
        Ok(body)
    }

    /// Reads the rest of the body and forgets the message. `seen` is told how much has come, now and then.
    pub(crate) async fn finish<S: AsyncRead + Unpin>(
        &mut self,
        head: Head,
        stream: &mut S,
        mut seen: impl FnMut(u64) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut come = (self.filled - head.length) as u64;
        while come < head.body {
            match stream.read(&mut self.buffer).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => come += more as u64,
            }
            seen(come)?;
        }
        self.filled = 0;
        if come == head.body {
            Ok(())
        } else {
            Err(invalid("a message is longer than it says"))
        }
    }
}

/// Length of the head with its empty line.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// The length of the body; a message without one has none.
fn content_length(head: &[u8]) -> io::Result<u64> {
    for line in head.split(|&byte| byte == b'\n') {
        let Some((name, value)) = line.split_at_checked("content-length:".len()) else {
            continue;
        };
        if name.eq_ignore_ascii_case(b"content-length:") {
            let text = std::str::from_utf8(value.trim_ascii())
                .map_err(|_| invalid("Content-Length is not a number"))?;
            return text
                .parse()
                .map_err(|_| invalid("Content-Length is not a number"));
        }
        if line
            .get(..18)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"transfer-encoding:"))
        {
            return Err(invalid(
                "a message came in chunks, where its length was known",
            ));
        }
    }
    Ok(0)
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
