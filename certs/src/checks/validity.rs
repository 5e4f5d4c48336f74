//! From when until when.

use x509_parser::time::ASN1Time;

use super::{Check, everywhere};
use crate::Rule;

pub(super) const NOT_YET_VALID: Check = Check {
    rule: Rule::NotYetValid,
    applies: everywhere,
    judge: |certificate, _, measure| {
        (certificate.validity().not_before.timestamp() <= measure.now_unix_seconds).into()
    },
    expected: |_, measure| {
        format!(
            "a validity that began before {}",
            moment(measure.now_unix_seconds)
        )
    },
    found: |certificate, _| {
        format!(
            "one that begins {}",
            moment(certificate.validity().not_before.timestamp())
        )
    },
};

/// The last second still counts (RFC 5280 section 4.1.2.5).
pub(super) const EXPIRED: Check = Check {
    rule: Rule::Expired,
    applies: everywhere,
    judge: |certificate, _, measure| {
        (measure.now_unix_seconds <= certificate.validity().not_after.timestamp()).into()
    },
    expected: |_, measure| {
        format!(
            "a validity that ends after {}",
            moment(measure.now_unix_seconds)
        )
    },
    found: |certificate, _| {
        format!(
            "one that ends {}",
            moment(certificate.validity().not_after.timestamp())
        )
    },
};

/// As 2026-11-22T10:00:00Z, the notation of the configuration and of log lines.
pub(crate) fn moment(unix_seconds: i64) -> String {
    let Ok(time) = ASN1Time::from_timestamp(unix_seconds) else {
        return "a moment that no calendar has".to_owned();
    };
    let time = time.to_datetime();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc() {
        assert_eq!(moment(1_795_305_600), "2026-11-22T00:00:00Z");
        assert_eq!(moment(i64::MAX), "a moment that no calendar has");
    }
}
