//! Log lines, to the standard error stream.

use std::fmt;
use std::io;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self as lines, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::guard::Guarded;
use crate::clock::Clock;
use crate::config::{LogFormat, LogLevel};

/// Libraries that tell at `debug` what is in a request, or tell too much to read: they speak from
/// `warn` on, whatever the level.
const QUIET: [&str; 7] = [
    "h2",
    "hyper",
    "hyper_util",
    "rustls",
    "tonic",
    "tower",
    "opentelemetry",
];

/// Sets up logging for the whole process; once. A nine-digit number that can be a BSN is replaced
/// in every line, whoever wrote it.
///
/// # Errors
///
/// When it was set up before.
pub fn install(
    format: LogFormat,
    level: LogLevel,
    colours: bool,
    clock: Clock,
) -> Result<(), LoggingError> {
    subscriber(format, level, colours, clock, io::stderr)
        .try_init()
        .map_err(|_| LoggingError)
}

/// Logging was set up before in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("logging is already set up in this process")]
pub struct LoggingError;

/// What [`install`] installs, towards any writer.
fn subscriber<W>(
    format: LogFormat,
    level: LogLevel,
    colours: bool,
    clock: Clock,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let filter = Targets::new()
        .with_default(level)
        .with_targets(QUIET.map(|target| (target, level.min(LevelFilter::WARN))));
    let layer = lines::layer()
        .with_writer(Guarded::new(writer))
        .with_timer(Timestamp(clock));
    let layer = match format {
        LogFormat::Json => layer
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .fmt_fields(JsonFields::new())
            .boxed(),
        LogFormat::Text => layer.with_ansi(colours).with_target(false).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter))
}

/// RFC 3339 in UTC, always with milliseconds, so that lines sort as text.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The time in front of a line, from the one clock.
#[derive(Debug)]
struct Timestamp(Clock);

impl FormatTime for Timestamp {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let unix_ms = i128::from(self.0.unix_ms());
        let text = OffsetDateTime::from_unix_timestamp_nanos(unix_ms * 1_000_000)
            .ok()
            .and_then(|at| at.format(TIMESTAMP).ok())
            .ok_or(fmt::Error)?;
        writer.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: LogLevel, act: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let clock = Clock::fixed(1_795_305_600_120).0;
        let subscriber = subscriber(format, level, false, clock, move || writer.clone());
        tracing::subscriber::with_default(subscriber, act);
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_is_one_object_per_line_with_the_time_of_the_clock() {
        let text = logged(LogFormat::Json, LogLevel::Info, || {
            tracing::info!(service = "brp-personen", "passage allowed");
            tracing::debug!("not shown");
        });
        let line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(line["timestamp"], "2026-11-22T00:00:00.120Z");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["message"], "passage allowed");
        assert_eq!(line["service"], "brp-personen");
    }

    #[test]
    fn a_bsn_does_not_reach_a_line() {
        for format in [LogFormat::Json, LogFormat::Text] {
            let text = logged(format, LogLevel::Info, || {
                tracing::info!(found = "999990019", "person 999990019 was asked for");
            });
            assert!(!text.contains("999990019"), "{text}");
            assert!(text.contains("[bsn]"), "{text}");
        }
    }

    #[test]
    fn libraries_stay_quiet_at_every_level() {
        let text = logged(LogFormat::Text, LogLevel::Trace, || {
            tracing::debug!(target: "hyper::proto", "GET /personen/1");
            tracing::warn!(target: "h2::codec", "broken frame");
            tracing::trace!("ours");
        });
        assert!(!text.contains("GET"), "{text}");
        assert!(
            text.contains("broken frame") && text.contains("ours"),
            "{text}"
        );
        let text = logged(LogFormat::Text, LogLevel::Error, || {
            tracing::warn!(target: "h2::codec", "broken frame");
        });
        assert_eq!(text, "");
    }
}
