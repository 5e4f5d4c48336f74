//! Judging an exported copy of the log.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::report::{Findings, VerifyError, VerifyReport};
use crate::entry::Entry;
use crate::export::{ENTRIES, tile_path};
use crate::merkle::{TILE_HEIGHT, TILE_WIDTH, Tree, leaf_hash};
use crate::{Checkpoint, VerifierKey};

/// Recomputes the tree from the entry bundles of a folder in the layout of C2SP tlog-tiles, as
/// [`Reader::export`](crate::Reader::export) writes it, and compares it with every tile and with
/// the signed checkpoint. A file that does not belong there is found as well.
///
/// # Errors
///
/// [`VerifyError`].
pub fn verify_export(folder: &Path, key: &VerifierKey) -> Result<VerifyReport, VerifyError> {
    let path = folder.join("checkpoint");
    if !path.is_file() {
        return Err(VerifyError::Missing {
            folder: folder.to_owned(),
        });
    }
    let mut findings = Findings::default();
    let note = String::from_utf8_lossy(&read(&path)?).into_owned();
    let checkpoint = match Checkpoint::open(&note, key) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            findings.add("checkpoint", error.to_string());
            return findings.judge(VerifyReport::nothing()).sound();
        }
    };
    let mut export = Export {
        folder,
        findings,
        expected: BTreeSet::from([path]),
    };
    let report = export.entries(checkpoint.size)?;
    if report.size == checkpoint.size && report.root != checkpoint.root {
        export.findings.add(
            "checkpoint",
            "the entries are not the ones that were signed",
        );
    }
    export.nothing_else(folder)?;
    export.findings.judge(report).sound()
}

struct Export<'a> {
    folder: &'a Path,
    findings: Findings,
    /// The files that belong there.
    expected: BTreeSet<PathBuf>,
}

impl Export<'_> {
    fn entries(&mut self, size: u64) -> Result<VerifyReport, VerifyError> {
        let mut report = VerifyReport::nothing();
        let mut tree = Tree::default();
        let mut full = Vec::new();
        for n in 0..size.div_ceil(TILE_WIDTH) {
            let width = (size - n * TILE_WIDTH).min(TILE_WIDTH);
            let path = tile_path(ENTRIES, n, width);
            let Some(bundle) = self.file(&path)? else {
                return Ok(report);
            };
            let place = path.display().to_string();
            let Some(entries) = split(&bundle, width) else {
                self.findings.add(&place, "it is no bundle of entries");
                return Ok(report);
            };
            for bytes in entries {
                match Entry::decode(bytes) {
                    Ok(entry) => report.count(&entry.record),
                    Err(error) => self.findings.add(&place, error.to_string()),
                }
                tree.append(leaf_hash(bytes), &mut full);
            }
            for tile in full.drain(..) {
                self.tile(tile.level, tile.n, &tile.hashes)?;
            }
        }
        for (level, hashes) in tree.edge() {
            let n = (size >> (TILE_HEIGHT * level)) / TILE_WIDTH;
            self.tile(level, n, hashes)?;
        }
        report.size = tree.size();
        report.root = tree.root();
        Ok(report)
    }

    fn tile(&mut self, level: u32, n: u64, hashes: &[u8]) -> Result<(), VerifyError> {
        let path = tile_path(&level.to_string(), n, hashes.len() as u64 / 32);
        if let Some(found) = self.file(&path)?
            && found != hashes
        {
            self.findings.add(
                &path.display().to_string(),
                "it does not follow from the entries",
            );
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<Option<Vec<u8>>, VerifyError> {
        let whole = self.folder.join(path);
        if !whole.is_file() {
            self.findings
                .add(&path.display().to_string(), "the file is missing");
            return Ok(None);
        }
        let bytes = read(&whole)?;
        self.expected.insert(whole);
        Ok(Some(bytes))
    }

    fn nothing_else(&mut self, folder: &Path) -> Result<(), VerifyError> {
        let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| unreadable(folder, &error))?.path();
            if path.is_dir() {
                self.nothing_else(&path)?;
            } else if !self.expected.contains(&path) {
                let place = path.strip_prefix(self.folder).unwrap_or(&path);
                self.findings.add(
                    &place.display().to_string(),
                    "the file does not belong here",
                );
            }
        }
        Ok(())
    }
}

/// The entries of a bundle: each after its length in 16 bits, big-endian.
fn split(mut bundle: &[u8], width: u64) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    for _ in 0..width {
        let (length, rest) = bundle.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bundle = rest;
    }
    bundle.is_empty().then_some(entries)
}

fn read(path: &Path) -> Result<Vec<u8>, VerifyError> {
    fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> VerifyError {
    VerifyError::Unreadable {
        reason: format!("{}: {error}", path.display()),
    }
}
