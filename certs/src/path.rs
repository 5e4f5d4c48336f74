//! The path from a leaf to a trust anchor, as far as it can be followed.

use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};

use crate::DistinguishedName;
use crate::revocation::Fields;
use crate::signed::Signed;

/// Most certificates in a path, more than webpki allows.
const PATH_MAX: usize = 16;

/// A path as far as it can be followed, which webpki does not tell of a path that fails. It serves to say
/// what is wrong, and never to accept anything.
pub(crate) struct Path<'a> {
    /// From the leaf upwards, without the trust anchor.
    pub(crate) below: Vec<&'a [u8]>,
    pub(crate) end: PathEnd,
}

/// Where a path ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathEnd {
    /// At this trust anchor, by its place.
    Anchor(usize),
    /// At a certificate whose issuer, of this name, is nowhere.
    NoIssuer(DistinguishedName),
    /// At a certificate that whoever has the name of its issuer did not sign.
    WrongSignature(DistinguishedName),
    /// Nowhere: the certificate cannot be read, or the chain has no end.
    Nowhere,
}

impl<'a> Path<'a> {
    /// Follows the names and signatures upwards from `leaf`.
    pub(crate) fn follow(
        leaf: &'a [u8],
        issuers: &'a [CertificateDer<'_>],
        anchors: &[CertificateDer<'_>],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Self {
        let mut below = vec![leaf];
        let mut last = leaf;
        let end = loop {
            let (Some(fields), Some(signed)) = (Fields::read(last), Signed::read(last)) else {
                break PathEnd::Nowhere;
            };
            let is_named = |der: &[u8]| {
                Fields::read(der).is_some_and(|authority| authority.subject == fields.issuer)
            };
            let signs = |der: &[u8]| {
                Fields::read(der)
                    .filter(|authority| authority.subject == fields.issuer)
                    .is_some_and(|authority| signed.is_by(authority.public_key, algorithms))
            };
            let anchor = anchors.iter().position(|anchor| signs(anchor));
            if let Some(anchor) = anchor {
                break PathEnd::Anchor(anchor);
            }
            let next = issuers
                .iter()
                .map(|der| &**der)
                .filter(|der| !below.contains(der))
                .find(|der| signs(der));
            match next {
                Some(next) if below.len() < PATH_MAX => {
                    below.push(next);
                    last = next;
                }
                Some(_) => break PathEnd::Nowhere,
                None => {
                    let name = DistinguishedName::from_contents(fields.issuer);
                    let mut all = anchors.iter().chain(issuers);
                    break if all.any(|der| is_named(der)) {
                        PathEnd::WrongSignature(name)
                    } else {
                        PathEnd::NoIssuer(name)
                    };
                }
            }
        };
        Self { below, end }
    }
}
