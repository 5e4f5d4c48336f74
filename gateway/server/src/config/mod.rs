//! The configuration: one YAML file, read once.
//!
//! Unknown keys are refused, sizes and times carry their unit in their name, and secrets are named
//! as files (`*_file`), never written in the configuration, so that nothing here needs hiding.
//! Relative paths count from the folder of the configuration file.

mod address;
mod check;
mod headers;
mod inway;
mod limits;
mod list_address;
mod listen;
mod load;
mod manager;
mod mistake;
mod observability;
mod organisation;
mod outway;
mod own_key;
mod peer_id;
mod policy_folder;
mod problem;
mod reader;
mod reload;
mod replaceable;
mod tree;

use std::path::Path;

use serde::Deserialize;
use sluis_fsc::GroupId;

pub use address::{AddressError, HttpsAddress, UpstreamUrl};
pub use headers::HeaderNames;
pub use inway::{InwayConfig, Protocol, ServiceConfig};
pub use limits::Limits;
pub use list_address::{ListAddressError, ListHost, ListUrl};
pub use load::ConfigFile;
pub use manager::{DirectoryConfig, DirectoryPeer, ManagerConfig, RegulatedAreaConfig};
pub use observability::{AdminConfig, LogFormat, LogLevel, ObservabilityConfig};
pub use organisation::{
    AuditConfig, CertificateConfig, PeerConfig, PolicyConfig, StoreConfig, TrustConfig,
};
pub use outway::{Destination, OutwayConfig, PathPrefix, PathPrefixError};
pub use own_key::{KeyConfig, TokenConfig};
pub use peer_id::{PeerIdAttribute, PeerIdConfig, PeerIdFormConfig};
pub use policy_folder::{PolicyFolderError, read_policy_folder};
pub use problem::{Position, Problem, Report, Severity};
pub use reload::ReloadConfig;

/// Everything that the gateway is told by its administrator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The FSC group; organisations of one group share their trust anchors and their directory.
    pub group_id: GroupId,
    /// Who we are.
    pub peer: PeerConfig,
    /// Our certificate and key.
    pub certificate: CertificateConfig,
    /// Whom we trust.
    pub trust: TrustConfig,
    /// Where contracts and the audit log are kept.
    pub store: StoreConfig,
    /// The audit log.
    #[serde(default)]
    pub audit: AuditConfig,
    /// The policy folder; needed by inway and outway.
    #[serde(default)]
    pub policy: Option<PolicyConfig>,
    /// The role that keeps contracts and issues tokens; every other role needs it.
    #[serde(default)]
    pub manager: Option<ManagerConfig>,
    /// The role that publishes the group's peers and services.
    #[serde(default)]
    pub directory: Option<DirectoryConfig>,
    /// The role through which others reach our services.
    #[serde(default)]
    pub inway: Option<InwayConfig>,
    /// The role through which our applications reach others.
    #[serde(default)]
    pub outway: Option<OutwayConfig>,
    /// The local administration.
    #[serde(default)]
    pub admin: AdminConfig,
    /// Health, metrics, logs and traces.
    #[serde(default)]
    pub observability: ObservabilityConfig,
    /// How files that were replaced are noticed.
    #[serde(default)]
    pub reload: ReloadConfig,
    /// Limits on what comes from outside.
    #[serde(default)]
    pub limits: Limits,
}

impl Config {
    /// Reads a configuration file and judges its form; [`ConfigFile::check`] judges what it says.
    ///
    /// # Errors
    ///
    /// A report of every mistake of form, each with its place.
    pub fn load(path: &Path) -> Result<Self, Report> {
        ConfigFile::read(path).into_config()
    }

    /// Reads a configuration from text, as a test or the demo writes it. Relative paths count from
    /// `folder`.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub fn from_yaml(text: &str, folder: &Path) -> Result<Self, Report> {
        ConfigFile::parse(Path::new("configuration"), folder, text).into_config()
    }

    /// Origin of the audit log: the configured one, else `<peer id>.<group id>/log`.
    #[must_use]
    pub fn audit_origin(&self) -> String {
        match &self.audit.origin {
            Some(origin) => origin.as_ref().to_owned(),
            None => format!("{}.{}/log", self.peer.id, self.group_id),
        }
    }

    /// Makes every relative path count from `folder`.
    fn resolve(&mut self, folder: &Path) {
        for (path, name) in [
            (&mut self.audit.key_file, "audit.key"),
            (&mut self.audit.pseudonym_key_file, "pseudonym.key"),
        ] {
            if path.as_os_str().is_empty() {
                *path = self.store.folder.join(name);
            }
        }
        let CertificateConfig {
            chain_file,
            key,
            previous,
        } = &mut self.certificate;
        let previous = previous.iter_mut().flat_map(|one| {
            let mut files = one.key.files_mut();
            files.push(&mut one.chain_file);
            files
        });
        let fixed = [
            chain_file,
            &mut self.trust.anchors_file,
            &mut self.store.folder,
            &mut self.audit.key_file,
            &mut self.audit.pseudonym_key_file,
            &mut self.admin.socket,
        ];
        let policy = self.policy.as_mut().map(|policy| &mut policy.folder);
        let all = fixed
            .into_iter()
            .chain(key.files_mut())
            .chain(previous)
            .chain(&mut self.trust.crl_files)
            .chain(policy);
        for path in all {
            *path = folder.join(std::mem::take(path));
        }
    }
}

#[cfg(test)]
mod tests;
