//! What the files that the configuration names hold: certificate, trust, keys and policy.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::rand;
use sluis_audit::Pseudonymiser;
use sluis_certs::{Identities, NoteKey, RevocationLists, Trust, write_private_file};
use sluis_policy::PolicySet;

use super::own_certificate::identities;
use crate::config::{Config, read_policy_folder};

/// Largest file that is read of certificates, keys and revocation lists, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes of a key for pseudonyms.
const PSEUDONYM_KEY_BYTES: usize = 32;

/// Everything that is read from files at the start.
pub struct Materials {
    /// What can be replaced while the gateway runs.
    pub files: Replaceable,
    /// Signs the checkpoints of the audit log.
    pub note_key: NoteKey,
    /// Makes keyed pseudonyms.
    pub pseudonyms: Pseudonymiser,
}

/// What the files hold that can be replaced while the gateway runs.
pub struct Replaceable {
    /// Our certificates and keys.
    pub identities: Identities,
    /// Anchors and revocation lists.
    pub trust: Trust,
    /// The revocation lists as they are in their files.
    pub crls: Vec<Vec<u8>>,
    /// The policy folder, compiled; `None` where no role needs one.
    pub policy: Option<Arc<PolicySet>>,
}

/// A file that the configuration names cannot be used. The texts name the setting, the file and the remedy, never a secret.
#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    /// The file cannot be read or written.
    #[error("{setting}: `{}` cannot be {verb}: {source}; check the path and the permissions", path.display())]
    File {
        /// Name of the setting.
        setting: &'static str,
        /// `read` or `written`.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// What the file holds is not usable.
    #[error("{setting}: {problem}")]
    Content {
        /// Name of the setting.
        setting: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl Materials {
    /// Reads everything; makes the keys of the audit log at the first start.
    ///
    /// # Errors
    /// The first file that cannot be used. `sluis check-config` tells of all at once.
    pub fn load(config: &Config) -> Result<Materials, MaterialError> {
        Ok(Materials {
            files: Replaceable::load(config)?,
            note_key: note_key(&config.audit.key_file)?,
            pseudonyms: pseudonyms(&config.audit.pseudonym_key_file)?,
        })
    }
}

impl Replaceable {
    /// Reads everything. Blocks on files.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn load(config: &Config) -> Result<Replaceable, MaterialError> {
        let Certificates {
            identities,
            trust,
            crls,
        } = Certificates::load(config)?;
        Ok(Replaceable {
            identities,
            trust,
            crls,
            policy: config
                .policy
                .as_ref()
                .map(|policy| compile(&policy.folder).map(Arc::new))
                .transpose()?,
        })
    }
}

/// Our certificates and whom we trust, as they are in files.
pub(crate) struct Certificates {
    pub(crate) identities: Identities,
    pub(crate) trust: Trust,
    crls: Vec<Vec<u8>>,
}

impl Certificates {
    /// Reads them. Blocks on files.
    pub(crate) fn load(config: &Config) -> Result<Certificates, MaterialError> {
        let identities = identities(
            &config.certificate,
            &config.limits,
            config.trust.rules().peer_id.attribute,
        )?;
        if *identities.peer_id() != config.peer.id {
            return Err(MaterialError::Content {
                setting: "peer.id",
                problem: format!(
                    "the configuration says `{}` and the certificate says `{}`; make them the same",
                    config.peer.id,
                    identities.peer_id()
                ),
            });
        }
        let anchors = read("trust.anchors_file", &config.trust.anchors_file)?;
        let crls: Vec<Vec<u8>> = config
            .trust
            .crl_files
            .iter()
            .map(|file| read("trust.crl_files", file))
            .collect::<Result<_, _>>()?;
        // There may be none yet: lists are fetched too.
        let lists = RevocationLists::default()
            .with_files(&crls, &[])
            .map_err(content("trust.crl_files"))?;
        let trust = Trust::new(config.trust.rules(), &anchors, lists).map_err(content("trust"))?;
        Ok(Certificates {
            identities,
            trust,
            crls,
        })
    }
}

fn compile(folder: &Path) -> Result<PolicySet, MaterialError> {
    let source = read_policy_folder(folder).map_err(content("policy.folder"))?;
    PolicySet::compile(&source).map_err(|errors| MaterialError::Content {
        setting: "policy.folder",
        problem: format!("\n{errors}"),
    })
}

fn note_key(file: &Path) -> Result<NoteKey, MaterialError> {
    if !file.exists() {
        let (key, pem) = NoteKey::generate().map_err(content("audit.key_file"))?;
        write_secret("audit.key_file", file, pem.as_ref())?;
        return Ok(key);
    }
    NoteKey::from_pem(&read("audit.key_file", file)?).map_err(content("audit.key_file"))
}

fn pseudonyms(file: &Path) -> Result<Pseudonymiser, MaterialError> {
    const SETTING: &str = "audit.pseudonym_key_file";
    if !file.exists() {
        let mut key = [0; PSEUDONYM_KEY_BYTES];
        rand::fill(&mut key).map_err(|_| MaterialError::Content {
            setting: SETTING,
            problem: "no random numbers could be had from the operating system".to_owned(),
        })?;
        write_secret(SETTING, file, &key)?;
    }
    Pseudonymiser::from_key(&read(SETTING, file)?).map_err(content(SETTING))
}

pub(super) fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, MaterialError> {
    let failed = |source| MaterialError::File {
        setting,
        verb: "read",
        path: path.to_owned(),
        source,
    };
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > FILE_BYTES_MAX {
        return Err(MaterialError::Content {
            setting,
            problem: format!("`{}` is larger than {FILE_BYTES_MAX} bytes", path.display()),
        });
    }
    fs::read(path).map_err(failed)
}

/// Writes a file that only its owner can read.
fn write_secret(setting: &'static str, path: &Path, bytes: &[u8]) -> Result<(), MaterialError> {
    let failed = |source| MaterialError::File {
        setting,
        verb: "written",
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    write_private_file(path, bytes).map_err(failed)
}

pub(super) fn content<E: std::fmt::Display>(setting: &'static str) -> impl Fn(E) -> MaterialError {
    move |error| MaterialError::Content {
        setting,
        problem: error.to_string(),
    }
}
