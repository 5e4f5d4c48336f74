//! `sluis status`: how the gateway is doing.

use clap::Args;
use serde_json::json;
use sluis_proto::admin::v1::{
    LogState, Part, RevocationListState, ShowStatusRequest, ShowStatusResponse, TokenKey,
};

use super::show::{Table, alarm_json, alarm_line, counted, moment, presentable};
use super::target::{Target, refused};
use super::{CommandError, Console, write_json};
use crate::renewal::DAY_SECONDS;

/// Show how the gateway is doing, and what needs attention
///
/// Shows how the gateway is doing: its parts, certificate, policy, contracts and audit log, and
/// what needs attention.
///
/// Exit code 0: every part takes requests. 1: one does not, or the gateway is not running.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let status = arguments.target.ask(console, async |client, console| {
        let request = ShowStatusRequest {};
        let answer = client.status().show(request).await.map_err(refused)?;
        let status = answer.into_inner();
        if arguments.json {
            write_json(console.out, &as_json(&status))?;
        } else {
            write(console, &status, &arguments.target)?;
        }
        Ok(status)
    })?;
    let stopped = status.parts.iter().filter(|part| !part.serving);
    let stopped: Vec<&str> = stopped.map(|part| part.name.as_str()).collect();
    if stopped.is_empty() {
        return Ok(());
    }
    Err(CommandError::Failed(format!(
        "{} not taking requests: {}",
        if stopped.len() == 1 {
            "one part is"
        } else {
            "some parts are"
        },
        stopped.join(", ")
    )))
}

fn write(
    console: &mut Console<'_>,
    status: &ShowStatusResponse,
    target: &Target,
) -> Result<(), CommandError> {
    let now = console.clock.unix_seconds();
    let out = &mut *console.out;
    let days_left = (status.certificate_expires_unix_seconds - now).div_euclid(DAY_SECONDS);
    let log = status.log.clone().unwrap_or_default();
    let mut facts = Table::plain();
    facts.row([
        "organisation",
        &format!("{} ({})", status.peer_name, status.peer_id),
    ]);
    facts.row(["group", &status.group_id]);
    facts.row([
        "gateway",
        &format!(
            "sluis {}, running since {}",
            status.version,
            moment(status.started_at_unix_seconds)
        ),
    ]);
    facts.row([
        "certificate",
        &format!(
            "valid until {} ({days_left} days)",
            moment(status.certificate_expires_unix_seconds)
        ),
    ]);
    facts.row(["public key", &status.public_key_thumbprint]);
    for key in &status.token_keys {
        let state = if key.fault.is_empty() {
            "signs"
        } else {
            "DOES NOT SIGN"
        };
        facts.row(["private key", &format!("{}, {state}", key.uri)]);
    }
    let policy = match status.policy_digest.as_str() {
        "" => "none",
        digest => digest,
    };
    facts.row(["revocation", &lists_line(&status.revocation_lists)]);
    facts.row(["policy", policy]);
    let files = status.files.clone().unwrap_or_default();
    let files_line = match files.refused_since_unix_seconds {
        0 => format!(
            "in force since {}",
            moment(files.in_force_since_unix_seconds)
        ),
        since => format!(
            "REFUSED since {}; running on those of {}",
            moment(since),
            moment(files.in_force_since_unix_seconds)
        ),
    };
    facts.row(["files", &files_line]);
    facts.row(["contracts", &format!("{} valid", status.valid_contracts)]);
    facts.row(["audit log", &log_line(&log)]);
    facts.row(["audit key", &log.verifier_key]);
    facts.write(out, 0)?;
    writeln!(out)?;
    let mut parts = Table::new(&["PART", "LISTENS ON", "REACHED AT", "STATE"]);
    for part in &status.parts {
        let address = match part.address.as_str() {
            "" => "-",
            address => address,
        };
        parts.row([&part.name, &part.listen, address, part_state(part)]);
    }
    parts.write(out, 0)?;
    let attention = attention(status, &log, target, now);
    if !attention.is_empty() {
        writeln!(out, "\nneeds attention:")?;
    }
    for line in attention {
        writeln!(out, "  - {}", presentable(&line))?;
    }
    Ok(())
}

fn log_line(log: &LogState) -> String {
    let writable = if log.writable {
        "can be written"
    } else {
        "CANNOT BE WRITTEN"
    };
    format!("{}, {writable}", counted(log.size, "entry"))
}

fn part_state(part: &Part) -> &str {
    if part.serving {
        "takes requests"
    } else {
        &part.detail
    }
}

/// What a person should look at, and how.
fn attention(
    status: &ShowStatusResponse,
    log: &LogState,
    target: &Target,
    now: i64,
) -> Vec<String> {
    let mut lines = Vec::new();
    if !log.writable {
        lines.push(format!(
            "the audit log cannot be written, so every passage is refused: {}; check the disk that holds it",
            log.last_error
        ));
    }
    let files = status.files.clone().unwrap_or_default();
    for problem in files.problems {
        lines.push(format!(
            "running on the files of {}; those on disk are refused: {problem}",
            moment(files.in_force_since_unix_seconds)
        ));
    }
    lines.extend(status.certificate_warnings.iter().cloned());
    for key in status.token_keys.iter().filter(|key| !key.fault.is_empty()) {
        lines.push(format!(
            "the private key {} does not sign, so that no connection can be opened with it: {}",
            key.uri, key.fault
        ));
    }
    lines.extend(status.peer_alarms.iter().map(alarm_line));
    let lists = status.revocation_lists.iter();
    lines.extend(lists.filter_map(|list| about_list(list, now)));
    if status.waiting_deliveries > 0 {
        lines.push(format!(
            "{} still to be told to other organisations; see who in `{}`",
            counted(status.waiting_deliveries, "signature"),
            target.command("contract list")
        ));
    }
    if status.refused_deliveries > 0 {
        lines.push(format!(
            "{} refused by the gateway of another organisation; see why in `{}`",
            counted(status.refused_deliveries, "signature"),
            target.command("contract show ID")
        ));
    }
    lines
}

/// What is wrong with a revocation list.
fn about_list(list: &RevocationListState, now: i64) -> Option<String> {
    let until = list.next_update_unix_seconds;
    let issuer = match list.issuer.as_str() {
        "" => "a CA",
        issuer => issuer,
    };
    let failed = match list.last_error.as_str() {
        "" => String::new(),
        error => format!(", and could not be fetched from {}: {error}", list.url),
    };
    if until == 0 {
        let none = format!("a revocation list is not there yet{failed}");
        return (!failed.is_empty()).then_some(none);
    }
    if until <= now {
        return Some(format!(
            "the revocation list of {issuer} expired at {}, so none of its certificates is trusted{failed}",
            moment(until)
        ));
    }
    (!failed.is_empty()).then(|| {
        format!(
            "the revocation list of {issuer} counts until {}{failed}",
            moment(until)
        )
    })
}

/// How many lists there are, and until when all of them count.
fn lists_line(lists: &[RevocationListState]) -> String {
    let in_use = lists
        .iter()
        .filter(|list| list.next_update_unix_seconds > 0);
    let count = in_use.clone().count();
    match in_use.map(|list| list.next_update_unix_seconds).min() {
        Some(first) => format!(
            "{}, the first counts until {}",
            counted(u64::try_from(count).unwrap_or(u64::MAX), "list"),
            moment(first)
        ),
        None => "NONE: no certificate is trusted".to_owned(),
    }
}

fn as_json(status: &ShowStatusResponse) -> serde_json::Value {
    let part = |part: &Part| {
        json!({
            "name": part.name,
            "listen": part.listen,
            "address": part.address,
            "serving": part.serving,
            "detail": part.detail,
        })
    };
    let token_key = |key: &TokenKey| json!({ "uri": key.uri, "fault": key.fault });
    let list = |list: &RevocationListState| {
        let at = |seconds: i64| (seconds != 0).then(|| moment(seconds));
        json!({
            "issuer": list.issuer,
            "this_update": at(list.this_update_unix_seconds),
            "next_update": at(list.next_update_unix_seconds),
            "url": list.url,
            "last_error": list.last_error,
        })
    };
    let log = status.log.clone().unwrap_or_default();
    let files = status.files.clone().unwrap_or_default();
    json!({
        "version": status.version,
        "peer_id": status.peer_id,
        "peer_name": status.peer_name,
        "group_id": status.group_id,
        "directory_peer_id": status.directory_peer_id,
        "started_at": moment(status.started_at_unix_seconds),
        "certificate_expires": moment(status.certificate_expires_unix_seconds),
        "public_key_thumbprint": status.public_key_thumbprint,
        "certificate_warnings": status.certificate_warnings,
        "peer_alarms": status.peer_alarms.iter().map(alarm_json).collect::<Vec<_>>(),
        "token_keys": status.token_keys.iter().map(token_key).collect::<Vec<_>>(),
        "parts": status.parts.iter().map(part).collect::<Vec<_>>(),
        "files": {
            "in_force_since": moment(files.in_force_since_unix_seconds),
            "refused_since": (files.refused_since_unix_seconds != 0)
                .then(|| moment(files.refused_since_unix_seconds)),
            "problems": files.problems,
        },
        "revocation_lists": status.revocation_lists.iter().map(list).collect::<Vec<_>>(),
        "policy_digest": status.policy_digest,
        "valid_contracts": status.valid_contracts,
        "waiting_deliveries": status.waiting_deliveries,
        "refused_deliveries": status.refused_deliveries,
        "log": {
            "origin": log.origin,
            "verifier_key": log.verifier_key,
            "size": log.size,
            "writable": log.writable,
            "last_error": log.last_error,
            "checkpoint": log.checkpoint,
        },
    })
}
