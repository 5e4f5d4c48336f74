//! That the files and folders are there, and that secrets are for their owner only.

use std::fs;
use std::io;
use std::path::Path;

use super::Findings;
use crate::config::Config;

/// Largest certificate, key or revocation list file, in bytes. The largest revocation lists in use
/// have some tens of millions.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

pub(super) fn check(config: &Config, findings: &mut Findings<'_>) {
    check_folder(&config.store.folder, findings);
    let keys = [
        ("audit.key_file", &config.audit.key_file),
        ("audit.pseudonym_key_file", &config.audit.pseudonym_key_file),
    ];
    for (key, path) in keys {
        match fs::metadata(path) {
            Ok(_) => {
                check_private(key, path, findings);
                let _ = read(key, path, findings);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                check_parent(key, path, &config.store.folder, findings);
            }
            Err(error) => unreadable(key, path, &error, findings),
        }
    }
}

/// Reads a file that the configuration names; what is wrong is noted.
pub(super) fn read(key: &str, path: &Path, findings: &mut Findings<'_>) -> Option<Vec<u8>> {
    let result = fs::metadata(path).and_then(|metadata| {
        if metadata.is_dir() {
            Err(io::Error::from(io::ErrorKind::IsADirectory))
        } else if metadata.len() > FILE_BYTES_MAX {
            Err(io::Error::from(io::ErrorKind::FileTooLarge))
        } else {
            fs::read(path)
        }
    });
    match result {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            unreadable(key, path, &error, findings);
            None
        }
    }
}

/// A secret that others can read is no secret.
pub(super) fn check_private(key: &str, path: &Path, findings: &mut Findings<'_>) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        findings.warning(
            key,
            format!(
                "`{}` can be read by others than its owner (mode {mode:03o})",
                path.display()
            ),
            format!("run `chmod 600 {}`", path.display()),
        );
    }
}

fn check_folder(folder: &Path, findings: &mut Findings<'_>) {
    const KEY: &str = "store.folder";
    match fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => findings.error(
            KEY,
            format!("`{}` is not a folder", folder.display()),
            "name a folder on a local disk",
        ),
        Ok(metadata) if metadata.permissions().readonly() => findings.error(
            KEY,
            format!("`{}` cannot be written", folder.display()),
            "let the user that the gateway runs as write it",
        ),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = folder
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            if !parent.unwrap_or(Path::new(".")).is_dir() {
                findings.error(
                    KEY,
                    format!(
                        "neither `{}` nor the folder above it is there",
                        folder.display()
                    ),
                    "make the folder above it, or name another",
                );
            }
        }
        Err(error) => unreadable(KEY, folder, &error, findings),
    }
}

/// A key that is not there yet is made at the first start, which needs a folder to put it in.
fn check_parent(key: &str, path: &Path, store: &Path, findings: &mut Findings<'_>) {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    if parent != store && !parent.is_dir() {
        findings.error(
            key,
            format!(
                "`{}` is not there, and its folder is not there to make it in",
                path.display()
            ),
            "make the folder, or name another",
        );
    }
}

fn unreadable(key: &str, path: &Path, error: &io::Error, findings: &mut Findings<'_>) {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => {
            "check the path; it counts from the folder of the configuration file"
        }
        io::ErrorKind::PermissionDenied => "let the user that the gateway runs as read it",
        io::ErrorKind::FileTooLarge => "name a file of at most 67108864 bytes (64 MiB)",
        _ => "check the path",
    };
    findings.error(
        key,
        format!("`{}` cannot be read: {error}", path.display()),
        remedy,
    );
}
