//! The manager: its directory, its checks of others, and the areas it knows.

use super::*;

#[test]
fn a_directory_whose_rules_accept_no_publication_is_pointed_at() {
    let folder = Folder::new();
    fs::create_dir(folder.path("policy")).unwrap();
    let (before, _) = CONFIG.split_once("  directory:").unwrap();
    let config = format!("{before}directory: {{}}\npolicy: {{ folder: policy }}\n");
    let with_rule = |decide: &str, grants: &str| {
        let rule = format!("{{ rule: een, decide: {decide}, because: zo, when: {{ {grants} }} }}");
        folder.write("policy/contracts.yaml", &format!("rules:\n  - {rule}\n"));
        folder.found(&config)
    };
    let warned = "warning directory: no rule in `contracts.yaml`";
    only(&with_rule("accept", "grants: [connection]"), warned);
    only(&with_rule("reject", "grants: [publication]"), warned);
    for grants in [
        "grants: [publication]",
        "grants: [connection, delegated-publication], offered_on_behalf_of: [anyone]",
        "directory: [anyone]",
    ] {
        assert_eq!(
            with_rule("accept", grants),
            Vec::<String>::new(),
            "{grants}"
        );
    }
}

#[test]
fn the_pause_between_checks_of_others_has_limits() {
    let folder = Folder::new();
    for (seconds, is_good) in [
        (0, true),
        (59, false),
        (60, true),
        (86_400, true),
        (86_401, false),
    ] {
        let found = folder.found(&format!("{CONFIG}  peer_check_seconds: {seconds}\n"));
        if is_good {
            assert_eq!(found, Vec::<String>::new(), "{seconds}");
        } else {
            only(&found, "error manager.peer_check_seconds: ");
        }
    }
}

#[test]
fn regulated_areas_are_judged_one_by_one() {
    let folder = Folder::new();
    let found = |areas: &str| folder.found(&format!("{CONFIG}  regulated_areas: [ {areas} ]\n"));
    let good = r#"{ name: zorg, administrators: ["00000099000000008000"] }"#;
    assert_eq!(found(good), Vec::<String>::new());
    let twice = format!("{good}, {good}");
    only(&found(&twice), "error manager.regulated_areas[1].name: ");
    let nobody = "{ name: zorg, administrators: [] }";
    only(
        &found(nobody),
        "error manager.regulated_areas[0].administrators: ",
    );
    let with = |more: &str| good.replace(" }", &format!(", {more} }}"));
    let shared = format!(
        "{}, {}",
        with("services: [a]"),
        with("services: [a]").replace("zorg", "onderwijs")
    );
    let shared = found(&shared).join("\n");
    for told in [
        "warning manager.regulated_areas[0].services[0]: the service `a` is not offered here",
        "error manager.regulated_areas[1].services[0]: the service `a` is part of",
    ] {
        assert!(shared.contains(told), "{shared}");
    }
    for (more, key) in [
        ("members_refresh_seconds: 9", "members_refresh_seconds"),
        ("members_refresh_seconds: 86401", "members_refresh_seconds"),
        ("members_max_age_seconds: 299", "members_max_age_seconds"),
        ("members_max_age_seconds: 86401", "members_max_age_seconds"),
    ] {
        only(
            &found(&with(more)),
            &format!("error manager.regulated_areas[0].{key}: "),
        );
    }
    assert_eq!(
        found(&with("members_max_age_seconds: 300")),
        Vec::<String>::new()
    );
}
