//! `sluis cert status`.

use std::path::{Path, PathBuf};

use clap::Args;
use rustls_pki_types::CertificateDer;
use sluis_certs::Identity;
use sluis_proto::admin::v1::{ShowCertificatesRequest, ShowCertificatesResponse};
use tonic::Code;

use super::explain::fetched;
use super::{json, text};
use crate::admin::CertificatesView;
use crate::cli::file::read_at_most;
use crate::cli::show::Names;
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console, write_json};
use crate::contracts::{Contracts, FILE_NAME};
use crate::gateway::Certificates;

/// Largest file with a certificate, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Show our certificates, what rests on them, and what a new one would break
///
/// Shows how long our certificates last, whether others accept them, how fresh the revocation lists
/// are, which contracts name which key, and what to do in which order to renew. With `--new FILE`:
/// what the certificate in that file would break.
///
/// When the gateway is not running, the files that its configuration names and its store are read.
///
/// Exit code 0: nothing is wrong. 1: the certificate in FILE cannot take the place of the current
/// one, or others do not accept one of ours.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// A new certificate with the CAs above it (PEM), to compare with; its private key is not needed
    #[arg(long, value_name = "FILE")]
    new: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(
    arguments: &Arguments,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let chain = arguments.new.as_deref().map(read_chain).transpose()?;
    let chain = chain.unwrap_or_default();
    let request = ShowCertificatesRequest {
        new_chain: chain.iter().map(|der| der.to_vec()).collect(),
    };
    let Arguments { target, .. } = arguments;
    let asked = target.ask_if_running(console, async |client, _| {
        let answer = client.certificates().show(request).await;
        let answer = answer.map_err(|status| match (&arguments.new, status.code()) {
            (Some(path), Code::InvalidArgument) => {
                let message = status.message();
                unusable(
                    path,
                    &message.strip_prefix("new_chain: ").unwrap_or(message),
                )
            }
            _ => refused(status),
        })?;
        let names = Names::fetch(client).await?;
        Ok((answer.into_inner(), names))
    })?;
    let (status, names) = match asked {
        Some(answer) => answer,
        None => (read_disk(arguments, &chain, console)?, Names::none()),
    };
    if arguments.json {
        write_json(console.out, &json::status(&status))?;
    } else {
        text::write(console.out, &status, &names, target)?;
    }
    verdict(&status)
}

/// The same from the files that the configuration names, and from the store where there is one.
fn read_disk(
    arguments: &Arguments,
    chain: &[CertificateDer<'static>],
    console: &mut Console<'_>,
) -> Result<ShowCertificatesResponse, CommandError> {
    let failed = |error: &dyn std::fmt::Display| CommandError::Failed(error.to_string());
    let (_, config) = arguments.target.config(console)?;
    writeln!(
        console.err,
        "the gateway is not running; certificates, revocation lists and contracts are read from disk"
    )?;
    let Certificates {
        identities, trust, ..
    } = Certificates::load(&config).map_err(|error| failed(&error))?;
    let trust = trust.with_lists(fetched(&config, trust.lists().clone()));
    let folder = &config.store.folder;
    let contracts = folder.join(FILE_NAME).exists().then(|| {
        Contracts::open(folder, config.peer.id.clone()).map_err(|error| {
            CommandError::Failed(format!(
                "the contracts in `{}` cannot be opened: {error}",
                folder.display()
            ))
        })
    });
    let contracts = contracts.transpose()?;
    let index = contracts.as_ref().map(Contracts::index);
    let view = CertificatesView {
        identities: &identities,
        trust: &trust,
        grants: index.as_ref().map(|index| &***index),
        now_unix_seconds: console.clock.unix_seconds(),
    };
    // Nothing else than the new chain can be unreadable: ours was read.
    view.show(chain).map_err(|error| match &arguments.new {
        Some(path) => unusable(path, &error),
        None => failed(&error),
    })
}

fn verdict(status: &ShowCertificatesResponse) -> Result<(), CommandError> {
    let failed = |text: &str| Err(CommandError::Failed(text.to_owned()));
    if !status.new_certificate_problems.is_empty() {
        return failed("the new certificate cannot take the place of the current one");
    }
    let refused = |one: &&sluis_proto::admin::v1::OwnCertificate| !one.refused_because.is_empty();
    match status.certificates.iter().find(refused) {
        None => Ok(()),
        Some(one) => failed(&format!(
            "others do not accept our certificate `{}`: {}",
            one.subject, one.refused_because
        )),
    }
}

/// Reads the chain of a new certificate; what else stands in the file stays here.
fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, CommandError> {
    let failed = |error: &dyn std::fmt::Display| unusable(path, error);
    let pem = read_at_most(path, FILE_BYTES_MAX).map_err(|error| failed(&error))?;
    Identity::read_chain(&pem).map_err(|error| failed(&error))
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> CommandError {
    CommandError::Failed(format!("`{}` cannot be used: {error}", path.display()))
}
