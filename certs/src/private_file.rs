//! Writing a file that only its owner may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a private key or another secret so that only the owner of the process can read it
/// (mode 0600 on Unix), whole or not at all: under a temporary name first, then renamed.
///
/// An existing file is replaced.
///
/// # Errors
///
/// The error of the file system.
pub fn write_private_file(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "path names no file"))?
        .to_os_string();
    name.push(".new");
    let temporary = path.with_file_name(name);
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    // create_new: never write a secret into a file, or through a link, that somebody else made.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_and_only_for_the_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        fs::write(&path, "old, and for everybody to read").unwrap();
        // What a broken-off attempt, or somebody who wants to catch the key, left behind.
        let elsewhere = folder.path().join("elsewhere");
        symlink(&elsewhere, folder.path().join("key.pem.new")).unwrap();

        write_private_file(&path, b"new").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(!elsewhere.exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_path_without_a_file_name_is_an_error() {
        assert!(write_private_file(Path::new("/"), b"").is_err());
    }
}
