//! Judging a log without trusting whoever wrote it.

mod derived;
mod export;
mod report;

use std::path::Path;

use rusqlite::Connection;

pub use export::verify_export;
pub use report::{Finding, VerifyError, VerifyReport};

use crate::entry::Entry;
use crate::folder::Folder;
use crate::head;
use crate::merkle::{Hash, leaf_hash};
use crate::reader::at_one_moment;
use crate::store::{self, StoreError};
use crate::{Checkpoint, VerifierKey};
use derived::Derived;
pub(crate) use report::Findings;

/// Recomputes everything in the log from its entries and compares it with what is stored, down to
/// the definition of the tables, then with the signed checkpoint, whose signature is checked with
/// `key`. The log may be in use.
///
/// What a log cannot show by itself: that nobody holds another log with the same name, and that
/// neither entries *and* `head` were taken back together. For that, compare its checkpoint with
/// one that somebody else kept. Bytes of the database file that say nothing (free space in its
/// pages, counters of SQLite) are not judged: changing them changes nothing.
///
/// It reads one moment of the log to its end, about 100,000 entries a second, and keeps SQLite from
/// shortening the write-ahead log of a log in use meanwhile.
///
/// # Errors
///
/// [`VerifyError::Unsound`] with what is wrong and where; [`VerifyError::Unreadable`] when the
/// files cannot be read at all, which is no proof of soundness either.
pub fn verify(folder: &Path, key: &VerifierKey) -> Result<VerifyReport, VerifyError> {
    let folder = Folder::new(folder);
    if !folder.database().is_file() {
        return Err(VerifyError::Missing {
            folder: folder.path().to_owned(),
        });
    }
    let mut findings = Findings::default();
    // Before the database, which may grow meanwhile: the head is then the older of the two.
    let head = match head::read(&folder) {
        Ok(Some(note)) => match Checkpoint::open(&note, key) {
            Ok(head) => Some(head),
            Err(error) => {
                findings.add("head", error.to_string());
                None
            }
        },
        Ok(None) => {
            findings.add("head", "the file is missing");
            None
        }
        Err(what) => {
            findings.add("head", what);
            None
        }
    };
    if std::fs::metadata(folder.lock_file()).is_ok_and(|file| file.len() > 0) {
        findings.add("lock", "the file is not empty");
    }
    let connection = store::open_readable(&folder)?;
    let report = at_one_moment(&connection, |connection| {
        let verification = Verification {
            connection,
            key,
            head,
            findings,
        };
        verification.run()
    })?;
    report.sound()
}

/// One verification of one database.
pub(crate) struct Verification<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) key: &'a VerifierKey,
    /// What the file `head` says.
    pub(crate) head: Option<Checkpoint>,
    pub(crate) findings: Findings,
}

impl Verification<'_> {
    pub(crate) fn run(mut self) -> Result<report::Judgement, StoreError> {
        self.integrity()?;
        if let Some(what) = store::check(self.connection)? {
            self.findings.add("schema", what);
            // What follows reads these tables.
            return Ok(self.findings.judge(VerifyReport::nothing()));
        }
        self.identity();
        let checkpoint = self.checkpoint();
        let mut derived = Derived::new(self.connection)?;
        let mut root_at_head: Option<Hash> = None;
        let mut report = VerifyReport::nothing();
        let head_size = self.head.map(|head| head.size);
        self.entries(|findings, index, bytes| {
            if head_size == Some(index) {
                root_at_head = Some(derived.root());
            }
            let entry = match Entry::decode(bytes) {
                Ok(entry) => {
                    report.count(&entry.record);
                    Some(entry)
                }
                Err(error) => {
                    findings.add(&format!("entry {index}"), error.to_string());
                    None
                }
            };
            derived.add(leaf_hash(bytes), entry.as_ref(), findings)
        })?;
        report.size = derived.size();
        report.root = derived.root();
        derived.finish(&mut self.findings)?;
        self.compare_checkpoint(checkpoint, &report);
        self.compare_head(root_at_head, &report);
        Ok(self.findings.judge(report))
    }

    /// SQLite's own check: pages that belong to nothing, rows out of order, rows missing in an
    /// index.
    fn integrity(&mut self) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check(20)")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                self.findings.add("database", line);
            }
        }
        Ok(())
    }

    fn identity(&mut self) {
        match store::read_identity(self.connection) {
            Ok(identity) if identity.verifier_key == self.key.to_string() => {}
            Ok(identity) => self.findings.add(
                "meta",
                format!("the log belongs to `{}`", identity.verifier_key),
            ),
            Err(error) => self.findings.add("meta", error.to_string()),
        }
    }

    fn checkpoint(&mut self) -> Option<Checkpoint> {
        let opened = store::stored_checkpoint(self.connection)
            .map_err(|error| error.to_string())
            .and_then(|note| Checkpoint::open(&note, self.key).map_err(|error| error.to_string()));
        match opened {
            Ok(checkpoint) => Some(checkpoint),
            Err(what) => {
                self.findings.add("checkpoint", what);
                None
            }
        }
    }

    /// Visits the bytes of every entry in order.
    fn entries(
        &mut self,
        mut visit: impl FnMut(&mut Findings, u64, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT idx, body FROM entry ORDER BY idx")?;
        let mut rows = statement.query([])?;
        let mut index = 0;
        while let Some(row) = rows.next()? {
            let stored: i64 = row.get(0)?;
            if u64::try_from(stored) != Ok(index) {
                let what = format!("the entry after {index} others has index {stored}");
                self.findings.add("entry", what);
                return Ok(());
            }
            visit(
                &mut self.findings,
                index,
                store::text(row, 1, "the table entry")?,
            )?;
            index += 1;
        }
        Ok(())
    }

    fn compare_checkpoint(&mut self, checkpoint: Option<Checkpoint>, report: &VerifyReport) {
        let Some(checkpoint) = checkpoint else { return };
        if checkpoint.size != report.size {
            let what = format!(
                "{} entries were signed, and there are {}",
                checkpoint.size, report.size
            );
            self.findings.add("checkpoint", what);
        } else if checkpoint.root != report.root {
            self.findings.add(
                "checkpoint",
                "the entries are not the ones that were signed",
            );
        }
    }

    fn compare_head(&mut self, root_at_head: Option<Hash>, report: &VerifyReport) {
        let Some(head) = self.head else { return };
        let root = if head.size == report.size {
            Some(report.root)
        } else {
            root_at_head
        };
        if head.size > report.size {
            let what = format!(
                "{} entries were once signed, and there are {}: an older copy was put back, or the newest entries are lost",
                head.size, report.size
            );
            self.findings.add("head", what);
        } else if root != Some(head.root) {
            self.findings.add(
                "head",
                "the entries are not the ones that it was signed over",
            );
        }
    }
}
