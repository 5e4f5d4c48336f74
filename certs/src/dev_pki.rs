//! A PKI of the shape of PKIoverheid for tests, demonstrations and the conformance suite.
//!
//! Never for production: its keys lie in files and its names say TEST.

use std::io;
use std::path::Path;

/// What a new PKI looks like.
#[derive(Debug, Clone, Copy)]
pub struct DevPkiOptions {
    /// The kind of every key.
    pub key_type: KeyType,
    /// The moment of creation, in Unix seconds.
    pub now_unix_seconds: i64,
    /// How long a revocation list is valid, in seconds.
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
            not_before_unix_seconds: now_unix_seconds - 3_600,
            not_after_unix_seconds: now_unix_seconds + 397 * 86_400,
        }
    }
}

/// A new leaf certificate with its private key.
#[derive(Clone)]
pub struct IssuedLeaf {
    /// PEM: leaf, issuing CA, domain CA. Not the root.
    pub chain_pem: String,
    /// PEM: the private key, PKCS#8.
    pub key_pem: String,
    /// The certificate's serial number, for [`DevPki::revoke`].
    pub serial: Vec<u8>,
}

/// Which certificate authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// The trust anchor.
    Root,
    /// Issued by the root.
    Domain,
    /// Issued by the domain CA; issues leaves.
    Issuing,
}

/// A root, a domain CA and an issuing CA, with their revocation lists.
pub struct DevPki {}

impl DevPki {
    /// Makes a new PKI.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a key or certificate cannot be made.
    pub fn create(options: &DevPkiOptions) -> Result<Self, DevPkiError> {
        let _ = options;
        Err(DevPkiError::Make)
    }

    /// Reads a PKI that [`DevPki::save`] wrote, to issue or revoke more.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a file is missing or unreadable.
    pub fn load(directory: &Path, options: &DevPkiOptions) -> Result<Self, DevPkiError> {
        let (_, _) = (directory, options);
        Err(DevPkiError::Make)
    }

    /// Writes certificates, private keys (mode 0600) and revocation lists to a directory.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a file cannot be written.
    pub fn save(&self, directory: &Path) -> Result<(), DevPkiError> {
        let _ = directory;
        Err(DevPkiError::Make)
    }

    /// Issues a leaf certificate.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when the options cannot be put in a certificate.
    pub fn issue(&mut self, leaf: &LeafOptions<'_>) -> Result<IssuedLeaf, DevPkiError> {
        let _ = leaf;
        Err(DevPkiError::Make)
    }

    /// Puts a leaf on the issuing CA's revocation list.
    pub fn revoke(&mut self, serial: &[u8]) {
        let _ = serial;
    }

    /// Puts a CA on the revocation list of the CA above it. The root cannot be revoked.
    pub fn revoke_authority(&mut self, authority: Authority) {
        let _ = authority;
    }

    /// The root certificate.
    pub fn anchors_pem(&self) -> String {
        String::new()
    }

    /// The revocation list of every level: file name and PEM text.
    ///
    /// # Errors
    ///
    /// [`DevPkiError`] when a list cannot be signed.
    pub fn crls_pem(&self) -> Result<Vec<(String, String)>, DevPkiError> {
        Err(DevPkiError::Make)
    }
}

/// Why the test PKI cannot do this.
#[derive(Debug, thiserror::Error)]
pub enum DevPkiError {
    /// A key or certificate cannot be made.
    #[error("test PKI cannot make a key or certificate")]
    Make,
    /// A file cannot be read or written.
    #[error("test PKI file cannot be read or written: {0}")]
    File(#[from] io::Error),
}
