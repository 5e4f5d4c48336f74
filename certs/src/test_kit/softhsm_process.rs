//! A process with tokens of SoftHSM, for one test.
//!
//! SoftHSM finds its tokens through an environment variable that it reads once per process. So a test with
//! a token runs in a process of its own: this test binary again, with only that test. Used by the tests of
//! other crates too, so that nothing of this one is named here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Linux distributions put the module.
const MODULES: [&str; 5] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// Runs a test in a process with tokens, when SoftHSM is installed. `name` is the full name of the test that calls
/// this; the test is given the module and an empty folder.
#[expect(
    clippy::disallowed_methods,
    reason = "whether this is the process with the tokens is known from its environment only"
)]
pub(crate) fn in_own_process(name: &str, test: impl FnOnce(PathBuf, PathBuf)) {
    let mut modules = MODULES.into_iter().map(PathBuf::from);
    let Some(module) = modules.find(|file| file.exists()) else {
        println!("skipped: {name}: SoftHSM is not installed");
        return;
    };
    match std::env::var_os("SLUIS_TEST_FOLDER") {
        Some(folder) => test(module, folder.into()),
        None => again(name, &module),
    }
}

fn again(name: &str, module: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    let config = folder.path().join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    fs::write(&config, text).unwrap();
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env("SOFTHSM2_CONF", &config)
        .env("SLUIS_TEST_FOLDER", folder.path())
        .env("SLUIS_TEST_MODULE", module)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "{name}: {}\n{said}\n{complained}",
        ran.status
    );
    for line in said.lines() {
        if let Some((_, left_out)) = line.split_once("skipped: ") {
            println!("skipped: {left_out}");
        }
    }
}
