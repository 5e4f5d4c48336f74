//! Rows of FSC that are about whole gateways, and the page that says which test holds which clause.

#![cfg(test)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use http::Request;
use http_body_util::Full;
use sluis::demo::federation::BRP;
use sluis::demo::parties::{UIW, VOORBEELD};
use sluis::demo::policies::contract;
use sluis_certs::PeerId;
use sluis_fsc::ServiceName;
use sluis_fsc::contract::Validity;
use sluis_fsc::error::ErrorCode;
use sluis_fsc::grant::{ConnectedService, DomainName, GrantData, Outway, OutwayIdentification};
use support::World;
use support::client::{call, raadpleeg};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The clauses of the standards that ask for something of an implementation.
const CLAUSES: &str = "Core 4.1, Core 4.1.1, Core 4.1.2, Core 4.1.3, Core 4.1.4, Core 4.1.5, Core 4.1.6, Core 4.1.6.2, \
    Core 4.1.7, Core 4.1.8, Core 4.2, Core 4.2.1, Core 4.2.1.1, Core 4.2.1.2, Core 4.2.1.3, Core 4.2.1.4, Core 4.2.2, \
    Core 4.2.3, Core 4.2.3.2, Core 4.2.4, Core 4.2.5, Core 4.2.6, Core 4.2.7, Core 4.3, Core 4.3.1, Core 4.4.1.1, \
    Core 4.4.1.2, Core 4.4.1.3, Core 4.4.1.4, Core 4.4.1.5, Core 4.4.1.6, Core 4.4.1.7, Core 4.4.1.8, Core 4.4.1.9, \
    Core 4.4.2, Core 4.4.3, Core 4.4.4, Core 4.4.5.1, Core 4.4.5.2, Core 4.4.5.3, Core 4.5.1.1, Core 4.6.1.1, \
    Core 4.6.1.2, Core 4.6.1.3, Core 4.6.1.4, Core 4.7.1.1, Core 4.7.1.2, Core 4.7.1.3, Core 4.7.2.1, Core 4.7.2.2, \
    Logging 1.4, Logging 2.1, Logging 3.1, Logging 3.1.1, Logging 3.2.1.1, Logging 3.2.2, Logging 3.3.1.1, \
    Logging 3.3.1.2, Logging 3.3.1.3, Logging 3.4.1.1, Logging 3.4.1.2, Logging 3.4.1.3, External 2.1.2, External 2.2.2, \
    External 3.1.1, External 3.1.2, External 3.2, External 3.3, External 3.4, External 3.5, Digikoppeling 3.4.3";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The cells of every table row under this heading of the page.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let page = fs::read_to_string(root().join("docs/conformance/fsc.md")).unwrap();
    let section = page.split_once(&format!("\n## {heading}\n")).unwrap().1;
    let section = section.split("\n## ").next().unwrap();
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim_matches('|');
        line.split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let lines = section.lines().filter(|line| line.starts_with('|'));
    // The first two lines of a table are its heads and a rule.
    let mut rows = Vec::new();
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_some_and(|next| next.starts_with("|---")) {
            lines.next();
            continue;
        }
        rows.push(cells(line));
    }
    rows
}

/// What stands between backquotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Every test that the cell names is there; returns how many it names.
fn tests_in(cell: &str) -> usize {
    let named = quoted(cell).inspect(|name| {
        let (file, test) = name.split_once("::").unwrap_or_else(|| panic!("`{name}`"));
        let source = fs::read_to_string(root().join(file));
        let source = source.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(
            source.contains(&format!("fn {test}(")),
            "{file} has no test {test}"
        );
    });
    named.count()
}

#[test]
fn the_page_names_a_test_for_every_clause() {
    let mut found = Vec::new();
    for row in rows("Clause by clause") {
        let [clause, asked, does, tests] = row.as_slice() else {
            panic!("{row:?}");
        };
        assert!(!asked.is_empty() && !does.is_empty(), "{clause}");
        assert!(tests_in(tests) > 0, "{clause} has no test");
        found.push(clause.clone());
    }
    let wanted: Vec<&str> = CLAUSES.split(", ").map(str::trim).collect();
    assert_eq!(found, wanted);
}

#[test]
fn every_contradiction_and_every_deviation_has_its_test() {
    for heading in [
        "Where the published text contradicts itself",
        "What we do otherwise, and why",
        "Regulated Area (draft)",
        "Losing nobody silently",
    ] {
        let rows = rows(heading);
        assert!(rows.len() >= 5, "{heading}");
        for row in rows {
            let tests = row.last().unwrap();
            assert!(tests_in(tests) > 0, "{} has no test", row[0]);
        }
    }
}

/// The codes of the standard with their status, and every code of our own that stands in the source.
#[test]
fn the_page_lists_every_error_code_with_its_status() {
    let mut listed = BTreeMap::new();
    for row in rows("Error codes") {
        let code = quoted(&row[0])
            .next()
            .unwrap_or_else(|| panic!("{row:?}"))
            .to_owned();
        assert!(listed.insert(code, row[1].clone()).is_none(), "{row:?}");
    }
    for code in ErrorCode::ALL {
        let status = listed.remove(code.as_str());
        assert_eq!(status, Some(code.http_status().to_string()), "{code}");
    }
    let mut own: Vec<String> = Vec::new();
    for file in ["passage/refusal.rs", "manager/refusal.rs"] {
        let source = root().join("gateway/server/src").join(file);
        let source = fs::read_to_string(source).unwrap();
        let texts = source.split('"').skip(1).step_by(2);
        let codes = texts.filter(|text| {
            let is_code = text.starts_with("ERROR_CODE_") || text.starts_with("UNKNOWN_");
            is_code && ErrorCode::parse(text).is_none()
        });
        own.extend(codes.map(str::to_owned));
    }
    own.sort();
    own.dedup();
    assert_eq!(listed.into_keys().collect::<Vec<_>>(), own);
}

/// FSC Core 2.0.0, section 4.6.1.4.1.
#[tokio::test(flavor = "multi_thread")]
async fn an_outway_does_not_tunnel() {
    let world = World::start().await;
    let mut stream = TcpStream::connect(world.outway()).await.unwrap();
    let request =
        "CONNECT localhost:443 HTTP/1.1\r\nhost: localhost:443\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 405 "), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(
        head.contains("fsc-error-code: error_code_method_unsupported"),
        "{head}"
    );
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["domain"], "ERROR_DOMAIN_OUTWAY");
    assert_eq!(body["code"], "ERROR_CODE_METHOD_UNSUPPORTED");
}

/// The inway answers at `/` and everything below it: without a token with the code for that.
#[tokio::test(flavor = "multi_thread")]
async fn an_inway_answers_at_every_path() {
    let world = World::start().await;
    let folder = &world.federation.voorbeeld.folder;
    let voorbeeld = support::outsider::Outsider::party(&world, folder, UIW.oin);
    for path in ["/", "/a/b?c=d"] {
        let request = Request::get(path)
            .header("fsc-transaction-id", "019a7dea-9048-7c4d-9e66-4d3f75a18f58")
            .body(Full::default())
            .unwrap();
        let at = world.uiw.addresses().inway.unwrap();
        let answer = voorbeeld.call(at, request).await.unwrap();
        answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_MISSING", "inway");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(answer.json()["domain"], "ERROR_DOMAIN_INWAY");
    }
}

/// An outway that the contract knows by a name in its certificate, from the proposal to the source.
#[tokio::test(flavor = "multi_thread")]
async fn an_outway_that_is_known_by_its_domain_name_is_let_in() {
    let world = World::start().await;
    for (name, status) in [("elsewhere.example", 403), ("LocalHost", 200)] {
        let now = world.clock.unix_seconds();
        let grant = GrantData::ServiceConnection {
            outway: Outway {
                peer_id: PeerId::new(VOORBEELD.oin).unwrap(),
                identification: OutwayIdentification::DomainName(DomainName::parse(name).unwrap()),
            },
            service: ConnectedService {
                peer_id: PeerId::new(UIW.oin).unwrap(),
                name: ServiceName::parse(BRP).unwrap(),
                delegator: None,
            },
            properties: Some(contract::brp_personen()),
        };
        let validity = Validity {
            not_before: now - 60,
            not_after: now + 86_400,
        };
        let manager = world.voorbeeld.manager().unwrap();
        let proposed = manager.propose(vec![grant], validity).await.unwrap();
        let provider = world.uiw.manager().unwrap();
        support::until(|| async { provider.show(proposed.hash()).await.is_ok() }).await;
        provider.accept(proposed.hash()).await.unwrap();
        world.until(&world.voorbeeld, proposed.hash(), true).await;
        let question = raadpleeg("999904000", &["naam"], Some("bijstand-aanvraag"));
        let answer = call(world.outway(), question).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {:?}", answer.body);
    }
}
