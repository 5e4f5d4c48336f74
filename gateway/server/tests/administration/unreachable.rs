//! Commands for a gateway that does not answer.

use std::os::unix::net::UnixListener;

use sluis::environment::Environment;

use crate::command::{raw, run, sluis};
use crate::support::World;

const COMMANDS: [&[&str]; 7] = [
    &["status"],
    &["contract", "list"],
    &["contract", "show", "0198f2c4-0000-7000-8000-000000000000"],
    &["contract", "propose", "--publish", "x"],
    &["peer", "list"],
    &["peer", "announce"],
    &["audit", "tail"],
];

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_not_running_is_said_to_be_so() {
    let world = World::start().await;
    let federation = &world.federation;
    world.voorbeeld.stop().await;
    let config = federation.voorbeeld.config.to_str().unwrap();
    let start = format!("start it with `sluis serve --config {config}`");
    for words in COMMANDS {
        let ran = sluis(&federation.voorbeeld, words).await;
        ran.fails(1, &["is not running", "admin.sock", "admin.socket", &start]);
    }
    // After a crash the socket is still there.
    drop(UnixListener::bind(federation.voorbeeld.folder.join("admin.sock")).unwrap());
    for words in COMMANDS {
        let ran = sluis(&federation.voorbeeld, words).await;
        ran.fails(1, &["is not running", "nobody answers", &start]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_must_be_named_and_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluis.yaml");
    std::fs::write(&file, "group_id: x\nstore: 7\n").unwrap();
    for words in COMMANDS {
        let bare = ["sluis"].iter().chain(words).map(Into::into).collect();
        raw(bare, Environment::default())
            .await
            .fails(2, &["--config FILE", "SLUIS_CONFIG"]);
        run(&file, words).await.fails(78, &["sluis.yaml:2:8"]);
    }
    let environment = Environment {
        config: Some(file),
        ..Environment::default()
    };
    let bare = vec!["sluis".into(), "status".into()];
    raw(bare, environment).await.fails(78, &["sluis.yaml:2:8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn help_says_what_every_command_does() {
    for words in [
        &["status"][..],
        &["contract"],
        &["contract", "list"],
        &["contract", "show"],
        &["contract", "propose"],
        &["contract", "accept"],
        &["contract", "reject"],
        &["contract", "revoke"],
        &["peer"],
        &["peer", "list"],
        &["peer", "announce"],
        &["audit"],
        &["audit", "show"],
        &["audit", "verify"],
        &["audit", "export"],
        &["audit", "tail"],
    ] {
        let all = ["sluis"].iter().chain(words).chain(&["--help"]);
        let help = raw(all.map(Into::into).collect(), Environment::default())
            .await
            .done();
        assert!(help.contains("Usage: sluis"), "{help}");
        let first = help.lines().next().unwrap();
        assert!(
            first.len() > 20 && !first.ends_with('.'),
            "{words:?}: {first}"
        );
    }
}
