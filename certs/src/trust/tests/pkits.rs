//! NIST's Public Key Interoperability Test Suite, run through the verifier without the rules of PKIoverheid:
//! path building, signatures, validity, names, basic constraints and revocation.
//!
//! The certificates are not part of this repository; without them the test says so and passes. What comes
//! out is `docs/conformance/pkits.md`: after a change that is meant,
//! `cargo test -p sluis-certs --lib pkits -- --ignored` writes that page anew.

mod cases;
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

use self::cases::{Expected, Section};
use super::super::*;
use crate::checks::{Link, Measure, judge_one};
use crate::test_kit::NOW;
use crate::{RevocationList, RevocationListError, RevocationLists};

/// One certificate of an end entity and what became of it.
struct Ran {
    case: String,
    section: Section,
    expected: Expected,
    /// The label of the refusal, if it was refused.
    refused: Option<&'static str>,
}

impl Ran {
    fn is_as_expected(&self) -> bool {
        match self.expected {
            Expected::Accepted => self.refused.is_none(),
            Expected::Refused => self.refused.is_some(),
            Expected::DependsOnPolicies => true,
        }
    }
}

/// A list that is not taken into use.
struct LeftOut {
    list: String,
    reason: String,
}

struct Suite {
    ran: Vec<Ran>,
    left_out: Vec<LeftOut>,
}

/// A certificate of the suite with its names, compared as RFC 5280 section 7.1 wants: without regard to case and
/// white space. Only for choosing what to offer: the verifier compares names byte by byte.
struct Named {
    der: CertificateDer<'static>,
    subject: String,
    issuer: String,
}

impl Named {
    fn read(der: Vec<u8>) -> Self {
        let name = |name: &x509_parser::x509::X509Name<'_>| {
            let words: Vec<String> = name
                .to_string()
                .split_whitespace()
                .map(str::to_lowercase)
                .collect();
            words.join(" ")
        };
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
        let (subject, issuer) = (name(parsed.subject()), name(parsed.issuer()));
        Self {
            der: der.into(),
            subject,
            issuer,
        }
    }
}

#[test]
fn the_page_on_pkits_says_what_the_verifier_does() {
    let Some(suite) = run() else { return };
    let page = page::render(&suite);
    let published = fs::read_to_string(page_file()).unwrap_or_default();
    assert!(
        page == published,
        "docs/conformance/pkits.md is behind; write it anew with \
         `cargo test -p sluis-certs --lib pkits -- --ignored` and read what changed"
    );
}

#[test]
#[ignore = "writes docs/conformance/pkits.md"]
fn write_the_page_on_pkits() {
    let Some(suite) = run() else { return };
    fs::write(page_file(), page::render(&suite)).unwrap();
}

/// Every certificate that must be refused is refused, except where a reason says why not.
#[test]
fn every_deviation_has_a_reason() {
    let Some(suite) = run() else { return };
    assert_eq!(suite.ran.len(), 223);
    let without: Vec<&str> = suite
        .ran
        .iter()
        .filter(|ran| !ran.is_as_expected() && cases::reason(&ran.case).is_none())
        .map(|ran| ran.case.as_str())
        .collect();
    assert!(without.is_empty(), "no reason is given for {without:#?}");
}

fn page_file() -> PathBuf {
    FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance/pkits.md")
}

/// Runs the suite, if it is there.
fn run() -> Option<Suite> {
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/pkits");
    if !folder.join("certs").is_dir() {
        println!("skipped: the certificates of PKITS are not beside this repository");
        return None;
    }
    let certificates = files(&folder.join("certs"));
    let (entities, authorities): (Vec<_>, Vec<_>) = certificates
        .into_iter()
        .map(|(name, der)| (name, Named::read(der)))
        .partition(|(name, _)| name.ends_with("EE"));
    let (anchors, authorities): (Vec<_>, Vec<_>) = authorities
        .into_iter()
        .partition(|(name, _)| name == "TrustAnchorRootCertificate");
    let mut left_out = Vec::new();
    let mut lists = RevocationLists::default();
    for (list, der) in files(&folder.join("crls")) {
        match with_list(&lists, &der) {
            Ok(with) => lists = with,
            Err(error) => left_out.push(LeftOut {
                list,
                reason: error.to_string(),
            }),
        }
    }
    let anchor = crate::pem::encode("CERTIFICATE", &anchors[0].1.der);
    let rules = TrustRules {
        policies: Vec::new(),
        ..TrustRules::of(Profile::Test)
    };
    let trust = Trust::new(rules, anchor.as_bytes(), lists).unwrap();
    let ran = entities
        .into_iter()
        .map(|(case, entity)| Ran {
            section: cases::section(&case),
            expected: cases::expected(&case),
            refused: refused(&trust, &entity, &authorities),
            case,
        })
        .collect();
    Some(Suite { ran, left_out })
}

fn with_list(lists: &RevocationLists, der: &[u8]) -> Result<RevocationLists, RevocationListError> {
    let mut lists = lists.clone();
    for list in RevocationList::from_file(der)? {
        lists = lists.with_list(list, &[])?.0;
    }
    Ok(lists)
}

/// The verdict of the verifier, without what PKIoverheid asks of a leaf.
fn refused(trust: &Trust, entity: &Named, authorities: &[(String, Named)]) -> Option<&'static str> {
    let issuers = issuers(entity, authorities);
    let measure = Measure {
        rules: trust.rules(),
        usage: Usage::Client,
        now_unix_seconds: NOW,
    };
    let verified = match EndEntityCert::try_from(&entity.der) {
        Ok(certificate) => trust.verify_path(&certificate, &issuers, &measure, |path| {
            (1..path.len()).try_for_each(|index| judge_one(&Link::new(path, index), &measure))
        }),
        Err(error) => Err(diagnose(trust, &error, &entity.der, &issuers, &measure)),
    };
    verified.err().map(|error| error.reason())
}

/// Every certificate that may stand above another, by name.
fn issuers(entity: &Named, authorities: &[(String, Named)]) -> Vec<CertificateDer<'static>> {
    let mut wanted = vec![entity.issuer.as_str()];
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(name) = wanted.pop() {
        if !seen.insert(name) {
            continue;
        }
        for (_, authority) in authorities {
            if authority.subject == name {
                found.push(authority.der.clone());
                wanted.push(&authority.issuer);
            }
        }
    }
    found
}

/// The files of a folder, without their extension, in the order of their names.
fn files(folder: &FilePath) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}
