//! Mistakes of form: each is found, and none of them makes another appear.

use super::*;

#[test]
fn a_rule_that_cannot_be_read_is_one_mistake() {
    let folder = Folder::new();
    for (rule, key) in [
        ("profile: prod", "error trust.profile: "),
        (
            "profile: test\n  policy_oids: [x]",
            "error trust.policy_oids[0]: ",
        ),
        (
            "profile: test\n  peer_id: { form: kvk }",
            "error trust.peer_id.form: ",
        ),
    ] {
        only(&folder.found(&CONFIG.replace("profile: test", rule)), key);
    }
}

#[test]
fn a_list_whose_only_item_has_a_mistake_is_not_an_empty_one() {
    let folder = Folder::new();
    fs::create_dir(folder.path("policy")).unwrap();
    let rules =
        "rules:\n  - { rule: een, decide: accept, because: zo, when: { grants: [connection] } }\n";
    folder.write("policy/contracts.yaml", rules);
    let config = format!("{CONFIG}policy: {{ folder: policy }}\n");
    let inway = "inway:\n  listen: 127.0.0.1:8444\n  services: [{ name: brp, upstream_url: \"https://a\" }]\n";
    only(
        &folder.found(&format!("{config}{inway}")),
        "error inway.services[0].upstream_url: `https://a` asks for TLS",
    );
    let empty = "inway: { listen: 127.0.0.1:8444, services: [] }\n";
    only(
        &folder.found(&format!("{config}{empty}")),
        "warning inway.services: no service is listed",
    );
    let outway = "outway:\n  listen: 127.0.0.1:8445\n  destinations: [{ name: brp, path_prefix: brp, peer_id: \"00000099000000002000\", service: brp }]\n";
    only(
        &folder.found(&format!("{config}{outway}")),
        "error outway.destinations[0].path_prefix: `brp` is not a path prefix",
    );
}

#[test]
fn what_has_a_mistake_in_it_is_not_absent() {
    let folder = Folder::new();
    only(
        &folder.found(&CONFIG.replace("https://localhost:9443", "http://localhost:9443")),
        "error manager.directory.address: ",
    );
    let (before, _) = CONFIG.split_once("  directory:").unwrap();
    only(
        &folder.found(&format!(
            "{before}directory: {{}}\npolicy: {{ folder: [policy] }}\n"
        )),
        "error policy.folder: expected a text, found a list",
    );
}

#[test]
fn a_key_that_stands_twice_hides_nothing() {
    let folder = Folder::new();
    let twice = CONFIG.replace("profile: test\n", "profile: test\n  profile: production\n");
    only(
        &folder.found(&twice),
        "error : `profile` stands here again; the first is on line 5",
    );
    let more = format!("{twice}limits: {{ passages_max: many }}\nstore: [1]\n");
    let found = folder.found(&more);
    let starts = [
        "error : `profile` stands here again",
        "error limits.passages_max: expected a whole number",
        "error : `store` stands here again",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}");
    }
}
