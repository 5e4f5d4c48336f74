mod lists;
mod scope;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CrlIssuingDistributionPoint, CrlScope, DnType, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use time::OffsetDateTime;

use super::*;
use crate::test_kit::{NOW, children, contents, element, signed};

const HOUR: i64 = 3_600;
const SERIAL: &[u8] = &[0x51, 2, 3];

/// A CA with a fixed name and a key of its own.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Ca {
    fn new() -> Self {
        Self::with_key_usage(vec![KeyUsagePurpose::CrlSign])
    }

    fn with_key_usage(key_usages: Vec<KeyUsagePurpose>) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "TEST CA");
        params.key_usages = key_usages;
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            // What rcgen is told of the issuer may sign lists, whatever the certificate says.
            issuer: Issuer::new(Self::new_params(), key),
            certificate,
        }
    }

    fn new_params() -> CertificateParams {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "TEST CA");
        params
    }

    /// A certificate with the given distribution points.
    fn issue(&self, points: &[&str]) -> CertificateDer<'static> {
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from(SERIAL.to_vec()));
        params.crl_distribution_points = points
            .iter()
            .map(|uri| CrlDistributionPoint {
                uris: vec![(*uri).to_owned()],
            })
            .collect();
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, &self.issuer).unwrap().der().clone()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        rcgen::SigningKey::sign(self.issuer.key(), message).unwrap()
    }
}

/// A list to be made.
#[derive(Clone)]
struct Draft {
    number: u64,
    this_update: i64,
    point: Option<(&'static str, Option<CrlScope>)>,
    serials: Vec<Vec<u8>>,
}

fn draft(number: u64) -> Draft {
    Draft {
        number,
        this_update: NOW,
        point: None,
        serials: vec![],
    }
}

impl Draft {
    fn at(mut self, this_update: i64) -> Self {
        self.this_update = this_update;
        self
    }

    fn revoking(mut self, serial: &[u8]) -> Self {
        self.serials.push(serial.to_vec());
        self
    }

    fn point(mut self, uri: &'static str, scope: Option<CrlScope>) -> Self {
        self.point = Some((uri, scope));
        self
    }

    /// The list in DER; valid for an hour.
    fn der(&self, ca: &Ca) -> Vec<u8> {
        let moment = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let params = CertificateRevocationListParams {
            this_update: moment(self.this_update),
            next_update: moment(self.this_update + HOUR),
            crl_number: SerialNumber::from(self.number),
            issuing_distribution_point: self.point.map(|(uri, scope)| {
                CrlIssuingDistributionPoint {
                    distribution_point: CrlDistributionPoint {
                        uris: vec![uri.to_owned()],
                    },
                    scope,
                }
            }),
            revoked_certs: self
                .serials
                .iter()
                .map(|serial| RevokedCertParams {
                    serial_number: SerialNumber::from(serial.clone()),
                    revocation_time: moment(self.this_update),
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&ca.issuer).unwrap().der().to_vec()
    }

    fn of(&self, ca: &Ca) -> RevocationList {
        RevocationList::from_der(&self.der(ca)).unwrap()
    }
}

/// The list with one extension more, signed again.
fn with_extension(der: &[u8], ca: &Ca, identifier: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut outer = children(der);
    let mut fields = children(&outer[0]);
    let mut extension = element(0x06, identifier);
    if critical {
        extension.extend([1, 1, 0xff]);
    }
    extension.extend(element(0x04, value));
    let extensions = fields.pop().unwrap();
    let all = [contents(contents(&extensions)), &element(0x30, &extension)].concat();
    fields.push(element(0xa0, &element(0x30, &all)));
    outer[0] = element(0x30, &fields.concat());
    signed(&element(0x30, &outer.concat()), |message| ca.sign(message))
}

/// The verdict on a leaf, without a path around it.
fn verdict(
    lists: &RevocationLists,
    ca: &Ca,
    certificate: &CertificateDer<'_>,
    now: i64,
) -> Result<(), RevocationError> {
    check(lists, ca, certificate, false, now)
}

fn check(
    lists: &RevocationLists,
    ca: &Ca,
    certificate: &CertificateDer<'_>,
    is_authority: bool,
    now: i64,
) -> Result<(), RevocationError> {
    let authority = Fields::read(&ca.certificate).unwrap();
    let issuer = Signer {
        public_key: authority.public_key,
        may_sign_lists: authority.may_sign_lists(),
    };
    lists.check(
        &Fields::read(certificate).unwrap(),
        is_authority,
        &issuer,
        now,
    )
}

/// The label of a verdict.
fn label(verdict: Result<(), RevocationError>) -> &'static str {
    match verdict {
        Ok(()) => "passes",
        Err(RevocationError::Revoked { .. }) => "revoked",
        Err(RevocationError::NoList { .. }) => "no list",
        Err(RevocationError::OutOfScope { .. }) => "out of scope",
        Err(RevocationError::NotYetValid { .. }) => "not yet valid",
        Err(RevocationError::Expired { .. }) => "expired",
        Err(RevocationError::WrongSigner { .. }) => "wrong signer",
        Err(RevocationError::NotListSigner { .. }) => "not list signer",
        Err(RevocationError::Unreadable) => "unreadable",
    }
}

fn lists_of(files: &[Vec<u8>]) -> RevocationLists {
    RevocationLists::from_files(files).unwrap()
}
