//! One revocation list, read once: what the check needs stands ready to be searched.

use std::fmt;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateRevocationListDer, SignatureVerificationAlgorithm};
use webpki::BorrowedCertRevocationList;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use super::point::IssuingPoint;
use super::serial::Serial;
use super::signers::Signers;
use super::{CLOCK_SKEW_SECONDS, LISTS_MAX, RevocationListError};
use crate::DistinguishedName;
use crate::der::{self, Reader, tag};

/// Largest file with revocation lists, in bytes. A list of a million entries has about 40 million; the
/// lists of PKIoverheid stay far below one million bytes.
pub(super) const FILE_MAX_BYTES: usize = 32 << 20;
/// Most entries of one list. An entry takes 24 bytes of memory.
pub(super) const ENTRIES_MAX: usize = 1_000_000;

/// `id-ce-cRLNumber`, 2.5.29.20.
const NUMBER: &[u8] = &[0x55, 0x1d, 0x14];
/// `id-ce-issuingDistributionPoint`, 2.5.29.28.
const ISSUING_POINT: &[u8] = &[0x55, 0x1d, 0x1c];

/// A complete revocation list of one CA (RFC 5280 section 5), not verified yet: that is done when the CA's key is known.
#[derive(Debug)]
pub struct RevocationList {
    issuer: DistinguishedName,
    number: CrlNumber,
    this_update: i64,
    next_update: i64,
    point: Option<IssuingPoint>,
    /// In order, to be searched.
    serials: Box<[Serial]>,
    signers: Signers,
    bytes: usize,
}

/// A CRL number of up to 20 octets: as big-endian octets without leading zeros. A longer one is
/// larger, so comparing lengths first compares the numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CrlNumber {
    length: usize,
    octets: Vec<u8>,
}

impl CrlNumber {
    fn new(octets: &[u8]) -> Self {
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        let octets: Vec<u8> = octets.iter().skip(zeros).copied().collect();
        Self {
            length: octets.len(),
            octets,
        }
    }
}

impl fmt::Display for CrlNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "0x{}", crate::hex::encode(&self.octets))
    }
}

impl RevocationList {
    /// Reads one list in DER.
    ///
    /// # Errors
    ///
    /// [`RevocationListError`] when it is malformed or of an unsupported kind: delta, indirect, for some
    /// reasons only, without `nextUpdate`, or with a critical extension that is unknown.
    pub fn from_der(der: &[u8]) -> Result<Self, RevocationListError> {
        if der.len() > FILE_MAX_BYTES {
            return Err(RevocationListError::TooLarge(der.len()));
        }
        // webpki judges the whole; what it does not tell is then read from bytes known to be sound.
        let list = BorrowedCertRevocationList::from_der(der)?;
        let mut serials = Vec::new();
        for entry in &list {
            if serials.len() == ENTRIES_MAX {
                return Err(RevocationListError::TooManyEntries);
            }
            let serial = Serial::read(entry?.serial_number);
            serials.push(serial.ok_or(RevocationListError::Unreadable)?);
        }
        serials.sort_unstable();
        Self::read(der, serials).ok_or(RevocationListError::Unreadable)
    }

    /// Reads a file with one DER list or any number of PEM lists.
    ///
    /// # Errors
    ///
    /// As [`RevocationList::from_der`].
    pub fn from_file(file: &[u8]) -> Result<Vec<Self>, RevocationListError> {
        split(file)?.iter().map(|der| Self::from_der(der)).collect()
    }

    fn read(der: &[u8], serials: Vec<Serial>) -> Option<Self> {
        let mut outer = Reader::only(der, tag::SEQUENCE)?;
        let signed = outer.element()?;
        let algorithm = outer.take(tag::SEQUENCE)?;
        let [0, signature @ ..] = outer.take(tag::BIT_STRING)? else {
            return None;
        };
        let mut fields = Reader::new(signed.contents);
        fields.take(tag::INTEGER)?;
        fields.take(tag::SEQUENCE)?;
        let issuer = fields.element()?;
        let this_update = moment(fields.element()?.whole)?;
        let next_update = moment(fields.element()?.whole)?;
        fields.optional(tag::SEQUENCE);
        let extensions = Reader::new(fields.take(0xa0)?).take(tag::SEQUENCE)?;
        let number = match der::extension(extensions, NUMBER) {
            Some(value) => Reader::new(value).take(tag::INTEGER)?,
            None => &[],
        };
        let point = match der::extension(extensions, ISSUING_POINT) {
            Some(value) => Some(IssuingPoint::read(Reader::new(value).take(tag::SEQUENCE)?)?),
            None => None,
        };
        Some(Self {
            issuer: DistinguishedName::from_der(issuer.whole)?,
            number: CrlNumber::new(number),
            this_update,
            next_update,
            point,
            serials: serials.into_boxed_slice(),
            signers: Signers::new(signed.whole, algorithm, signature),
            bytes: der.len(),
        })
    }

    /// The CA whose list it says it is.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// When it was made, in Unix seconds.
    pub fn this_update(&self) -> i64 {
        self.this_update
    }

    /// When the next one is due and this one is used no more, in Unix seconds.
    pub fn next_update(&self) -> i64 {
        self.next_update
    }

    /// How many certificates are on it.
    pub fn entries(&self) -> usize {
        self.serials.len()
    }

    /// Whether the list can be used at this moment.
    ///
    /// # Errors
    ///
    /// [`RevocationListError`] when it was made in the future, or the next one was due.
    pub fn check_time(&self, now_unix_seconds: i64) -> Result<(), RevocationListError> {
        let issuer = || self.issuer.clone();
        if self.this_update > now_unix_seconds.saturating_add(CLOCK_SKEW_SECONDS) {
            return Err(RevocationListError::NotYetValid { issuer: issuer() });
        }
        if now_unix_seconds >= self.next_update {
            return Err(RevocationListError::Expired { issuer: issuer() });
        }
        Ok(())
    }

    pub(super) fn number(&self) -> &CrlNumber {
        &self.number
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Of two lists about the same, the one with the higher number counts; of two with one number, the
    /// later.
    pub(super) fn age(&self) -> (&CrlNumber, i64) {
        (&self.number, self.this_update)
    }

    pub(super) fn point(&self) -> Option<&IssuingPoint> {
        self.point.as_ref()
    }

    pub(super) fn signers(&self) -> &Signers {
        &self.signers
    }

    pub(super) fn is_signed_by(
        &self,
        public_key: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        self.signers.include(public_key, algorithms)
    }

    pub(super) fn has(&self, serial: &Serial) -> bool {
        self.serials.binary_search(serial).is_ok()
    }
}

/// Takes a file apart into lists in DER.
pub(crate) fn split(
    file: &[u8],
) -> Result<Vec<CertificateRevocationListDer<'_>>, RevocationListError> {
    if file.len() > FILE_MAX_BYTES {
        return Err(RevocationListError::TooLarge(file.len()));
    }
    // DER starts with a SEQUENCE whose length does not fit in one octet; no text starts like that.
    if let [0x30, 0x80..=0xff, ..] = file {
        return Ok(vec![CertificateRevocationListDer::from(file)]);
    }
    let lists = CertificateRevocationListDer::pem_slice_iter(file)
        .take(LISTS_MAX + 1)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| RevocationListError::Unreadable)?;
    if lists.is_empty() {
        Err(RevocationListError::Unreadable)
    } else {
        Ok(lists)
    }
}

fn moment(der: &[u8]) -> Option<i64> {
    match ASN1Time::from_der(der) {
        Ok(([], time)) => Some(time.timestamp()),
        _ => None,
    }
}
