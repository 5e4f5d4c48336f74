//! Signatures on certificates that were found good, remembered.
//!
//! The certificates of a few dozen CAs, and of peers that come back, are verified at every handshake. Whether a signature is
//! good depends on the key, the message and the signature alone: not on the time, nor on whom we trust or what
//! was revoked, which are judged anew each time.

use std::fmt;

use aws_lc_rs::digest;
use moka::sync::Cache;
use rustls_pki_types::{
    AlgorithmIdentifier, FipsStatus, InvalidSignature, SignatureVerificationAlgorithm,
};

/// Most signatures that are remembered, 32 bytes each: several for each peer of a large group.
const SIGNATURES_MAX: u64 = 8_192;

/// Algorithms for signatures that do the work once for each signature. Only good signatures are
/// remembered, so that nobody can fill the memory who has no certificate of a CA that we trust.
#[derive(Debug)]
pub(crate) struct Remembered(Box<[Remembering]>);

impl Remembered {
    /// Remembers what `algorithms` find.
    pub(crate) fn new(algorithms: &[&'static dyn SignatureVerificationAlgorithm]) -> Self {
        let good = Cache::new(SIGNATURES_MAX);
        let remembering = |(index, algorithm): (usize, &&'static _)| Remembering {
            index,
            algorithm: *algorithm,
            good: good.clone(),
        };
        Self(algorithms.iter().enumerate().map(remembering).collect())
    }

    /// The algorithms, in the order in which they were given.
    pub(crate) fn algorithms(&self) -> Vec<&dyn SignatureVerificationAlgorithm> {
        let all = self.0.iter();
        all.map(|algorithm| algorithm as &dyn SignatureVerificationAlgorithm)
            .collect()
    }
}

struct Remembering {
    /// Two algorithms can have the same identifiers (RSASSA-PSS).
    index: usize,
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    /// SHA-256 of everything on which the answer depends.
    good: Cache<[u8; 32], ()>,
}

impl Remembering {
    fn name(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> [u8; 32] {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&self.index.to_be_bytes());
        for part in [public_key, message, signature] {
            // With its length, so that no octet can move from one part to the next.
            hash.update(&part.len().to_be_bytes());
            hash.update(part);
        }
        let mut name = [0; 32];
        name.copy_from_slice(hash.finish().as_ref());
        name
    }
}

impl SignatureVerificationAlgorithm for Remembering {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let name = self.name(public_key, message, signature);
        if self.good.get(&name).is_some() {
            return Ok(());
        }
        self.algorithm
            .verify_signature(public_key, message, signature)?;
        self.good.insert(name, ());
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }

    fn fips_status(&self) -> FipsStatus {
        self.algorithm.fips_status()
    }

    fn fips(&self) -> bool {
        self.algorithm.fips()
    }
}

impl fmt::Debug for Remembering {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.algorithm.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Finds a signature good that equals key and message together, and counts how often it is asked.
    #[derive(Debug)]
    struct Joined(AtomicUsize);

    impl SignatureVerificationAlgorithm for Joined {
        fn verify_signature(
            &self,
            public_key: &[u8],
            message: &[u8],
            signature: &[u8],
        ) -> Result<(), InvalidSignature> {
            self.0.fetch_add(1, Ordering::Relaxed);
            if [public_key, message].concat() == signature {
                Ok(())
            } else {
                Err(InvalidSignature)
            }
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            rustls_pki_types::alg_id::ECDSA_P256
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            rustls_pki_types::alg_id::ECDSA_SHA256
        }
    }

    #[test]
    fn a_good_signature_is_verified_once_and_a_bad_one_each_time() {
        static FIRST: Joined = Joined(AtomicUsize::new(0));
        static SECOND: Joined = Joined(AtomicUsize::new(0));
        let remembered = Remembered::new(&[&FIRST, &SECOND]);
        let algorithms = remembered.algorithms();
        let [first, second] = algorithms[..] else {
            panic!("as many as were given");
        };
        let asked = |algorithm: &Joined| algorithm.0.load(Ordering::Relaxed);

        for _ in 0..3 {
            assert!(first.verify_signature(b"key", b"text", b"keytext").is_ok());
        }
        assert_eq!(asked(&FIRST), 1);
        for times in 1..=3 {
            assert!(first.verify_signature(b"key", b"text", b"keytex").is_err());
            assert_eq!(asked(&FIRST), 1 + times);
        }
        // The same octets, divided in another way, are another signature.
        assert!(first.verify_signature(b"keyt", b"ext", b"keytext").is_ok());
        assert_eq!(asked(&FIRST), 5);
        // What one algorithm found says nothing about another.
        assert!(second.verify_signature(b"key", b"text", b"keytext").is_ok());
        assert_eq!(asked(&SECOND), 1);
    }
}
