//! The last guard in front of a log line: no BSN leaves.
//!
//! No part of the gateway means to log one. This catches the one that slips into an error text of
//! a library or a source: a number of exactly nine digits, standing by itself, that passes the
//! *elfproef* (the check of a burgerservicenummer).

use std::borrow::Cow;
use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

/// What stands in the place of a number.
const REPLACEMENT: &[u8] = b"[bsn]";

/// `line` without numbers that can be a BSN. Borrows when there was none.
#[must_use]
pub fn without_bsn(line: &[u8]) -> Cow<'_, [u8]> {
    let mut clean: Vec<u8> = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(start) = find(line, at, |byte| byte.is_ascii_digit()) {
        let end = find(line, start, |byte| !byte.is_ascii_digit()).unwrap_or(line.len());
        let digits = line.get(start..end).unwrap_or_default();
        let before = start.checked_sub(1).and_then(|before| line.get(before));
        let alone = ![before, line.get(end)]
            .into_iter()
            .flatten()
            .any(u8::is_ascii_alphabetic);
        if alone && passes_elfproef(digits) {
            clean.extend_from_slice(line.get(copied..start).unwrap_or_default());
            clean.extend_from_slice(REPLACEMENT);
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(line);
    }
    clean.extend_from_slice(line.get(copied..).unwrap_or_default());
    Cow::Owned(clean)
}

/// Whether these are nine digits whose weighted sum (9, 8, .. 2, -1) is a multiple of eleven, and
/// not all zero.
fn passes_elfproef(digits: &[u8]) -> bool {
    if digits.len() != 9 || digits.iter().all(|digit| *digit == b'0') {
        return false;
    }
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let sum: i32 = digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| i32::from(digit - b'0') * weight)
        .sum();
    sum % 11 == 0
}

fn find(line: &[u8], from: usize, wanted: impl Fn(&u8) -> bool) -> Option<usize> {
    line.get(from..)?
        .iter()
        .position(wanted)
        .map(|at| from + at)
}

/// Makes writers that let no BSN through.
#[derive(Debug)]
pub(super) struct Guarded<W>(W);

impl<W> Guarded<W> {
    pub(super) fn new(inner: W) -> Self {
        Self(inner)
    }
}

impl<'writer, W: MakeWriter<'writer>> MakeWriter<'writer> for Guarded<W> {
    type Writer = GuardedWriter<W::Writer>;

    fn make_writer(&'writer self) -> Self::Writer {
        GuardedWriter(self.0.make_writer())
    }
}

/// Passes whole lines on, cleaned. The formatter hands over one event per write.
#[derive(Debug)]
pub(super) struct GuardedWriter<W>(W);

impl<W: Write> Write for GuardedWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(&without_bsn(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(line: &str) -> String {
        String::from_utf8(without_bsn(line.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn a_number_that_can_be_a_bsn_is_replaced() {
        assert_eq!(clean("999990019"), "[bsn]");
        assert_eq!(clean("bsn=999990019, 999990018"), "bsn=[bsn], 999990018");
        assert_eq!(clean("/personen/999990019/adres"), "/personen/[bsn]/adres");
        assert_eq!(clean("a 111222333 b 999990019"), "a [bsn] b [bsn]");
    }

    #[test]
    fn other_numbers_stay() {
        for line in [
            "000000000",
            "00000099000000001000",
            "9999900190",
            "x999990019",
            "999990019f",
            "2026-11-22T07:14:00.123456Z",
            "",
            "no digits",
        ] {
            assert!(
                matches!(without_bsn(line.as_bytes()), Cow::Borrowed(_)),
                "{line}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_left_holds_no_bsn(line in "[ a/9]{0,5}[0-9]{8,10}[ a/]{0,3}[0-9]{9}") {
            let once = without_bsn(line.as_bytes()).into_owned();
            let twice = without_bsn(&once).into_owned();
            proptest::prop_assert_eq!(once, twice);
        }
    }
}
