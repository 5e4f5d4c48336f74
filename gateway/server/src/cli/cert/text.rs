//! The state of our certificates, for people.

use std::io::Write;

use sluis_proto::admin::v1::{
    CertificateEnd, GrantFate, OwnCertificate, RenewalStep, RenewalStepKind, RestingGrant,
    RevocationListInUse, ShowCertificatesResponse,
};

use crate::cli::CommandError;
use crate::cli::contract::state_name;
use crate::cli::show::{Names, Table, counted, moment, presentable};
use crate::cli::target::Target;
use crate::renewal::DAY_SECONDS;

/// Writes everything, the most important last: that is where people look.
pub(super) fn write(
    out: &mut dyn Write,
    status: &ShowCertificatesResponse,
    names: &Names,
    target: &Target,
) -> Result<(), CommandError> {
    let now = status.now_unix_seconds;
    for (index, certificate) in status.certificates.iter().enumerate() {
        let heading = match index {
            0 => "current certificate".to_owned(),
            _ => place(index),
        };
        write_certificate(out, &heading, certificate, now)?;
    }
    if let Some(certificate) = &status.new_certificate {
        write_certificate(out, "new certificate", certificate, now)?;
    }
    writeln!(out, "trust anchors")?;
    for anchor in &status.anchors {
        writeln!(out, "  {}", ending(anchor))?;
    }
    writeln!(out, "\nrevocation lists")?;
    let mut lists = Table::new(&["OF", "NUMBER", "MADE", "USED UNTIL", "STATE"]);
    for list in &status.revocation_lists {
        lists.row([
            list.issuer.as_str(),
            &list.number,
            &moment(list.this_update_unix_seconds),
            &moment(list.next_update_unix_seconds),
            &freshness(list, now),
        ]);
    }
    lists.write(out, 2)?;
    write_grants(out, status, names)?;
    write_new(out, status)?;
    if !status.steps.is_empty() {
        writeln!(out, "\nwhat to do, in this order")?;
        for (number, step) in (1..).zip(&status.steps) {
            let text = step_text(step, number == 1, names, target);
            writeln!(out, "  {number}. {}", presentable(&text))?;
        }
    }
    if !status.warnings.is_empty() {
        writeln!(out, "\nneeds attention")?;
    }
    for warning in &status.warnings {
        writeln!(out, "  - {}", presentable(warning))?;
    }
    Ok(())
}

fn place(index: usize) -> String {
    match index {
        1 => "previous certificate".to_owned(),
        _ => format!("previous certificate {index}"),
    }
}

fn write_certificate(
    out: &mut dyn Write,
    heading: &str,
    certificate: &OwnCertificate,
    now: i64,
) -> Result<(), CommandError> {
    writeln!(out, "{heading}")?;
    let mut facts = Table::plain();
    facts.row(["subject", &certificate.subject]);
    let organisation = format!("{} ({})", certificate.peer_name, certificate.peer_id);
    facts.row(["organisation", &organisation]);
    let days = certificate
        .not_after_unix_seconds
        .saturating_sub(now)
        .div_euclid(DAY_SECONDS);
    let left = match days {
        ..0 => "ENDED".to_owned(),
        1 => "1 day left".to_owned(),
        0 | 2.. => format!("{days} days left"),
    };
    let validity = format!(
        "from {} until {} ({left})",
        moment(certificate.not_before_unix_seconds),
        moment(certificate.not_after_unix_seconds)
    );
    facts.row(["valid", &validity]);
    facts.row(["key", &certificate.key]);
    let key = format!("{} (contracts name it)", certificate.public_key_thumbprint);
    facts.row(["public key", &key]);
    let own = format!(
        "{} (tokens are bound to it)",
        certificate.certificate_thumbprint
    );
    facts.row(["thumbprint", &own]);
    facts.row(["serial", &certificate.serial]);
    facts.row(["names", &certificate.dns_names.join(", ")]);
    let issuers: Vec<String> = certificate.authorities.iter().map(ending).collect();
    facts.row(["issued by", &issuers.join(", under ")]);
    let accepted = match certificate.refused_because.as_str() {
        "" => "yes".to_owned(),
        because => format!("NO: {because}"),
    };
    facts.row(["accepted", &accepted]);
    facts.write(out, 2)?;
    writeln!(out)?;
    Ok(())
}

fn ending(certificate: &CertificateEnd) -> String {
    let until = moment(certificate.not_after_unix_seconds);
    format!("{} (until {until})", presentable(&certificate.subject))
}

fn freshness(list: &RevocationListInUse, now: i64) -> String {
    const HOUR_SECONDS: i64 = 3600;
    let left = list.next_update_unix_seconds.saturating_sub(now);
    match left {
        ..0 => "EXPIRED: nothing of this CA is accepted".to_owned(),
        left => {
            let hours = u64::try_from(left / HOUR_SECONDS).unwrap_or(0);
            format!("{} left", counted(hours, "hour"))
        }
    }
}

fn write_grants(
    out: &mut dyn Write,
    status: &ShowCertificatesResponse,
    names: &Names,
) -> Result<(), CommandError> {
    if status.grants.is_empty() {
        writeln!(
            out,
            "\nno contract lets us call anybody, so no contract rests on a key"
        )?;
        return Ok(());
    }
    writeln!(out, "\ncontracts under which we call others")?;
    let mut table = Table::new(&[
        "CONTRACT",
        "SERVICE",
        "OF",
        "UNTIL",
        "STATE",
        "NAMES",
        "AT RENEWAL",
    ]);
    for grant in &status.grants {
        table.row([
            grant.contract_iv.as_str(),
            &grant.service,
            &names.short(&grant.service_peer_id),
            &moment(grant.not_after_unix_seconds),
            state_name(grant.state()),
            &named(grant),
            &fate(grant),
        ]);
    }
    table.write(out, 2)?;
    Ok(())
}

/// Which of our certificates the grant names.
fn named(grant: &RestingGrant) -> String {
    let what = match grant.domain_name.as_str() {
        "" => "the key of ".to_owned(),
        name => format!("{name} in "),
    };
    match usize::try_from(grant.rests_on) {
        Ok(0) => format!("{what}the current certificate"),
        Ok(index) => format!("{what}the {}", place(index)),
        Err(_) => match (grant.public_key_thumbprint.get(..12), &*grant.domain_name) {
            (Some(start), "") => format!("A KEY NOT IN USE ({start}..)"),
            (_, name) => format!("A NAME NOT IN USE ({name})"),
        },
    }
}

fn fate(grant: &RestingGrant) -> String {
    match grant.fate() {
        GrantFate::Survives => "stays".to_owned(),
        GrantFate::EndsFirst => "ends before its certificate".to_owned(),
        GrantFate::Succeeded => format!("succeeded by {}", grant.successor_iv),
        GrantFate::AwaitsSuccessor => format!("{} awaits acceptance", grant.successor_iv),
        GrantFate::Breaks if grant.rests_on < 0 => "IS BROKEN".to_owned(),
        GrantFate::Breaks => "BREAKS".to_owned(),
        GrantFate::Unspecified => "unknown".to_owned(),
    }
}

/// What the new certificate does, in one sentence, or why it cannot be used.
fn write_new(out: &mut dyn Write, status: &ShowCertificatesResponse) -> Result<(), CommandError> {
    if status.new_certificate.is_none() {
        return Ok(());
    }
    if !status.new_certificate_problems.is_empty() {
        writeln!(
            out,
            "\nthe new certificate cannot take the place of the current one"
        )?;
        for problem in &status.new_certificate_problems {
            writeln!(out, "  - {}", presentable(problem))?;
        }
        return Ok(());
    }
    let breaking = status.grants.iter().filter(|grant| {
        grant.rests_on >= 0
            && matches!(grant.fate(), GrantFate::Breaks | GrantFate::AwaitsSuccessor)
    });
    match breaking.count() {
        0 => writeln!(out, "\nthe new certificate breaks no contract")?,
        count => {
            let count = counted(u64::try_from(count).unwrap_or(u64::MAX), "grant");
            writeln!(
                out,
                "\nin the place of the current one, the new certificate would break {count}"
            )?;
        }
    }
    Ok(())
}

fn step_text(step: &RenewalStep, is_first: bool, names: &Names, target: &Target) -> String {
    let contracts = step.contract_ivs.join(", ");
    let before = moment(step.before_unix_seconds);
    match step.kind() {
        RenewalStepKind::Request => format!(
            "request a certificate with a new key, on the same number and DNS names, in time before {before}; then `{}`",
            target.command("cert status --new FILE")
        ),
        RenewalStepKind::Replace => format!(
            "put the new certificate and its key in the files that `certificate` names, in the place of the current ones, then `{}`",
            target.command("reload")
        ),
        RenewalStepKind::PutBeside => format!(
            "before {before}, name the new certificate and its key under `certificate` and the current one under `certificate.previous`, then `sluis check-config`, and start the gateway anew; from then on both work"
        ),
        RenewalStepKind::Propose => {
            let commands: Vec<String> = step
                .contract_ivs
                .iter()
                .map(|id| {
                    format!(
                        "`{}`",
                        target.command(&format!("contract propose --like {id}"))
                    )
                })
                .collect();
            format!(
                "propose successors, which name the key of the current certificate: {}",
                commands.join(", ")
            )
        }
        RenewalStepKind::Await => format!(
            "have the successors of {contracts} accepted by {}; the outway calls under a successor from the moment of the last acceptance",
            names.several(&step.peer_ids)
        ),
        RenewalStepKind::KeepPrevious => format!(
            "nothing for {contracts}: leave the previous certificate where it is until they have ended, {before}"
        ),
        RenewalStepKind::RemovePrevious => {
            let when = if is_first {
                "no contract needs a previous certificate any more:"
            } else {
                "after that,"
            };
            format!(
                "{when} take `certificate.previous` out of the configuration, at the latest when the certificate ends ({before}), and start the gateway anew"
            )
        }
        RenewalStepKind::Unspecified => "something that this version does not know".to_owned(),
    }
}
