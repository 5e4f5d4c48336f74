//! `sluis contract show`.

use std::io::Write;

use clap::Args;
use serde_json::{Map, Value};
use sluis_policy::PurposeBinding;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::service_connection::OutwayIdentification;
use sluis_proto::admin::v1::{Contract, Grant, ShowContractRequest};

use super::view;
use crate::cli::show::{Names, Table, moment, presentable};
use crate::cli::target::{Target, refused};
use crate::cli::{CommandError, Console, write_json};

/// Show one contract: what it allows, for which purposes, and who signed
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The contract, by its id or its content hash (put a hash in single quotes)
    #[arg(value_name = "CONTRACT")]
    contract: String,
    /// Write the content only, exactly as it was hashed and signed
    #[arg(long, conflicts_with = "json")]
    content: bool,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let request = ShowContractRequest {
        contract: arguments.contract.clone(),
    };
    arguments.target.ask(console, async |client, console| {
        let answer = client.contracts().show(request).await.map_err(refused)?;
        let answer = answer.into_inner();
        let contract = answer.contract.unwrap_or_default();
        if arguments.content {
            writeln!(console.out, "{}", answer.content_json)?;
            return Ok(());
        }
        if arguments.json {
            return write_json(console.out, &view::as_json(&contract));
        }
        let names = Names::fetch(client).await?;
        write(console.out, &contract, &names)?;
        if let Some(next) = view::next_step(&contract, &names, &arguments.target) {
            writeln!(console.out, "\nnext: {next}")?;
        }
        Ok(())
    })
}

/// The whole contract, for a person who has to decide about it.
pub(super) fn write(
    out: &mut dyn Write,
    contract: &Contract,
    names: &Names,
) -> Result<(), CommandError> {
    let mut facts = Table::plain();
    facts.row(["contract", &contract.iv]);
    facts.row(["content hash", &contract.content_hash]);
    facts.row(["state", &state(contract, names)]);
    facts.row([
        "valid",
        &format!(
            "from {} until {}",
            moment(contract.not_before_unix_seconds),
            moment(contract.not_after_unix_seconds)
        ),
    ]);
    facts.row([
        "proposed",
        &format!(
            "by {} on {}",
            names.full(&contract.submitted_by_peer_id),
            moment(contract.created_at_unix_seconds)
        ),
    ]);
    if let Some(decision) = &contract.decision {
        facts.row(["decision", &view::decision_line(decision)]);
        let policy = match decision.policy_digest.as_str() {
            "" => "no policy",
            digest => digest,
        };
        let decided_at = moment(decision.decided_at_unix_seconds);
        facts.row(["decided", &format!("on {decided_at}, under {policy}")]);
    }
    facts.row(["group", &contract.group_id]);
    facts.write(out, 0)?;
    for grant in &contract.grants {
        writeln!(out, "\n{}", view::sentence(grant, names))?;
        write_grant(out, grant, names)?;
    }
    writeln!(out, "\nsignatures")?;
    let mut signatures = Table::plain();
    for signature in &contract.signatures {
        signatures.row([
            &moment(signature.signed_at_unix_seconds),
            view::signature_name(signature),
            &names.full(&signature.peer_id),
        ]);
    }
    signatures.write(out, 2)?;
    if !contract.undelivered.is_empty() {
        writeln!(out, "\nnot told yet")?;
    }
    for delivery in &contract.undelivered {
        writeln!(out, "  {}", view::delivery_line(delivery, names))?;
    }
    Ok(())
}

fn state(contract: &Contract, names: &Names) -> String {
    let name = view::state_name(contract.state());
    if contract.waiting_for_peer_ids.is_empty() {
        return name.to_owned();
    }
    let waiting = names.several(&contract.waiting_for_peer_ids);
    format!("{name}, waits for {waiting}")
}

fn write_grant(out: &mut dyn Write, grant: &Grant, names: &Names) -> Result<(), CommandError> {
    let mut facts = Table::plain();
    facts.row(["grant hash", &grant.grant_hash]);
    match &grant.kind {
        Some(Kind::ServiceConnection(connection)) => {
            facts.row(["caller", &names.full(&connection.outway_peer_id)]);
            match &connection.outway_identification {
                Some(OutwayIdentification::OutwayPublicKeyThumbprint(thumbprint)) => {
                    facts.row(["with public key", thumbprint]);
                }
                Some(OutwayIdentification::OutwayDomainName(name)) => {
                    facts.row(["with domain name", name]);
                }
                None => {}
            }
            facts.row(["provider", &names.full(&connection.service_peer_id)]);
        }
        Some(Kind::ServicePublication(publication)) => {
            facts.row(["provider", &names.full(&publication.service_peer_id)]);
            facts.row(["directory", &names.full(&publication.directory_peer_id)]);
            facts.row(["protocol", &publication.protocol]);
        }
        None => {}
    }
    facts.write(out, 2)?;
    let properties = view::properties(grant);
    let is_connection = matches!(grant.kind, Some(Kind::ServiceConnection(_)));
    write_purposes(out, properties.as_ref(), is_connection)?;
    for (name, value) in properties.into_iter().flatten() {
        if name != PurposeBinding::PROPERTY {
            let line = presentable(&format!("{name}: {value}"));
            writeln!(out, "  property {line}")?;
        }
    }
    Ok(())
}

/// For which purposes may be called: what a person must read before accepting.
fn write_purposes(
    out: &mut dyn Write,
    properties: Option<&Map<String, Value>>,
    is_connection: bool,
) -> Result<(), CommandError> {
    let binding = match PurposeBinding::from_properties(properties) {
        Ok(Some(binding)) => binding,
        Ok(None) if is_connection => {
            writeln!(
                out,
                "  no purposes are agreed, so a gateway that asks for a purpose refuses every call"
            )?;
            return Ok(());
        }
        Ok(None) => return Ok(()),
        Err(error) => {
            let error = presentable(&error.to_string());
            writeln!(
                out,
                "  the purposes cannot be read ({error}), so every call is refused"
            )?;
            return Ok(());
        }
    };
    for purpose in binding.purposes() {
        writeln!(out, "  for {}", presentable(&purpose.activity))?;
        let mut facts = Table::plain();
        facts.row(["legal basis", &purpose.legal_basis]);
        facts.row(["operations", &purpose.operations.join(", ")]);
        facts.row(["data", &purpose.data.join(", ")]);
        facts.write(out, 4)?;
    }
    Ok(())
}
