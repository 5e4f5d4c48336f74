use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
use sluis_certs::write_private_file;
use tempfile::TempDir;

use super::*;

mod manager;
mod mistakes;
mod own_key;
mod previous;
mod trust_rules;

const NOW: i64 = 1_795_305_600;
const DAY: i64 = 86_400;
const OIN: &str = "00000099000000001000";
const NAME: &str = "Gemeente Voorbeeld";

const CONFIG: &str = r#"group_id: sluis.test
peer: { id: "00000099000000001000", name: Gemeente Voorbeeld }
certificate: { chain_file: chain.pem, key_file: key.pem }
trust:
  profile: test
  anchors_file: anchors.pem
  crl_files: [root-ca.crl.pem, domain-ca.crl.pem, issuing-ca.crl.pem]
store: { folder: data }
manager:
  listen: 127.0.0.1:8443
  directory: { peer_id: "00000099000000009000", address: "https://localhost:9443" }
"#;

/// A folder with certificate, lists and configuration of one organisation.
struct Folder {
    folder: TempDir,
    pki: DevPki,
}

impl Folder {
    fn new() -> Self {
        let options = DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: NOW,
            crl_valid_seconds: 2 * DAY,
        };
        let pki = DevPki::create(&options).unwrap();
        let mut folder = Self {
            folder: tempfile::tempdir().unwrap(),
            pki,
        };
        folder.write("anchors.pem", &folder.pki.anchors_pem());
        folder.issue(OIN, NAME, NOW);
        folder.write_lists();
        folder
    }

    fn issue(&mut self, oin: &str, name: &str, at: i64) -> Vec<u8> {
        self.issue_as("", LeafOptions::new(oin, name, &["localhost"], at))
    }

    /// Writes the certificate and its key in files whose names start with `prefix`.
    fn issue_as(&mut self, prefix: &str, leaf: LeafOptions) -> Vec<u8> {
        let leaf = self.pki.issue(&leaf).unwrap();
        self.write(&format!("{prefix}chain.pem"), &leaf.chain_pem);
        let key = self.path(&format!("{prefix}key.pem"));
        write_private_file(&key, leaf.key_pem.as_bytes()).unwrap();
        leaf.serial
    }

    fn write_lists(&self) {
        for (name, pem) in self.pki.crls_pem().unwrap() {
            self.write(&name, &pem);
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn check_at(&self, config: &str, now: i64) -> Report {
        ConfigFile::parse(&self.path("sluis.yaml"), self.folder.path(), config).check(now)
    }

    /// Every finding as `severity key: message`, except the note about the test number.
    fn found_at(&self, config: &str, now: i64) -> Vec<String> {
        let report = self.check_at(config, now);
        let shown = |problem: &Problem| {
            format!(
                "{} {}: {}",
                problem.severity.as_str(),
                problem.key,
                problem.message
            )
        };
        let problems = report.problems().iter().map(shown);
        problems
            .filter(|shown| !shown.contains("is a test number"))
            .collect()
    }

    fn found(&self, config: &str) -> Vec<String> {
        self.found_at(config, NOW)
    }
}

#[track_caller]
fn only(found: &[String], expected: &str) {
    assert!(
        found.len() == 1 && found[0].contains(expected),
        "{found:#?}"
    );
}

#[test]
fn a_sound_configuration_has_nothing_wrong() {
    assert_eq!(Folder::new().found(CONFIG), Vec::<String>::new());
}

#[test]
fn everything_is_reported_at_once_with_its_line() {
    let folder = Folder::new();
    let config = CONFIG
        .replace("8443\n", "eight\n  tokens: 3\n")
        .replace(
            "store: { folder: data }",
            "store: { folder: absent/data }\nlimit: {}\nlimits: { page_size_max: 0 }",
        )
        .replace("key.pem", "absent.pem");
    let report = folder.check_at(&config, NOW);
    let shown: Vec<String> = report.to_string().lines().map(str::to_owned).collect();
    let at = |place: &str, message: &str| {
        let path = folder.path("sluis.yaml");
        let start = format!("{}:{place}: error: ", path.display());
        assert!(
            shown
                .iter()
                .any(|line| line.starts_with(&start) && line.contains(message)),
            "{place} {message}\n{report}"
        );
    };
    at("3:49", "certificate.key_file");
    at("8:18", "store.folder: neither");
    at("9:1", "limit: this key does not exist");
    at("10:26", "limits.page_size_max: 0 is outside");
    at(
        "12:11",
        "manager.listen: `127.0.0.1:eight` is not an IP address with a port",
    );
    at("13:3", "manager.tokens: this key does not exist");
    assert!(
        shown
            .iter()
            .any(|line| line.contains("remedy: did you mean `limits`?")),
        "{report}"
    );
    assert!(!report.to_string().contains("no role"), "{report}");
}

#[test]
fn the_certificate_must_be_ours() {
    let mut folder = Folder::new();
    folder.issue("00000099000000002000", NAME, NOW);
    only(
        &folder.found(CONFIG),
        "error peer.id: the configuration says `00000099000000001000`",
    );
    folder.issue(OIN, "Gemeente Anders", NOW);
    only(&folder.found(CONFIG), "warning peer.name: ");
    let key = fs::read(folder.path("key.pem")).unwrap();
    folder.issue(OIN, NAME, NOW);
    fs::write(folder.path("key.pem"), key).unwrap();
    only(
        &folder.found(CONFIG),
        "error certificate.key_file: private key does not belong",
    );
}

#[test]
fn a_number_that_is_no_oin_is_pointed_at() {
    let mut folder = Folder::new();
    let oin = "00000005000000001000";
    folder.issue(oin, NAME, NOW);
    only(
        &folder.found(&CONFIG.replace(OIN, oin)),
        "error peer.id: `00000005000000001000` is not accepted in profile test: OIN starts with an unassigned prefix",
    );
}

#[test]
fn a_certificate_past_or_near_its_end_is_reported() {
    let mut folder = Folder::new();
    folder.issue(OIN, NAME, NOW - 380 * DAY);
    only(
        &folder.found(CONFIG),
        "warning certificate.chain_file: our certificate `localhost` ends in 17 days",
    );
    folder.issue(OIN, NAME, NOW - 400 * DAY);
    only(
        &folder.found(CONFIG),
        "error certificate.chain_file: the certificate is expired",
    );
    folder.issue(OIN, NAME, NOW + DAY);
    only(
        &folder.found(CONFIG),
        "error certificate.chain_file: the certificate is not valid yet",
    );
}

#[test]
fn a_revoked_certificate_is_reported() {
    let mut folder = Folder::new();
    let serial = folder.issue(OIN, NAME, NOW);
    folder.pki.revoke(&serial);
    folder.write_lists();
    only(
        &folder.found(CONFIG),
        "error certificate.chain_file: others would not trust our certificate",
    );
}

#[test]
fn every_authority_needs_a_fresh_list() {
    let folder = Folder::new();
    let without = CONFIG.replace(", domain-ca.crl.pem", "");
    only(
        &folder.found(&without),
        "the revocation list of `TEST Sluis",
    );
    let none = CONFIG.replace(
        "[root-ca.crl.pem, domain-ca.crl.pem, issuing-ca.crl.pem]",
        "[]",
    );
    let found = folder.found(&none);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found
            .iter()
            .all(|found| found.contains(" is missing, so that ")),
        "{found:#?}"
    );
    // What is fetched need not be in a file, and may be expired in one.
    let fetching =
        |config: &str| config.replace("trust:\n", "trust:\n  crl_hosts: [crl.sluis.test]\n");
    let found = folder.found(&fetching(&none));
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found.iter().all(|found| found.starts_with("note ")),
        "{found:#?}"
    );
    let found = folder.found_at(&fetching(CONFIG), NOW + 3 * DAY);
    assert!(
        found.iter().all(|found| found.starts_with("warning ")),
        "{found:#?}"
    );
    let elsewhere = none.replace("trust:\n", "trust:\n  crl_urls: [\"http://a.test/all\"]\n");
    let found = folder.found(&elsewhere);
    assert!(
        found
            .iter()
            .all(|found| found.starts_with("warning trust.crl_urls")),
        "{found:#?}"
    );
    let expired = folder.found_at(CONFIG, NOW + 3 * DAY);
    assert_eq!(expired.len(), 3, "{expired:#?}");
    assert!(
        expired.iter().all(|found| found.contains("is expired")),
        "{expired:#?}"
    );
    let soon = folder.found_at(CONFIG, NOW + 2 * DAY - 3600);
    assert!(
        soon.iter()
            .all(|found| found.contains("expires in 60 minutes")),
        "{soon:#?}"
    );
    folder.write("domain-ca.crl.pem", "not a list");
    let found = folder.found(CONFIG);
    assert!(
        found
            .iter()
            .any(|found| found.starts_with("error trust.crl_files[1]: ")),
        "{found:#?}"
    );
}

#[test]
fn another_pki_is_not_trusted() {
    let folder = Folder::new();
    folder.write("anchors.pem", &Folder::new().pki.anchors_pem());
    let found = folder.found(CONFIG);
    only(
        &found,
        "error certificate.chain_file: others would not trust our certificate",
    );
}

#[test]
fn a_key_that_others_can_read_is_pointed_at() {
    let folder = Folder::new();
    fs::set_permissions(folder.path("key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    only(&folder.found(CONFIG), "warning certificate.key_file: ");
}

#[test]
fn a_role_without_what_it_needs_is_reported() {
    let folder = Folder::new();
    let (before, _) = CONFIG.split_once("manager:").unwrap();
    only(&folder.found(before), "no role is configured");
    let outway = format!("{before}outway: {{ listen: \"127.0.0.1:0\" }}\n");
    let found = folder.found(&outway);
    assert!(
        found
            .iter()
            .any(|found| found.contains("no `manager` beside it")),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|found| found.contains("no policy folder is named")),
        "{found:#?}"
    );
    let alone = format!("{before}manager: {{ listen: \"127.0.0.1:0\" }}\n");
    only(
        &folder.found(&alone),
        "warning manager: no directory is named",
    );
    let directory = format!("{alone}directory: {{}}\n");
    only(
        &folder.found(&directory),
        "warning directory: no policy folder is named",
    );
    let ourselves = CONFIG.replace("00000099000000009000", OIN);
    only(
        &folder.found(&ourselves),
        "error manager.directory.peer_id: we are named as the directory",
    );
}

#[test]
fn a_role_with_a_mistake_of_form_does_not_count_as_absent() {
    let folder = Folder::new();
    let rules =
        "rules:\n  - { rule: een, decide: accept, because: zo, when: { grants: [publication] } }\n";
    fs::create_dir(folder.path("policy")).unwrap();
    folder.write("policy/contracts.yaml", rules);
    let directory = "directory: {}\npolicy: { folder: policy }\n";
    let config = CONFIG.replace("127.0.0.1:8443", "here") + directory;
    only(&folder.found(&config), "error manager.listen: ");
}

#[test]
fn two_parts_cannot_have_one_port() {
    let folder = Folder::new();
    let config = format!("{CONFIG}observability: {{ listen: \"0.0.0.0:8443\" }}\n");
    let found = folder.found(&config);
    assert!(
        found
            .iter()
            .any(|found| found.contains("already taken by `manager.listen`")),
        "{found:#?}"
    );
    let free = CONFIG.replace(":8443", ":0") + "observability: { listen: \"127.0.0.1:0\" }\n";
    assert_eq!(folder.found(&free), Vec::<String>::new());
}

#[test]
fn an_address_that_others_cannot_use_is_pointed_at() {
    let folder = Folder::new();
    let with =
        |address: &str| CONFIG.replace("manager:\n", &format!("manager:\n  address: {address}\n"));
    only(
        &folder.found(&with("https://sluis.voorbeeld.nl")),
        "warning manager.address: `sluis.voorbeeld.nl` does not stand in the certificate",
    );
    assert_eq!(
        folder.found(&with("https://localhost:9000")),
        Vec::<String>::new()
    );
    let found = folder.found(&with("https://sluis.voorbeeld.nl:9000"));
    assert!(
        found[1].contains("note manager.address: others are told port 9000"),
        "{found:#?}"
    );
    only(
        &folder.found(&with("http://localhost")),
        "error manager.address: `http://localhost` does not start with",
    );
    let open = CONFIG.replace("127.0.0.1:8443", "0.0.0.0:8443");
    only(
        &folder.found(&open),
        "warning manager.listen: no `manager.address` is given",
    );
}

const INWAY: &str = "policy: { folder: policy }
inway:
  listen: 127.0.0.1:8444
  services:
    - { name: brp-personen, upstream_url: \"http://127.0.0.1:8443\" }
    - { name: brp-personen, upstream_url: \"http://127.0.0.1:9000\" }
";

#[test]
fn services_are_judged_one_by_one() {
    let folder = Folder::new();
    let found = folder.found(&format!("{CONFIG}{INWAY}"));
    let has = |text: &str| assert!(found.iter().any(|found| found.contains(text)), "{found:#?}");
    has("error inway.services[0].upstream_url: `http://127.0.0.1:8443` is our own `manager`");
    has("error inway.services[1].name: the service `brp-personen` is listed more than once");
    has("error policy.folder: ");
    let same = INWAY.replace("listen:", "address: https://localhost\n  listen:");
    let config = CONFIG.replace("manager:\n", "manager:\n  address: https://localhost\n");
    let found = folder.found(&format!("{config}{same}"));
    assert!(
        found
            .iter()
            .any(|found| found.contains("have the same address")),
        "{found:#?}"
    );
}

#[test]
fn destinations_are_judged_together() {
    let folder = Folder::new();
    let destination = |name: &str, path: &str| {
        format!(
            "    - {{ name: {name}, path_prefix: {path}, peer_id: \"00000099000000002000\", service: s }}\n"
        )
    };
    let config = format!(
        "{CONFIG}outway:\n  listen: 10.0.0.1:8080\n  headers: {{ purpose: [host, sluis-role] }}\n  destinations:\n{}{}{}",
        destination("a", "/brp"),
        destination("a", "/brp/v2"),
        destination("b", "/brp"),
    );
    let found = folder.found(&config);
    let has = |text: &str| assert!(found.iter().any(|found| found.contains(text)), "{found:#?}");
    has("error outway.destinations[1].name: the destination `a` is listed more than once");
    has("note outway.destinations[1].path_prefix: `/brp/v2` lies within `/brp`");
    has("error outway.destinations[2].path_prefix: two destinations have the path `/brp`");
    has("warning outway.listen: the outway listens on 10.0.0.1:8080");
    has("error outway.headers.purpose[0]: the header `host` already means something else");
    has("error outway.headers.role[0]: the header `sluis-role` already stands for `purpose`");
}

#[test]
fn limits_are_judged_at_their_edge() {
    let folder = Folder::new();
    let with = |limits: &str| format!("{CONFIG}limits: {{ {limits} }}\n");
    assert_eq!(
        folder.found(&with("page_size_max: 1000, clock_skew_seconds: 300")),
        Vec::<String>::new()
    );
    only(
        &folder.found(&with("page_size_max: 1001")),
        "error limits.page_size_max: 1001 is outside",
    );
    only(
        &folder.found(&with("clock_skew_seconds: 301")),
        "error limits.clock_skew_seconds",
    );
    only(
        &folder.found(&with("contract_bytes_max: 1")),
        "error limits.contract_bytes_max",
    );
    only(
        &folder.found(&format!("{CONFIG}audit: {{ origin: \"a b\" }}\n")),
        "error audit.origin",
    );
    let token = CONFIG.replace("manager:\n", "manager:\n  token_lifetime_seconds: 29\n");
    only(
        &folder.found(&token),
        "error manager.token_lifetime_seconds",
    );
    let pauses = CONFIG.replace(
        "manager:\n",
        "manager:\n  propagation_backoff_min_seconds: 400\n",
    );
    only(
        &folder.found(&pauses),
        "error manager.propagation_backoff_min_seconds",
    );
    let collector = format!("{CONFIG}observability: {{ otlp_endpoint: \"https://x\" }}\n");
    only(
        &folder.found(&collector),
        "error observability.otlp_endpoint",
    );
}

#[test]
fn a_socket_path_that_no_system_takes_is_reported() {
    let folder = Folder::new();
    let config = format!("{CONFIG}admin: {{ socket: {} }}\n", "s".repeat(101));
    only(
        &folder.found(&config),
        "error admin.socket: the path of the socket has",
    );
}

#[test]
fn no_finding_shows_a_key() {
    let folder = Folder::new();
    folder.write(
        "key.pem",
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
    );
    let report = folder.check_at(CONFIG, NOW).to_string();
    assert!(
        report.contains("certificate.key_file") && !report.contains("c2VjcmV0"),
        "{report}"
    );
}
