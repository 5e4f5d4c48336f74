//! A PKI of the shape of PKIoverheid for tests, demonstrations and the conformance suite: a root, a
//! domain CA, an issuing CA and leaves with the OIN in `subject.serialNumber`.
//!
//! Never for production: its keys lie in files and its names say TEST. It resembles either hierarchy of
//! PKIoverheid ([`Shape`]) in everything but the length of the CAs' keys: 3072 bits where theirs have 4096.

mod ca;
mod ca_key;
pub(crate) mod der;
mod flaw;
mod profile;
mod shape;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::{fs, io};

use crate::pem;
use ca::Ca;
use flaw::RsaPublicKey;
use rcgen::{CertificateParams, KeyPair, PublicKeyData};

pub use flaw::Flaw;
pub use shape::Shape;

/// What a new PKI looks like.
#[derive(Debug, Clone, Copy)]
pub struct DevPkiOptions {
    /// The kind of the leaves' keys.
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
    /// Policies in dotted notation; `None`: those of the PKI's [`Shape`], `Some(&[])`: none.
    pub policy_oids: Option<&'a [&'a str]>,
    /// A private key (PEM, PKCS#8) to use instead of a new one.
    pub key_pem: Option<&'a str>,
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
            policy_oids: None,
            key_pem: None,
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
#[derive(Clone)]
pub struct DevPki {
    options: DevPkiOptions,
    /// Where certificates say that the lists are.
    published_at: String,
    root: Ca,
    domain: Ca,
    issuing: Ca,
}

impl DevPki {
    /// Makes a new PKI whose CAs have the same kind of keys as its leaves: [`Shape::Ecdsa`] or [`Shape::G1`].
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a key or certificate cannot be made.
    pub fn create(options: &DevPkiOptions) -> Result<Self, DevPkiError> {
        let shape = match options.key_type {
            KeyType::EcdsaP256 => Shape::Ecdsa,
            KeyType::Rsa3072 => Shape::G1,
        };
        Self::create_shaped(shape, options)
    }

    /// Makes a new PKI of a shape; the key type of the options is that of the leaves.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a key or certificate cannot be made.
    pub fn create_shaped(shape: Shape, options: &DevPkiOptions) -> Result<Self, DevPkiError> {
        Self::create_published(shape, options, profile::NOWHERE)
    }

    /// Makes a new PKI whose certificates say that the revocation lists are at `<url>/root-ca.crl`,
    /// `<url>/domain-ca.crl` and `<url>/issuing-ca.crl`.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a key or certificate cannot be made.
    pub fn create_published(
        shape: Shape,
        options: &DevPkiOptions,
        url: &str,
    ) -> Result<Self, DevPkiError> {
        let create = |authority, above: Option<&Ca>| {
            Ca::create(authority, above, shape, url, options.now_unix_seconds)
        };
        let root = create(Authority::Root, None)?;
        let domain = create(Authority::Domain, Some(&root))?;
        let issuing = create(Authority::Issuing, Some(&domain))?;
        Ok(Self {
            options: *options,
            published_at: url.to_owned(),
            root,
            domain,
            issuing,
        })
    }

    /// Which hierarchy this PKI resembles.
    pub fn shape(&self) -> Shape {
        self.issuing.shape()
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
            published_at: profile::NOWHERE.to_owned(),
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

    /// Chooses the kind of the keys of leaves that are issued from now on.
    pub fn set_key_type(&mut self, key_type: KeyType) {
        self.options.key_type = key_type;
    }

    /// Issues a leaf certificate.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when the options cannot be put in a certificate.
    pub fn issue(&mut self, leaf: &LeafOptions<'_>) -> Result<IssuedLeaf, DevPkiError> {
        self.issue_changed(leaf, |_| {})
    }

    /// Issues a leaf certificate with a mistake in it.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when the options cannot be put in a certificate.
    pub fn issue_flawed(
        &mut self,
        leaf: &LeafOptions<'_>,
        flaw: Flaw,
    ) -> Result<IssuedLeaf, DevPkiError> {
        self.issue_changed(leaf, |params| flaw.make(params))
    }

    /// Issues a leaf certificate for an RSA key of any size whose private half the caller has: `RSAPublicKey` in DER
    /// (RFC 8017 appendix A.1.1). Gives the chain as PEM.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when the options cannot be put in a certificate.
    pub fn issue_for_rsa_key(
        &mut self,
        leaf: &LeafOptions<'_>,
        public_key_der: &[u8],
    ) -> Result<String, DevPkiError> {
        let params = profile::leaf(leaf, self.shape(), &ca::new_serial()?, &self.published_at)?;
        self.chain_pem(&params, &RsaPublicKey(public_key_der))
    }

    /// Issues a leaf certificate that `change` may have spoiled.
    pub(crate) fn issue_changed(
        &mut self,
        leaf: &LeafOptions<'_>,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<IssuedLeaf, DevPkiError> {
        let serial = ca::new_serial()?;
        let key = match leaf.key_pem {
            Some(pem) => KeyPair::from_pem(pem)?,
            None => ca_key::new_key(self.options.key_type)?,
        };
        let mut params = profile::leaf(leaf, self.shape(), &serial, &self.published_at)?;
        change(&mut params);
        Ok(IssuedLeaf {
            chain_pem: self.chain_pem(&params, &key)?,
            key_pem: key.serialize_pem(),
            serial,
        })
    }

    /// Signs a leaf certificate and puts the CAs behind it.
    fn chain_pem(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<String, DevPkiError> {
        let certificate = self.issuing.sign(params, key)?;
        Ok([
            pem::encode("CERTIFICATE", &certificate).as_str(),
            self.issuing.certificate_pem(),
            self.domain.certificate_pem(),
        ]
        .concat())
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

    /// Signs a certificate or revocation list (DER) anew in the name of an authority, for tests that forge
    /// what rcgen cannot make.
    #[cfg(test)]
    pub(crate) fn sign_again(&self, authority: Authority, der: &[u8]) -> Vec<u8> {
        let signed = der::Signed::read(der).unwrap();
        self.authority(authority).key().sign_again(&signed).unwrap()
    }

    #[cfg(test)]
    fn authority(&self, authority: Authority) -> &Ca {
        match authority {
            Authority::Root => &self.root,
            Authority::Domain => &self.domain,
            Authority::Issuing => &self.issuing,
        }
    }

    fn crl_pem(&self, ca: &Ca) -> Result<String, DevPkiError> {
        let (now, valid) = (
            self.options.now_unix_seconds,
            self.options.crl_valid_seconds,
        );
        Ok(pem::encode("X509 CRL", &ca.crl(now, valid)?))
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
    /// A text that is no object identifier in dotted notation.
    #[error("test PKI cannot read `{0}` as an object identifier; write it as numbers with dots")]
    Oid(String),
    /// The crypto library refuses to sign.
    #[error("test PKI cannot sign")]
    Signing,
    /// A moment that no certificate can express, in Unix seconds.
    #[error("test PKI cannot express the time {0}")]
    Time(i64),
    /// The system gives no randomness.
    #[error("test PKI gets no randomness from the system")]
    Randomness,
}
