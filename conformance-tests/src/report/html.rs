//! The report for people: one page that needs nothing else, and that holds the report for programs too.
//!
//! The page is made of the report and of nothing else, so whoever verifies it makes it again and compares.

use std::fmt::Write as _;

use serde_json::Value;

use crate::clock::iso_8601;

/// Where the report for programs begins in a page.
const BEGIN: &str = "<script type=\"application/json\" id=\"report\">";
/// Where it ends.
const END: &str = "</script>";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:64rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.7rem;margin:0 0 .5rem}h2{font-size:1.25rem;margin:2rem 0 .5rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.5rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ccc}\
caption{text-align:left;font-weight:600;padding:.4rem 0}td:first-child{text-align:right;font-variant-numeric:tabular-nums}\
.passed{color:#14632b}.failed{color:#a3080c;font-weight:700}.skipped{color:#5a4500}\
details{margin:.2rem 0}summary{cursor:pointer}code{overflow-wrap:anywhere}\
@media print{body{margin:0;max-width:none}summary{list-style:none}}";

/// Writes a report as a page.
pub(crate) fn html(report: &Value) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>FSC conformance of {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n",
        escape(text(report, "/target/peer_id")),
    );
    head(&mut page, report);
    failures(&mut page, report);
    let cases = report.get("cases").and_then(Value::as_array);
    page.push_str("<h2>All cases</h2>\n<table>\n<caption>Each case with its end and what was seen</caption>\n\
         <thead><tr><th scope=\"col\">Row</th><th scope=\"col\">Case</th><th scope=\"col\">Ended</th></tr></thead>\n<tbody>\n");
    for case in cases.into_iter().flatten() {
        row(&mut page, case);
    }
    page.push_str("</tbody>\n</table>\n</main>\n");
    // In a script element only `<` could end it.
    let data = report.to_string().replace('<', "\\u003c");
    let _ = write!(page, "{BEGIN}{data}{END}\n</body>\n</html>\n");
    page
}

/// The report that a page holds; nothing when it is no page of ours.
pub(super) fn within(page: &str) -> Option<Value> {
    let (_, rest) = page.split_once(BEGIN)?;
    let (data, _) = rest.split_once(END)?;
    serde_json::from_str(data).ok()
}

fn head(page: &mut String, report: &Value) {
    let number = |place: &str| report.pointer(place).and_then(Value::as_u64).unwrap_or(0);
    let (passed, failed, skipped) = (
        number("/totals/passed"),
        number("/totals/failed"),
        number("/totals/skipped"),
    );
    let (class, verdict) = match (failed, skipped) {
        (0, 0) => ("passed", "Every case was run and passed."),
        (0, _) => ("skipped", "Nothing failed; not every case was run."),
        _ => ("failed", "Cases failed."),
    };
    let rows = number("/rows_of_the_fsc_test_suite/passed");
    // Writing to a text cannot fail.
    let _ = write!(
        page,
        "<h1>FSC conformance</h1>\n<p class=\"{class}\">{verdict}</p>\n<p>{passed} passed, {failed} failed, {skipped} not run. \
         Of the 85 rows of the FSC test suite {rows} passed.</p>\n<dl>\n",
    );
    let started = report.get("started_unix_seconds").and_then(Value::as_i64);
    let standards: Vec<&str> = list(report, "/standards").collect();
    let keys: Vec<&str> = list(report, "/target/key_set").collect();
    let suite = format!(
        "{} {}",
        text(report, "/suite/name"),
        text(report, "/suite/version")
    );
    for (name, value) in [
        ("Product", text(report, "/target/product").to_owned()),
        ("Peer ID", text(report, "/target/peer_id").to_owned()),
        ("Group", text(report, "/target/group_id").to_owned()),
        (
            "Manager",
            text(report, "/target/manager_address").to_owned(),
        ),
        ("Inway", text(report, "/target/inway_address").to_owned()),
        ("Outway", text(report, "/target/outway_address").to_owned()),
        ("Certificates (SHA-256)", keys.join(", ")),
        ("Standards", standards.join(", ")),
        ("Tested with", suite),
        ("Begun", iso_8601(started.unwrap_or(0))),
        (
            "Took",
            format!("{} s", number("/took_milliseconds").div_ceil(1000)),
        ),
        ("Signed by", signer(report)),
    ] {
        if !value.is_empty() {
            let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
        }
    }
    page.push_str("</dl>\n");
}

/// Who the signature says to be of; `sluis-conformance verify` says whether it is.
fn signer(report: &Value) -> String {
    if report.get("signature").is_none() {
        return "nobody: this report proves nothing to others".to_owned();
    }
    format!(
        "{} ({}); check with: sluis-conformance verify",
        text(report, "/signed_by/name"),
        text(report, "/signed_by/peer_id"),
    )
}

fn failures(page: &mut String, report: &Value) {
    let cases = report.get("cases").and_then(Value::as_array);
    let failed = |case: &&Value| text(case, "/ended") == "FAILED";
    for (place, case) in cases.into_iter().flatten().filter(failed).enumerate() {
        if place == 0 {
            page.push_str("<h2>What failed</h2>\n");
        }
        let _ = write!(
            page,
            "<h3>{} (row {}): {}</h3>\n<dl>\n<dt>Expected</dt><dd>{}</dd>\n<dt>By</dt><dd>{}</dd>\n<dt>Came</dt><dd><code>{}</code></dd>\n\
             <dt>Repeat</dt><dd><code>{}</code></dd>\n</dl>\n",
            escape(text(case, "/id")),
            case.get("row").and_then(Value::as_u64).unwrap_or(0),
            escape(text(case, "/title")),
            escape(text(case, "/finding/expected")),
            escape(text(case, "/finding/clause")),
            escape(text(case, "/finding/came")),
            escape(text(case, "/finding/repeat")),
        );
    }
}

fn row(page: &mut String, case: &Value) {
    let (class, ended) = match text(case, "/ended") {
        "passed" => ("passed", "passed"),
        "FAILED" => ("failed", "failed"),
        _ => ("skipped", "not run"),
    };
    let _ = write!(
        page,
        "<tr><td>{}</td><td><strong>{}</strong><br>{}",
        case.get("row").and_then(Value::as_u64).unwrap_or(0),
        escape(text(case, "/id")),
        escape(text(case, "/title")),
    );
    let mut checks = list(case, "/checked").peekable();
    if checks.peek().is_some() {
        page.push_str("<details><summary>what was checked</summary><ul>");
        for check in checks {
            let _ = write!(page, "<li>{}</li>", escape(check));
        }
        page.push_str("</ul></details>");
    }
    let reason = text(case, "/reason");
    if !reason.is_empty() {
        let _ = write!(page, "<br>{}", escape(reason));
    }
    let _ = writeln!(page, "</td><td class=\"{class}\">{ended}</td></tr>");
}

fn list<'v>(value: &'v Value, place: &str) -> impl Iterator<Item = &'v str> {
    let entries = value.pointer(place).and_then(Value::as_array);
    entries.into_iter().flatten().filter_map(Value::as_str)
}

/// Text at a place; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, place: &str) -> &'v str {
    value
        .pointer(place)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Text for HTML and XML, without what XML cannot hold.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(character),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {}
            plain => escaped.push(plain),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::sample;
    use super::*;

    #[test]
    fn the_page_says_everything_and_holds_the_report() {
        let mut report = sample();
        report["cases"][1]["finding"]["came"] = Value::from("</script><script>alert(1)</script>");
        let page = html(&report);
        for part in [
            "1 passed, 1 failed, 1 not run",
            "2026-01-01T00:00:00Z",
            "&lt;script&gt;alert(1)",
            "Manager-SubmitContract-2 (row 2)",
            "no inway",
            "nobody: this report proves nothing",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(within(&page), Some(report.clone()));
        assert_eq!(html(&within(&page).unwrap()), page);
        assert_eq!(within("<html></html>"), None);
    }
}
