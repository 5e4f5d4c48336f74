//! `sluis cert status`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use rustls_pki_types::CertificateDer;
use sluis_certs::Identity;
use sluis_proto::admin::v1::{ShowCertificatesRequest, ShowCertificatesResponse};

use super::{json, text};
use crate::cli::show::Names;
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console, write_json};

/// Largest file with a certificate, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Show our certificates, what rests on them, and what a new one would break
///
/// Shows how long our certificates last, whether others accept them, how fresh the revocation lists
/// are, which contracts name which key, and what to do in which order to renew. With `--new FILE`:
/// what the certificate in that file would break.
///
/// Exit code 0: nothing is wrong. 1: the certificate in FILE cannot take the place of the current
/// one, others do not accept one of ours, or the gateway is not running.
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
    let status = target.ask(console, async |client, console| {
        let answer = client.certificates().show(request).await.map_err(refused)?;
        let status = answer.into_inner();
        if arguments.json {
            write_json(console.out, &json::status(&status))?;
        } else {
            let names = Names::fetch(client).await?;
            text::write(console.out, &status, &names, target)?;
        }
        Ok(status)
    })?;
    verdict(&status)
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
    let failed = |error: &dyn std::fmt::Display| {
        CommandError::Failed(format!("`{}` cannot be used: {error}", path.display()))
    };
    let mut pem = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut pem))
        .map_err(|error| failed(&error))?;
    if u64::try_from(pem.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(failed(&format!("it is larger than {FILE_BYTES_MAX} bytes")));
    }
    Identity::read_chain(&pem).map_err(|error| failed(&error))
}
