//! A policy folder that is compiled in.

use std::fs;
use std::io;
use std::path::Path;

use sluis_policy::PolicySource;

/// The text of a policy folder.
#[derive(Clone, Copy, Debug)]
pub struct PolicyFolder {
    files: &'static [(&'static str, &'static str)],
}

impl PolicyFolder {
    pub(super) const fn new(files: &'static [(&'static str, &'static str)]) -> Self {
        Self { files }
    }

    /// Each file by its path relative to the folder, with its text.
    #[must_use]
    pub fn files(&self) -> &'static [(&'static str, &'static str)] {
        self.files
    }

    /// The folder as the policy reads it.
    #[must_use]
    pub fn source(&self) -> PolicySource {
        let files = self.files.iter();
        PolicySource {
            files: files
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        }
    }

    /// Writes the files under `folder`, which is made when it is not there.
    ///
    /// # Errors
    /// A folder or file cannot be written.
    pub fn write_to(&self, folder: &Path) -> io::Result<()> {
        for (path, text) in self.files {
            let file = folder.join(path);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(file, text)?;
        }
        Ok(())
    }
}
