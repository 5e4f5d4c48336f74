//! The report for build servers: JUnit's XML.

use std::fmt::Write as _;

use serde_json::Value;

use super::html::{escape, text};
use crate::clock::iso_8601;

/// Writes a report as JUnit XML.
pub(crate) fn junit(report: &Value) -> String {
    let number = |place: &str| report.pointer(place).and_then(Value::as_u64).unwrap_or(0);
    let (passed, failed, skipped) = (
        number("/totals/passed"),
        number("/totals/failed"),
        number("/totals/skipped"),
    );
    let started = report.get("started_unix_seconds").and_then(Value::as_i64);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    // Writing to a text cannot fail.
    let _ = writeln!(
        xml,
        "<testsuite name=\"sluis-conformance {}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"{}\" timestamp=\"{}\" hostname=\"{}\">",
        escape(text(report, "/suite/version")),
        passed + failed + skipped,
        seconds(number("/took_milliseconds")),
        iso_8601(started.unwrap_or(0)).trim_end_matches('Z'),
        escape(text(report, "/target/peer_id")),
    );
    let cases = report.get("cases").and_then(Value::as_array);
    for case in cases.into_iter().flatten() {
        write_case(&mut xml, case);
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

fn write_case(xml: &mut String, case: &Value) {
    let id = text(case, "/id");
    let took = case.get("took_milliseconds").and_then(Value::as_u64);
    let _ = write!(
        xml,
        "<testcase classname=\"{}\" name=\"{} (row {}): {}\" time=\"{}\"",
        escape(id.split('-').next().unwrap_or(id)),
        escape(id),
        case.get("row").and_then(Value::as_u64).unwrap_or(0),
        escape(text(case, "/title")),
        seconds(took.unwrap_or(0)),
    );
    let _ = match text(case, "/ended") {
        "passed" => writeln!(xml, "/>"),
        "FAILED" => writeln!(
            xml,
            "><failure message=\"expected {}\" type=\"{}\">came: {}\nrepeat: {}</failure></testcase>",
            escape(text(case, "/finding/expected")),
            escape(text(case, "/finding/clause")),
            escape(text(case, "/finding/came")),
            escape(text(case, "/finding/repeat")),
        ),
        _ => writeln!(
            xml,
            "><skipped message=\"{}\"/></testcase>",
            escape(text(case, "/reason")),
        ),
    };
}

/// Milliseconds as seconds with three decimals.
fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::sample;
    use super::*;

    #[test]
    fn a_build_server_reads_each_end_and_no_control_character() {
        let xml = junit(&sample());
        for part in [
            "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"1.500\" timestamp=\"2026-01-01T00:00:00\"",
            "classname=\"Manager\" name=\"Manager-SubmitContract-1 (row 1): ",
            "<failure message=\"expected one\"",
            "came: other &lt;b&gt; &amp; \n",
            "<skipped message=\"no inway\"/>",
        ] {
            assert!(xml.contains(part), "{part}\n{xml}");
        }
        assert!(!xml.contains('\u{7}'));
        for name in ["testsuites", "testsuite", "testcase", "failure"] {
            let opened = xml.matches(&format!("<{name} ")).count()
                + xml.matches(&format!("<{name}>")).count();
            let closed = xml.matches(&format!("</{name}>")).count();
            let empty = if name == "testcase" { 1 } else { 0 };
            assert_eq!(opened, closed + empty, "{name}");
        }
    }
}
