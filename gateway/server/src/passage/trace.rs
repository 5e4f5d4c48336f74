//! W3C Trace Context: continued where it is valid, started where it is not, and forwarded with our own span as parent.

use aws_lc_rs::rand;
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::role::Side;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The place of this passage in a trace that may cross organisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// Identifies the whole trace; kept from the caller, never re-minted in a running flow.
    pub trace_id: [u8; 16],
    /// Our own span.
    pub span_id: [u8; 8],
    /// The caller's span, where it gave a valid `traceparent`.
    pub parent_span_id: Option<[u8; 8]>,
    /// The caller's flags, passed on unchanged.
    pub flags: u8,
    /// True where the peer sent no usable `traceparent` and the trace id was taken from the transaction id, so that the logs of
    /// both sides can still be joined.
    pub derived: bool,
}

impl Trace {
    /// Continues the trace in `headers`; otherwise starts one: random at the outway, derived from the transaction id at the
    /// inway (the outway before us did not send one).
    pub(super) fn continue_or_start(
        headers: &HeaderMap,
        side: Side,
        transaction_id: Uuid,
    ) -> Trace {
        let span_id = random();
        match parent(headers) {
            Some((trace_id, parent, flags)) => Trace {
                trace_id,
                span_id,
                parent_span_id: Some(parent),
                flags,
                derived: false,
            },
            None => match side {
                Side::Outway => Trace {
                    trace_id: random(),
                    span_id,
                    parent_span_id: None,
                    flags: 1,
                    derived: false,
                },
                Side::Inway => Trace {
                    trace_id: *transaction_id.as_bytes(),
                    span_id,
                    parent_span_id: None,
                    flags: 1,
                    derived: true,
                },
            },
        }
    }

    /// Writes `traceparent` with our span as parent; drops `tracestate` where it belongs to no valid `traceparent`.
    pub(super) fn forward(&self, headers: &mut HeaderMap) {
        if self.parent_span_id.is_none() {
            headers.remove(&TRACESTATE);
        }
        let mut text = [0_u8; 55];
        let parts: [(usize, &[u8]); 4] = [
            (0, &[0]),
            (3, &self.trace_id),
            (36, &self.span_id),
            (53, &[self.flags]),
        ];
        text.fill(b'-');
        for (at, bytes) in parts {
            for (slot, byte) in text.iter_mut().skip(at).step_by(2).zip(bytes) {
                *slot = hex_digit(byte >> 4);
            }
            for (slot, byte) in text.iter_mut().skip(at + 1).step_by(2).zip(bytes) {
                *slot = hex_digit(byte & 15);
            }
        }
        if let Ok(value) = HeaderValue::from_bytes(&text) {
            headers.insert(TRACEPARENT.clone(), value);
        }
    }
}

/// Trace id, parent span id and flags of exactly one valid `traceparent` (W3C Trace Context Level 1, section 3.2).
fn parent(headers: &HeaderMap) -> Option<([u8; 16], [u8; 8], u8)> {
    let mut values = headers.get_all(&TRACEPARENT).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let mut fields = value.as_bytes().split(|&byte| byte == b'-');
    let version: [u8; 1] = unhex(fields.next()?)?;
    let trace_id: [u8; 16] = unhex(fields.next()?)?;
    let parent: [u8; 8] = unhex(fields.next()?)?;
    let [flags]: [u8; 1] = unhex(fields.next()?)?;
    // Version 00 has nothing after the flags; a later version may have.
    let whole = version != [0] || fields.next().is_none();
    (whole && version != [0xff] && trace_id != [0; 16] && parent != [0; 8])
        .then_some((trace_id, parent, flags))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The generator of aws-lc-rs does not fail on Linux; were it to, a zero id is invalid and the next hop starts its own trace.
    let _ = rand::fill(&mut bytes);
    bytes
}

fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 {
        b'0' + nibble
    } else {
        b'a' + nibble - 10
    }
}

/// Lower-case hex only: upper case is invalid in `traceparent`.
fn unhex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(traceparent: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT.clone(), traceparent.parse().unwrap());
        headers.insert(TRACESTATE.clone(), "vendor=1".parse().unwrap());
        headers
    }

    fn id() -> Uuid {
        "019a7dea-9048-7c4d-9e66-4d3f75a18f58".parse().unwrap()
    }

    #[test]
    fn a_valid_trace_goes_on_with_our_span_as_parent() {
        let mut headers = headers(GIVEN);
        let trace = Trace::continue_or_start(&headers, Side::Inway, id());
        assert_eq!(
            trace.parent_span_id,
            Some([0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31])
        );
        assert!(!trace.derived);
        trace.forward(&mut headers);
        let sent = headers[&TRACEPARENT].to_str().unwrap();
        assert!(
            sent.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && sent.ends_with("-01"),
            "{sent}"
        );
        assert!(!sent.contains("b7ad6b7169203331"));
        assert_eq!(headers[&TRACESTATE], "vendor=1");
        let again = Trace::continue_or_start(&headers, Side::Inway, id());
        assert_eq!(
            (again.trace_id, again.parent_span_id),
            (trace.trace_id, Some(trace.span_id))
        );
    }

    #[test]
    fn an_inway_that_gets_no_trace_derives_one_and_says_so() {
        let trace = Trace::continue_or_start(&HeaderMap::new(), Side::Inway, id());
        assert_eq!((trace.trace_id, trace.derived), (*id().as_bytes(), true));
        assert!(!Trace::continue_or_start(&HeaderMap::new(), Side::Outway, id()).derived);
    }

    #[test]
    fn an_invalid_trace_is_replaced_and_its_state_dropped() {
        for bad in [
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "",
        ] {
            let mut headers = headers(bad);
            let trace = Trace::continue_or_start(&headers, Side::Outway, id());
            assert_eq!(trace.parent_span_id, None, "{bad}");
            trace.forward(&mut headers);
            assert!(!headers.contains_key(&TRACESTATE), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic_and_what_it_sends_is_valid(bytes in proptest::collection::vec(0x20_u8..0x7f, 0..80)) {
            let mut headers = HeaderMap::new();
            headers.insert(TRACEPARENT.clone(), HeaderValue::from_bytes(&bytes).unwrap());
            Trace::continue_or_start(&headers, Side::Outway, id()).forward(&mut headers);
            prop_assert!(parent(&headers).is_some());
        }
    }
}
