//! Whether files have changed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use crate::config::{Config, read_policy_folder};

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// SHA-256 over what the files hold, per part. What cannot be read has a digest as well, so that its coming and going
/// is a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    certificate: [u8; 32],
    trust: [u8; 32],
    policy: [u8; 32],
}

impl Digests {
    /// Reads every file that can be replaced. Blocks on files.
    #[must_use]
    pub fn of(config: &Config) -> Digests {
        let files = |files: Vec<(String, &Path)>| {
            let mut context = Context::new(&SHA256);
            for (_, file) in files {
                add_file(&mut context, file);
            }
            finish(context)
        };
        Digests {
            certificate: files(config.certificate_files()),
            trust: files(config.trust_files()),
            policy: policy(config),
        }
    }

    /// The parts in which these differ from `other`.
    #[must_use]
    pub fn differing(&self, other: &Digests) -> Vec<&'static str> {
        let parts = [
            ("certificate", self.certificate != other.certificate),
            ("trust", self.trust != other.trust),
            ("policy", self.policy != other.policy),
        ];
        let differing = parts.into_iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| name).collect()
    }
}

/// Every file begins with a mark and ends with its length, so that no two sets of files give the same bytes.
fn add_file(context: &mut Context, path: &Path) {
    let Ok(mut file) = File::open(path) else {
        context.update(b"absent");
        return;
    };
    context.update(b"file");
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut length = 0_u64;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                length += count as u64;
                context.update(buffer.get(..count).unwrap_or_default());
            }
            Err(_) => {
                context.update(b"unreadable");
                break;
            }
        }
    }
    context.update(&length.to_be_bytes());
}

fn policy(config: &Config) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    if let Some(policy) = &config.policy {
        match read_policy_folder(&policy.folder) {
            Ok(source) => {
                for (name, text) in &source.files {
                    for part in [name, text] {
                        context.update(&(part.len() as u64).to_be_bytes());
                        context.update(part.as_bytes());
                    }
                }
            }
            Err(error) => context.update(error.to_string().as_bytes()),
        }
    }
    finish(context)
}

fn finish(context: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}
