//! `sluis cert explain`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use sluis_certs::{
    ExplainedCertificate, Explanation, Judgement, Outcome, Peer, Profile, RevocationLists, Trust,
    TrustRules, Usage, VerifyError, certificates_of,
};

use crate::cli::file::read_at_most;
use crate::cli::show::{counted, moment, presentable};
use crate::cli::{CommandError, Console, config_path, write_json};
use crate::config::Config;
use crate::revocation::fetched_before;

/// Largest file with a chain or with trust anchors, in bytes.
const CHAIN_BYTES_MAX: u64 = 1024 * 1024;
/// Largest file with revocation lists, in bytes.
const LISTS_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Say for every rule whether a certificate keeps it
///
/// Judges a certificate, or a chain with the certificate of the organisation first, as a gateway does
/// in a handshake, and shows every rule: what is accepted and what was found. The trust is that of a
/// configuration, or of --anchors and --crl.
///
/// Exit code 0: the certificate is accepted. 1: it is not, or the files cannot be used.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The certificate or chain: PEM, or one certificate in DER
    #[arg(value_name = "FILE")]
    chain: PathBuf,
    /// The configuration whose trust counts; when left out, the variable SLUIS_CONFIG names it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "anchors", "crls"])]
    config: Option<PathBuf>,
    /// The profile, when no configuration is used
    #[arg(long, value_name = "PROFILE", requires = "anchors", default_value_t = Profile::Production)]
    profile: Profile,
    /// The trust anchors (PEM), when no configuration is used
    #[arg(long, value_name = "FILE")]
    anchors: Option<PathBuf>,
    /// Revocation lists (PEM or DER), when no configuration is used; repeat for more
    #[arg(long = "crl", value_name = "FILE", requires = "anchors")]
    crls: Vec<PathBuf>,
    /// What the certificate must be accepted for
    #[arg(long, value_enum, default_value_t = Use::Both)]
    usage: Use,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Use {
    /// To open connections
    Client,
    /// To accept connections
    Server,
    /// Both, as PKIoverheid server certificates are
    Both,
}

impl Use {
    fn asks(self, usage: Usage) -> bool {
        match self {
            Self::Client => usage == Usage::Client,
            Self::Server => usage == Usage::Server,
            Self::Both => true,
        }
    }
}

pub(in crate::cli) fn run(
    arguments: &Arguments,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let now_unix_seconds = console.clock.unix_seconds();
    let file = &arguments.chain;
    let chain =
        certificates_of(&read(file, CHAIN_BYTES_MAX)?).map_err(|error| unusable(file, &error))?;
    let trust = trust(arguments, console)?;
    let explanation = trust
        .explain(&chain, now_unix_seconds)
        .map_err(|error| unusable(file, &error))?;
    let asked: Vec<&(Usage, Result<Peer, VerifyError>)> = explanation
        .verdicts
        .iter()
        .filter(|(usage, _)| arguments.usage.asks(*usage))
        .collect();
    let refused = asked.iter().any(|(_, verdict)| verdict.is_err());
    if arguments.json {
        let answer = json!({
            "accepted": !refused,
            "profile": trust.rules().profile.as_str(),
            "now_unix_seconds": now_unix_seconds,
            "unused_certificates": explanation.unused,
            "verdicts": asked.iter().map(|(usage, verdict)| verdict_json(*usage, verdict)).collect::<Vec<_>>(),
            "certificates": explanation.certificates.iter().map(certificate_json).collect::<Vec<_>>(),
        });
        write_json(console.out, &answer)?;
    } else {
        let profile = trust.rules().profile;
        writeln!(
            console.out,
            "profile {profile}, {}",
            moment(now_unix_seconds)
        )?;
        write_text(console.out, &explanation)?;
        for (usage, verdict) in asked {
            writeln!(console.out, "{}", verdict_text(*usage, verdict))?;
        }
    }
    if refused {
        console.out.flush()?;
        return Err(CommandError::Failed(format!(
            "`{}` is not accepted",
            file.display()
        )));
    }
    Ok(())
}

fn trust(arguments: &Arguments, console: &Console<'_>) -> Result<Trust, CommandError> {
    let mut lists = RevocationLists::default();
    let (rules, anchors_file, crl_files) = match &arguments.anchors {
        Some(anchors) => (
            TrustRules::of(arguments.profile),
            anchors.clone(),
            arguments.crls.clone(),
        ),
        None => {
            let path = config_path(arguments.config.as_ref(), console)?;
            let config = Config::load(&path).map_err(CommandError::Config)?;
            lists = fetched(&config, lists);
            let trust = config.trust;
            (trust.rules(), trust.anchors_file, trust.crl_files)
        }
    };
    for file in &crl_files {
        lists = lists
            .with_files(&[read(file, LISTS_BYTES_MAX)?], &[])
            .map_err(|error| unusable(file, &error))?;
    }
    let anchors = read(&anchors_file, CHAIN_BYTES_MAX)?;
    Trust::new(rules, &anchors, lists).map_err(|error| unusable(&anchors_file, &error))
}

/// With the lists that the gateway of this configuration fetched. What cannot be used is left out, as the gateway
/// does at its start.
pub(super) fn fetched(config: &Config, mut lists: RevocationLists) -> RevocationLists {
    for list in fetched_before(&config.store.folder, config.limits.crl_bytes_max) {
        if let Ok(with_list) = lists.with_files(&[list], &[]) {
            lists = with_list;
        }
    }
    lists
}

fn write_text(out: &mut dyn Write, explanation: &Explanation) -> io::Result<()> {
    for explained in &explanation.certificates {
        let ExplainedCertificate {
            certificate,
            fingerprint,
            summary,
            judgements,
        } = explained;
        writeln!(out, "\n{}", presentable(&certificate.to_string()))?;
        writeln!(out, "        SHA-256 {fingerprint}")?;
        let (from, until) = (moment(summary.not_before), moment(summary.not_after));
        writeln!(out, "        valid from {from} until {until}")?;
        for judgement in judgements {
            writeln!(out, "  {}", presentable(&judgement_text(judgement)))?;
        }
    }
    if explanation.unused > 0 {
        let unused = u64::try_from(explanation.unused).unwrap_or(u64::MAX);
        let count = counted(unused, "certificate");
        writeln!(out, "\n{count} of the file did not count")?;
    }
    writeln!(out)
}

fn judgement_text(judgement: &Judgement) -> String {
    let Judgement {
        rule,
        usage,
        outcome,
        expected,
        found,
    } = judgement;
    let usage = usage.map_or(String::new(), |usage| format!(" as {}", usage.as_str()));
    let title = rule.title();
    match outcome {
        Outcome::Pass => format!("ok    {title}{usage}: {found}"),
        Outcome::Warning => format!("warn  {title}{usage}: {found} (good is: {expected})"),
        Outcome::Fail => {
            format!("FAIL  {title}{usage}: expected {expected}, found {found} [{rule}]")
        }
    }
}

fn verdict_text(usage: Usage, verdict: &Result<Peer, VerifyError>) -> String {
    let usage = usage.as_str();
    let text = match verdict {
        Ok(peer) => format!("accepted as {usage}: {} (`{}`)", peer.id, peer.name),
        Err(error) => format!("refused as {usage}: {error}"),
    };
    presentable(&text)
}

fn verdict_json(usage: Usage, verdict: &Result<Peer, VerifyError>) -> Value {
    match verdict {
        Ok(peer) => json!({
            "usage": usage.as_str(),
            "accepted": true,
            "peer_id": peer.id.as_str(),
            "name": &*peer.name,
            "warnings": peer.warnings.iter().map(|warning| warning.as_str()).collect::<Vec<_>>(),
        }),
        Err(error) => json!({
            "usage": usage.as_str(),
            "accepted": false,
            "rule": error.reason(),
            "role": error.certificate().map(|certificate| certificate.role.as_str()),
            "position": error.certificate().map(|certificate| certificate.position),
            "expected": error.expected(),
            "found": error.found(),
            "message": error.to_string(),
        }),
    }
}

fn certificate_json(explained: &ExplainedCertificate) -> Value {
    let judgements = explained.judgements.iter().map(|judgement| {
        json!({
            "rule": judgement.rule.as_str(),
            "usage": judgement.usage.map(Usage::as_str),
            "outcome": judgement.outcome.as_str(),
            "expected": judgement.expected,
            "found": judgement.found,
        })
    });
    json!({
        "role": explained.certificate.role.as_str(),
        "position": explained.certificate.position,
        "subject": &*explained.certificate.subject,
        "sha256": explained.fingerprint.to_string(),
        "not_before_unix_seconds": explained.summary.not_before,
        "not_after_unix_seconds": explained.summary.not_after,
        "rules": judgements.collect::<Vec<_>>(),
    })
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, CommandError> {
    read_at_most(path, bytes_max).map_err(|error| {
        CommandError::Failed(format!(
            "`{}` cannot be read: {error}; check the path",
            path.display()
        ))
    })
}

fn unusable(path: &Path, error: &dyn std::error::Error) -> CommandError {
    CommandError::Failed(format!("`{}` cannot be used: {error}", path.display()))
}
