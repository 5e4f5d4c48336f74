//! `sluis contract diff`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use clap::Args;
use serde_json::{Value, json};
use sluis_policy::PurposeBinding;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::preview_request::What;
use sluis_proto::admin::v1::service_connection::OutwayIdentification;
use sluis_proto::admin::v1::{
    Grant, GrantPreview, PreviewResponse, ProposeRequest, PurposePreview, View,
};

use super::proposal::{Proposal, read_file};
use super::{preview, view};
use crate::cli::show::{Names, moment, presentable};
use crate::cli::target::Target;
use crate::cli::{CommandError, Console, write_json};

/// Compare two contracts: what the new one opens and closes
///
/// Compares what two contracts open, as the register in force decides: what somebody would see under the new one and not
/// under the old one, and the other way around. Each is a contract that the gateway knows, a proposal in a file, or a
/// content in a file, as `sluis contract show --content` writes it.
///
/// Exit code 0 whether they differ or not.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The old contract: its id, its content hash (in single quotes), or a file
    #[arg(value_name = "OLD")]
    old: String,
    /// The new contract: its id, its content hash (in single quotes), or a file
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let now = console.clock.unix_seconds();
    let (old, new) = (named(&arguments.old, now)?, named(&arguments.new, now)?);
    arguments.target.ask(console, async |client, console| {
        let old = preview::fetch(client, old).await?;
        let new = preview::fetch(client, new).await?;
        let names = Names::fetch(client).await?;
        let difference = Difference::between(&old, &new, &names);
        if arguments.json {
            return write_json(console.out, &difference.as_json());
        }
        difference.write(console.out)
    })
}

/// A contract of the gateway, else a file.
fn named(text: &str, now_unix_seconds: i64) -> Result<What, CommandError> {
    let is_name = text.starts_with('$') || uuid::Uuid::parse_str(text).is_ok();
    if is_name {
        return Ok(What::Contract(text.to_owned()));
    }
    let path = Path::new(text);
    let value: Value = read_file(path)?;
    // A content has what a proposal leaves to the gateway.
    if value.get("iv").is_some() {
        return Ok(What::ContentJson(value.to_string()));
    }
    let mut proposal: Proposal = read_file(path)?;
    let wrong = |error| CommandError::Failed(format!("`{}`: {error}", path.display()));
    let valid = std::mem::take(&mut proposal.valid);
    let (not_before, not_after) = valid.moments(now_unix_seconds).map_err(wrong)?;
    Ok(What::Proposal(ProposeRequest {
        not_before_unix_seconds: not_before,
        not_after_unix_seconds: not_after,
        grants: proposal.grants().map_err(wrong)?,
    }))
}

/// One thing that somebody may see or do: a sentence, and for how long and under which conditions.
type Facts = BTreeMap<Fact, BTreeSet<String>>;

/// What is open, without its conditions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fact {
    /// What the grant allows: `A may call b of C`.
    grant: String,
    /// Who sees what: `they would see adres for bijstand-aanvraag (raadpleeg-met-bsn)`; empty for the grant itself.
    what: String,
}

/// What differs between two contracts.
#[derive(Debug)]
struct Difference {
    period: Option<[String; 2]>,
    opens: Vec<(Fact, BTreeSet<String>)>,
    closes: Vec<(Fact, BTreeSet<String>)>,
    changes: Vec<(Fact, BTreeSet<String>, BTreeSet<String>)>,
}

impl Difference {
    fn between(old: &PreviewResponse, new: &PreviewResponse, names: &Names) -> Difference {
        let period = |one: &PreviewResponse| {
            format!(
                "from {} until {}",
                moment(one.not_before_unix_seconds),
                moment(one.not_after_unix_seconds)
            )
        };
        let periods = [period(old), period(new)];
        let (old, new) = (facts(old, names), facts(new, names));
        let only_in = |one: &Facts, other: &Facts| {
            let only = one.iter().filter(|(fact, _)| !other.contains_key(fact));
            only.map(|(fact, how)| (fact.clone(), how.clone()))
                .collect()
        };
        let changes = old.iter().filter_map(|(fact, before)| {
            let after = new.get(fact).filter(|after| *after != before)?;
            Some((fact.clone(), before.clone(), after.clone()))
        });
        let [first, second] = &periods;
        Difference {
            opens: only_in(&new, &old),
            closes: only_in(&old, &new),
            changes: changes.collect(),
            period: (first != second).then_some(periods),
        }
    }

    fn write(&self, out: &mut dyn Write) -> Result<(), CommandError> {
        if self.opens.is_empty()
            && self.closes.is_empty()
            && self.changes.is_empty()
            && self.period.is_none()
        {
            writeln!(out, "both contracts open the same")?;
            return Ok(());
        }
        if let Some([old, new]) = &self.period {
            writeln!(out, "runs {new}\n  instead of {old}")?;
        }
        for (mark, verb, list) in [("+", "opens", &self.opens), ("-", "closes", &self.closes)] {
            if !list.is_empty() {
                writeln!(out, "the new contract {verb}")?;
            }
            for (fact, how) in list {
                writeln!(out, "  {mark} {}", presentable(&fact.sentence()))?;
                for how in how {
                    writeln!(out, "      {}", presentable(how))?;
                }
            }
        }
        if !self.changes.is_empty() {
            writeln!(out, "the new contract changes")?;
        }
        for (fact, before, after) in &self.changes {
            writeln!(out, "  ~ {}", presentable(&fact.sentence()))?;
            for (mark, side) in [("-", before), ("+", after)] {
                for how in side {
                    writeln!(out, "      {mark} {}", presentable(how))?;
                }
            }
        }
        Ok(())
    }

    fn as_json(&self) -> Value {
        let one = |(fact, how): &(Fact, BTreeSet<String>)| json!({ "grant": fact.grant, "what": fact.what, "how": how });
        let changes = self.changes.iter().map(|(fact, before, after)| {
            json!({ "grant": fact.grant, "what": fact.what, "before": before, "after": after })
        });
        json!({
            "period": self.period.as_ref().map(|[old, new]| json!({ "before": old, "after": new })),
            "opens": self.opens.iter().map(one).collect::<Vec<_>>(),
            "closes": self.closes.iter().map(one).collect::<Vec<_>>(),
            "changes": changes.collect::<Vec<_>>(),
        })
    }
}

impl Fact {
    fn sentence(&self) -> String {
        match self.what.as_str() {
            "" => self.grant.clone(),
            what => format!("{}: {what}", self.grant),
        }
    }
}

fn facts(contract: &PreviewResponse, names: &Names) -> Facts {
    let mut facts = Facts::new();
    for grant in &contract.grants {
        of_grant(grant, names, &mut facts);
    }
    facts
}

fn of_grant(preview: &GrantPreview, names: &Names, facts: &mut Facts) {
    let Some(grant) = &preview.grant else { return };
    let sentence = view::sentence(grant, names);
    let mut note = |what: String, how: String| {
        let fact = Fact {
            grant: sentence.clone(),
            what,
        };
        facts.entry(fact).or_default().insert(how);
    };
    note(String::new(), recognised(grant));
    for (name, value) in view::properties(grant).into_iter().flatten() {
        if name != PurposeBinding::PROPERTY {
            note(format!("property {name}"), value.to_string());
        }
    }
    let agreed = PurposeBinding::from_properties(view::properties(grant).as_ref());
    let agreed = agreed.ok().flatten();
    for purpose in agreed.iter().flat_map(|binding| binding.purposes()) {
        let weighed = preview
            .purposes
            .iter()
            .find(|known| *known.activity == *purpose.activity);
        let weighed = weighed.filter(|known| known.view() != View::Others);
        match weighed {
            Some(weighed) => of_purpose(weighed, &mut note),
            // No register of ours decides about it: what the contract says is all that is known.
            None => {
                for operation in &purpose.operations {
                    for data in &purpose.data {
                        let activity = &purpose.activity;
                        let what = format!("{data} for {activity} ({operation})");
                        note(what, format!("legal basis {}", purpose.legal_basis));
                    }
                }
            }
        }
    }
}

fn of_purpose(purpose: &PurposePreview, note: &mut impl FnMut(String, String)) {
    let sees = preview::sees(purpose.view());
    for opening in &purpose.opens {
        let mut how = Vec::new();
        if !opening.roles.is_empty() {
            how.push(format!("as {}", opening.roles.join(" or ")));
        }
        if !opening.channels.is_empty() {
            how.push(format!("through {}", opening.channels.join(" or ")));
        }
        if opening.subjects_max > 0 {
            how.push(format!("at most {} persons at once", opening.subjects_max));
        }
        how.push(format!("until {}", moment(opening.until_unix_seconds)));
        for operation in &opening.operations {
            for data in &opening.data {
                let what = format!("{sees} {data} for {} ({operation})", purpose.activity);
                note(what, how.join(", "));
            }
        }
    }
}

/// By what the caller is recognised, or what the service speaks.
fn recognised(grant: &Grant) -> String {
    match &grant.kind {
        Some(Kind::ServiceConnection(connection)) => match &connection.outway_identification {
            Some(OutwayIdentification::OutwayPublicKeyThumbprint(thumbprint)) => {
                format!("with public key {thumbprint}")
            }
            Some(OutwayIdentification::OutwayDomainName(name)) => {
                format!("with domain name {name}")
            }
            None => String::new(),
        },
        Some(Kind::ServicePublication(publication)) => format!("speaks {}", publication.protocol),
        None => String::new(),
    }
}
