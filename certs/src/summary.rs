//! What stands in certificate and revocation list files, for checks and overviews. Verifies nothing.

use std::fmt;

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::X509Name;

use crate::der::{self, Reader, tag};
use crate::hex;
use crate::peer::parse_certificate;
use crate::pem::{self, PemError};
use crate::revocation;
use crate::{ChainRole, PeerError, RevocationListError};

/// Longest text of a name that is shown, in characters.
const NAME_CHARS_MAX: usize = 200;

/// A distinguished name. Two are equal when they are the same byte for byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DistinguishedName {
    der: Vec<u8>,
    text: String,
}

impl DistinguishedName {
    /// Reads a name from DER.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        match X509Name::from_der(der) {
            Ok(([], name)) => Some(Self::read(&name)),
            _ => None,
        }
    }

    /// Reads a name from DER without the outer `SEQUENCE`.
    pub(crate) fn from_contents(contents: &[u8]) -> Self {
        let der = der::sequence(contents);
        Self::from_der(&der).unwrap_or(Self {
            der,
            text: "unreadable name".to_owned(),
        })
    }

    /// The DER without the outer `SEQUENCE`.
    pub(crate) fn contents(&self) -> &[u8] {
        Reader::new(&self.der)
            .take(tag::SEQUENCE)
            .unwrap_or_default()
    }

    fn read(name: &X509Name<'_>) -> Self {
        let common_name = name
            .iter_common_name()
            .next()
            .and_then(|attribute| attribute.as_str().ok());
        let text = common_name.map_or_else(|| name.to_string(), str::to_owned);
        Self {
            der: name.as_raw().to_vec(),
            text: shown(&text),
        }
    }
}

/// The common name, else all of it; at most 200 characters and no control characters.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DistinguishedName({})", self.text)
    }
}

/// How to speak of a certificate's holder: the common name of a CA, the organisation of a leaf, because
/// the common name of a leaf can be that of a person.
pub(crate) fn subject_text(certificate: &X509Certificate<'_>, role: ChainRole) -> Box<str> {
    if role != ChainRole::Leaf {
        return DistinguishedName::read(certificate.subject()).text.into();
    }
    let organisation = certificate.subject().iter_organization().next();
    let organisation = organisation.and_then(|attribute| attribute.as_str().ok());
    shown(organisation.unwrap_or("no organisation")).into()
}

fn shown(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(NAME_CHARS_MAX)
        .collect()
}

/// What a certificate says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSummary {
    /// Whose certificate it is.
    pub subject: DistinguishedName,
    /// Who issued it; the subject itself for a root.
    pub issuer: DistinguishedName,
    /// Start of validity in Unix seconds.
    pub not_before: i64,
    /// End of validity in Unix seconds.
    pub not_after: i64,
}

impl CertificateSummary {
    /// Reads one certificate.
    ///
    /// # Errors
    ///
    /// [`PeerError::Unreadable`] or [`PeerError::TooLarge`] when it is no certificate in use.
    pub fn of(der: &CertificateDer<'_>) -> Result<Self, PeerError> {
        let parsed = parse_certificate(der)?;
        Ok(Self {
            subject: DistinguishedName::read(parsed.subject()),
            issuer: DistinguishedName::read(parsed.issuer()),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
        })
    }

    /// Reads every certificate of a PEM file that can be read; the others are left out.
    ///
    /// # Errors
    ///
    /// [`PemError`] when the file is no PEM with certificates.
    pub fn of_pem(pem: &[u8]) -> Result<Vec<Self>, PemError> {
        let found = pem::certificates(pem)?;
        Ok(found.iter().filter_map(|der| Self::of(der).ok()).collect())
    }
}

/// What a revocation list says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationListSummary {
    /// The CA whose certificates it is about.
    pub issuer: DistinguishedName,
    /// Its number (`cRLNumber`), of which a later list has a higher one: `0x` and hexadecimal digits.
    pub number: String,
    /// When it was made, in Unix seconds.
    pub this_update: i64,
    /// When the next one is due and this one is used no more, in Unix seconds.
    pub next_update: Option<i64>,
}

impl RevocationListSummary {
    /// Reads a file with one DER list or any number of PEM lists.
    ///
    /// # Errors
    ///
    /// [`RevocationListError`] when one of them cannot be read.
    pub fn of_file(file: &[u8]) -> Result<Vec<Self>, RevocationListError> {
        let lists = revocation::split(file)?;
        lists
            .iter()
            .map(|der| {
                let (_, parsed) = CertificateRevocationList::from_der(der)
                    .map_err(|_| RevocationListError::Unreadable)?;
                let number = parsed.crl_number().map(|number| number.to_bytes_be());
                Ok(Self {
                    issuer: DistinguishedName::read(parsed.issuer()),
                    number: format!("0x{}", hex::encode(&number.unwrap_or_default())),
                    this_update: parsed.last_update().timestamp(),
                    next_update: parsed.next_update().map(|at| at.timestamp()),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};

    const NOW: i64 = 1_795_305_600;

    #[test]
    fn a_chain_and_its_lists_name_the_same_authorities() {
        let options = DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: NOW,
            crl_valid_seconds: 3600,
        };
        let mut pki = DevPki::create(&options).unwrap();
        let leaf = LeafOptions::new(
            "00000099000000001000",
            "Gemeente Voorbeeld",
            &["localhost"],
            NOW,
        );
        let leaf = pki.issue(&leaf).unwrap();
        let chain = CertificateSummary::of_pem(leaf.chain_pem.as_bytes()).unwrap();
        assert_eq!(chain.len(), 3);
        assert_eq!(chain[0].issuer, chain[1].subject);
        assert_eq!(chain[0].subject.to_string(), "localhost");
        let anchor = CertificateSummary::of_pem(pki.anchors_pem().as_bytes()).unwrap();
        assert_eq!(anchor[0].subject, anchor[0].issuer);
        for ((_, list), certificate) in pki.crls_pem().unwrap().iter().rev().zip(&chain) {
            let lists = RevocationListSummary::of_file(list.as_bytes()).unwrap();
            assert_eq!(lists[0].issuer, certificate.issuer);
            assert_eq!(lists[0].next_update.unwrap() - lists[0].this_update, 3600);
        }
    }

    #[test]
    fn what_is_no_certificate_or_list_is_refused() {
        assert!(CertificateSummary::of_pem(b"").is_err());
        assert!(CertificateSummary::of(&CertificateDer::from(vec![0; 3])).is_err());
        assert!(RevocationListSummary::of_file(b"x").is_err());
    }
}
