//! Signed notes (C2SP signed-note) with Ed25519 signatures.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluis_certs::{NoteKey, verify_note_signature};

use crate::hex;

/// Signature type identifier of Ed25519 (C2SP signed-note, "Signature types").
const ED25519: u8 = 0x01;
/// A name may have this many bytes: a checkpoint names it twice and must fit in a disk sector
/// (see `head.rs`).
const NAME_BYTES_MAX: usize = 128;
/// A note may have this many bytes: room for 16 post-quantum cosignatures.
const NOTE_BYTES_MAX: usize = 128 * 1024;

/// The public key of a log, in the form `<name>+<key id>+<key>` (C2SP signed-note, "Verifier
/// keys"), which auditors are given to check checkpoints with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: Arc<str>,
    id: [u8; 4],
    public_key: [u8; 32],
}

impl VerifierKey {
    /// The key of the log `name` with an Ed25519 public key.
    ///
    /// # Errors
    ///
    /// [`NoteError::Name`].
    pub fn new(name: &str, public_key: [u8; 32]) -> Result<Self, NoteError> {
        let fits = !name.is_empty()
            && name.len() <= NAME_BYTES_MAX
            && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
        if !fits {
            return Err(NoteError::Name);
        }
        Ok(Self {
            name: name.into(),
            id: key_id(name, &public_key),
            public_key,
        })
    }

    /// Name of the log: the origin line of its checkpoints.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(&self.public_key);
        let (id, key) = (hex::encode(&self.id), STANDARD.encode(key));
        write!(formatter, "{}+{id}+{key}", self.name)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        // The key is base64 and may itself hold a plus.
        let mut parts = text.trim_end().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::VerifierKey)?;
        let Some((&ED25519, public_key)) = key.split_first() else {
            return Err(NoteError::VerifierKey);
        };
        let public_key = public_key.try_into().map_err(|_| NoteError::VerifierKey)?;
        let key = Self::new(name, public_key)?;
        if hex::decode(id) == Some(key.id) {
            Ok(key)
        } else {
            Err(NoteError::VerifierKey)
        }
    }
}

/// Signs `text`, which must end in a newline, and gives the whole note.
pub(crate) fn sign(text: &str, name: &str, key: &NoteKey) -> String {
    let mut signature = key_id(name, &key.public_key()).to_vec();
    signature.extend_from_slice(&key.sign(text.as_bytes()));
    format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode(signature))
}

/// The text of a note, when `key` signed it. Signatures of other keys are passed over.
///
/// # Errors
///
/// [`NoteError`].
pub fn open_note<'a>(note: &'a str, key: &VerifierKey) -> Result<&'a str, NoteError> {
    if note.len() > NOTE_BYTES_MAX || note.contains(|c: char| c < ' ' && c != '\n') {
        return Err(NoteError::Malformed);
    }
    let end = note.rfind("\n\n").ok_or(NoteError::Malformed)? + 1;
    let (text, signatures) = note.split_at(end);
    let lines = signatures
        .strip_prefix('\n')
        .and_then(|lines| lines.strip_suffix('\n'))
        .ok_or(NoteError::Malformed)?;
    let mut signed = false;
    for line in lines.split('\n') {
        let (name, signature) = line
            .strip_prefix("\u{2014} ")
            .and_then(|line| line.split_once(' '))
            .ok_or(NoteError::Malformed)?;
        let signature = STANDARD
            .decode(signature)
            .map_err(|_| NoteError::Malformed)?;
        let Some((id, signature)) = signature.split_first_chunk::<4>() else {
            return Err(NoteError::Malformed);
        };
        if name != &*key.name || *id != key.id {
            continue;
        }
        if !verify_note_signature(&key.public_key, text.as_bytes(), signature) {
            return Err(NoteError::Signature);
        }
        signed = true;
    }
    if signed {
        Ok(text)
    } else {
        Err(NoteError::NotSigned)
    }
}

fn key_id(name: &str, public_key: &[u8; 32]) -> [u8; 4] {
    let mut message = name.as_bytes().to_vec();
    message.extend_from_slice(&[b'\n', ED25519]);
    message.extend_from_slice(public_key);
    let hash = digest(&SHA256, &message);
    hash.as_ref()
        .first_chunk()
        .copied()
        // SHA-256 has 32 bytes.
        .unwrap_or_default()
}

/// Why a note or a verifier key is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A name of a log that cannot stand in a note.
    #[error(
        "name of the log must have 1 to 128 bytes without white space, control characters and +"
    )]
    Name,
    /// Not in the form of a verifier key.
    #[error(
        "verifier key must read `<name>+<key id>+<key>` with an Ed25519 key, as in C2SP signed-note"
    )]
    VerifierKey,
    /// Not in the form of a note or checkpoint.
    #[error("not in the form of a signed checkpoint (C2SP tlog-checkpoint)")]
    Malformed,
    /// The expected key signed, but something else.
    #[error("the signature does not fit the text")]
    Signature,
    /// The expected key did not sign.
    #[error("the expected key did not sign it")]
    NotSigned,
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of C2SP signed-note.
    const EXAMPLE_KEY: &str =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const EXAMPLE_NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_example_of_the_specification_verifies() {
        let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
        assert_eq!(key.to_string(), EXAMPLE_KEY);
        assert_eq!(
            open_note(EXAMPLE_NOTE, &key),
            Ok("This is an example message.\n")
        );
    }

    #[test]
    fn every_flipped_bit_of_a_note_is_found() {
        let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
        for bit in 0..EXAMPLE_NOTE.len() * 8 {
            let mut bytes = EXAMPLE_NOTE.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(note) = std::str::from_utf8(&bytes) {
                assert!(open_note(note, &key).is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn signatures_of_others_are_passed_over() {
        let (ours, _) = NoteKey::generate().unwrap();
        let (theirs, _) = NoteKey::generate().unwrap();
        let key = VerifierKey::new("a.example/log", ours.public_key()).unwrap();
        let note = sign("text\n\nmore\n", "a.example/log", &ours);
        assert_eq!(open_note(&note, &key), Ok("text\n\nmore\n"));
        let other = sign("text\n\nmore\n", "witness.example", &theirs);
        let line = other.lines().next_back().unwrap();
        let both = format!("{note}{line}\n");
        assert_eq!(open_note(&both, &key), Ok("text\n\nmore\n"));
        assert_eq!(open_note(&other, &key), Err(NoteError::NotSigned));
        assert_eq!(open_note("", &key), Err(NoteError::Malformed));
        assert_eq!(open_note("text\n", &key), Err(NoteError::Malformed));
        assert_eq!(open_note("text\n\n", &key), Err(NoteError::Malformed));
    }

    #[test]
    fn names_that_break_a_note_are_refused() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", &"a".repeat(129)] {
            assert_eq!(VerifierKey::new(name, [0; 32]), Err(NoteError::Name));
        }
        let changed = EXAMPLE_KEY.replace("530d903a", "530d903b");
        assert_eq!(changed.parse::<VerifierKey>(), Err(NoteError::VerifierKey));
    }
}
