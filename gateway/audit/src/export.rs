//! Writing a copy of the log as files, in the layout of C2SP tlog-tiles.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::merkle::{TILE_HEIGHT, TILE_WIDTH};
use crate::store::{self, StoreError, TileNodes};
use crate::{ReadError, Reader};

/// Name of the folder of entry bundles, where tiles have their level.
pub(crate) const ENTRIES: &str = "entries";

impl Reader {
    /// Writes the log as it is now into `target`, which must be empty or absent: `checkpoint`,
    /// `tile/<level>/<n>` and `tile/entries/<n>` (C2SP tlog-tiles). Such a folder can be served as
    /// it is by any web server, and checked with [`verify_export`](crate::verify_export) or with
    /// tools that know the format. The result is the number of entries.
    ///
    /// # Errors
    ///
    /// [`ReadError::Export`] when the target is not empty or a file cannot be written.
    pub fn export(&self, target: &Path) -> Result<u64, ReadError> {
        let failed = |source| ReadError::Export {
            path: target.to_owned(),
            source,
        };
        fs::create_dir_all(target).map_err(failed)?;
        if fs::read_dir(target).map_err(failed)?.next().is_some() {
            return Err(failed(io::Error::other("the folder is not empty")));
        }
        self.read(|connection| {
            let size = store::size(connection)?;
            let note = store::stored_checkpoint(connection)?;
            write_entries(connection, size, target)?;
            write_tiles(connection, size, target)?;
            // The checkpoint last: it promises that the rest is there.
            write(&target.join("checkpoint"), note.as_bytes())?;
            Ok::<_, ReadError>(size)
        })
    }
}

fn write_entries(connection: &Connection, size: u64, target: &Path) -> Result<(), ReadError> {
    for n in 0..size.div_ceil(TILE_WIDTH) {
        let first = n * TILE_WIDTH;
        let width = (size - first).min(TILE_WIDTH);
        let mut bundle = Vec::new();
        for index in first..first + width {
            let damaged = || StoreError::Damaged(format!("entry {index}"));
            let bytes = store::entry_bytes(connection, index)?.ok_or_else(damaged)?;
            let length = u16::try_from(bytes.len()).map_err(|_| damaged())?;
            bundle.extend_from_slice(&length.to_be_bytes());
            bundle.extend_from_slice(&bytes);
        }
        write(&target.join(tile_path(ENTRIES, n, width)), &bundle)?;
    }
    Ok(())
}

fn write_tiles(connection: &Connection, size: u64, target: &Path) -> Result<(), ReadError> {
    let mut nodes = TileNodes::new(connection, size);
    let mut level = 0;
    loop {
        let hashes = size.checked_shr(level * TILE_HEIGHT).unwrap_or(0);
        if hashes == 0 {
            return Ok(());
        }
        for n in 0..hashes.div_ceil(TILE_WIDTH) {
            let tile = nodes.tile(level, n)?;
            let path = tile_path(&level.to_string(), n, tile.len() as u64);
            write(&target.join(path), &tile.concat())?;
        }
        level += 1;
    }
}

/// `tile/<kind>/<n>`, with `.p/<width>` when it is partial; `n` in groups of three digits, all but
/// the last after an `x` (C2SP tlog-tiles, "Merkle Tree").
pub(crate) fn tile_path(kind: &str, n: u64, width: u64) -> PathBuf {
    let mut path = format!("{:03}", n % 1_000);
    let mut rest = n / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    let partial = if width < TILE_WIDTH {
        format!(".p/{width}")
    } else {
        String::new()
    };
    PathBuf::from(format!("tile/{kind}/{path}{partial}"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ReadError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|source| ReadError::Export {
            path: path.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |n, width| tile_path("0", n, width).display().to_string();
        assert_eq!(path(1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(0, 256), "tile/0/000");
        assert_eq!(path(999, 1), "tile/0/999.p/1");
        assert_eq!(path(1_000, 255), "tile/0/x001/000.p/255");
    }
}
