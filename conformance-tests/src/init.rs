//! A folder to start from: a commented target file and, if asked, certificates of a test PKI.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use sluis_certs::dev_pki::{DevPki, DevPkiError, DevPkiOptions, KeyType, LeafOptions};
use sluis_certs::write_private_file;

use crate::clock;

/// The sample target file.
pub(crate) const SAMPLE: &str = include_str!("sample-target.yaml");

/// Peer ID and name of the target in the sample.
const TARGET: (&str, &str) = ("00000099000000002000", "Uitvoeringsinstituut Werk");
/// The suite's own peers: folder, Peer ID, name, and whether the key is RSA.
const PEERS: [(&str, &str, &str, bool); 6] = [
    (
        "consumer",
        "00000099000000011000",
        "Proefgemeente Afnemer",
        false,
    ),
    (
        "consumer-second",
        "00000099000000011000",
        "Proefgemeente Afnemer",
        false,
    ),
    (
        "consumer-rsa",
        "00000099000000011000",
        "Proefgemeente Afnemer",
        true,
    ),
    (
        "delegator",
        "00000099000000012000",
        "Proefgemeente Opdrachtgever",
        false,
    ),
    (
        "provider",
        "00000099000000013000",
        "Proefdienst Aanbieder",
        false,
    ),
    (
        "stranger",
        "00000099000000014000",
        "Proefdienst Buitenstaander",
        false,
    ),
];
/// How long revocation lists of a new test PKI are valid, in seconds.
const CRL_SECONDS: i64 = 30 * 86_400;

/// Why the folder was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    /// A file.
    #[error("the folder cannot be written: {0}")]
    File(#[from] io::Error),
    /// There is a target file already.
    #[error("`{0}` is there already; choose another folder, or remove it")]
    Exists(String),
    /// The test PKI.
    #[error(transparent)]
    Pki(#[from] DevPkiError),
}

/// Writes the folder. With `test_pki`, the suite's peers get certificates of the test PKI in its folder `pki`, as
/// `sluis dev-pki` makes one; where there is none, it is made.
pub(crate) fn run(folder: &Path, test_pki: bool, out: &mut dyn Write) -> Result<(), InitError> {
    fs::create_dir_all(folder)?;
    let target = folder.join("target.yaml");
    if target.exists() {
        return Err(InitError::Exists(target.display().to_string()));
    }
    fs::write(&target, SAMPLE)?;
    writeln!(out, "wrote {}", target.display())?;
    if test_pki {
        certificates(folder, out)?;
    }
    writeln!(
        out,
        "fill in the file, then: sluis-conformance run --target {}",
        target.display()
    )?;
    Ok(())
}

fn certificates(folder: &Path, out: &mut dyn Write) -> Result<(), InitError> {
    let now = clock::unix_seconds();
    let options = |key_type| DevPkiOptions {
        key_type,
        now_unix_seconds: now,
        crl_valid_seconds: CRL_SECONDS,
    };
    let pki_folder = folder.join("pki");
    let authorities = pki_folder.join("ca");
    if !authorities.is_dir() {
        let mut pki = DevPki::create(&options(KeyType::EcdsaP256))?;
        pki.save(&authorities)?;
        fs::write(pki_folder.join("anchors.pem"), pki.anchors_pem())?;
        for (name, pem) in pki.crls_pem()? {
            fs::write(pki_folder.join(name), pem)?;
        }
        let (id, name) = TARGET;
        issue(&mut pki, &pki_folder.join(id), (id, name), now)?;
        writeln!(
            out,
            "made a test PKI in {}, with a certificate for {name}",
            pki_folder.display()
        )?;
    }
    for (role, id, name, rsa) in PEERS {
        let key_type = if rsa {
            KeyType::Rsa3072
        } else {
            KeyType::EcdsaP256
        };
        let mut pki = DevPki::load(&authorities, &options(key_type))?;
        issue(&mut pki, &folder.join("peers").join(role), (id, name), now)?;
    }
    writeln!(
        out,
        "issued certificates for the suite's own peers in {}",
        folder.join("peers").display()
    )?;
    Ok(())
}

fn issue(pki: &mut DevPki, folder: &Path, peer: (&str, &str), now: i64) -> Result<(), InitError> {
    let (id, name) = peer;
    let leaf = pki.issue(&LeafOptions::new(id, name, &["localhost"], now))?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("chain.pem"), leaf.chain_pem)?;
    write_private_file(&folder.join("key.pem"), leaf.key_pem.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::Stage;
    use crate::target::Target;

    #[tokio::test]
    async fn what_is_made_can_be_played_on() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("proef");
        run(&folder, true, &mut Vec::new()).unwrap();
        assert!(matches!(
            run(&folder, false, &mut Vec::new()),
            Err(InitError::Exists(_))
        ));
        let mut target = Target::load(&folder.join("target.yaml")).unwrap();
        if let Some(inway) = &mut target.inway {
            inway.source_listen = Some("127.0.0.1:0".parse().unwrap());
        }
        let stage = Stage::start(target).await.unwrap();
        assert_eq!(stage.consumer.id, PEERS[0].1);
        assert!(stage.consumer.credential_of_kind(true).is_some());
        assert_ne!(stage.provider.manager_address.port(), 0);
    }
}
