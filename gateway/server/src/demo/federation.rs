//! The federation of the demo, laid out on disk: four parties, each with its own folder, certificate, configuration and policy.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sluis_certs::dev_pki::{DevPki, DevPkiError, DevPkiOptions, KeyType};

use super::parties::{self, Party};
use super::party_files::{DestinationPlan, LayoutError, PartyFiles, PartyPlan, ServicePlan};
use super::policies::{self, PolicyFolder};

/// The FSC group of the demo.
pub const GROUP_ID: &str = "sluis.demo";

/// Name of the service that answers questions about persons.
pub const BRP: &str = "brp-personen";

/// Name of the service that answers questions about cases.
pub const ZAKEN: &str = "zaken";

/// How long the revocation lists of the demo are valid, in seconds.
const CRL_VALID_SECONDS: i64 = 48 * 3600;

/// The files of the four parties, and the PKI that vouches for them.
pub struct Federation {
    /// The folder that holds everything.
    pub root: PathBuf,
    /// The PKI; for more leaves, and for revoking.
    pub pki: DevPki,
    /// The directory.
    pub directory: PartyFiles,
    /// The municipality, with an outway.
    pub voorbeeld: PartyFiles,
    /// The agency, with an inway before its person records.
    pub uiw: PartyFiles,
    /// The shared service centre, with an inway before the municipality's cases.
    pub ssc: PartyFiles,
}

/// Where the systems behind the inways listen.
#[derive(Debug, Clone, Copy)]
pub struct Upstreams {
    /// The person records.
    pub brp: SocketAddr,
    /// The cases.
    pub zaken: SocketAddr,
}

/// What the four parties are to be.
pub struct Plans {
    /// The directory.
    pub directory: PartyPlan,
    /// The municipality.
    pub voorbeeld: PartyPlan,
    /// The agency.
    pub uiw: PartyPlan,
    /// The shared service centre.
    pub ssc: PartyPlan,
}

impl Plans {
    /// The federation of the demo. `more` is added to every configuration file, for example a `limits` section.
    ///
    /// # Errors
    /// When there are no free ports.
    pub fn new(upstreams: Upstreams, more: &str) -> std::io::Result<Plans> {
        let mut directory = plan(parties::DIRECTORY, policies::DIRECTORY, more)?;
        directory.is_directory = true;
        let at = Some((parties::DIRECTORY.oin.to_owned(), directory.ports.manager));
        let mut voorbeeld = plan(parties::VOORBEELD, policies::VOORBEELD, more)?;
        let mut uiw = plan(parties::UIW, policies::UIW, more)?;
        let mut ssc = plan(parties::SSC, policies::SSC, more)?;
        for party in [&mut voorbeeld, &mut uiw, &mut ssc] {
            party.directory.clone_from(&at);
        }
        voorbeeld.destinations = vec![
            DestinationPlan::new("brp", parties::UIW, BRP),
            DestinationPlan::new("zaken", parties::SSC, ZAKEN),
        ];
        uiw.services = vec![ServicePlan::new(BRP, upstreams.brp)];
        ssc.services = vec![ServicePlan::new(ZAKEN, upstreams.zaken)];
        Ok(Plans {
            directory,
            voorbeeld,
            uiw,
            ssc,
        })
    }

    /// A PKI for the parties.
    ///
    /// # Errors
    /// [`DevPkiError`].
    pub fn pki(now_unix_seconds: i64) -> Result<DevPki, DevPkiError> {
        DevPki::create(&DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds,
            crl_valid_seconds: CRL_VALID_SECONDS,
        })
    }

    /// Makes the PKI and writes the folders of all parties below `root`.
    ///
    /// # Errors
    /// [`LayoutError`].
    pub fn write(self, root: &Path, now_unix_seconds: i64) -> Result<Federation, LayoutError> {
        self.write_with(root, Plans::pki(now_unix_seconds)?, now_unix_seconds)
    }

    /// As [`Plans::write`], with a PKI in which something was done already. What is revoked in it stands in the lists of every party.
    ///
    /// # Errors
    /// [`LayoutError`].
    pub fn write_with(
        self,
        root: &Path,
        mut pki: DevPki,
        now_unix_seconds: i64,
    ) -> Result<Federation, LayoutError> {
        let mut write = |plan: PartyPlan| plan.write(root, GROUP_ID, &mut pki, now_unix_seconds);
        let (directory, voorbeeld) = (write(self.directory)?, write(self.voorbeeld)?);
        let (uiw, ssc) = (write(self.uiw)?, write(self.ssc)?);
        Ok(Federation {
            root: root.to_owned(),
            pki,
            directory,
            voorbeeld,
            uiw,
            ssc,
        })
    }
}

fn plan(party: Party, policy: PolicyFolder, more: &str) -> std::io::Result<PartyPlan> {
    let mut plan = PartyPlan::new(party)?;
    plan.policy = policy
        .files()
        .iter()
        .map(|&(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    plan.more = more.to_owned();
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_configuration_of_every_party_is_one_that_the_gateway_reads() {
        let root = tempfile::tempdir().unwrap();
        let here = SocketAddr::from(([127, 0, 0, 1], 9));
        let upstreams = Upstreams {
            brp: here,
            zaken: here,
        };
        let more = "limits: { passages_max: 7 }\n";
        let federation = Plans::new(upstreams, more)
            .unwrap()
            .write(root.path(), 1_800_000_000)
            .unwrap();
        for files in [
            &federation.directory,
            &federation.voorbeeld,
            &federation.uiw,
            &federation.ssc,
        ] {
            let config = Config::load(&files.config).unwrap_or_else(|report| panic!("{report}"));
            assert_eq!(config.peer.id.as_str(), files.plan.party.oin);
            assert_eq!(config.limits.passages_max, 7);
        }
    }
}
