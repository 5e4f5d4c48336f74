//! Certificates of the target's test PKI, good ones and ones with a mistake.

use std::fs;
use std::sync::Arc;

use sluis_certs::dev_pki::{DevPki, DevPkiError, DevPkiOptions, Flaw, KeyType, LeafOptions};

use super::Stage;
use crate::case::{Stop, not_run};
use crate::clauses::{Clause, PKI_KEY, PKI_NAME, PKI_PEER, PKI_POLICY, PKI_USAGE, PKI_VALIDITY};
use crate::hooks;
use crate::play::Played;
use crate::target::TestPkiFiles;
use crate::wire::{ShortKey, Shown};

/// A day in seconds.
const DAY: i64 = 86_400;
/// How long the new revocation lists are valid, in seconds.
const CRL_SECONDS: i64 = 30 * DAY;
/// The lists begin so long ago, in seconds: the target's clock may be behind ours.
const CRL_BACKDATED_SECONDS: i64 = 60;
/// A name that the suite is not reached under.
const OTHER_NAME: &str = "elders.voorbeeld";
/// Too short for an OIN.
const SHORT_OIN: &str = "12345678";
/// The policy of PKIoverheid for authentication certificates of persons (Private Personen, G1).
const POLICY_OF_PERSONS: &str = "2.16.528.1.1003.1.2.8.1";

/// A certificate that the suite issues from the target's test PKI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// One without mistakes.
    Good,
    /// One that ended yesterday.
    Expired,
    /// One that begins tomorrow.
    Future,
    /// One that does not say what it is for.
    NoUsage,
    /// One for clients only.
    ClientOnly,
    /// One for servers only.
    ServerOnly,
    /// One that names no peer.
    NoPeerId,
    /// One with a number that is no OIN.
    ShortOin,
    /// One without a policy.
    NoPolicy,
    /// One with a policy of persons.
    PolicyOfPersons,
    /// One with an RSA key of 1024 bits.
    ShortKey,
    /// One for another name.
    OtherName,
}

impl Leaf {
    /// What it is, in words.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Good => "a certificate without mistakes",
            Self::Expired => "a certificate that ended yesterday",
            Self::Future => "a certificate that begins tomorrow",
            Self::NoUsage => "a certificate without extended key usage",
            Self::ClientOnly => "a certificate for clients only",
            Self::ServerOnly => "a certificate for servers only",
            Self::NoPeerId => "a certificate without subject.serialNumber",
            Self::ShortOin => "a certificate whose subject.serialNumber is no OIN",
            Self::NoPolicy => "a certificate without a policy",
            Self::PolicyOfPersons => "a certificate with a policy for persons",
            Self::ShortKey => "a certificate with an RSA key of 1024 bits",
            Self::OtherName => "a certificate for another name",
        }
    }

    /// Who says that it must be refused.
    pub(crate) fn clause(self) -> Clause {
        match self {
            Self::Good | Self::Expired | Self::Future => PKI_VALIDITY,
            Self::NoUsage | Self::ClientOnly | Self::ServerOnly => PKI_USAGE,
            Self::NoPeerId | Self::ShortOin => PKI_PEER,
            Self::NoPolicy | Self::PolicyOfPersons => PKI_POLICY,
            Self::ShortKey => PKI_KEY,
            Self::OtherName => PKI_NAME,
        }
    }

    /// Whether only the rules of PKIoverheid say so.
    pub(crate) fn is_of_pkioverheid(self) -> bool {
        matches!(
            self,
            Self::ShortOin | Self::NoPolicy | Self::PolicyOfPersons
        )
    }

    fn flaw(self) -> Option<Flaw> {
        match self {
            Self::NoUsage => Some(Flaw::NoUsage),
            Self::ClientOnly => Some(Flaw::ClientOnly),
            Self::ServerOnly => Some(Flaw::ServerOnly),
            Self::NoPeerId => Some(Flaw::NoPeerId),
            _ => None,
        }
    }

    fn options<'a>(self, peer: &'a Played, names: &'a [&'a str], now: i64) -> LeafOptions<'a> {
        let good = LeafOptions::new(&peer.id, &peer.name, names, now);
        match self {
            Self::Expired => LeafOptions {
                not_before_unix_seconds: now - 30 * DAY,
                not_after_unix_seconds: now - DAY,
                ..good
            },
            Self::Future => LeafOptions {
                not_before_unix_seconds: now + DAY,
                ..good
            },
            Self::ShortOin => LeafOptions {
                peer_id: SHORT_OIN,
                ..good
            },
            Self::NoPolicy => LeafOptions {
                policy_oids: Some(&[]),
                ..good
            },
            Self::PolicyOfPersons => LeafOptions {
                policy_oids: Some(&[POLICY_OF_PERSONS]),
                ..good
            },
            _ => good,
        }
    }
}

/// A certificate that was issued.
pub(crate) struct Issued {
    /// The chain with its key.
    pub(crate) shown: Shown,
    /// Its serial number, for [`Stage::revoke`]; empty where nobody revokes it.
    pub(crate) serial: Vec<u8>,
}

impl Stage {
    /// Issues a certificate to a peer of the suite, at the suite's host, from the target's test PKI.
    pub(crate) fn issue(&self, peer: &Played, leaf: Leaf) -> Result<Issued, Stop> {
        let (files, mut pki) = self.test_pki()?;
        if leaf.is_of_pkioverheid() && !files.pkioverheid {
            return Err(not_run(
                "the target file has `test_pki.pkioverheid: false`, and this is a rule of PKIoverheid",
            ));
        }
        let name = match leaf {
            Leaf::OtherName => OTHER_NAME,
            _ => self.target.suite.host.as_str(),
        };
        let (names, now) = ([name], self.now());
        let options = leaf.options(peer, &names, now);
        if leaf == Leaf::ShortKey {
            let chain = pki.issue_for_rsa_key(&options, &ShortKey.public_der());
            let shown = Shown::with_key(&chain.map_err(cannot)?, Arc::new(ShortKey));
            return Ok(Issued {
                shown: shown.map_err(unusable)?,
                serial: Vec::new(),
            });
        }
        let issued = match leaf.flaw() {
            Some(flaw) => pki.issue_flawed(&options, flaw),
            None => pki.issue(&options),
        };
        let issued = issued.map_err(cannot)?;
        let shown = Shown::from_pem(&issued.chain_pem, &issued.key_pem).map_err(unusable)?;
        Ok(Issued {
            shown,
            serial: issued.serial,
        })
    }

    /// Revokes a certificate, and has the target know.
    pub(crate) async fn revoke(&self, serial: &[u8]) -> Result<(), Stop> {
        let (files, mut pki) = self.test_pki()?;
        let crl_file = self.can_revoke()?;
        pki.revoke(serial);
        pki.save(&files.ca_folder).map_err(cannot)?;
        let lists = pki.crls_pem().map_err(cannot)?;
        if let Some((_, list)) = lists.last() {
            fs::write(crl_file, list).map_err(|error| {
                not_run(format!("`test_pki.crl_file` cannot be written: {error}"))
            })?;
        }
        let file = crl_file.to_string_lossy();
        let values = [("crl_file", file.as_ref())];
        let command = self.target.commands.take_over_crl.as_ref();
        hooks::run(&self.target, "take_over_crl", command, &values).await
    }

    /// Where the target reads revocation lists, or the reason why a case cannot be run.
    pub(crate) fn can_revoke(&self) -> Result<&std::path::Path, Stop> {
        let (files, _) = self.test_pki()?;
        if self.target.commands.take_over_crl.is_none() {
            return Err(not_run(
                "the target file has no command `commands.take_over_crl`",
            ));
        }
        files
            .crl_file
            .as_deref()
            .ok_or_else(|| not_run("the target file has no `test_pki.crl_file`"))
    }

    fn test_pki(&self) -> Result<(&TestPkiFiles, DevPki), Stop> {
        let Some(files) = &self.target.test_pki else {
            return Err(not_run(
                "the target file has no `test_pki`: without the keys of its CAs the suite can issue no certificate with a mistake",
            ));
        };
        let options = DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: self.now() - CRL_BACKDATED_SECONDS,
            crl_valid_seconds: CRL_SECONDS,
        };
        let pki = DevPki::load(&files.ca_folder, &options).map_err(|error| {
            let folder = files.ca_folder.display();
            not_run(format!("`test_pki.ca_folder` ({folder}): {error}"))
        })?;
        Ok((files, pki))
    }
}

fn cannot(error: DevPkiError) -> Stop {
    not_run(format!("the suite could not issue a certificate: {error}"))
}

fn unusable(reason: String) -> Stop {
    not_run(format!(
        "the suite cannot use its new certificate: {reason}"
    ))
}
