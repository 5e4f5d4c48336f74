use std::path::PathBuf;
use std::time::Duration;

use sluis_fsc::token::ActorClaim;

use super::*;

const SMALLEST: &str = r#"
group_id: sluis.test
peer: { id: "00000099000000001000", name: Gemeente Voorbeeld }
certificate: { chain_file: pki/chain.pem, key_file: /run/secrets/key.pem }
trust: { profile: test, anchors_file: pki/anchors.pem, crl_files: [pki/root.crl.pem] }
store: { folder: data }
"#;

fn read(text: &str) -> Result<Config, Report> {
    Config::from_yaml(text, Path::new("/etc/sluis"))
}

#[track_caller]
fn wrong(text: &str) -> Vec<String> {
    let report = read(text).unwrap_err();
    let shown = |problem: &Problem| {
        let Position { line, column } = problem.position.unwrap_or(Position { line: 0, column: 0 });
        format!(
            "{line}:{column} {}: {} ({})",
            problem.key, problem.message, problem.remedy
        )
    };
    report.problems().iter().map(shown).collect()
}

#[test]
fn the_smallest_configuration_takes_every_default() {
    let config = read(SMALLEST).unwrap();
    assert_eq!(
        config.certificate.chain_file,
        PathBuf::from("/etc/sluis/pki/chain.pem")
    );
    assert_eq!(
        config.certificate.key,
        KeyConfig::File(PathBuf::from("/run/secrets/key.pem"))
    );
    assert_eq!(
        config.trust.crl_files,
        [PathBuf::from("/etc/sluis/pki/root.crl.pem")]
    );
    assert_eq!(
        config.audit.key_file,
        PathBuf::from("/etc/sluis/data/audit.key")
    );
    assert_eq!(
        config.audit.pseudonym_key_file,
        PathBuf::from("/etc/sluis/data/pseudonym.key")
    );
    assert_eq!(
        config.admin.socket,
        PathBuf::from("/etc/sluis/run/admin.sock")
    );
    assert_eq!(config.audit_origin(), "00000099000000001000.sluis.test/log");
    assert_eq!(config.limits, Limits::default());
    assert_eq!(
        config.limits.upstream_connect_timeout(),
        Duration::from_secs(5)
    );
    assert_eq!(config.observability, ObservabilityConfig::default());
    assert!(config.inway.is_none() && config.outway.is_none() && config.manager.is_none());
}

#[test]
fn every_key_can_be_set() {
    let config = read(&format!(
        r#"{SMALLEST}
audit: {{ origin: "sluis.test/log", key_file: a.key, pseudonym_key_file: p.key, queue_entries_max: 8, batch_entries_max: 2 }}
policy: {{ folder: policy }}
manager:
  listen: 127.0.0.1:0
  address: https://localhost:8443
  token_lifetime_seconds: 60
  actor_claim: outway
  directory: {{ peer_id: "00000099000000009000", address: "https://localhost:9443" }}
  peer_check_seconds: 900
  regulated_areas: [ {{ name: zorg, administrators: ["00000099000000008000"], services: [zaken], members_refresh_seconds: 60, members_max_age_seconds: 600 }} ]
  propagation_backoff_min_seconds: 2
  propagation_backoff_max_seconds: 20
directory: {{}}
inway:
  listen: "[::1]:8444"
  address: https://localhost:8444
  services: [ {{ name: zaken, upstream_url: "http://127.0.0.1:9000/zaken", protocol: http2 }} ]
outway:
  listen: 127.0.0.1:8080
  destinations: [ {{ name: brp, path_prefix: /brp, peer_id: "00000099000000002000", service: brp-personen, delegator_peer_id: "00000099000000003000" }} ]
  headers: {{ purpose: [X-Doelbinding] }}
admin: {{ socket: a.sock }}
observability: {{ listen: 127.0.0.1:0, otlp_endpoint: "http://127.0.0.1:4317", log_format: text, log_level: debug }}
limits: {{ passages_max: 7, stream_idle_timeout_ms: 5 }}
"#
    ))
    .unwrap();
    let (inway, outway) = (
        config.inway.clone().unwrap(),
        config.outway.clone().unwrap(),
    );
    assert_eq!(inway.services[0].protocol.as_fsc(), "PROTOCOL_TCP_HTTP_2");
    assert_eq!(inway.services[0].upstream_url.base_path(), "/zaken");
    assert_eq!(inway.headers, HeaderNames::default());
    assert_eq!(outway.headers.purpose, ["x-doelbinding"]);
    assert_eq!(outway.headers.role, ["sluis-role"]);
    assert_eq!(
        config.manager.as_ref().unwrap().actor_claim,
        ActorClaim::Outway
    );
    assert_eq!(
        config
            .manager
            .as_ref()
            .unwrap()
            .address
            .as_ref()
            .unwrap()
            .port(),
        8443
    );
    assert!(config.directory.is_some());
    assert_eq!(config.limits.passages_max, 7);
    assert_eq!(config.observability.log_level, LogLevel::Debug);
    assert_eq!(config.audit_origin(), "sluis.test/log");
}

#[test]
fn every_missing_section_is_named() {
    let found = wrong("peer: { id: \"00000099000000001000\", name: Gemeente Voorbeeld }");
    let keys: Vec<&str> = found
        .iter()
        .filter_map(|line| line.split([' ', ':']).nth(2))
        .collect();
    assert_eq!(
        keys,
        ["group_id", "certificate", "trust", "store"],
        "{found:#?}"
    );
}

#[test]
fn every_mistake_of_form_is_found_with_its_place() {
    let found = wrong(
        r#"group_id: has spaces
peer: { id: x, nam: Gemeente }
certificate: { chain_file: [a], key_file: b }
trust: { crl_urls: ["https://a/b"] }
store: data
observability: { log_level: loud, log_format: "" }
limits: { page_size_max: "10", passages_max: 3.5, connections_max: -1, clock_skew_seconds: 5000000000, nothing: }
admin:
outway:
  listen: localhost:1
  destinations:
    - { name: a, path_prefix: a, peer_id: "00000099000000002000", service: s }
    - { name: b, path_prefix: /b, peer_id: "a b", service: "s s" }
"#,
    );
    let expected = [
        "1:11 group_id: ",
        "2:13 peer.id: ",
        "2:16 peer.nam: this key does not exist (did you mean `name`?)",
        "3:28 certificate.chain_file: expected a text, found a list",
        "4:8 trust: `anchors_file` is missing here",
        "4:21 trust.crl_urls[0]: `https://a/b` asks for TLS (write `http://`",
        "5:8 store: expected keys and values here",
        "6:29 observability.log_level: `loud` is none of `error`, `warn`, `info`, `debug` or `trace`",
        "6:47 observability.log_format: ",
        "7:26 limits.page_size_max: expected a whole number without quotes, dots or units, found `10`",
        "7:46 limits.passages_max: expected a whole number without quotes, dots or units, found `3.5`",
        "7:68 limits.connections_max: expected a whole number, 0 or more, found `-1`",
        "7:92 limits.clock_skew_seconds: expected a whole number from 0 to 4294967295, found `5000000000`",
        "7:104 limits.nothing: this key does not exist",
        "8:6 admin: nothing stands here",
        "10:11 outway.listen: `localhost:1` is not an IP address",
        "12:31 outway.destinations[0].path_prefix: `a` is not a path prefix",
        "13:44 outway.destinations[1].peer_id: ",
        "13:60 outway.destinations[1].service: ",
    ];
    for expected in expected {
        assert!(
            found.iter().any(|line| line.starts_with(expected)),
            "{expected}\n{found:#?}"
        );
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    assert!(found.iter().all(|line| !line.ends_with("()")), "{found:#?}");
    for (key, remedy) in [
        (" observability.log_level: ", "(write `error`, `warn`, "),
        (
            " limits.page_size_max: ",
            "(write digits only, for example 30)",
        ),
        (
            " limits.connections_max: ",
            "(write a whole number, 0 or more)",
        ),
        (" outway.listen: ", "(write for example `127.0.0.1:8443`"),
    ] {
        let line = found.iter().find(|line| line.contains(key)).unwrap();
        assert!(line.contains(remedy), "{line}");
    }
}

#[test]
fn no_message_shows_a_name_out_of_the_program() {
    let found = wrong(
        "group_id: {}\npeer: []\ncertificate: 1\ntrust: a\nstore: {folder: {}}\nmanager: {listen: []}\nlimits: []\n",
    );
    for word in [
        "struct", "u32", "u64", "usize", "Config", "enum", "String", "map", "sequence",
    ] {
        assert!(
            found.iter().all(|line| !line.contains(word)),
            "{word}: {found:#?}"
        );
    }
}

#[test]
fn what_is_no_yaml_is_one_mistake() {
    let found = wrong("group_id: [");
    assert!(
        found.len() == 1 && found[0].starts_with("1:11 : this is not YAML"),
        "{found:#?}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_one_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let report = Config::load(&folder.path().join("absent.yaml")).unwrap_err();
    assert!(
        report
            .to_string()
            .contains("absent.yaml: error: the file cannot be read"),
        "{report}"
    );
    let path = folder.path().join("latin.yaml");
    std::fs::write(&path, [0xe9]).unwrap();
    assert!(
        Config::load(&path)
            .unwrap_err()
            .to_string()
            .contains("not UTF-8")
    );
}

#[test]
fn an_oin_keeps_its_zeros_without_quotes() {
    let config = read(&SMALLEST.replace('"', "")).unwrap();
    assert_eq!(config.peer.id.as_str(), "00000099000000001000");
}

/// The keys that a section knows, as the reader tells them when one does not fit.
fn keys<T: serde::de::DeserializeOwned>() -> Vec<&'static str> {
    let odd = tree::Node::parse("no-such-key: 1").unwrap().0;
    match reader::read::<T>(&odd).map(drop).unwrap_err().kind {
        mistake::Kind::UnknownKey { known } => known.to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_group_can_have_trust_rules_of_its_own() {
    let pin = "0257CE27B52408E24EE2C0945640B723C5BC66DDBDA4ADA58C60357604F0E675";
    let text = SMALLEST.replace(
        "trust: { profile: test,",
        &format!(
            "trust: {{ profile: trial, anchor_sha256: [{pin}], policy_oids: [], rsa_bits_min: 3072, \
             peer_id: {{ attribute: organization_identifier, form: any }},"
        ),
    );
    let rules = read(&text).unwrap().trust.rules();
    let expected = sluis_certs::TrustRules::of(sluis_certs::Profile::Trial);
    assert_eq!(rules.own_rsa_bits_min, expected.own_rsa_bits_min);
    assert_eq!((rules.policies.len(), rules.rsa_bits_min), (0, 3072));
    let pins = vec![pin.parse().unwrap()];
    assert_eq!(rules.anchors, sluis_certs::AnchorRule::Pinned(pins));
    assert_eq!(
        rules.peer_id.attribute,
        sluis_certs::Attribute::OrganisationIdentifier
    );
    assert_eq!(rules.peer_id.form, sluis_certs::PeerIdForm::Any);

    let mistakes = [
        (
            "profile: prod",
            "a profile is `production`, `trial` or `test`",
        ),
        ("anchor_sha256: [abc]", "64 hexadecimal digits"),
        ("policy_oids: [2.16.x]", "numbers with dots"),
        ("peer_id: { form: kvk }", "`kvk` is none of `oin` or `any`"),
        ("peer_id: { oin_prefixes: [11] }", "eight digits"),
    ];
    for (written, said) in mistakes {
        let text = SMALLEST.replace("profile: test", written);
        let report = read(&text).unwrap_err().to_string();
        assert!(report.contains(said), "{written}: {report}");
    }
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = std::fs::read_to_string(path).unwrap();
    let sections = [
        ("## The outermost keys", keys::<Config>()),
        ("## peer", keys::<PeerConfig>()),
        ("## certificate", keys::<CertificateConfig>()),
        ("## trust", keys::<TrustConfig>()),
        ("### peer id", keys::<PeerIdConfig>()),
        ("## store", keys::<StoreConfig>()),
        ("## audit", keys::<AuditConfig>()),
        ("## policy", keys::<PolicyConfig>()),
        ("## manager", keys::<ManagerConfig>()),
        (
            "Each of the `regulated_areas`",
            keys::<RegulatedAreaConfig>(),
        ),
        ("## inway", keys::<InwayConfig>()),
        ("Each of the `services`", keys::<ServiceConfig>()),
        ("## outway", keys::<OutwayConfig>()),
        ("Each of the `destinations`", keys::<Destination>()),
        ("### headers", keys::<HeaderNames>()),
        ("## admin", keys::<AdminConfig>()),
        ("## observability", keys::<ObservabilityConfig>()),
        ("## reload", keys::<ReloadConfig>()),
        ("## limits", keys::<Limits>()),
    ];
    for (heading, keys) in sections {
        let section = text.split_once(&format!("\n{heading}")).unwrap().1;
        let rows: Vec<&str> = section
            .lines()
            .skip_while(|line| !line.starts_with("|---"))
            .skip(1)
            .take_while(|line| line.starts_with('|'))
            .filter_map(|line| line.split('`').nth(1))
            .collect();
        assert_eq!(rows, keys, "{heading}");
    }
    // `Limits { request_header_bytes_max: 32768, .. }`
    let shown = format!("{:?}", Limits::default());
    let values = shown.trim_start_matches("Limits {").trim_end_matches('}');
    for value in values.split(',') {
        let (key, value) = value.split_once(':').unwrap();
        let row = format!("| `{}` | {} |", key.trim(), value.trim());
        assert!(text.contains(&row), "{row}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "(group_id|peer|limits|outway|inway)?:? ?[a-z:\\-\\[\\]{}\"', \n0-9]{0,40}") {
        let file = ConfigFile::parse(Path::new("x"), Path::new(""), &text);
        let report = file.check(0);
        for problem in report.problems() {
            proptest::prop_assert!(!problem.remedy.is_empty(), "{problem}");
        }
    }
}
