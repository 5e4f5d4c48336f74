//! `sluis contract propose`.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use serde::Deserialize;
use serde_json::{Map, Value};
use sluis_certs::PeerId;
use sluis_fsc::ServiceName;
use sluis_proto::admin::v1::preview_request::What;
use sluis_proto::admin::v1::{Grant, ProposeRequest};

use super::deliver::{Waiting, report};
use super::preview;
use super::proposal::{Caller, Connection, Proposal, Publication, Valid, read_file};
use super::successor;
use crate::cli::show::Names;
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console, write_json};

/// Shown under the long help.
const EXAMPLES: &str = r#"That we may call a service of another organisation, for the purposes in a file:

    sluis contract propose --service brp-personen --purposes purposes.yaml \
        --provider 00000099000000002000

where purposes.yaml holds a list such as:

    - activity: bijstand-aanvraag
      legal_basis: Participatiewet artikel 53a
      operations: [raadpleeg-met-bsn]
      data: [identiteit, adres]

That the directory lists a service of ours:

    sluis contract propose --publish brp-personen

Anything else stands in a file (YAML or JSON), `--file contract.yaml`:

    valid: { from: 2027-01-01, until: 2028-01-01 }    # or { days: 365 }
    grants:
      - connection:
          service: zaken
          provider: "00000099000000003000"
          purposes: [...]                             # or properties: { ... }
          caller: { domain_name: outway.example.nl }  # we by our public key when left out
          on_behalf_of: "00000099000000004000"
          offered_on_behalf_of: "00000099000000005000"

or, in a contract of its own:

      - publication: { service: zaken, protocol: http1, directory: "00000099000000009000" }

The same as an earlier contract, on the new key of our outway:

    sluis contract propose --like 0198f2c4-5d1e-7000-8000-000000000001"#;

/// Propose a contract, and sign it for us
///
/// Shows what a contract would open, signs it for us and brings it to every organisation that it names.
#[derive(Debug, Args)]
#[command(
    after_long_help = EXAMPLES,
    group = ArgGroup::new("what").required(true).args(["service", "publish", "file", "like"]),
    group = ArgGroup::new("purpose").args(["purposes", "properties", "without_purposes"]),
)]
pub(super) struct Arguments {
    /// The service of another organisation that we want to call
    #[arg(long, value_name = "SERVICE", value_parser = ServiceName::parse, requires_all = ["provider", "purpose"])]
    service: Option<ServiceName>,
    /// The organisation that offers the service, by Peer ID (for a Dutch government organisation its
    /// OIN)
    #[arg(long, value_name = "PEER-ID", requires = "service")]
    provider: Option<PeerId>,
    /// A file with the purposes for which we want to call (YAML or JSON)
    #[arg(long, value_name = "FILE", requires = "service")]
    purposes: Option<PathBuf>,
    /// A file with all properties of the grant (YAML or JSON); the purposes stand there as
    /// `purpose_binding.connection`
    #[arg(long, value_name = "FILE", requires = "service")]
    properties: Option<PathBuf>,
    /// Agree on no purposes; a gateway that asks for a purpose then refuses every call
    #[arg(long, requires = "service")]
    without_purposes: bool,
    /// On whose behalf we call, by Peer ID; that organisation must accept the contract too
    #[arg(long, value_name = "PEER-ID", requires = "service")]
    on_behalf_of: Option<PeerId>,
    /// On whose behalf the service is offered, by Peer ID
    #[arg(long, value_name = "PEER-ID", requires = "service")]
    offered_on_behalf_of: Option<PeerId>,
    /// Recognise our outway by this domain name in its certificate, instead of by its public key
    #[arg(long, value_name = "NAME", requires = "service")]
    outway_domain_name: Option<String>,
    /// A service of ours that a directory is to list; repeat for more
    #[arg(long, value_name = "SERVICE", value_parser = ServiceName::parse)]
    publish: Vec<ServiceName>,
    /// The directory that is to list it, by Peer ID; the configured one when left out
    #[arg(long, value_name = "PEER-ID", requires = "publish")]
    directory: Option<PeerId>,
    /// What the service speaks, as others are told; as configured when left out
    #[arg(long, value_enum, requires = "publish")]
    protocol: Option<Protocol>,
    /// The same once more as the contract with this id or content hash, on the key that our outway has now, for example
    /// after a renewal of the certificate; until the end of that contract when nothing is said
    #[arg(long, value_name = "ID")]
    like: Option<String>,
    /// A file with the whole proposal (YAML or JSON)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["valid_from", "valid_until", "valid_days"])]
    file: Option<PathBuf>,
    /// From when it is valid: a day (2027-01-31) or a moment (2027-01-31T12:00:00Z); now when left
    /// out
    #[arg(long, value_name = "MOMENT")]
    valid_from: Option<String>,
    /// Until when it is valid: a day or a moment
    #[arg(long, value_name = "MOMENT", conflicts_with = "valid_days")]
    valid_until: Option<String>,
    /// How many days it is valid; 365 when nothing is said
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3650))]
    valid_days: Option<u16>,
    /// Only say what it would open; propose nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

/// What a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Protocol {
    /// HTTP/1.1
    Http1,
    /// HTTP/2, as gRPC needs
    Http2,
}

impl Protocol {
    pub(super) fn as_fsc(self) -> sluis_fsc::grant::Protocol {
        match self {
            Self::Http1 => sluis_fsc::grant::Protocol::Http1,
            Self::Http2 => sluis_fsc::grant::Protocol::Http2,
        }
    }
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let now = console.clock.unix_seconds();
    let asked = match &arguments.like {
        Some(id) => Asked::Like(id.clone()),
        None => Asked::New(arguments.request(now)?),
    };
    let Arguments {
        waiting,
        target,
        json,
        ..
    } = arguments;
    target.ask(console, async |client, console| {
        let request = match asked {
            Asked::New(request) => request,
            Asked::Like(id) => successor::of(client, &id, &arguments.valid(), now).await?,
        };
        if !json || arguments.dry_run {
            let names = Names::fetch(client).await?;
            let preview = preview::fetch(client, What::Proposal(request.clone())).await?;
            if *json {
                return write_json(console.out, &preview::as_json(&preview));
            }
            preview::write(console.out, &preview, &names)?;
            if arguments.dry_run {
                writeln!(console.out, "\nnothing was proposed (--dry-run)")?;
                return Ok(());
            }
            writeln!(console.out)?;
        }
        let answer = client.contracts().propose(request).await.map_err(refused)?;
        let contract = answer.into_inner().contract.unwrap_or_default();
        let contract = waiting.until_told(client, contract).await?;
        // Once more: whoever was told may have been a stranger before.
        let names = Names::fetch(client).await?;
        report(console, "proposed", &contract, &names, target, *json)
    })
}

/// What is proposed: something new, or a known contract once more.
enum Asked {
    New(ProposeRequest),
    Like(String),
}

impl Arguments {
    fn request(&self, now_unix_seconds: i64) -> Result<ProposeRequest, CommandError> {
        let (valid, grants) = match &self.file {
            Some(path) => {
                let mut proposal: Proposal = read_file(path)?;
                let valid = std::mem::take(&mut proposal.valid);
                let grants = proposal.grants().map_err(|error| wrong_in(path, &error))?;
                (valid, grants)
            }
            None => (self.valid(), self.grants()?),
        };
        let (not_before, not_after) = valid
            .moments(now_unix_seconds)
            .map_err(CommandError::Failed)?;
        Ok(ProposeRequest {
            not_before_unix_seconds: not_before,
            not_after_unix_seconds: not_after,
            grants,
        })
    }

    fn valid(&self) -> Valid {
        Valid::new(
            self.valid_from.clone(),
            self.valid_until.clone(),
            self.valid_days,
        )
    }

    fn grants(&self) -> Result<Vec<Grant>, CommandError> {
        if let (Some(service), Some(provider)) = (&self.service, &self.provider) {
            return self.connection(service, provider).map(|grant| vec![grant]);
        }
        let publication = |service: &ServiceName| Publication {
            service: service.clone(),
            provider: None,
            protocol: self.protocol,
            directory: self.directory.clone(),
            on_behalf_of: None,
            properties: None,
        };
        let grants = self
            .publish
            .iter()
            .map(|service| publication(service).grant());
        grants
            .collect::<Result<_, _>>()
            .map_err(CommandError::Failed)
    }

    fn connection(&self, service: &ServiceName, provider: &PeerId) -> Result<Grant, CommandError> {
        let purposes: Option<Value> = self.purposes.as_deref().map(read_file).transpose()?;
        let properties: Option<Map<String, Value>> =
            self.properties.as_deref().map(read_file).transpose()?;
        let caller = self.outway_domain_name.clone().map(|name| Caller {
            domain_name: Some(name),
            ..Caller::default()
        });
        let connection = Connection {
            service: service.clone(),
            provider: provider.clone(),
            purposes,
            properties,
            caller,
            on_behalf_of: self.on_behalf_of.clone(),
            offered_on_behalf_of: self.offered_on_behalf_of.clone(),
        };
        connection.grant().map_err(|error| {
            match self.purposes.as_deref().or(self.properties.as_deref()) {
                Some(path) => wrong_in(path, &error),
                None => CommandError::Failed(error),
            }
        })
    }
}

fn wrong_in(path: &Path, error: &str) -> CommandError {
    CommandError::Failed(format!("`{}`: {error}", path.display()))
}
