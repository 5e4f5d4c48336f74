//! What a contract would open, for a person who has to decide about it.

use std::io::Write;

use serde_json::{Value, json};
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::preview_request::What;
use sluis_proto::admin::v1::{
    GrantPreview, Opening, PreviewRequest, PreviewResponse, PurposePreview, View,
};

use super::view;
use crate::admin::AdminClient;
use crate::cli::CommandError;
use crate::cli::show::{Names, Table, moment, presentable};
use crate::cli::target::refused;

/// Asks the gateway what a contract would open.
pub(super) async fn fetch(
    client: &AdminClient,
    what: What,
) -> Result<PreviewResponse, CommandError> {
    let request = PreviewRequest { what: Some(what) };
    let answer = client.contracts().preview(request).await.map_err(refused)?;
    Ok(answer.into_inner())
}

/// Who would see what, until when.
pub(super) fn write(
    out: &mut dyn Write,
    preview: &PreviewResponse,
    names: &Names,
) -> Result<(), CommandError> {
    writeln!(
        out,
        "what it opens, from {} until {}",
        moment(preview.not_before_unix_seconds),
        moment(preview.not_after_unix_seconds)
    )?;
    for grant in &preview.grants {
        write_grant(out, grant, names)?;
    }
    if !preview.weighed {
        writeln!(
            out,
            "\nthere is no policy folder, so that no register says what is released"
        )?;
    }
    if let Some(decision) = &preview.decision {
        let line = view::decision_line(decision);
        writeln!(out, "\nby our rules of today: {line}")?;
    }
    Ok(())
}

fn write_grant(
    out: &mut dyn Write,
    preview: &GrantPreview,
    names: &Names,
) -> Result<(), CommandError> {
    let Some(grant) = &preview.grant else {
        return Ok(());
    };
    writeln!(out, "\n{}", view::sentence(grant, names))?;
    match &grant.kind {
        Some(Kind::ServicePublication(_)) => writeln!(
            out,
            "  everybody in the group finds the service there; nobody may call it by that"
        )?,
        _ if view::properties(grant).is_none_or(|properties| {
            !properties.contains_key(sluis_policy::PurposeBinding::PROPERTY)
        }) =>
        {
            writeln!(
                out,
                "  it names no purpose, so that a gateway that asks for one lets nothing pass"
            )?;
        }
        _ => {}
    }
    for purpose in &preview.purposes {
        write_purpose(out, purpose)?;
    }
    Ok(())
}

fn write_purpose(out: &mut dyn Write, purpose: &PurposePreview) -> Result<(), CommandError> {
    let activity = presentable(&purpose.activity);
    if !purpose.problem.is_empty() {
        let problem = presentable(&purpose.problem);
        writeln!(out, "  nothing for {activity}: it {problem}")?;
        return Ok(());
    }
    if purpose.view() == View::Others {
        writeln!(
            out,
            "  for {activity}: others see data of others, of which our register says nothing"
        )?;
        return Ok(());
    }
    if purpose.opens.is_empty() {
        writeln!(out, "  nothing for {activity}")?;
    }
    for opening in &purpose.opens {
        let title = presentable(&opening.title);
        writeln!(
            out,
            "  {} for {activity} ({title}, version {})",
            sees(purpose.view()),
            opening.version
        )?;
        facts(opening).write(out, 4)?;
    }
    for closed in &purpose.closed {
        let line = presentable(&format!("{}: {}", closed.data, closed.reason));
        writeln!(out, "  not {line}")?;
    }
    Ok(())
}

fn facts(opening: &Opening) -> Table {
    let mut facts = Table::plain();
    facts.row(["data", &opening.data.join(", ")]);
    facts.row(["operations", &opening.operations.join(", ")]);
    if !opening.roles.is_empty() {
        facts.row(["role", &opening.roles.join(" or ")]);
    }
    if !opening.channels.is_empty() {
        facts.row(["channel", &opening.channels.join(" or ")]);
    }
    if opening.subjects_max > 0 {
        let persons = format!("at most {} in one request", opening.subjects_max);
        facts.row(["persons", &persons]);
    }
    let (from, until) = (opening.from_unix_seconds, opening.until_unix_seconds);
    facts.row([
        "period",
        &format!("from {} until {}", moment(from), moment(until)),
    ]);
    facts
}

/// Who would see something.
pub(super) fn sees(view: View) -> &'static str {
    match view {
        View::TheySee => "they would see",
        View::WeSee => "we would see",
        View::Others | View::Unspecified => "others would see",
    }
}

/// The preview, for programs.
pub(super) fn as_json(preview: &PreviewResponse) -> Value {
    let purpose = |purpose: &PurposePreview| {
        let closed = purpose.closed.iter();
        let closed = closed.map(|one| json!({ "data": one.data, "reason": one.reason }));
        json!({
            "activity": purpose.activity,
            "view": match purpose.view() {
                View::TheySee => "they-see",
                View::WeSee => "we-see",
                View::Others | View::Unspecified => "others",
            },
            "problem": Some(&purpose.problem).filter(|text| !text.is_empty()),
            "opens": purpose.opens.iter().map(opening_json).collect::<Vec<_>>(),
            "closed": closed.collect::<Vec<_>>(),
        })
    };
    let grant = |grant: &GrantPreview| {
        json!({
            "grant": grant.grant.as_ref().map(view::grant_json),
            "purposes": grant.purposes.iter().map(purpose).collect::<Vec<_>>(),
        })
    };
    json!({
        "not_before": moment(preview.not_before_unix_seconds),
        "not_after": moment(preview.not_after_unix_seconds),
        "grants": preview.grants.iter().map(grant).collect::<Vec<_>>(),
        "decision": preview.decision.as_ref().map(view::decision_json),
        "weighed": preview.weighed,
    })
}

fn opening_json(opening: &Opening) -> Value {
    json!({
        "version": opening.version,
        "title": opening.title,
        "row": opening.row,
        "operations": opening.operations,
        "data": opening.data,
        "roles": opening.roles,
        "channels": opening.channels,
        "subjects_max": (opening.subjects_max > 0).then_some(opening.subjects_max),
        "from": moment(opening.from_unix_seconds),
        "until": moment(opening.until_unix_seconds),
    })
}
