//! Reading a body into memory, within a size and without long pauses.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;

/// Why a body could not be read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CollectError {
    /// It is larger than the limit; nothing beyond the limit was kept.
    TooLarge,
    /// It paused for longer than allowed.
    TimedOut,
    /// It broke off.
    BrokeOff,
}

/// Bytes that must come within the longest pause: a body that only trickles would hold a place for ever.
const PIECE_BYTES: usize = 16 * 1024;

/// Reads all data of `body`, at most `bytes_max`, in pieces of 16 KiB (or what is left) within `pause_max` each. Trailers are left out.
pub(super) async fn collect(
    mut body: Incoming,
    bytes_max: usize,
    pause_max: Duration,
) -> Result<Bytes, CollectError> {
    let announced = body.size_hint();
    if announced.lower() > bytes_max as u64 {
        return Err(CollectError::TooLarge);
    }
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    let (mut until, mut piece) = (Instant::now() + pause_max, 0);
    while !body.is_end_stream() {
        let frame = match tokio::time::timeout_at(until, body.frame()).await {
            Err(_elapsed) => return Err(CollectError::TimedOut),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(CollectError::BrokeOff),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > bytes_max {
            return Err(CollectError::TooLarge);
        }
        piece += data.len();
        if piece >= PIECE_BYTES {
            (until, piece) = (Instant::now() + pause_max, 0);
        }
        // Most bodies are one piece: pass it on without a copy.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                let expected = announced
                    .exact()
                    .and_then(|size| usize::try_from(size).ok())
                    .unwrap_or(0);
                all.reserve(expected.max(2 * (first.len() + data.len())).min(bytes_max));
                all.extend_from_slice(&first);
                first = Bytes::new();
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}
