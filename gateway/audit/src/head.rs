//! The file `head`: the newest signed checkpoint, outside the database.
//!
//! A database that is put back from an older copy, or that loses its newest transactions because
//! its write-ahead log was damaged, agrees with itself. The head shows that it once was longer. It
//! is written after every batch without waiting for the disk, so that after a power failure it may
//! be older than the database, and never newer.
//!
//! It always has 512 bytes, one disk sector: the note and zeros. So writing it never changes the
//! file's length, needs no room on a full disk and cannot be half done.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;

use crate::folder::Folder;

const HEAD_BYTES: usize = 512;

/// The open file.
#[derive(Debug)]
pub(crate) struct Head {
    file: File,
}

impl Head {
    /// Opens the file, or makes it.
    pub(crate) fn open(folder: &Folder) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.head())?;
        Ok(Self { file })
    }

    /// Replaces the note, without waiting for the disk.
    pub(crate) fn write(&self, note: &str) -> io::Result<()> {
        let mut bytes = [0; HEAD_BYTES];
        let Some(start) = bytes.get_mut(..note.len()) else {
            return Err(io::Error::other("the checkpoint is longer than 512 bytes"));
        };
        start.copy_from_slice(note.as_bytes());
        self.file.write_all_at(&bytes, 0)
    }

    /// Waits until the disk has it.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// Reads the note. `None` when there is no such file.
///
/// # Errors
///
/// What is wrong with the file, in words that name no more than its form.
pub(crate) fn read(folder: &Folder) -> Result<Option<String>, String> {
    let file = match File::open(folder.head()) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("the file `head` cannot be read: {error}")),
    };
    let mut bytes = Vec::with_capacity(HEAD_BYTES + 1);
    file.take(HEAD_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("the file `head` cannot be read: {error}"))?;
    if bytes.len() != HEAD_BYTES {
        return Err("the file `head` does not have 512 bytes".to_owned());
    }
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(HEAD_BYTES);
    let padding = bytes.split_off(end);
    if padding.iter().any(|byte| *byte != 0) {
        return Err("the file `head` has something after its note".to_owned());
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| "the file `head` is no text".to_owned())
}
