//! The folder in which the demo keeps the files of its parties.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;

/// A folder that only we can look into: there are private keys in it.
#[derive(Debug)]
pub struct DemoFolder {
    path: PathBuf,
    is_temporary: bool,
}

/// Longest path of the folder, in bytes: that of a socket in it may have 100 (`admin.socket` of the configuration).
const PATH_BYTES_MAX: usize = 100 - "/voorbeeld/admin.sock".len();

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is something in it.
    #[error(
        "the folder {} is not empty; name another one, or a name that does not exist yet", path.display()
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The sockets in it would have paths that are too long for the system.
    #[error(
        "the path {} has {length} bytes, and the sockets in the folder leave room for {PATH_BYTES_MAX}; name a shorter `--folder`", path.display()
    )]
    PathTooLong {
        /// The folder.
        path: PathBuf,
        /// Bytes in its path.
        length: usize,
    },
    /// The system says no.
    #[error("the folder {} cannot be used: {source}", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DemoFolder {
    /// A new folder in `parent`, removed with everything in it when this is dropped.
    ///
    /// # Errors
    /// [`FolderError::Unusable`].
    pub fn temporary(parent: &Path) -> Result<DemoFolder, FolderError> {
        let mut random = [0; 4];
        rand::fill(&mut random).map_err(|_| FolderError::Unusable {
            path: parent.to_owned(),
            source: io::Error::other("no random numbers could be had"),
        })?;
        // A short name leaves room for the sockets in it.
        let path = parent.join(format!("sluis-demo-{:08x}", u32::from_be_bytes(random)));
        fits(&path)?;
        // Fails when it is there already: nobody can have put something in it before us.
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(unusable(&path))?;
        Ok(DemoFolder {
            path,
            is_temporary: true,
        })
    }

    /// The folder `path`, which is made when it is not there and must be empty when it is. It stays.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn named(path: &Path) -> Result<DemoFolder, FolderError> {
        let path = std::path::absolute(path).map_err(unusable(path))?;
        fits(&path)?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(unusable(&path))?;
        if fs::read_dir(&path)
            .map_err(unusable(&path))?
            .next()
            .is_some()
        {
            return Err(FolderError::NotEmpty { path });
        }
        Ok(DemoFolder {
            path,
            is_temporary: false,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it goes when the demo ends.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.is_temporary
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        if self.is_temporary {
            // What cannot be removed now is of no use to anybody; the system's own cleaning takes it.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn fits(path: &Path) -> Result<(), FolderError> {
    let length = path.as_os_str().len();
    if length <= PATH_BYTES_MAX {
        return Ok(());
    }
    let path = path.to_owned();
    Err(FolderError::PathTooLong { path, length })
}

fn unusable(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unusable {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_temporary_folder_is_ours_alone_and_goes() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DemoFolder::temporary(parent.path()).unwrap();
        let path = folder.path().to_owned();
        fs::write(path.join("key.pem"), "secret").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_named_folder_must_be_empty_and_stays() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        drop(DemoFolder::named(&path).unwrap());
        fs::write(path.join("mine.txt"), "precious").unwrap();
        let error = DemoFolder::named(&path).unwrap_err();
        assert!(error.to_string().contains("is not empty"), "{error}");
        assert!(path.join("mine.txt").exists());
    }

    #[test]
    fn a_path_that_leaves_no_room_for_sockets_is_refused_before_it_is_made() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("x".repeat(PATH_BYTES_MAX));
        let error = DemoFolder::named(&path).unwrap_err().to_string();
        assert!(error.contains("name a shorter `--folder`"), "{error}");
        assert!(!path.exists());
        let error = DemoFolder::temporary(&path).unwrap_err().to_string();
        assert!(error.contains("name a shorter `--folder`"), "{error}");
    }

    #[test]
    fn a_file_is_no_folder() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("file");
        fs::write(&path, "").unwrap();
        assert!(matches!(
            DemoFolder::named(&path),
            Err(FolderError::Unusable { .. })
        ));
    }
}
