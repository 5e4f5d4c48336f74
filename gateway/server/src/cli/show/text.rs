//! Text and moments, safe to show on a terminal.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const SECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A moment in UTC (ISO 8601), of seconds since 1970; `-` when it is 0 or no date can hold it.
pub(in crate::cli) fn moment(unix_seconds: i64) -> String {
    shown(
        i128::from(unix_seconds).saturating_mul(1_000_000_000),
        SECONDS,
    )
}

/// As [`moment`], of milliseconds since 1970.
pub(in crate::cli) fn moment_ms(unix_ms: i64) -> String {
    shown(i128::from(unix_ms).saturating_mul(1_000_000), MILLISECONDS)
}

fn shown(unix_nanos: i128, format: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(unix_nanos)
        .ok()
        .filter(|_| unix_nanos != 0)
        .and_then(|moment| moment.format(format).ok())
        .unwrap_or_else(|| "-".to_owned())
}

/// Text of somebody else with everything taken out that could steer a terminal or change the order
/// in which it is read.
pub(in crate::cli) fn presentable(text: &str) -> String {
    let steers = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|character| {
            if steers(character) {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

/// `1 contract`, `2 contracts`.
pub(in crate::cli) fn counted(count: u64, noun: &str) -> String {
    let plural = match (count, noun.strip_suffix('y')) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{noun}s"),
    };
    format!("{count} {plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_iso_8601_in_utc() {
        assert_eq!(moment(1_795_305_600), "2026-11-22T00:00:00Z");
        assert_eq!(moment_ms(1_795_305_600_042), "2026-11-22T00:00:00.042Z");
        assert_eq!((moment(0), moment(i64::MAX)), ("-".into(), "-".into()));
    }

    #[test]
    fn text_of_others_cannot_steer_a_terminal() {
        assert_eq!(
            presentable("Gemeente\u{1b}[31m \u{202e}A\n"),
            "Gemeente\u{fffd}[31m \u{fffd}A\u{fffd}"
        );
        assert_eq!(presentable("'s-Hertogenbosch é"), "'s-Hertogenbosch é");
    }

    #[test]
    fn nouns_are_counted() {
        assert_eq!(counted(1, "entry"), "1 entry");
        assert_eq!(counted(0, "entry"), "0 entries");
        assert_eq!(counted(2, "contract"), "2 contracts");
    }
}
