//! Who a certificate says that its holder is.

use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::asn1_rs::oid;
use x509_parser::oid_registry::{
    OID_X509_COMMON_NAME, OID_X509_ORGANIZATION_NAME, OID_X509_SERIALNUMBER, Oid,
};
use x509_parser::prelude::FromDer;

use crate::checks::KeyMeasure;
use crate::trust_rules::RSA_BITS_GOOD;
use crate::{
    CertificateThumbprint, Oin, OinPrefix, PeerId, PeerIdError, PublicKeyThumbprint, Warning, hex,
};

/// Largest certificate that is read, in bytes. PKIoverheid certificates have about 2,000.
const CERTIFICATE_MAX_BYTES: usize = 65_536;
/// Most DNS names in one certificate (PKIoverheid G4 profile: 1 to 100).
const DNS_NAMES_MAX: usize = 100;
/// Longest organisation name in bytes; X.520 allows 64 characters, UTF-8 takes up to 4 bytes each.
const NAME_MAX_BYTES: usize = 256;
/// Longest certificate serial in bytes (RFC 5280 section 4.1.2.2: 20, with a leading zero 21).
const SERIAL_MAX_BYTES: usize = 21;

/// The holder of a certificate, read once from a certificate that was verified before.
///
/// The identity is `subject.serialNumber`, which PKIoverheid gives the OIN (Digikoppeling PKI001; the
/// FSC profile takes it as Peer ID), unless the group has chosen another attribute
/// ([`PeerIdRule`](crate::PeerIdRule)). It has nothing to do with the certificate's own serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The FSC Peer ID.
    pub id: PeerId,
    /// The attribute of the subject that it stands in.
    pub id_attribute: Attribute,
    /// The name of the organisation: `subject.organizationName`.
    pub name: Arc<str>,
    /// SHA-256 of the whole certificate, to which tokens are bound.
    pub certificate_thumbprint: CertificateThumbprint,
    /// SHA-256 of the public key, which grants name.
    pub public_key_thumbprint: PublicKeyThumbprint,
    /// The DNS names in the subject alternative name extension, as written.
    pub dns_names: Vec<Arc<str>>,
    /// The serial number that the issuer gave the certificate, in lower-case hexadecimal.
    pub serial: Arc<str>,
    /// Start of validity in Unix seconds.
    pub not_before: i64,
    /// End of validity in Unix seconds; the certificate is still valid in this second.
    pub not_after: i64,
    /// What is acceptable in the certificate and yet worth knowing.
    pub warnings: Vec<Warning>,
}

impl Peer {
    /// Reads the holder from a DER certificate. This verifies nothing: see
    /// [`Trust::verify`](crate::Trust::verify).
    ///
    /// # Errors
    ///
    /// [`PeerError`] when the certificate names no holder, or could be read as naming two.
    pub fn from_certificate(der: &[u8]) -> Result<Self, PeerError> {
        Self::from_certificate_as(der, Attribute::SerialNumber)
    }

    /// As [`Peer::from_certificate`], in a group that keeps the peer id in another attribute.
    ///
    /// # Errors
    ///
    /// As [`Peer::from_certificate`].
    pub fn from_certificate_as(der: &[u8], id: Attribute) -> Result<Self, PeerError> {
        Self::read(&parse_certificate(der)?, id)
    }

    /// Reads the holder from a parsed certificate.
    pub(crate) fn read(
        certificate: &X509Certificate<'_>,
        id_attribute: Attribute,
    ) -> Result<Self, PeerError> {
        let id = subject_attribute(certificate, id_attribute)?;
        let name = subject_attribute(certificate, Attribute::Organisation)?;
        if name.is_empty() || name.len() > NAME_MAX_BYTES || name.contains(char::is_control) {
            return Err(PeerError::OrganisationName);
        }
        let serial = certificate.raw_serial();
        if serial.len() > SERIAL_MAX_BYTES {
            return Err(PeerError::Serial);
        }
        let id = PeerId::new(id)?;
        let (dns_names, ip_addresses) = names(certificate)?;
        Ok(Self {
            warnings: warnings(certificate, &id, &dns_names, ip_addresses),
            id,
            id_attribute,
            name: name.into(),
            certificate_thumbprint: CertificateThumbprint::of(certificate.as_raw()),
            public_key_thumbprint: PublicKeyThumbprint::of(certificate.public_key().raw),
            dns_names,
            serial: hex::encode(serial).into(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        })
    }

    /// Reads the holder from a chain as a TLS connection gives it: leaf first.
    ///
    /// # Errors
    ///
    /// [`PeerError::NoCertificate`] when there is no chain, otherwise as [`Peer::from_certificate`].
    pub fn from_chain(
        chain: Option<&[CertificateDer<'_>]>,
        id: Attribute,
    ) -> Result<Self, PeerError> {
        let leaf = chain
            .and_then(<[_]>::first)
            .ok_or(PeerError::NoCertificate)?;
        Self::from_certificate_as(leaf, id)
    }
}

/// Why a certificate names no holder. No text out of the certificate is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// The other side presented no certificate.
    #[error("no certificate was presented")]
    NoCertificate,
    /// Larger than any certificate in use; holds the size in bytes.
    #[error("certificate has {0} bytes; the limit is {CERTIFICATE_MAX_BYTES}")]
    TooLarge(usize),
    /// Not DER, or something follows the certificate.
    #[error("certificate is not a readable X.509 certificate")]
    Unreadable,
    /// A relative distinguished name of the subject has several attributes, so its order is undefined.
    #[error(
        "certificate subject has a multi-valued name component; ask the issuer for one without"
    )]
    MultiValuedName,
    /// The attribute is not there.
    #[error("certificate subject has no {0}")]
    Missing(Attribute),
    /// The attribute is there more than once, so that readers could disagree.
    #[error("certificate subject has more than one {0}")]
    Repeated(Attribute),
    /// The attribute is of another string type, or its bytes do not fit its type.
    #[error("certificate subject has a {0} that is not a PrintableString or UTF8String")]
    StringType(Attribute),
    /// The attribute for the Peer ID holds none.
    #[error("certificate subject names no peer id: {0}")]
    PeerId(#[from] PeerIdError),
    /// Empty, too long or with control characters.
    #[error(
        "certificate subject organizationName must have 1 to {NAME_MAX_BYTES} bytes and no control characters"
    )]
    OrganisationName,
    /// The certificate's own serial number is longer than RFC 5280 allows.
    #[error("certificate serial number is longer than {SERIAL_MAX_BYTES} bytes")]
    Serial,
    /// The subject alternative names cannot be read, or there are too many.
    #[error("certificate subject alternative names must be readable and at most {DNS_NAMES_MAX}")]
    DnsNames,
}

/// A subject attribute that identifies the holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attribute {
    /// X.520 `serialNumber` (2.5.4.5), where PKIoverheid puts the OIN.
    #[default]
    SerialNumber,
    /// X.520 `organizationIdentifier` (2.5.4.97), where PKIoverheid puts the KvK number and ETSI EN 319
    /// 412-1 any number of a national register.
    OrganisationIdentifier,
    /// X.520 `organizationName` (2.5.4.10).
    Organisation,
    /// X.520 `commonName` (2.5.4.3).
    CommonName,
}

impl Attribute {
    /// Its name in X.520.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SerialNumber => "serialNumber",
            Self::OrganisationIdentifier => "organizationIdentifier",
            Self::Organisation => "organizationName",
            Self::CommonName => "commonName",
        }
    }

    fn oid(self) -> Oid<'static> {
        match self {
            Self::SerialNumber => OID_X509_SERIALNUMBER,
            Self::OrganisationIdentifier => oid!(2.5.4.97),
            Self::Organisation => OID_X509_ORGANIZATION_NAME,
            Self::CommonName => OID_X509_COMMON_NAME,
        }
    }
}

impl std::fmt::Display for Attribute {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Parses exactly one DER certificate.
pub(crate) fn parse_certificate(der: &[u8]) -> Result<X509Certificate<'_>, PeerError> {
    if der.len() > CERTIFICATE_MAX_BYTES {
        return Err(PeerError::TooLarge(der.len()));
    }
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(PeerError::Unreadable),
    }
}

fn subject_attribute<'a>(
    certificate: &'a X509Certificate<'_>,
    attribute: Attribute,
) -> Result<&'a str, PeerError> {
    let oid = attribute.oid();
    let mut found = None;
    for component in certificate.subject().iter_rdn() {
        let mut parts = component.iter();
        let (Some(part), None) = (parts.next(), parts.next()) else {
            return Err(PeerError::MultiValuedName);
        };
        if *part.attr_type() == oid && found.replace(part.attr_value()).is_some() {
            return Err(PeerError::Repeated(attribute));
        }
    }
    let value = found.ok_or(PeerError::Missing(attribute))?;
    let text = std::str::from_utf8(value.data).map_err(|_| PeerError::StringType(attribute))?;
    match value.tag() {
        Tag::PrintableString if text.is_ascii() => Ok(text),
        Tag::Utf8String => Ok(text),
        _ => Err(PeerError::StringType(attribute)),
    }
}

/// The DNS names, and whether there are IP addresses.
fn names(certificate: &X509Certificate<'_>) -> Result<(Vec<Arc<str>>, bool), PeerError> {
    let names = match certificate.subject_alternative_name() {
        Ok(Some(extension)) => &extension.value.general_names,
        Ok(None) => return Ok((Vec::new(), false)),
        Err(_) => return Err(PeerError::DnsNames),
    };
    if names.len() > DNS_NAMES_MAX {
        return Err(PeerError::DnsNames);
    }
    let mut dns_names = Vec::with_capacity(names.len());
    let mut ip_addresses = false;
    for name in names {
        match name {
            GeneralName::DNSName(name) => dns_names.push((*name).into()),
            GeneralName::IPAddress(_) => ip_addresses = true,
            _ => {}
        }
    }
    Ok((dns_names, ip_addresses))
}

fn warnings(
    certificate: &X509Certificate<'_>,
    id: &PeerId,
    dns_names: &[Arc<str>],
    ip_addresses: bool,
) -> Vec<Warning> {
    let key = match KeyMeasure::of(certificate.public_key()) {
        KeyMeasure::Rsa(bits) if bits < RSA_BITS_GOOD => Some(Warning::ShortKey(bits)),
        _ => None,
    };
    let wildcard = dns_names.iter().any(|name| name.starts_with("*."));
    let oin = Oin::parse(id.as_str()).ok();
    let other_kvk_number = oin.is_some_and(|oin| {
        let stated = subject_attribute(certificate, Attribute::OrganisationIdentifier);
        let stated = stated.ok().and_then(|text| text.strip_prefix("NTRNL-"));
        oin.prefix() == OinPrefix::Kvk && stated.is_some() && stated != oin.as_str().get(8..16)
    });
    let all = [
        key,
        wildcard.then_some(Warning::WildcardName),
        ip_addresses.then_some(Warning::IpAddressName),
        other_kvk_number.then_some(Warning::OtherKvkNumber),
        oin.is_some_and(|oin| !oin.check_digit_holds())
            .then_some(Warning::CheckDigit),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
