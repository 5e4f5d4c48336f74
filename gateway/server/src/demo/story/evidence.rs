//! The logs verified, and one byte of a copy changed.

use std::fs;
use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags};
use sluis_audit::{Checkpoint, Reader, VerifyError, leaf_hash, verify, verify_inclusion};
use sluis_proto::admin::v1::{AuditEntry, AuditEntryKind, VerifyRequest};

use super::{StepError, Telling};
use crate::demo::parties::VOORBEELD;
use crate::demo::show::{Table, presentable};
use crate::demo::stage::{Stage, unusable};

/// The copy, in the folder of the demo.
const COPY: &str = "copy-of-a-log";
/// What is changed: a delivered answer is to look like one that was refused.
const BEFORE: &str = "\"status\":200";
const AFTER: &str = "\"status\":400";
/// Findings that are shown.
const FINDINGS_SHOWN: usize = 3;

pub(super) async fn verify_and_tamper(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(
        "Is every log still what was written? Each is recomputed from its entries and compared with its signed \
         checkpoint (`sluis audit verify`).",
    );
    telling.happened("All four are sound:");
    let mut table = Table::new(["log of", "entries", "root of the Merkle tree", "verdict"]);
    for member in stage.members() {
        let verified = member
            .admin
            .audit()
            .verify(VerifyRequest::default())
            .await?
            .into_inner();
        let verdict = if verified.findings.is_empty() {
            "sound"
        } else {
            "not sound"
        };
        table.row([
            member.party().name.into(),
            verified.entries.to_string().into(),
            hex(&verified.root_hash).into(),
            verdict.into(),
        ]);
        telling.expect(
            &format!("the log of {}", member.party().name),
            "sound",
            verdict,
        );
    }
    telling.table(table);

    let entry = changed_entry(stage).await?;
    let copy = Copy::of(stage)?;
    let key = stage.voorbeeld.audit_key()?;
    telling.holds(
        "the copy is sound before the change",
        verify(&copy.folder, &key).is_ok(),
    );
    copy.change(&entry)?;
    telling.happened(format!(
        "Now somebody with access to the disk changes one byte in a copy of the log of {}: entry {} of the permitted \
         call gets the status 400 instead of 200, as if nothing had been delivered.",
        VOORBEELD.name, entry.index
    ));
    match verify(&copy.folder, &key) {
        Err(VerifyError::Unsound { findings, more }) => {
            let hidden = findings.len().saturating_sub(FINDINGS_SHOWN) as u64 + more;
            for finding in findings.iter().take(FINDINGS_SHOWN) {
                telling.happened(format!("Found: {}.", presentable(&finding.to_string())));
            }
            if hidden > 0 {
                telling.happened(format!("And {hidden} more that follow from it."));
            }
            telling.holds("the change is found", !findings.is_empty());
            let foreign = copy.foreign_entries(stage)?;
            telling.happened(format!(
                "Entry by entry, with the proofs of the log itself: {} is not in the tree that was signed.",
                named(&foreign)
            ));
            telling.expect(
                "the entries that are not in the tree",
                &*named(&[entry.index]),
                &*named(&foreign),
            );
        }
        Ok(_) => telling.holds("the change is found", false),
        Err(error) => telling.expect("the verdict", "not sound", &*error.to_string()),
    }
    let untouched = verify(&stage.voorbeeld.audit_folder(), &key);
    telling.holds("the log itself is still sound", untouched.is_ok());
    telling.why(
        "Every entry is a leaf of a Merkle tree whose root is signed (C2SP tlog-checkpoint). Whoever changes, adds or \
         removes an entry would need the signing key, and everybody else to forget the checkpoints that they have seen.",
    );
    Ok(telling)
}

/// The outcome of the permitted call at the municipality.
async fn changed_entry(stage: &Stage) -> Result<AuditEntry, StepError> {
    for noted in &stage.notes.passages {
        let entries = stage.voorbeeld.entries(&noted.id, 1).await?;
        let outcome = entries
            .into_iter()
            .find(|entry| entry.kind() == AuditEntryKind::Outcome && entry.status == 200);
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
    }
    Err(StepError::Missing("a permitted call"))
}

/// A copy of the municipality's log.
struct Copy {
    folder: PathBuf,
}

impl Copy {
    fn of(stage: &Stage) -> Result<Copy, StepError> {
        let source = stage.voorbeeld.audit_folder();
        let folder = stage.root.join(COPY);
        fs::create_dir_all(&folder)?;
        // At one moment of a log that is in use, as a backup would.
        let database =
            Connection::open_with_flags(source.join("audit.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
                .map_err(|error| unusable(&error))?;
        let target = folder.join("audit.db");
        let name = target.to_str().ok_or(StepError::Missing("a plain path"))?;
        database
            .execute("VACUUM INTO ?1", [name])
            .and_then(|_| Connection::open(&target))
            .and_then(|copy| copy.pragma_update(None, "journal_mode", "wal"))
            .map_err(|error| unusable(&error))?;
        fs::copy(source.join("head"), folder.join("head"))?;
        Ok(Copy { folder })
    }

    /// Changes one byte in an entry, where it stands in the file.
    fn change(&self, entry: &AuditEntry) -> Result<(), StepError> {
        let path = self.folder.join("audit.db");
        let original = fs::read(&path)?;
        let status = entry.json.find(BEFORE);
        let status = status.ok_or(StepError::Missing("the status in the entry"))?;
        // SQLite does not wipe what it moves within a page, so the same bytes can also stand where they mean nothing.
        for place in places(&original, entry.json.as_bytes()) {
            let mut bytes = original.clone();
            let start = place + status;
            if let Some(target) = bytes.get_mut(start..start + AFTER.len()) {
                target.copy_from_slice(AFTER.as_bytes());
            }
            fs::write(&path, bytes)?;
            // Opened anew: SQLite does not expect a file to change under it.
            let reader = Reader::open(&self.folder).map_err(|error| unusable(&error))?;
            let read = reader
                .entry(entry.index)
                .map_err(|error| unusable(&error))?;
            let read = read.and_then(|stored| stored.entry.encode().ok());
            if read.is_none_or(|read| read != entry.json.as_bytes()) {
                return Ok(());
            }
        }
        Err(StepError::Missing("the entry in the copy of the log"))
    }

    /// The entries of the copy that are not in the tree of the log itself, each held against its inclusion proof there.
    fn foreign_entries(&self, stage: &Stage) -> Result<Vec<u64>, StepError> {
        let copy = Reader::open(&self.folder).map_err(|error| unusable(&error))?;
        let log =
            Reader::open(&stage.voorbeeld.audit_folder()).map_err(|error| unusable(&error))?;
        let checkpoint = log.checkpoint().map_err(|error| unusable(&error))?;
        let signed = Checkpoint::open(&checkpoint, &stage.voorbeeld.audit_key()?)
            .map_err(|error| unusable(&error))?;
        let mut foreign = Vec::new();
        for index in 0..signed.size {
            let entry = copy.entry(index).map_err(|error| unusable(&error))?;
            let bytes = entry.and_then(|stored| stored.entry.encode().ok());
            let proof = log
                .inclusion_proof(index, signed.size)
                .map_err(|error| unusable(&error))?;
            let is_in = bytes.is_some_and(|bytes| {
                verify_inclusion(&leaf_hash(&bytes), index, signed.size, &proof, &signed.root)
            });
            if !is_in {
                foreign.push(index);
            }
        }
        Ok(foreign)
    }
}

fn named(entries: &[u64]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|index| format!("entry {index}"))
        .collect();
    entries.join(", ")
}

/// Where `wanted` stands in `bytes`.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows
        .filter(|(_, window)| *window == wanted)
        .map(|(place, _)| place)
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        + ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_is_one_byte() {
        let differs = BEFORE
            .bytes()
            .zip(AFTER.bytes())
            .filter(|(one, other)| one != other);
        assert_eq!((differs.count(), BEFORE.len()), (1, AFTER.len()));
    }

    #[test]
    fn bytes_are_found_in_bytes() {
        assert_eq!(places(b"abcababd", b"ab"), [0, 3, 5]);
        assert!(places(b"abc", b"abcd").is_empty());
    }
}
