//! The files of one party: certificate, configuration and policy, in a folder of its own, as an administrator would lay them out.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sluis_certs::dev_pki::{DevPki, DevPkiError, IssuedLeaf, LeafOptions};
use sluis_certs::write_private_file;

use super::parties::Party;
use super::ports::free_ports;

/// What a party of a federation is to be.
#[derive(Debug, Clone)]
pub struct PartyPlan {
    /// Who.
    pub party: Party,
    /// Ports of manager, inway, outway and observability.
    pub ports: Ports,
    /// Whether it is the directory.
    pub is_directory: bool,
    /// Services behind its inway; none means no inway.
    pub services: Vec<ServicePlan>,
    /// Destinations of its outway; none means no outway.
    pub destinations: Vec<DestinationPlan>,
    /// Files of its policy folder: relative path and text.
    pub policy: Vec<(String, String)>,
    /// The directory of the group: OIN and manager port.
    pub directory: Option<(String, u16)>,
    /// More of the configuration file, for example a `limits` section.
    pub more: String,
}

/// The ports of one party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Manager.
    pub manager: u16,
    /// Inway.
    pub inway: u16,
    /// Outway.
    pub outway: u16,
    /// Health and metrics.
    pub observability: u16,
}

/// A service behind an inway.
#[derive(Debug, Clone)]
pub struct ServicePlan {
    /// Its name.
    pub name: String,
    /// Where the source listens.
    pub upstream: SocketAddr,
    /// Whether the source speaks HTTP/2.
    pub http2: bool,
}

/// A destination of an outway.
#[derive(Debug, Clone)]
pub struct DestinationPlan {
    /// Local name; the path prefix is a slash and this name.
    pub name: String,
    /// OIN of the provider.
    pub peer_id: String,
    /// Its service.
    pub service: String,
}

/// The files of a party, written.
#[derive(Debug, Clone)]
pub struct PartyFiles {
    /// What was planned.
    pub plan: PartyPlan,
    /// The party's folder.
    pub folder: PathBuf,
    /// The configuration file.
    pub config: PathBuf,
    /// Serial number of its certificate, for revoking it.
    pub serial: Vec<u8>,
}

/// The files of a party could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// A file.
    #[error("the files of the party cannot be written: {0}")]
    File(#[from] io::Error),
    /// The certificate.
    #[error("the certificate of the party cannot be made: {0}")]
    Certificate(#[from] DevPkiError),
}

impl ServicePlan {
    /// A service whose source speaks HTTP/1.1.
    #[must_use]
    pub fn new(name: &str, upstream: SocketAddr) -> ServicePlan {
        ServicePlan {
            name: name.to_owned(),
            upstream,
            http2: false,
        }
    }
}

impl DestinationPlan {
    /// A destination under the path `/<name>`.
    #[must_use]
    pub fn new(name: &str, provider: Party, service: &str) -> DestinationPlan {
        DestinationPlan {
            name: name.to_owned(),
            peer_id: provider.oin.to_owned(),
            service: service.to_owned(),
        }
    }
}

impl Ports {
    /// Four free ports.
    ///
    /// # Errors
    /// When there are no free ports.
    pub fn find() -> io::Result<Ports> {
        match free_ports(4)?.as_slice() {
            &[manager, inway, outway, observability] => Ok(Ports {
                manager,
                inway,
                outway,
                observability,
            }),
            _ => Err(io::ErrorKind::AddrNotAvailable.into()),
        }
    }
}

impl PartyPlan {
    /// A party with a manager only.
    ///
    /// # Errors
    /// When there are no free ports.
    pub fn new(party: Party) -> io::Result<PartyPlan> {
        Ok(PartyPlan {
            party,
            ports: Ports::find()?,
            is_directory: false,
            services: Vec::new(),
            destinations: Vec::new(),
            policy: Vec::new(),
            directory: None,
            more: String::new(),
        })
    }

    /// Writes certificate, trust, policy and configuration below `root`.
    ///
    /// # Errors
    /// [`LayoutError`].
    pub fn write(
        self,
        root: &Path,
        group_id: &str,
        pki: &mut DevPki,
        now_unix_seconds: i64,
    ) -> Result<PartyFiles, LayoutError> {
        let folder = root.join(self.party.short);
        fs::create_dir_all(folder.join("pki"))?;
        let leaf = pki.issue(&LeafOptions::new(
            self.party.oin,
            self.party.name,
            &["localhost"],
            now_unix_seconds,
        ))?;
        let serial = leaf.serial.clone();
        let crls = write_pki(&folder.join("pki"), pki, &leaf)?;
        for (path, text) in &self.policy {
            let file = folder.join("policy").join(path);
            fs::create_dir_all(file.parent().unwrap_or(&folder))?;
            fs::write(file, text)?;
        }
        let config = folder.join("sluis.yaml");
        fs::write(&config, self.yaml(group_id, &crls))?;
        Ok(PartyFiles {
            plan: self,
            folder,
            config,
            serial,
        })
    }

    fn yaml(&self, group_id: &str, crls: &[String]) -> String {
        let PartyPlan { party, ports, .. } = self;
        let crls: Vec<String> = crls.iter().map(|file| format!("pki/{file}")).collect();
        let mut yaml = format!(
            "group_id: {group_id}\n\
             peer: {{ id: \"{oin}\", name: {name} }}\n\
             certificate: {{ chain_file: pki/chain.pem, key_file: pki/key.pem }}\n\
             trust: {{ profile: test, anchors_file: pki/anchors.pem, crl_files: [{crls}] }}\n\
             store: {{ folder: data }}\n\
             admin: {{ socket: admin.sock }}\n\
             observability: {{ listen: 127.0.0.1:{observability}, log_format: text, log_level: warn }}\n\
             manager:\n  listen: 127.0.0.1:{manager}\n  address: https://localhost:{manager}\n",
            oin = party.oin,
            name = party.name,
            crls = crls.join(", "),
            observability = ports.observability,
            manager = ports.manager,
        );
        // Writing to a String does not fail.
        if let Some((peer_id, port)) = &self.directory {
            let _ = writeln!(
                yaml,
                "  directory: {{ peer_id: \"{peer_id}\", address: https://localhost:{port} }}"
            );
        }
        if self.is_directory {
            yaml.push_str("directory: {}\n");
        }
        if !self.policy.is_empty() {
            yaml.push_str("policy: { folder: policy }\n");
        }
        if !self.services.is_empty() {
            let _ = writeln!(
                yaml,
                "inway:\n  listen: 127.0.0.1:{0}\n  address: https://localhost:{0}\n  services:",
                ports.inway
            );
            for service in &self.services {
                let protocol = if service.http2 { "http2" } else { "http1" };
                let _ = writeln!(
                    yaml,
                    "    - {{ name: {}, upstream_url: \"http://{}\", protocol: {protocol} }}",
                    service.name, service.upstream
                );
            }
        }
        if !self.destinations.is_empty() {
            let _ = writeln!(
                yaml,
                "outway:\n  listen: 127.0.0.1:{}\n  destinations:",
                ports.outway
            );
            for destination in &self.destinations {
                let _ = writeln!(
                    yaml,
                    "    - {{ name: {0}, path_prefix: /{0}, peer_id: \"{1}\", service: {2} }}",
                    destination.name, destination.peer_id, destination.service
                );
            }
        }
        yaml.push_str(&self.more);
        yaml
    }
}

/// Writes a leaf with what it needs to trust others; returns the names of the revocation lists.
///
/// # Errors
/// [`LayoutError`].
pub fn write_pki(
    folder: &Path,
    pki: &DevPki,
    leaf: &IssuedLeaf,
) -> Result<Vec<String>, LayoutError> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("chain.pem"), &leaf.chain_pem)?;
    write_private_file(&folder.join("key.pem"), leaf.key_pem.as_bytes())?;
    fs::write(folder.join("anchors.pem"), pki.anchors_pem())?;
    let mut names = Vec::new();
    for (name, pem) in pki.crls_pem()? {
        fs::write(folder.join(&name), pem)?;
        names.push(name);
    }
    Ok(names)
}
