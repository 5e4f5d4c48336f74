//! Reading a policy folder from disk.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sluis_policy::PolicySource;

/// Most bytes in all files of one policy folder together.
const FOLDER_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most files in one policy folder.
const FILES_MAX: usize = 10_000;
/// Deepest folder in a policy folder; the format itself needs one.
const DEPTH_MAX: usize = 8;

/// Reads every `.yaml`, `.yml` and `.cedar` file of a policy folder, at any depth. Other files (a README, an
/// editor's backup) and hidden ones are passed over.
///
/// # Errors
///
/// The first file or folder that cannot be read, or the limit that is exceeded.
pub fn read_policy_folder(folder: &Path) -> Result<PolicySource, PolicyFolderError> {
    let mut files = BTreeMap::new();
    let mut bytes_left = FOLDER_BYTES_MAX;
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((path, prefix, depth)) = folders.pop() {
        for entry in fs::read_dir(&path).map_err(unreadable(&path))? {
            let entry = entry.map_err(unreadable(&path))?;
            let path = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                return Err(PolicyFolderError::Name(path));
            };
            if name.starts_with('.') {
                continue;
            }
            // Follows links: a mounted folder of Kubernetes is made of them.
            let metadata = fs::metadata(&path).map_err(unreadable(&path))?;
            if metadata.is_dir() {
                if depth >= DEPTH_MAX {
                    return Err(PolicyFolderError::TooDeep(path));
                }
                folders.push((path, format!("{prefix}{name}/"), depth + 1));
                continue;
            }
            if ![".yaml", ".yml", ".cedar"]
                .iter()
                .any(|end| name.ends_with(end))
            {
                continue;
            }
            bytes_left = bytes_left
                .checked_sub(metadata.len())
                .ok_or(PolicyFolderError::TooLarge)?;
            if files.len() >= FILES_MAX {
                return Err(PolicyFolderError::TooMany);
            }
            let bytes = fs::read(&path).map_err(unreadable(&path))?;
            let text = String::from_utf8(bytes).map_err(|_| PolicyFolderError::NotText(path))?;
            files.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(PolicySource { files })
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> PolicyFolderError {
    let path = path.to_owned();
    |cause| PolicyFolderError::Unreadable { path, cause }
}

/// Why a policy folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFolderError {
    /// A file or folder cannot be read.
    #[error("`{}` cannot be read: {cause}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A file is not UTF-8 text.
    #[error("`{}` is not UTF-8 text; save it as UTF-8", .0.display())]
    NotText(PathBuf),
    /// A file's name is not UTF-8.
    #[error("`{}` has a name that is not UTF-8; rename it", .0.display())]
    Name(PathBuf),
    /// Folders within folders, too many.
    #[error("`{}` lies more than {DEPTH_MAX} folders deep; move it up", .0.display())]
    TooDeep(PathBuf),
    /// Too many files.
    #[error("more than {FILES_MAX} files are in the folder; keep only policy in it")]
    TooMany,
    /// Too many bytes.
    #[error("more than {FOLDER_BYTES_MAX} bytes are in the folder; keep only policy in it")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_policy_files_are_read_with_their_place_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("activities")).unwrap();
        fs::create_dir(at(".git")).unwrap();
        for name in [
            "parties.yaml",
            "activities/a.yaml",
            "activities/r.cedar",
            "README.md",
            ".b.yaml",
            ".git/x.yaml",
        ] {
            fs::write(at(name), name).unwrap();
        }
        let source = read_policy_folder(folder.path()).unwrap();
        let names: Vec<&str> = source.files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["activities/a.yaml", "activities/r.cedar", "parties.yaml"]
        );
        assert_eq!(source.files["activities/a.yaml"], "activities/a.yaml");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("latin.yaml"), [b'a', 0xe9]).unwrap();
        let error = read_policy_folder(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("latin.yaml") && error.contains("UTF-8"),
            "{error}"
        );
        let error = read_policy_folder(&folder.path().join("absent")).unwrap_err();
        assert!(error.to_string().contains("absent"), "{error}");
    }

    #[test]
    fn a_folder_that_holds_itself_comes_to_an_end() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        assert!(matches!(
            read_policy_folder(folder.path()),
            Err(PolicyFolderError::TooDeep(_))
        ));
    }
}
