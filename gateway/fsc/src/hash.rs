//! Content hashes and grant hashes, `$algorithm$type$digest`.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use thiserror::Error;

use crate::{error::ErrorCode, grant::GrantType, text::shared_text};

/// The length of the longest hash text that is read (manager.yaml, `scope`).
pub const HASH_BYTES_MAX: usize = 1024;

/// The characters of a SHA3-512 digest in base64url without padding.
const DIGEST_CHARACTERS: usize = 86;

/// A hash algorithm of FSC Core 2.0.0; there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA3-512 (FIPS 202), number 1.
    #[default]
    Sha3_512,
}

impl HashAlgorithm {
    /// The name in contract content.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha3_512 => "HASH_ALGORITHM_SHA3_512",
        }
    }

    /// The number in a hash.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Sha3_512 => 1,
        }
    }
}

/// The hash that identifies the content of a contract, `$1$1$...` (FSC Core 2.0.0, The content hash).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(Arc<str>);

/// The hash that identifies one grant of one contract, for example `$1$3$...` for a service
/// connection (FSC Core 2.0.0, Grant hash).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantHash(Arc<str>, GrantType);

/// Why a text is not the hash that it should be. No case repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// Not `$number$number$digest`, or too long.
    #[error(
        "a hash has the form $algorithm$type$digest, as in $1$3$ followed by 86 base64url characters"
    )]
    Form,
    /// The first number is not 1.
    #[error("hash algorithm {0} is unknown; only 1 (SHA3-512) is known")]
    UnknownAlgorithm(u32),
    /// The second number is not 1 to 5.
    #[error("hash type {0} is unknown; 1 is a contract, 2 to 5 are grants")]
    UnknownType(u32),
    /// A content hash where a grant hash belongs.
    #[error(
        "this is the hash of a contract; give the hash of a grant in it, which starts with $1$2$ to $1$5$"
    )]
    ContentHashGiven,
    /// A grant hash where a content hash belongs.
    #[error(
        "this is the hash of a grant; give the hash of the contract's content, which starts with $1$1$"
    )]
    GrantHashGiven,
    /// The digest is not 64 bytes in base64url without padding.
    #[error("the digest of the hash is not 64 bytes in base64url without padding")]
    Digest,
}

impl HashError {
    /// The code that the standard gives this refusal, if it gives one.
    #[must_use]
    pub fn error_code(&self) -> Option<ErrorCode> {
        match self {
            Self::UnknownAlgorithm(_) => Some(ErrorCode::UnknownHashAlgorithmHash),
            Self::Form
            | Self::UnknownType(_)
            | Self::ContentHashGiven
            | Self::GrantHashGiven
            | Self::Digest => None,
        }
    }
}

impl ContentHash {
    /// Reads a content hash.
    ///
    /// # Errors
    /// [`HashError`], [`HashError::GrantHashGiven`] when it is a grant's.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        match hash_type(text)? {
            1 => Ok(Self(Arc::from(text))),
            _ => Err(HashError::GrantHashGiven),
        }
    }

    /// Computes the hash of contract content in canonical JSON.
    pub(crate) fn of_canonical(content: &str) -> Self {
        Self(Arc::from(assemble(1, &[content])))
    }
}

impl GrantHash {
    /// Reads a grant hash.
    ///
    /// # Errors
    /// [`HashError`], [`HashError::ContentHashGiven`] when it is a contract's.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        let hash_type = hash_type(text)?;
        let grant_type = GrantType::ALL
            .into_iter()
            .find(|known| u32::from(known.hash_type()) == hash_type);
        grant_type
            .map(|known| Self(Arc::from(text), known))
            .ok_or(HashError::ContentHashGiven)
    }

    /// The grant type that the hash announces.
    #[must_use]
    pub fn grant_type(&self) -> GrantType {
        self.1
    }

    /// Computes the hash of a grant: over the text of the content hash followed by the canonical JSON
    /// of the grant's data. The type in the prefix is the *hash type* of the standard's table; its one
    /// worked example shows the grant type instead and contradicts that table.
    pub(crate) fn of_canonical(
        content_hash: &ContentHash,
        grant_type: GrantType,
        data: &str,
    ) -> Self {
        Self(
            Arc::from(assemble(
                grant_type.hash_type(),
                &[content_hash.as_str(), data],
            )),
            grant_type,
        )
    }
}

shared_text!(ContentHash, HashError);
shared_text!(GrantHash, HashError);

fn assemble(hash_type: u8, parts: &[&str]) -> String {
    let mut context = digest::Context::new(&digest::SHA3_512);
    for part in parts {
        context.update(part.as_bytes());
    }
    let algorithm = HashAlgorithm::Sha3_512.number();
    format!(
        "${algorithm}${hash_type}${}",
        URL_SAFE_NO_PAD.encode(context.finish())
    )
}

/// Checks the whole form of a hash and returns its type, 1 to 5.
fn hash_type(text: &str) -> Result<u32, HashError> {
    if text.len() > HASH_BYTES_MAX {
        return Err(HashError::Form);
    }
    let rest = text.strip_prefix('$').ok_or(HashError::Form)?;
    let (algorithm, rest) = rest.split_once('$').ok_or(HashError::Form)?;
    let (hash_type, digest) = rest.split_once('$').ok_or(HashError::Form)?;
    match small_number(algorithm)? {
        1 => {}
        other => return Err(HashError::UnknownAlgorithm(other)),
    }
    let hash_type = match small_number(hash_type)? {
        known @ 1..=5 => known,
        other => return Err(HashError::UnknownType(other)),
    };
    match URL_SAFE_NO_PAD.decode(digest) {
        Ok(bytes) if digest.len() == DIGEST_CHARACTERS && bytes.len() == 64 => Ok(hash_type),
        _ => Err(HashError::Digest),
    }
}

fn small_number(digits: &str) -> Result<u32, HashError> {
    let plain = (1..=9).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    if !plain {
        return Err(HashError::Form);
    }
    digits.parse().map_err(|_| HashError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(prefix: &str) -> String {
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode([7; 64]))
    }

    #[test]
    fn the_two_kinds_are_told_apart() {
        assert!(ContentHash::parse(&text("$1$1$")).is_ok());
        assert_eq!(
            ContentHash::parse(&text("$1$3$")),
            Err(HashError::GrantHashGiven)
        );
        assert_eq!(
            GrantHash::parse(&text("$1$1$")),
            Err(HashError::ContentHashGiven)
        );
        for (prefix, kind) in [
            ("$1$2$", GrantType::ServicePublication),
            ("$1$3$", GrantType::ServiceConnection),
            ("$1$4$", GrantType::DelegatedServiceConnection),
            ("$1$5$", GrantType::DelegatedServicePublication),
        ] {
            assert_eq!(GrantHash::parse(&text(prefix)).unwrap().grant_type(), kind);
        }
    }

    #[test]
    fn each_mistake_is_named() {
        for (given, error) in [
            (String::new(), HashError::Form),
            ("$".into(), HashError::Form),
            ("1$1$x".into(), HashError::Form),
            ("$1$".into(), HashError::Form),
            (text("$01$1$"), HashError::Form),
            (text("$1$-1$"), HashError::Form),
            (text("$4294967296$1$"), HashError::Form),
            (text("$2$1$"), HashError::UnknownAlgorithm(2)),
            (text("$1$6$"), HashError::UnknownType(6)),
            (text("$1$0$"), HashError::UnknownType(0)),
            (format!("{}=", text("$1$1$")), HashError::Digest),
            ("$1$1$AAAA".into(), HashError::Digest),
            (text("$1$1$").replace("Bw", "+/"), HashError::Digest),
            (text("$1$1$").repeat(20), HashError::Form),
        ] {
            let code = matches!(error, HashError::UnknownAlgorithm(_))
                .then_some(ErrorCode::UnknownHashAlgorithmHash);
            assert_eq!(error.error_code(), code);
            assert_eq!(ContentHash::parse(&given), Err(error), "{given}");
        }
    }

    #[test]
    fn the_last_character_has_one_spelling() {
        // 64 bytes leave four unused bits in the last character; they must be zero.
        let good = text("$1$1$");
        let mut other = good.clone();
        other.pop();
        other.push('x');
        assert_ne!(good, other);
        assert_eq!(ContentHash::parse(&other), Err(HashError::Digest));
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_the_text(given in "\\PC*|[$0-9]{0,12}[A-Za-z0-9_-]{0,90}") {
            if let Ok(hash) = ContentHash::parse(&given) {
                proptest::prop_assert_eq!(hash.as_str(), given.as_str());
            }
            let _ = GrantHash::parse(&given);
        }
    }
}
