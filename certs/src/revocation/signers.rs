//! Who signed a list, remembered: checking the signature of three lists at every handshake would cost more
//! than checking the chain itself.

use std::sync::OnceLock;

use rustls_pki_types::SignatureVerificationAlgorithm;

use crate::signed::Signed;

/// Most keys of which the answer is remembered per list. A list is asked about the keys of CAs with its
/// issuer's name only, in paths that were verified: that is one, or two when a CA changes its key.
const KEYS_MAX: usize = 4;

/// The signature of a list with the answers that were found. Answers are read without a lock, and never
/// change: neither a list nor a key ever does.
#[derive(Debug)]
pub(super) struct Signers {
    message: Box<[u8]>,
    algorithm: Box<[u8]>,
    signature: Box<[u8]>,
    answers: [OnceLock<Answer>; KEYS_MAX],
}

#[derive(Debug)]
struct Answer {
    public_key: Box<[u8]>,
    signed: bool,
}

impl Signers {
    /// Takes the signed bytes, the contents of the `AlgorithmIdentifier`, and the signature.
    pub(super) fn new(message: &[u8], algorithm: &[u8], signature: &[u8]) -> Self {
        Self {
            message: message.into(),
            algorithm: algorithm.into(),
            signature: signature.into(),
            answers: Default::default(),
        }
    }

    /// Whether the holder of this key (the contents of its `SubjectPublicKeyInfo`) signed the list.
    pub(super) fn include(
        &self,
        public_key: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let mut computed = None;
        for slot in &self.answers {
            // Threads that come here at the same time each do the work, and agree.
            let answer = match slot.get() {
                Some(answer) => answer,
                None => {
                    let signed =
                        *computed.get_or_insert_with(|| self.is_signed_by(public_key, algorithms));
                    slot.get_or_init(|| Answer {
                        public_key: public_key.into(),
                        signed,
                    })
                }
            };
            if *answer.public_key == *public_key {
                return answer.signed;
            }
        }
        computed.unwrap_or_else(|| self.is_signed_by(public_key, algorithms))
    }

    /// Whether the other is of the same list, to the last octet of its signature.
    pub(super) fn are_of_the_same_list(&self, other: &Self) -> bool {
        self.are_of_the_same_message(other) && self.signature == other.signature
    }

    /// Whether the other is of the same list, whatever its signature.
    pub(super) fn are_of_the_same_message(&self, other: &Self) -> bool {
        self.message == other.message
    }

    /// The keys that were found to have signed the list.
    pub(super) fn known(&self) -> impl Iterator<Item = &[u8]> {
        self.answers
            .iter()
            .filter_map(OnceLock::get)
            .filter(|answer| answer.signed)
            .map(|answer| &*answer.public_key)
    }

    fn is_signed_by(
        &self,
        public_key: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let signed = Signed {
            message: &self.message,
            algorithm: &self.algorithm,
            signature: &self.signature,
        };
        signed.is_by(public_key, algorithms)
    }
}
