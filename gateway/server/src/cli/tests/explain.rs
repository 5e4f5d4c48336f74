//! `sluis cert explain`.

use super::*;

/// A folder as in [`tried_out`], and a file in it.
fn explain(folder: &Path, arguments: &[&str]) -> Ran {
    let inside = |argument: &&str| match argument.strip_prefix("@") {
        Some(file) => folder.join(file).to_str().unwrap().to_owned(),
        None => (*argument).to_owned(),
    };
    let arguments: Vec<String> = ["cert", "explain"]
        .iter()
        .chain(arguments)
        .map(inside)
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    sluis(&arguments)
}

const CHAIN: &str = "@pki/00000099000000001000/chain.pem";
const TRUST: [&str; 8] = [
    "--anchors",
    "@pki/anchors.pem",
    "--crl",
    "@pki/root-ca.crl.pem",
    "--crl",
    "@pki/domain-ca.crl.pem",
    "--crl",
    "@pki/issuing-ca.crl.pem",
];

#[test]
fn an_accepted_certificate_is_explained_rule_by_rule() {
    let folder = tried_out();
    let ran = explain(folder.path(), &[CHAIN, "--config", "@consumer.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    for said in [
        "profile test, 2026-11-22T00:00:00Z",
        "leaf certificate of `Gemeente Voorbeeld`",
        "  ok    length of key: P-256",
        "  ok    extended key usage as server: serverAuth, clientAuth",
        "TSP CA `TEST Sluis",
        "trust anchor `TEST Sluis",
        "  ok    revocation: ",
        "accepted as client: 00000099000000001000 (`Gemeente Voorbeeld`)",
        "accepted as server: ",
    ] {
        assert!(ran.out.contains(said), "{said}\n{}", ran.out);
    }
    assert!(
        !ran.out.contains("FAIL") && !ran.out.contains("warn"),
        "{}",
        ran.out
    );
    let same = explain(
        folder.path(),
        &[&[CHAIN, "--profile", "test"], &TRUST[..]].concat(),
    );
    assert_eq!((same.code, same.out), (0, ran.out));
}

#[test]
fn a_refused_certificate_has_every_broken_rule_and_its_own_exit_code() {
    let folder = tried_out();
    let own = explain(
        folder.path(),
        &[&[CHAIN, "--profile", "test"], &TRUST[..6]].concat(),
    );
    assert_eq!(own.code, EXIT_FAILURE);
    assert!(own.err.contains("is not accepted"), "{}", own.err);
    let broken = "FAIL  revocation: expected a revocation list of `TEST Sluis";
    assert!(own.out.contains(broken), "{}", own.out);
    assert!(
        own.out.contains("[unknown-revocation-status]"),
        "{}",
        own.out
    );
    assert!(
        own.out.contains("refused as client: leaf certificate of"),
        "{}",
        own.out
    );
    assert_eq!(own.out.matches("FAIL").count(), 1, "{}", own.out);
}

/// A gateway that fetches its lists needs no files with them, and neither does whoever asks about its trust.
#[test]
fn the_lists_that_the_gateway_fetched_count() {
    let folder = tried_out();
    let config = folder.path().join("consumer.yaml");
    let text = fs::read_to_string(&config).unwrap();
    let list = text
        .lines()
        .find(|line| line.contains("crl_files:"))
        .unwrap();
    fs::write(&config, text.replace(list, "")).unwrap();
    let arguments = [CHAIN, "--config", "@consumer.yaml"];
    let ran = explain(folder.path(), &arguments);
    assert_eq!(
        ran.out.matches("[unknown-revocation-status]").count(),
        3,
        "{}{}",
        ran.out,
        ran.err
    );

    let store = folder
        .path()
        .join("data-consumer")
        .join(crate::revocation::FOLDER);
    fs::create_dir_all(&store).unwrap();
    for name in ["root-ca", "domain-ca", "issuing-ca"] {
        let url = format!("http://crl.test/{name}.crl");
        let list = fs::read(folder.path().join(format!("pki/{name}.crl.pem"))).unwrap();
        crate::revocation::keep_as_fetched(&store, &url, &list);
    }
    let ran = explain(folder.path(), &arguments);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn programs_get_every_rule_as_json() {
    let folder = tried_out();
    let arguments = [
        CHAIN,
        "--config",
        "@consumer.yaml",
        "--json",
        "--usage",
        "client",
    ];
    let ran = explain(folder.path(), &arguments);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["accepted"], true);
    assert_eq!(answer["verdicts"].as_array().unwrap().len(), 1);
    assert_eq!(answer["verdicts"][0]["peer_id"], "00000099000000001000");
    let leaf = &answer["certificates"][0];
    assert_eq!(
        (&leaf["role"], &leaf["position"]),
        (&"leaf".into(), &1.into())
    );
    let rules = leaf["rules"].as_array().unwrap();
    let policy = rules.iter().find(|rule| rule["rule"] == "policy").unwrap();
    assert_eq!(policy["outcome"], "pass");

    let later = NOW_MS + 500 * 86_400_000;
    let folder = folder.path();
    let [chain, config] = ["pki/00000099000000001000/chain.pem", "consumer.yaml"]
        .map(|file| folder.join(file).to_str().unwrap().to_owned());
    let arguments = ["cert", "explain", &chain, "--config", &config, "--json"];
    let ran = run_at(later, &Environment::default(), &arguments);
    assert_eq!(ran.code, EXIT_FAILURE);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["accepted"], false);
    assert_eq!(answer["verdicts"][1]["rule"], "expired");
    assert_eq!(answer["verdicts"][1]["position"], 1);
}

#[test]
fn wrong_input_is_said_to_be_so() {
    let folder = tried_out();
    let config = ["--config", "@consumer.yaml"];
    for (file, said) in [
        ("@absent.pem", "cannot be read: No such file"),
        ("@pki", "cannot be read: is a directory"),
        ("@consumer.yaml", "PEM text has no certificate"),
        ("@pki/root-ca.crl.pem", "PEM text has no certificate"),
    ] {
        let ran = explain(folder.path(), &[&[file], &config[..]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (EXIT_FAILURE, ""), "{file}");
        assert!(ran.err.contains(said), "{file}: {}", ran.err);
    }
    // Whoever says nothing is in production, where these anchors are not known.
    let ran = explain(folder.path(), &[&[CHAIN], &TRUST[..]].concat());
    assert_eq!(ran.code, EXIT_FAILURE);
    assert!(ran.err.contains("the profile production"), "{}", ran.err);
    let ran = explain(folder.path(), &[CHAIN]);
    assert_eq!(ran.code, EXIT_USAGE);
    let ran = explain(folder.path(), &[CHAIN, "--profile", "test"]);
    assert_eq!(ran.code, EXIT_USAGE);
    let ran = explain(
        folder.path(),
        &[CHAIN, "--profile", "real", "--anchors", "x"],
    );
    assert_eq!(ran.code, EXIT_USAGE);
    assert!(ran.err.contains("a profile is"), "{}", ran.err);
}
