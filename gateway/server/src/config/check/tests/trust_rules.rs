use super::*;

#[test]
fn who_says_nothing_is_in_production() {
    let folder = Folder::new();
    let found = folder.found(&CONFIG.replace("  profile: test\n", ""));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with(
        "error peer.id: `00000099000000001000` is not accepted in profile production"
    ));
    assert!(
        found[1].contains("error trust.anchors_file: trust anchor `TEST Sluis"),
        "{found:#?}"
    );
    let report = folder
        .check_at(&CONFIG.replace("  profile: test\n", ""), NOW)
        .to_string();
    assert!(report.contains("write `profile: test`"), "{report}");
}

#[test]
fn a_group_can_pin_its_own_anchors() {
    let folder = Folder::new();
    let anchors = std::fs::read(folder.path("anchors.pem")).unwrap();
    let anchor = sluis_certs::fingerprints(&anchors).unwrap()[0];
    let rules = |anchor: &str| {
        let own =
            format!("  anchor_sha256: [{anchor}]\n  policy_oids: []\n  peer_id: {{ form: any }}\n");
        CONFIG.replace("  profile: test\n", &own)
    };
    let found = folder.found(&rules(&anchor.to_string()));
    assert_eq!(found, Vec::<String>::new());
    let other = anchor.to_string().replace(['0', '1', '2', '3'], "4");
    only(
        &folder.found(&rules(&other)),
        "error trust.anchors_file: trust anchor",
    );
    only(
        &folder.found(&CONFIG.replace("profile: test", "profile: test\n  anchor_sha256: []")),
        "error trust.anchor_sha256: no fingerprint",
    );
}

#[test]
fn rules_that_nobody_can_meet_are_pointed_at() {
    let folder = Folder::new();
    for bits in ["1024", "16384"] {
        let config = CONFIG.replace(
            "profile: test",
            &format!("profile: test\n  rsa_bits_min: {bits}"),
        );
        only(&folder.found(&config), "error trust.rsa_bits_min: ");
    }
    let policy = "profile: test\n  policy_oids: [2.16.528.1.1003.1.2.8.4]";
    only(
        &folder.found(&CONFIG.replace("profile: test", policy)),
        "error certificate.chain_file: others would not trust our certificate: leaf certificate of \
         `Gemeente Voorbeeld` was not issued under an accepted policy: expected the policy 2.16.528.1.1003.1.2.8.4",
    );
}

#[test]
fn a_real_number_in_a_test_is_pointed_at() {
    let mut folder = Folder::new();
    let oin = "00000003123456780000";
    folder.issue(oin, NAME, NOW);
    only(
        &folder.found(&CONFIG.replace(OIN, oin)),
        "warning trust.profile: `00000003123456780000` is a real OIN",
    );
}
