//! The rules of the house that no compiler checks: which crate may know which, and that the pages in
//! `docs/` speak of the tree as it is.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The crates of this workspace that a crate names under `[dependencies]`.
fn known_to(folder: &str) -> Vec<String> {
    let manifest = read(&format!("{folder}/Cargo.toml"));
    let (_, section) = manifest.split_once("\n[dependencies]\n").unwrap();
    let section = section.split("\n[").next().unwrap();
    let mut known: Vec<String> = section
        .lines()
        .filter_map(|line| line.strip_prefix("sluis-")?.split(['.', ' ']).next())
        .map(str::to_owned)
        .collect();
    known.sort();
    known
}

#[test]
fn dependencies_run_one_way() {
    let nobody: [&str; 0] = [];
    assert_eq!(known_to("proto"), nobody);
    assert_eq!(known_to("certs"), nobody);
    assert_eq!(known_to("policy"), nobody);
    assert_eq!(known_to("gateway/fsc"), ["certs"]);
    assert_eq!(known_to("gateway/audit"), ["certs"]);
    assert_eq!(
        known_to("gateway/server"),
        ["audit", "certs", "fsc", "policy", "proto"]
    );
    // The judge shares nothing with the judged but certificates and, once it speaks gRPC, definitions.
    let judge = known_to("conformance-tests");
    assert!(
        judge
            .iter()
            .all(|known| known == "certs" || known == "proto"),
        "{judge:?}"
    );
}

#[test]
fn the_architecture_page_names_every_crate_and_every_part_of_the_server() {
    let page = read("docs/ARCHITECTURE.md");
    let workspace = read("Cargo.toml");
    let members = workspace.split_once("members = [").unwrap().1;
    let members = members.split(']').next().unwrap();
    for member in members.split(',') {
        let member = member.trim().trim_matches('"');
        assert!(page.contains(&format!("\n{member}/ ")), "{member}");
    }
    for entry in fs::read_dir(root().join("gateway/server/src")).unwrap() {
        let entry = entry.unwrap();
        let mut name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            name.push('/');
        }
        assert!(
            name == "lib.rs" || page.contains(&format!("`{name}`")),
            "{name}"
        );
    }
}

/// Every Markdown page of the repository.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains(':') {
                continue;
            }
            let path = page.parent().unwrap().join(file);
            assert!(path.exists(), "{}: {target}", page.display());
        }
    }
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let places = ["", "gateway/server", "gateway/server/src", "docs"];
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for name in text.split('`').skip(1).step_by(2) {
            let is_file =
                name.contains('/') && name.ends_with(".rs") && !name.contains(['*', '<', ' ']);
            let found = places
                .iter()
                .any(|place| root().join(place).join(name).exists());
            assert!(!is_file || found, "{}: `{name}`", page.display());
        }
    }
}

#[test]
fn files_stay_small_enough_to_read() {
    const LINES_MAX: usize = 600;
    let mut folders: Vec<PathBuf> = ["certs", "policy", "proto", "gateway", "conformance-tests"]
        .iter()
        .map(|folder| root().join(folder))
        .collect();
    let mut long = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let lines = fs::read_to_string(&path).unwrap().lines().count();
                if lines > LINES_MAX {
                    long.push(format!("{} has {lines} lines", path.display()));
                }
            }
        }
    }
    assert!(long.is_empty(), "split at {LINES_MAX} lines: {long:#?}");
}
