//! A PKI of the shape of PKIoverheid for tests, demonstrations and the conformance suite: a root, a
//! domain CA, an issuing CA and leaves with the OIN in `subject.serialNumber`.
//!
//! Never for production: its keys lie in files and its names say TEST. It differs from PKIoverheid G4
//! in its signatures: ECDSA or RSA PKCS#1 v1.5 instead of RSASSA-PSS.

mod ca;
mod profile;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::{fs, io};

use ca::Ca;
use rcgen::CertificateParams;

/// What a new PKI looks like.
#[derive(Debug, Clone, Copy)]
pub struct DevPkiOptions {
    /// The kind of every key.
    pub key_type: KeyType,
    /// The moment of creation and of the revocation lists, in Unix seconds.
    pub now_unix_seconds: i64,
    /// How long a revocation list is valid, in seconds. The PKIoverheid test profile has 172,800.
    pub crl_valid_seconds: i64,
}

/// The kind of a key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// ECDSA on P-256: quick to make.
    EcdsaP256,
    /// RSA of 3072 bits: what PKIoverheid uses.
    Rsa3072,
}

/// What a new leaf certificate says.
#[derive(Debug, Clone, Copy)]
pub struct LeafOptions<'a> {
    /// `subject.serialNumber`: the OIN.
    pub peer_id: &'a str,
    /// `subject.organizationName`.
    pub organisation: &'a str,
    /// `subject.commonName`.
    pub common_name: &'a str,
    /// DNS names in the subject alternative name extension.
    pub dns_names: &'a [&'a str],
    /// Start of validity in Unix seconds.
    pub not_before_unix_seconds: i64,
    /// End of validity in Unix seconds.
    pub not_after_unix_seconds: i64,
}

impl<'a> LeafOptions<'a> {
    /// A leaf for an organisation's gateway at one or more DNS names, valid from an hour ago for 397
    /// days (the PKIoverheid G4 test profile).
    pub fn new(
        peer_id: &'a str,
        organisation: &'a str,
        dns_names: &'a [&'a str],
        now_unix_seconds: i64,
    ) -> Self {
        Self {
            peer_id,
            organisation,
            common_name: dns_names.first().copied().unwrap_or(organisation),
            dns_names,
            not_before_unix_seconds: now_unix_seconds.saturating_sub(3_600),
            not_after_unix_seconds: now_unix_seconds.saturating_add(397 * 86_400),
        }
    }
}

/// A new leaf certificate with its private key.
#[derive(Clone)]
pub struct IssuedLeaf {
    /// PEM: leaf, issuing CA, domain CA. Not the root.
    pub chain_pem: String,
    /// PEM: the private key, PKCS#8. Keep it with [`write_private_file`](crate::write_private_file).
    pub key_pem: String,
    /// The certificate's serial number, for [`DevPki::revoke`].
    pub serial: Vec<u8>,
}

/// A level of the PKI that issues certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// The trust anchor.
    Root,
    /// Issued by the root.
    Domain,
    /// Issued by the domain CA; issues leaves.
    Issuing,
}

impl Authority {
    fn above(self) -> Option<Self> {
        match self {
            Self::Root => None,
            Self::Domain => Some(Self::Root),
            Self::Issuing => Some(Self::Domain),
        }
    }

    fn file_stem(self) -> &'static str {
        match self {
            Self::Root => "root-ca",
            Self::Domain => "domain-ca",
            Self::Issuing => "issuing-ca",
        }
    }
}

/// A root, a domain CA and an issuing CA, with their revocation lists.
pub struct DevPki {
    options: DevPkiOptions,
    root: Ca,
    domain: Ca,
    issuing: Ca,
}

impl DevPki {
    /// Makes a new PKI.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a key or certificate cannot be made.
    pub fn create(options: &DevPkiOptions) -> Result<Self, DevPkiError> {
        let (key_type, now) = (options.key_type, options.now_unix_seconds);
        let root = Ca::create(Authority::Root, None, key_type, now)?;
        let domain = Ca::create(Authority::Domain, Some(&root), key_type, now)?;
        let issuing = Ca::create(Authority::Issuing, Some(&domain), key_type, now)?;
        Ok(Self {
            options: *options,
            root,
            domain,
            issuing,
        })
    }

    /// Reads a PKI that [`DevPki::save`] wrote, to issue or revoke more. The key type of the options
    /// holds for new leaves; new revocation lists replace the saved ones.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a file is missing or unreadable.
    pub fn load(directory: &Path, options: &DevPkiOptions) -> Result<Self, DevPkiError> {
        Ok(Self {
            options: *options,
            root: Ca::load(Authority::Root, directory)?,
            domain: Ca::load(Authority::Domain, directory)?,
            issuing: Ca::load(Authority::Issuing, directory)?,
        })
    }

    /// Writes certificates, private keys (mode 0600) and revocation lists to a directory, which is
    /// made when it is not there: `root-ca.pem`, `root-ca.key.pem`, `root-ca.crl.pem` and the same for
    /// `domain-ca` and `issuing-ca`.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a file cannot be written.
    pub fn save(&self, directory: &Path) -> Result<(), DevPkiError> {
        fs::create_dir_all(directory)?;
        for ca in self.authorities() {
            ca.save(directory, &self.crl_pem(ca)?)?;
        }
        Ok(())
    }

    /// Issues a leaf certificate.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when the options cannot be put in a certificate.
    pub fn issue(&mut self, leaf: &LeafOptions<'_>) -> Result<IssuedLeaf, DevPkiError> {
        self.issue_changed(leaf, |_| {})
    }

    /// Issues a leaf certificate that `change` may have spoiled.
    pub(crate) fn issue_changed(
        &mut self,
        leaf: &LeafOptions<'_>,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<IssuedLeaf, DevPkiError> {
        let serial = ca::new_serial()?;
        let key = ca::new_key(self.options.key_type)?;
        let mut params = profile::leaf(leaf, &serial)?;
        change(&mut params);
        let certificate = self.issuing.sign(&params, &key)?;
        let chain_pem = [
            certificate.pem().as_str(),
            self.issuing.certificate_pem(),
            self.domain.certificate_pem(),
        ]
        .concat();
        Ok(IssuedLeaf {
            chain_pem,
            key_pem: key.serialize_pem(),
            serial,
        })
    }

    /// Puts a leaf on the issuing CA's revocation list.
    pub fn revoke(&mut self, serial: &[u8]) {
        self.issuing.revoke(serial, self.options.now_unix_seconds);
    }

    /// Puts a CA on the revocation list of the CA above it. Nobody can revoke the root; asking does
    /// nothing.
    pub fn revoke_authority(&mut self, authority: Authority) {
        let now = self.options.now_unix_seconds;
        match authority {
            Authority::Root => {}
            Authority::Domain => self.root.revoke(self.domain.serial(), now),
            Authority::Issuing => self.domain.revoke(self.issuing.serial(), now),
        }
    }

    /// Moves the PKI to another moment: the next revocation lists start then and have higher numbers.
    pub fn renew_crls(&mut self, now_unix_seconds: i64) {
        self.options.now_unix_seconds = now_unix_seconds;
        for ca in [&mut self.root, &mut self.domain, &mut self.issuing] {
            ca.renew_crl();
        }
    }

    /// The root certificate.
    pub fn anchors_pem(&self) -> String {
        self.root.certificate_pem().to_owned()
    }

    /// The revocation list of every level, root first: file name and PEM text.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a list cannot be signed.
    pub fn crls_pem(&self) -> Result<Vec<(String, String)>, DevPkiError> {
        self.authorities()
            .into_iter()
            .map(|ca| Ok((ca.crl_file_name(), self.crl_pem(ca)?)))
            .collect()
    }

    /// The private key of an authority, for tests that forge what rcgen cannot make.
    #[cfg(test)]
    pub(crate) fn authority_key_pem(&self, authority: Authority) -> String {
        match authority {
            Authority::Root => self.root.key_pem(),
            Authority::Domain => self.domain.key_pem(),
            Authority::Issuing => self.issuing.key_pem(),
        }
    }

    fn crl_pem(&self, ca: &Ca) -> Result<String, DevPkiError> {
        ca.crl_pem(
            self.options.now_unix_seconds,
            self.options.crl_valid_seconds,
        )
    }

    fn authorities(&self) -> [&Ca; 3] {
        [&self.root, &self.domain, &self.issuing]
    }
}

/// Why the test PKI cannot do this.
#[derive(Debug, thiserror::Error)]
pub enum DevPkiError {
    /// A key or certificate cannot be made.
    #[error("test PKI cannot make a key, certificate or revocation list: {0}")]
    Make(#[from] rcgen::Error),
    /// A file cannot be read or written.
    #[error("test PKI file cannot be read or written: {0}")]
    File(#[from] io::Error),
    /// A file is there, but does not hold what it should; names what.
    #[error("test PKI file does not hold a readable {0}; make a new PKI")]
    Unreadable(&'static str),
    /// A moment that no certificate can express, in Unix seconds.
    #[error("test PKI cannot express the time {0}")]
    Time(i64),
    /// The system gives no randomness.
    #[error("test PKI gets no randomness from the system")]
    Randomness,
}
