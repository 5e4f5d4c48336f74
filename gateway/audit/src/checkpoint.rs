//! Checkpoints: the size and root of a log, signed (C2SP tlog-checkpoint).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluis_certs::NoteKey;

use crate::merkle::{Hash, empty_root};
use crate::note::{self, NoteError, VerifierKey, open_note};

/// What a checkpoint says: at this size, the log has this root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of entries.
    pub size: u64,
    /// Root of the Merkle tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads a signed checkpoint of the log that `key` belongs to.
    ///
    /// # Errors
    ///
    /// [`NoteError`]: it is no checkpoint, of another log, or not signed by this key.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let text = open_note(note, key)?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root), Some(""), None) = (
            lines.next(),
            lines.next(),
            lines.next(),
            lines.next(),
            lines.next(),
        ) else {
            return Err(NoteError::Malformed);
        };
        if origin != &**key.name() {
            return Err(NoteError::NotSigned);
        }
        let checkpoint = Self {
            size: size.parse().map_err(|_| NoteError::Malformed)?,
            root: STANDARD
                .decode(root)
                .ok()
                .and_then(|root| root.try_into().ok())
                .ok_or(NoteError::Malformed)?,
        };
        if checkpoint.text(origin) == text {
            Ok(checkpoint)
        } else {
            Err(NoteError::Malformed)
        }
    }

    /// The checkpoint of a log without entries.
    pub(crate) fn empty() -> Self {
        Self {
            size: 0,
            root: empty_root(),
        }
    }

    /// Signs the checkpoint as the log `origin`.
    pub(crate) fn sign(&self, origin: &str, key: &NoteKey) -> String {
        note::sign(&self.text(origin), origin, key)
    }

    fn text(&self, origin: &str) -> String {
        let root = STANDARD.encode(self.root);
        format!("{origin}\n{}\n{root}\n", self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_signed() {
        let (key, _) = NoteKey::generate().unwrap();
        let verifier = VerifierKey::new("sluis.example/audit/1", key.public_key()).unwrap();
        let checkpoint = Checkpoint {
            size: 20_852_163,
            root: [7; 32],
        };
        let note = checkpoint.sign("sluis.example/audit/1", &key);
        assert!(note.starts_with("sluis.example/audit/1\n20852163\nBwcH"));
        assert_eq!(Checkpoint::open(&note, &verifier), Ok(checkpoint));
        let other = VerifierKey::new("sluis.example/audit/2", key.public_key()).unwrap();
        assert_eq!(Checkpoint::open(&note, &other), Err(NoteError::NotSigned));
    }

    #[test]
    fn another_text_is_no_checkpoint_even_when_signed() {
        let (key, _) = NoteKey::generate().unwrap();
        let verifier = VerifierKey::new("log", key.public_key()).unwrap();
        let root = STANDARD.encode([7; 32]);
        for text in [
            format!("log\n007\n{root}\n"),
            format!("log\n+7\n{root}\n"),
            format!("log\n7\n{root}\nextension\n"),
            "log\n7\nBwcH\n".to_owned(),
            "log\n7\n".to_owned(),
            "log\n".to_owned(),
        ] {
            let note = note::sign(&text, "log", &key);
            assert_eq!(
                Checkpoint::open(&note, &verifier),
                Err(NoteError::Malformed)
            );
        }
        let note = note::sign(&format!("other\n7\n{root}\n"), "log", &key);
        assert_eq!(
            Checkpoint::open(&note, &verifier),
            Err(NoteError::NotSigned)
        );
    }
}
