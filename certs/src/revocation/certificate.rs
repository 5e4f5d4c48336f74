//! What the revocation check needs to know of a certificate, read without copying anything.

use crate::der::{self, Reader, tag};

/// `id-ce-keyUsage`, 2.5.29.15.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// `id-ce-cRLDistributionPoints`, 2.5.29.31.
const DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
/// The bit `cRLSign` (6) in the first octet of the bit string of key usage.
const CRL_SIGN: u8 = 0x80 >> 6;

/// The fields of a certificate (RFC 5280 section 4.1). Names and the public key are without the outer
/// `SEQUENCE`, as webpki has them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    pub(crate) public_key: &'a [u8],
    extensions: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn read(certificate: &'a [u8]) -> Option<Self> {
        let mut certificate = Reader::only(certificate, tag::SEQUENCE)?;
        let mut fields = Reader::new(certificate.take(tag::SEQUENCE)?);
        fields.optional(0xa0);
        let serial = fields.take(tag::INTEGER)?;
        fields.take(tag::SEQUENCE)?;
        let issuer = fields.take(tag::SEQUENCE)?;
        fields.take(tag::SEQUENCE)?;
        let subject = fields.take(tag::SEQUENCE)?;
        let public_key = fields.take(tag::SEQUENCE)?;
        // The identifiers [1] and [2] of version 2, which are in no certificate of today.
        fields.optional(0x81);
        fields.optional(0x82);
        let extensions = match fields.optional(0xa3) {
            Some(extensions) => Reader::new(extensions).take(tag::SEQUENCE)?,
            None => &[],
        };
        Some(Self {
            serial,
            issuer,
            subject,
            public_key,
            extensions,
        })
    }

    /// Whether the key may sign revocation lists: `cRLSign`, or no key usage at all (RFC 5280 section
    /// 6.3.3 (f)).
    pub(crate) fn may_sign_lists(&self) -> bool {
        match der::extension(self.extensions, KEY_USAGE) {
            None => true,
            Some(value) => Reader::new(value)
                .take(tag::BIT_STRING)
                .is_some_and(|bits| matches!(bits, [_, first, ..] if first & CRL_SIGN != 0)),
        }
    }

    /// The contents of the extension with the distribution points.
    pub(crate) fn distribution_points(&self) -> Option<&'a [u8]> {
        der::extension(self.extensions, DISTRIBUTION_POINTS)
            .and_then(|value| Reader::new(value).take(tag::SEQUENCE))
    }
}
