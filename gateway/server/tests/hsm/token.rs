//! SoftHSM, for tests: tokens in a folder of the test, and a party whose key is in one.
//!
//! SoftHSM finds its tokens through an environment variable that it reads once per process. So a test with
//! a token runs in a process of its own: this test binary again, with only that test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sluis::demo::party_files::PartyFiles;

/// Where Linux distributions put the module.
const MODULES: [&str; 5] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

const PIN: &str = "4821";

/// The module, in the process that has tokens.
pub(crate) struct SoftHsm {
    pub(crate) module: PathBuf,
    folder: PathBuf,
}

/// Runs a test with SoftHSM, when it is installed. `name` is the full name of the test that calls this.
#[expect(
    clippy::disallowed_methods,
    reason = "whether this is the process with the tokens is known from its environment only"
)]
pub(crate) fn with_softhsm<F: Future>(name: &str, test: impl FnOnce(SoftHsm) -> F) {
    let mut modules = MODULES.into_iter().map(PathBuf::from);
    let Some(module) = modules.find(|file| file.exists()) else {
        println!("skipped: {name}: SoftHSM is not installed");
        return;
    };
    if let Some(folder) = std::env::var_os("SLUIS_TEST_TOKENS") {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let hsm = SoftHsm {
            module,
            folder: folder.into(),
        };
        runtime.block_on(test(hsm));
        return;
    }
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
        .env("SLUIS_TEST_TOKENS", folder.path())
        .env("SLUIS_TEST_MODULE", &module)
        .env("SLUIS_TEST_HANG", folder.path().join("hang"))
        .env("SLUIS_TEST_HANGS", folder.path().join("hangs"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "{name}: {}\n{said}\n{complained}",
        ran.status
    );
    for line in said.lines().filter(|line| line.starts_with("skipped")) {
        println!("{line}");
    }
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
