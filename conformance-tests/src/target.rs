//! The file that describes a target.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Most bytes in a target file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What is tested, and who the suite is towards it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// The folder of the file, in which commands are run.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
    /// What is tested, with its version, for the report.
    #[serde(default)]
    pub(crate) product: String,
    /// The FSC group.
    pub(crate) group_id: String,
    /// Peer ID of the organisation under test.
    pub(crate) peer_id: String,
    /// `https://host:port` of its manager.
    pub(crate) manager_address: String,
    /// Names of the target's addresses that no name server knows, with where they are.
    #[serde(default)]
    pub(crate) resolve: BTreeMap<String, IpAddr>,
    /// Whom everybody trusts.
    pub(crate) trust: TrustFiles,
    /// The keys of the test PKI, where the suite may issue certificates of it.
    #[serde(default)]
    pub(crate) test_pki: Option<TestPkiFiles>,
    /// The organisations that the suite plays.
    pub(crate) suite: SuiteConfig,
    /// The target's inway.
    #[serde(default)]
    pub(crate) inway: Option<InwayTarget>,
    /// The target's outway.
    #[serde(default)]
    pub(crate) outway: Option<OutwayTarget>,
    /// What the outside cannot do.
    #[serde(default)]
    pub(crate) commands: Commands,
    /// How far the target's clock may be off, in seconds: an expired token may still pass that long.
    #[serde(default = "default_clock_skew_seconds")]
    pub(crate) clock_skew_seconds: i64,
    /// How long one call or one awaited event may take, in seconds.
    #[serde(default = "default_wait_seconds")]
    pub(crate) wait_seconds: u64,
    /// How long the suite waits at most for a token to expire, in seconds.
    #[serde(default = "default_expired_token_wait_seconds")]
    pub(crate) expired_token_wait_seconds: i64,
}

/// Trust anchors and revocation lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustFiles {
    /// PEM file with the group's trust anchors.
    pub(crate) anchors_file: PathBuf,
    /// PEM or DER revocation lists of every level.
    pub(crate) crl_files: Vec<PathBuf>,
}

/// The CAs of a test PKI with their keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestPkiFiles {
    /// The folder that `sluis-conformance init --test-pki` or `sluis dev-pki` keeps them in.
    pub(crate) ca_folder: PathBuf,
    /// Where the suite puts a new revocation list of the issuing CA (PEM), for the target to take over.
    #[serde(default)]
    pub(crate) crl_file: Option<PathBuf>,
    /// Whether the group has the rules of PKIoverheid: an OIN in every certificate, and a policy.
    #[serde(default = "default_pkioverheid")]
    pub(crate) pkioverheid: bool,
}

/// The organisations that the suite plays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuiteConfig {
    /// The name under which the target reaches the suite; stands in the suite's certificates.
    #[serde(default = "default_host")]
    pub(crate) host: String,
    /// The address of this machine to listen on.
    #[serde(default = "default_listen")]
    pub(crate) listen: IpAddr,
    /// Connects to the target's services.
    pub(crate) consumer: PeerFiles,
    /// On whose behalf the consumer connects.
    pub(crate) delegator: PeerFiles,
    /// Offers a service to the target, or publishes one in the target's directory.
    pub(crate) provider: PeerFiles,
    /// Is in no contract, where the suite may be a fourth organisation.
    #[serde(default)]
    pub(crate) stranger: Option<PeerFiles>,
}

/// One organisation that the suite plays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeerFiles {
    /// Its certificates. The first is used for connections; the others where a case needs another key.
    pub(crate) certificates: Vec<CertificateFiles>,
    /// Port of its manager; 0 takes a free one.
    #[serde(default)]
    pub(crate) manager_port: u16,
    /// Port of its inway (provider only); 0 takes a free one.
    #[serde(default)]
    pub(crate) inway_port: u16,
    /// Port of another inway of it, which shows certificates with mistakes (provider only); 0 takes a free one.
    #[serde(default)]
    pub(crate) other_inway_port: u16,
}

/// A certificate chain with its key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateFiles {
    /// PEM, leaf first, without the root.
    pub(crate) chain_file: PathBuf,
    /// PEM, unencrypted.
    pub(crate) key_file: PathBuf,
}

/// The target as a provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InwayTarget {
    /// `https://host:port` of the inway.
    pub(crate) address: String,
    /// The service behind it that the suite may use.
    pub(crate) service: String,
    /// Where the suite itself is the source of that service. Left out: what arrives at the source cannot
    /// be seen, and the cases that look at it are not run.
    #[serde(default)]
    pub(crate) source_listen: Option<SocketAddr>,
    /// Properties that a connection grant needs before the target lets requests through.
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
    /// The request to make.
    #[serde(default)]
    pub(crate) request: RequestTarget,
    /// Our FSC extension Purpose Binding, where the target has it.
    #[serde(default)]
    pub(crate) purpose: Option<PurposeTarget>,
}

/// The FSC extension Purpose Binding at the target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PurposeTarget {
    /// A purpose that the target's register has for the request, and the connection's properties have not.
    pub(crate) not_agreed: String,
    /// A request whose answer is filtered.
    #[serde(default)]
    pub(crate) filtered: Option<FilteredTarget>,
}

/// A request whose answer is filtered by the data groups of the contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilteredTarget {
    /// The properties of the connection.
    pub(crate) properties: Map<String, Value>,
    /// The request.
    pub(crate) request: RequestTarget,
    /// What the suite answers as the source.
    pub(crate) source_answer: Value,
    /// What may leave the target of it.
    pub(crate) released: Value,
}

/// The target as a consumer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutwayTarget {
    /// `http://host:port` of the outway.
    pub(crate) address: String,
    /// The certificate that the outway shows to inways, PEM; contracts name its key.
    pub(crate) certificate_file: PathBuf,
    /// Name of the service that the suite's provider offers.
    pub(crate) service: String,
    /// Properties that a connection grant needs before the target lets requests through.
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
    /// The part of the request's path that only chooses the destination and that the outway takes off.
    #[serde(default)]
    pub(crate) path_prefix: String,
    /// The request that an application makes; `{grant_hash}` is filled in.
    #[serde(default)]
    pub(crate) request: RequestTarget,
}

/// A request.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RequestTarget {
    /// The method.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Headers to add.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: String,
}

impl Default for RequestTarget {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            headers: BTreeMap::new(),
            body: String::new(),
        }
    }
}

/// Commands that do at the target what the outside cannot.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Commands {
    /// Accepts a contract on the target's behalf; `{content_hash}` is filled in.
    pub(crate) accept_contract: Option<CommandLine>,
    /// Makes writing to the transaction log fail.
    pub(crate) break_transaction_log: Option<CommandLine>,
    /// Lets it succeed again.
    pub(crate) mend_transaction_log: Option<CommandLine>,
    /// Stops the target and starts it again.
    pub(crate) restart: Option<CommandLine>,
    /// Has the target take over the revocation list in `test_pki.crl_file`.
    pub(crate) take_over_crl: Option<CommandLine>,
}

/// A program with its arguments: a list, or one line that is split at blanks. No shell reads it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum CommandLine {
    /// One line.
    Line(String),
    /// Program and arguments.
    Words(Vec<String>),
}

impl CommandLine {
    /// Program and arguments.
    pub(crate) fn words(&self) -> Vec<String> {
        match self {
            Self::Line(line) => line.split_whitespace().map(str::to_owned).collect(),
            Self::Words(words) => words.clone(),
        }
    }
}

/// Why a target file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    /// The file, or one that it names.
    #[error("`{}` cannot be read: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A value in it.
    #[error("{setting}: {reason}")]
    Value {
        /// The key.
        setting: String,
        /// What is wrong and what to write.
        reason: String,
    },
}

impl Target {
    /// Reads a target file. Relative paths count from its folder.
    pub(crate) fn load(path: &Path) -> Result<Self, TargetError> {
        let file = |reason: String| TargetError::File {
            path: path.to_owned(),
            reason,
        };
        let size = fs::metadata(path).map_err(|error| file(error.to_string()))?;
        if size.len() > FILE_BYTES_MAX {
            return Err(file("it is larger than 1 MiB".to_owned()));
        }
        let text = fs::read_to_string(path).map_err(|error| file(error.to_string()))?;
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        let mut target: Self =
            serde_saphyr::from_str(&text).map_err(|error| file(error.to_string()))?;
        target.resolve(folder);
        target.folder = folder.to_owned();
        Ok(target)
    }

    /// [`Self::wait_seconds`] as a duration.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_secs(self.wait_seconds.clamp(1, 600))
    }

    fn resolve(&mut self, folder: &Path) {
        let suite = &mut self.suite;
        let peers = [
            &mut suite.consumer,
            &mut suite.delegator,
            &mut suite.provider,
        ];
        let certificates = peers
            .into_iter()
            .chain(&mut suite.stranger)
            .flat_map(|peer| peer.certificates.iter_mut())
            .flat_map(|files| [&mut files.chain_file, &mut files.key_file]);
        let outway = self
            .outway
            .as_mut()
            .map(|outway| &mut outway.certificate_file);
        let test_pki = self.test_pki.iter_mut();
        let test_pki =
            test_pki.flat_map(|pki| [Some(&mut pki.ca_folder), pki.crl_file.as_mut()].into_iter());
        let all = certificates
            .chain(&mut self.trust.crl_files)
            .chain([&mut self.trust.anchors_file])
            .chain(test_pki.flatten())
            .chain(outway);
        for path in all {
            *path = folder.join(std::mem::take(path));
        }
    }
}

fn default_clock_skew_seconds() -> i64 {
    60
}

fn default_wait_seconds() -> u64 {
    10
}

fn default_expired_token_wait_seconds() -> i64 {
    120
}

fn default_pkioverheid() -> bool {
    true
}

fn default_host() -> String {
    "localhost".to_owned()
}

fn default_listen() -> IpAddr {
    IpAddr::V4(Ipv4Addr::LOCALHOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_target_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target.yaml");
        fs::write(&path, crate::init::SAMPLE).unwrap();
        let target = Target::load(&path).unwrap();
        assert!(target.trust.anchors_file.starts_with(folder.path()));
        assert_eq!(target.suite.consumer.certificates.len(), 3);
        let pki = target.test_pki.unwrap();
        assert!(pki.pkioverheid && pki.ca_folder.starts_with(folder.path()));
        let accept = target.commands.accept_contract.unwrap().words();
        assert_eq!(accept.last().map(String::as_str), Some("{content_hash}"));
        assert!(target.outway.is_some());
        let filtered = target.inway.unwrap().purpose.unwrap().filtered.unwrap();
        assert_ne!(filtered.source_answer, filtered.released);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target.yaml");
        fs::write(&path, format!("{}\nunknown_key: 1\n", crate::init::SAMPLE)).unwrap();
        let error = Target::load(&path).unwrap_err().to_string();
        assert!(error.contains("unknown_key"), "{error}");
    }
}
