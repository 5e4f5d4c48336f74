//! SoftHSM, for tests: tokens in a folder of the test, and a party whose key is in one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sluis::demo::party_files::PartyFiles;

use super::softhsm_process::in_own_process;

const PIN: &str = "4821";

/// The module, in the process that has tokens.
pub(crate) struct SoftHsm {
    pub(crate) module: PathBuf,
    folder: PathBuf,
}

/// Runs a test with SoftHSM, when it is installed. `name` is the full name of the test that calls this.
pub(crate) fn with_softhsm<F: Future>(name: &str, test: impl FnOnce(SoftHsm) -> F) {
    in_own_process(name, |module, folder| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(test(SoftHsm { module, folder }));
        drop(runtime);
        sluis_certs::wait_for_closed_tokens(Duration::from_secs(20));
    });
}

impl SoftHsm {
    /// Moves the private key of a party into a token of its own, where this module finds it.
    pub(crate) fn take_key(&self, files: &PartyFiles, module: &Path) {
        let label = files.plan.party.short;
        let key = files.folder.join("pki/key.pem");
        let token = ["--token", label, "--pin", PIN];
        softhsm(&[
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            PIN,
            "--pin",
            PIN,
        ]);
        softhsm(
            &[
                &token[..],
                &[
                    "--import",
                    &key.display().to_string(),
                    "--label",
                    "inway",
                    "--id",
                    "01",
                ],
            ]
            .concat(),
        );
        fs::remove_file(&key).unwrap();
        sluis_certs::write_private_file(&files.folder.join("pin"), PIN.as_bytes()).unwrap();
        let config = fs::read_to_string(&files.config).unwrap();
        let with_token = format!(
            "key_uri: \"pkcs11:token={label};object=inway\", pkcs11_module_file: {}, pin_file: pin",
            module.display()
        );
        let changed = config.replace("key_file: pki/key.pem", &with_token);
        assert_ne!(config, changed);
        fs::write(&files.config, changed).unwrap();
    }

    /// The module that hangs; `None` where there is no C compiler.
    pub(crate) fn hanging_module(&self) -> Option<PathBuf> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hsm/hanging.c");
        let module = self.folder.join("hanging.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
            .args([&module, &source])
            .arg("-ldl")
            .status();
        match compiled {
            Ok(status) => {
                assert!(status.success(), "{status}");
                Some(module)
            }
            Err(_) => {
                println!("skipped: there is no C compiler for a token that hangs");
                None
            }
        }
    }

    /// Makes every signature through the hanging module hang, from now on.
    pub(crate) fn hang(&self) {
        fs::write(self.folder.join("hang"), "").unwrap();
    }

    /// Whether one has hung already.
    pub(crate) fn hangs(&self) -> bool {
        self.folder.join("hangs").exists()
    }

    /// Lets them go on.
    pub(crate) fn go_on(&self) {
        fs::remove_file(self.folder.join("hang")).unwrap();
    }
}

fn softhsm(arguments: &[&str]) {
    let ran = Command::new("softhsm2-util")
        .args(arguments)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{arguments:?}: {ran:?}");
}
