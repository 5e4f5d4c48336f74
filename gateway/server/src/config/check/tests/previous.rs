//! Certificates of before a renewal.

use super::*;

fn with_previous(previous: &str) -> String {
    let with = format!("key_file: key.pem, previous: {previous} }}");
    CONFIG.replace("key_file: key.pem }", &with)
}

#[test]
fn previous_certificates_must_be_ours_and_of_use() {
    let one =
        |prefix: &str| format!("{{ chain_file: {prefix}-chain.pem, key_file: {prefix}-key.pem }}");
    let mut folder = Folder::new();
    let leaf = |oin, days: i64| {
        let mut leaf = LeafOptions::new(oin, NAME, &["localhost"], NOW);
        leaf.not_after_unix_seconds = NOW + days * DAY;
        leaf
    };
    folder.issue_as("old-", leaf(OIN, 80));
    folder.issue_as("older-", leaf(OIN, 79));
    folder.issue_as("ended-", leaf(OIN, -1));
    folder.issue_as("soon-", leaf(OIN, 20));
    folder.issue_as("longer-", leaf(OIN, 3_000));
    folder.issue_as("foreign-", leaf("00000099000000009000", 80));
    let found = |previous: &str| folder.found(&with_previous(previous));

    assert_eq!(found(&one("old")), Vec::<String>::new());
    assert_eq!(
        found(&format!("[{}, {}]", one("old"), one("older"))),
        Vec::<String>::new()
    );
    only(
        &found(&one("soon")),
        "warning certificate.previous: our previous certificate `localhost` ends in 20 days",
    );
    only(
        &found(&one("ended")),
        "warning certificate.previous: this certificate has ended",
    );
    only(
        &found(&one("longer")),
        "warning certificate.previous: this certificate lasts longer",
    );
    only(
        &found(&one("foreign")),
        "error certificate.previous: previous certificate 1 is of another organisation",
    );
    only(
        &found(&format!("[{}, {}]", one("old"), one("old"))),
        "error certificate.previous[1]: previous certificate 2 is named before",
    );
    only(
        &found("{ chain_file: old-chain.pem, key_file: older-key.pem }"),
        "error certificate.previous.key_file: private key does not belong",
    );
    let absent = found(&one("absent"));
    assert!(
        absent
            .iter()
            .all(|one| one.starts_with("error certificate.previous.")),
        "{absent:#?}"
    );
    let nested = found(&format!(
        "{{ chain_file: a, key_file: b, previous: {} }}",
        one("old")
    ));
    only(
        &nested,
        "error certificate.previous: a previous certificate has no `previous` of its own",
    );
    let word = found("old-chain.pem");
    only(
        &word,
        "error certificate.previous: expected `chain_file` and `key_file` (or `key_uri`) of the previous",
    );
    let unknown = found("{ chain_file: old-chain.pem, keyfile: x }");
    assert!(
        unknown
            .iter()
            .any(|one| one.contains("certificate.previous.keyfile")),
        "{unknown:#?}"
    );
}
