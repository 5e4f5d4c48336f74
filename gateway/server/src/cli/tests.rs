mod explain;

use std::fs;
use std::path::Path;

use super::*;

const NOW_MS: u64 = 1_795_305_600_000;

struct Ran {
    code: u8,
    out: String,
    err: String,
}

fn run_at(now_ms: u64, environment: &Environment, arguments: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        input: None,
        environment,
        clock: Clock::fixed(now_ms).0,
    };
    let arguments = std::iter::once("sluis").chain(arguments.iter().copied());
    let code = run_with(arguments.map(OsString::from), &mut console);
    Ran {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

fn sluis(arguments: &[&str]) -> Ran {
    run_at(NOW_MS, &Environment::default(), arguments)
}

fn samples() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/samples")
}

/// The samples in a folder of their own, with the PKI that their first lines ask for.
fn tried_out() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&samples(), folder.path());
    let pki = folder.path().join("pki");
    let ran = sluis(&[
        "dev-pki",
        pki.to_str().unwrap(),
        "--peer",
        "00000099000000001000=Gemeente Voorbeeld",
        "--peer",
        "00000099000000002000=Uitvoeringsinstituut Werk",
        "--peer",
        "00000099000000009000=Stelselbeheer Voorbeeld",
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn help_and_version_are_answers() {
    for arguments in [["--help"], ["--version"]] {
        let ran = sluis(&arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(ran.out.contains("sluis"), "{}", ran.out);
    }
    let ran = sluis(&["check-config", "--help"]);
    assert!(
        ran.out.contains("opens no port") && ran.out.contains("78"),
        "{}",
        ran.out
    );
    let ran = sluis(&["--help"]);
    assert!(
        ran.out.contains("Say everything that is wrong"),
        "{}",
        ran.out
    );
}

#[test]
fn a_wrong_command_line_is_its_own_exit_code() {
    for arguments in [
        &["--nonsense"][..],
        &[],
        &["dev-pki"],
        &["dev-pki", "x", "--peer", "no-name"],
    ] {
        let ran = sluis(arguments);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (EXIT_USAGE, ""),
            "{arguments:?}"
        );
        assert!(!ran.err.is_empty());
    }
}

#[test]
fn without_a_configuration_file_one_is_asked_for() {
    for command in ["serve", "check-config"] {
        let ran = sluis(&[command]);
        assert_eq!(ran.code, EXIT_USAGE);
        assert!(ran.err.contains("SLUIS_CONFIG"), "{}", ran.err);
    }
    let environment = Environment {
        config: Some("/absent/sluis.yaml".into()),
        ..Environment::default()
    };
    let ran = run_at(NOW_MS, &environment, &["check-config"]);
    assert_eq!(ran.code, EXIT_CONFIG);
    assert!(
        ran.out
            .contains("/absent/sluis.yaml: error: the file cannot be read"),
        "{}",
        ran.out
    );
}

#[test]
fn serve_does_not_start_with_a_wrong_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluis.yaml");
    fs::write(&file, "group_id: x\nstore: 7\n").unwrap();
    let ran = sluis(&["serve", "--config", file.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (EXIT_CONFIG, ""));
    assert!(
        ran.err.contains("sluis.yaml:2:8: error: store: "),
        "{}",
        ran.err
    );
}

#[test]
fn every_sample_file_works_as_it_stands() {
    let folder = tried_out();
    let mut files: Vec<_> = fs::read_dir(samples())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    files.sort();
    assert_eq!(files.pop().as_deref(), Some("purposes.yaml"));
    assert_eq!(files, ["consumer.yaml", "directory.yaml", "provider.yaml"]);
    for name in files {
        let file = folder.path().join(&name);
        let ran = sluis(&["check-config", file.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.out);
        assert!(!ran.out.contains("warning"), "{name}: {}", ran.out);
        assert!(
            ran.out.contains("sluis serve --config"),
            "{name}: {}",
            ran.out
        );
    }
}

#[test]
fn an_activity_that_ends_soon_or_is_not_in_force_is_told_at_its_line() {
    let folder = tried_out();
    let activity = folder
        .path()
        .join("policy/activities/bijstand-aanvraag.yaml");
    fs::remove_dir_all(folder.path().join("policy/tests")).unwrap();
    let text = fs::read_to_string(&activity).unwrap();
    let provider = folder.path().join("provider.yaml");
    for (valid, told) in [
        (
            "{ from: 2026-01-01, until: 2027-01-01 }",
            "note: version 1 of `bijstand-aanvraag` ends on 2027-01-01",
        ),
        (
            "{ from: 2026-01-01, until: 2026-11-01 }",
            "warning: every version of `bijstand-aanvraag` has ended, the last on 2026-11-01",
        ),
        (
            "{ from: 2027-01-01 }",
            "warning: no version of `bijstand-aanvraag` is in force before 2027-01-01",
        ),
    ] {
        let changed = text.replace("{ from: 2026-01-01, until: 2036-01-01 }", valid);
        fs::write(&activity, changed).unwrap();
        let ran = sluis(&["check-config", provider.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.out);
        let line = ran.out.lines().find(|line| line.contains(told));
        assert!(
            line.is_some_and(|line| line.contains("bijstand-aanvraag.yaml:")),
            "{told}: {}",
            ran.out
        );
    }
}

#[test]
fn the_sample_of_purposes_names_what_the_register_of_the_samples_has() {
    let purposes = fs::read_to_string(samples().join("purposes.yaml")).unwrap();
    let register = samples().join("policy/activities/bijstand-aanvraag.yaml");
    let register = fs::read_to_string(register).unwrap();
    for word in [
        "activity: bijstand-aanvraag",
        "Participatiewet artikel 53a",
        "operations: [raadpleeg-met-bsn]",
        "data: [identiteit, adres",
    ] {
        assert!(purposes.contains(word) && register.contains(word), "{word}");
    }
}

#[test]
fn a_test_pki_keeps_its_keys_to_its_owner_and_says_what_to_do_next() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let ran = sluis(&[
        "dev-pki",
        pki.to_str().unwrap(),
        "--peer",
        "00000099000000001000= Gemeente Voorbeeld",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("next: sluis check-config"), "{}", ran.out);
    let mode = |name: &str| fs::metadata(pki.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("00000099000000001000/key.pem"), 0o600);
    assert_eq!(mode("ca"), 0o700);
    let ran = sluis(&["dev-pki", pki.to_str().unwrap()]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("next, issue a certificate"), "{}", ran.out);
}

#[test]
fn a_test_pki_has_the_shape_that_was_asked_for_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let peer = "00000099000000001000=Gemeente Voorbeeld";
    let run = |more: &[&str]| {
        sluis(&[&["dev-pki", pki.to_str().unwrap(), "--peer", peer], more].concat())
    };
    let g4 = [
        "--shape",
        "g4",
        "--policy-oid",
        "2.16.528.1.1003.1.2.44.15.35.11",
    ];
    let ran = run(&g4);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // Another shape would make a chain of two hierarchies.
    let ran = run(&["--shape", "g1"]);
    assert_eq!(ran.code, EXIT_FAILURE);
    assert!(ran.err.contains("has another shape"), "{}", ran.err);
    let ran = run(&["--policy-oid", "nothing"]);
    assert_eq!(ran.code, EXIT_FAILURE);
    assert!(ran.err.contains("object identifier"), "{}", ran.err);
    assert_eq!(run(&[]).code, 0);
    let chain = fs::read(pki.join("00000099000000001000/chain.pem")).unwrap();
    let key = fs::read(pki.join("00000099000000001000/key.pem")).unwrap();
    let identity = sluis_certs::Identity::from_pem(&chain, &key).unwrap();
    let algorithm = identity.signing_key().algorithm();
    assert_eq!(algorithm, sluis_certs::SignatureAlgorithm::Rs256);
}

#[test]
fn a_number_that_is_not_for_tests_is_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let ran = sluis(&[
        "dev-pki",
        pki.to_str().unwrap(),
        "--peer",
        "00000001234567890000=X",
    ]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("no test OIN"), "{}", ran.err);
    let ran = sluis(&["dev-pki", pki.to_str().unwrap(), "--peer", "../x=X"]);
    assert_eq!(ran.code, EXIT_USAGE);
}

#[test]
fn a_broken_rule_about_contracts_is_told_with_its_line_before_anything_starts() {
    let folder = tried_out();
    let rules = "rules:\n  - rule: a\n    decide: allow\n    because: x\n";
    for (sample, rule_file) in [
        ("provider.yaml", "policy/contracts.yaml"),
        ("directory.yaml", "policy-directory/contracts.yaml"),
    ] {
        fs::write(folder.path().join(rule_file), rules).unwrap();
        let file = folder.path().join(sample);
        let file = file.to_str().unwrap();
        for words in [&["check-config", file][..], &["serve", "--config", file]] {
            let ran = sluis(words);
            assert_eq!(ran.code, EXIT_CONFIG, "{words:?}");
            let told = ran.out + &ran.err;
            for text in [
                &format!("{rule_file}:3:13"),
                "`allow` is no outcome",
                "it is one of `accept`, `hold`, `reject`",
            ] {
                assert!(told.contains(text), "`{text}` is not in:\n{told}");
            }
        }
    }
}

#[test]
fn a_revoked_certificate_is_found_and_lists_can_be_renewed() {
    let folder = tried_out();
    let pki = folder.path().join("pki");
    let pki = pki.to_str().unwrap();
    let file = folder.path().join("directory.yaml");
    let file = file.to_str().unwrap();
    let later = NOW_MS + 40 * 86_400_000;
    let environment = Environment::default();
    let ran = run_at(later, &environment, &["check-config", file]);
    assert_eq!(ran.code, EXIT_CONFIG);
    assert!(ran.out.contains("is expired"), "{}", ran.out);
    assert_eq!(run_at(later, &environment, &["dev-pki", pki]).code, 0);
    assert_eq!(run_at(later, &environment, &["check-config", file]).code, 0);
    let ran = run_at(
        later,
        &environment,
        &["dev-pki", pki, "--revoke", "00000099000000009000"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run_at(later, &environment, &["check-config", file]);
    assert_eq!(ran.code, EXIT_CONFIG);
    assert!(ran.out.contains("revoked"), "{}", ran.out);
    let ran = run_at(later, &environment, &["dev-pki", pki, "--revoke", "nobody"]);
    assert_eq!(ran.code, EXIT_FAILURE);
    assert!(ran.err.contains("neither the OIN"), "{}", ran.err);
    let ran = run_at(later, &environment, &["dev-pki", pki, "--revoke", "0a1b"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}
