//! One certificate authority of the test PKI: certificate, key and revocation list.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use rcgen::{
    CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, PublicKeyData,
    RevocationReason, RevokedCertParams, SerialNumber,
};
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::ca_key::CaKey;
use super::{Authority, DevPkiError, Shape, profile};
use crate::pem;
use crate::private_file::write_private_file;

/// A certificate authority that can sign certificates and its own revocation list.
#[derive(Clone)]
pub(super) struct Ca {
    authority: Authority,
    shape: Shape,
    issuer: Arc<Issuer<'static, CaKey>>,
    certificate_pem: String,
    serial: Vec<u8>,
    revoked: Vec<Revoked>,
    /// Number of the current revocation list; a newer list has a higher one (RFC 5280 section 5.2.3).
    crl_number: u64,
}

#[derive(Clone)]
struct Revoked {
    serial: Vec<u8>,
    unix_seconds: i64,
}

impl Ca {
    /// Makes a new CA under `above`, or a root.
    pub(super) fn create(
        authority: Authority,
        above: Option<&Ca>,
        shape: Shape,
        published_at: &str,
        now_unix_seconds: i64,
    ) -> Result<Self, DevPkiError> {
        let key = CaKey::create(shape)?;
        let serial = new_serial()?;
        let params = profile::authority(authority, shape, &serial, published_at, now_unix_seconds)?;
        let der = match above {
            Some(above) => above.sign(&params, &key)?,
            None => key.finish(params.self_signed(&key)?.der())?,
        };
        Ok(Self {
            authority,
            shape,
            issuer: Arc::new(Issuer::new(profile::issuer(authority, shape)?, key)),
            certificate_pem: pem::encode("CERTIFICATE", &der),
            serial,
            revoked: Vec::new(),
            crl_number: 1,
        })
    }

    /// Reads the three files that [`Ca::save`] wrote. The revocation list is the memory of what was
    /// revoked; the next one gets a higher number.
    pub(super) fn load(authority: Authority, directory: &Path) -> Result<Self, DevPkiError> {
        let stem = authority.file_stem();
        let certificate_pem = fs::read_to_string(directory.join(format!("{stem}.pem")))?;
        let crl_der = CertificateRevocationListDer::from_pem_slice(&fs::read(
            directory.join(format!("{stem}.crl.pem")),
        )?)
        .map_err(|_| DevPkiError::Unreadable("revocation list"))?;
        let (_, crl) = CertificateRevocationList::from_der(&crl_der)
            .map_err(|_| DevPkiError::Unreadable("revocation list"))?;
        let number = crl
            .crl_number()
            .and_then(|number| u64::try_from(number).ok())
            .and_then(|number| number.checked_add(1))
            .ok_or(DevPkiError::Unreadable("revocation list number"))?;
        let certificates = crate::pem::certificates(certificate_pem.as_bytes())
            .map_err(|_| DevPkiError::Unreadable("certificate"))?;
        let [certificate] = certificates.as_slice() else {
            return Err(DevPkiError::Unreadable("certificate"));
        };
        let certificate = crate::peer::parse_certificate(certificate)
            .map_err(|_| DevPkiError::Unreadable("certificate"))?;
        let shape = Shape::of(&certificate).ok_or(DevPkiError::Unreadable("certificate"))?;
        let key = fs::read_to_string(directory.join(format!("{stem}.key.pem")))?;
        let key = CaKey::from_pem(shape, &key)?;
        Ok(Self {
            authority,
            shape,
            issuer: Arc::new(Issuer::new(profile::issuer(authority, shape)?, key)),
            serial: certificate.raw_serial().to_vec(),
            certificate_pem,
            revoked: crl
                .iter_revoked_certificates()
                .map(|entry| Revoked {
                    serial: entry.raw_serial().to_vec(),
                    unix_seconds: entry.revocation_date.timestamp(),
                })
                .collect(),
            crl_number: number,
        })
    }

    /// Writes certificate, private key (mode 0600) and revocation list.
    pub(super) fn save(&self, directory: &Path, crl_pem: &str) -> Result<(), DevPkiError> {
        let stem = self.authority.file_stem();
        fs::write(directory.join(format!("{stem}.pem")), &self.certificate_pem)?;
        write_private_file(
            &directory.join(format!("{stem}.key.pem")),
            self.issuer.key().pem().as_bytes(),
        )?;
        fs::write(directory.join(self.crl_file_name()), crl_pem)?;
        Ok(())
    }

    /// Signs a certificate for another key; gives its DER.
    pub(super) fn sign(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<Vec<u8>, DevPkiError> {
        let certificate = params.signed_by(key, &self.issuer)?;
        self.issuer.key().finish(certificate.der())
    }

    /// The revocation list as it stands, valid from now. DER.
    pub(super) fn crl(
        &self,
        now_unix_seconds: i64,
        valid_seconds: i64,
    ) -> Result<Vec<u8>, DevPkiError> {
        let list = CertificateRevocationListParams {
            this_update: profile::moment(now_unix_seconds)?,
            next_update: profile::moment(now_unix_seconds.saturating_add(valid_seconds))?,
            crl_number: SerialNumber::from(self.crl_number),
            issuing_distribution_point: None,
            revoked_certs: self
                .revoked
                .iter()
                .map(|revoked| {
                    Ok(RevokedCertParams {
                        serial_number: SerialNumber::from(revoked.serial.clone()),
                        revocation_time: profile::moment(revoked.unix_seconds)?,
                        reason_code: Some(RevocationReason::KeyCompromise),
                        invalidity_date: None,
                    })
                })
                .collect::<Result<_, DevPkiError>>()?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        self.issuer
            .key()
            .finish(list.signed_by(&self.issuer)?.der())
    }

    /// Adds a serial number to the revocation list, once.
    pub(super) fn revoke(&mut self, serial: &[u8], now_unix_seconds: i64) {
        if !self.revoked.iter().any(|revoked| revoked.serial == serial) {
            self.revoked.push(Revoked {
                serial: serial.to_vec(),
                unix_seconds: now_unix_seconds,
            });
            self.renew_crl();
        }
    }

    /// Lets the next revocation list replace every one before it.
    pub(super) fn renew_crl(&mut self) {
        self.crl_number = self.crl_number.saturating_add(1);
    }

    pub(super) fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    pub(super) fn serial(&self) -> &[u8] {
        &self.serial
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    #[cfg(test)]
    pub(super) fn key(&self) -> &CaKey {
        self.issuer.key()
    }

    pub(super) fn crl_file_name(&self) -> String {
        format!("{}.crl.pem", self.authority.file_stem())
    }
}

/// A certificate serial number: 20 random octets, positive, without a leading zero (RFC 5280 section
/// 4.1.2.2).
pub(super) fn new_serial() -> Result<Vec<u8>, DevPkiError> {
    let mut serial = vec![0; 20];
    SystemRandom::new()
        .fill(&mut serial)
        .map_err(|_| DevPkiError::Randomness)?;
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    Ok(serial)
}
