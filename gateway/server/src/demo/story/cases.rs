//! A case looked up at the shared service centre.

use http::Uri;
use serde_json::Value;

use super::question::BSN;
use super::{Question, Reason, StepError, Telling, refused};
use crate::demo::parties::{SSC, VOORBEELD};
use crate::demo::show::{Cell, Table, Tone, summary};
use crate::demo::stage::{Stage, unusable};

/// Members of a case that are shown: what it is, how far it is, what it is about.
const MEMBERS: [&str; 6] = [
    "identificatie",
    "startdatum",
    "uiterlijkeEinddatumAfdoening",
    "status",
    "omschrijving",
    "toelichting",
];

/// What it is about: not for the counter.
const CONTENT: [&str; 2] = ["omschrijving", "toelichting"];

pub(super) async fn look_up(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    let reason = Reason::CASE_STATUS;
    telling.asked(format!(
        "The same person telephones {}: how far is my application? The employee at the customer contact centre \
         (klantcontactmedewerker) searches her cases, which {} keeps for the municipality, for {}.",
        VOORBEELD.name, SSC.name, reason.purpose
    ));
    let answer = refused::ask(stage, &Question::cases(reason), "case looked up").await?;
    telling.expect("the status", 200, answer.status.as_u16());
    let document = answer.json();
    let found = document.pointer("/results/0").unwrap_or(&Value::Null);
    let held: Vec<&Value> = stage.zaken.holds().cases_of(BSN).collect();
    telling.expect(
        "the cases in the answer",
        held.len(),
        document
            .pointer("/results")
            .and_then(Value::as_array)
            .map_or(0, Vec::len),
    );
    let held = held.first().copied().unwrap_or(&Value::Null);
    telling.happened(format!(
        "Answered with status {}. The case at the source, and in the answer:",
        answer.status.as_u16()
    ));
    let mut table = Table::new(["member", "at the source", "released"]);
    for member in MEMBERS {
        let value = held.get(member).unwrap_or(&Value::Null);
        let released = found.get(member).is_some();
        table.row([
            member.into(),
            summary(value, 60).into(),
            if released {
                Cell::toned(Tone::Good, "yes")
            } else {
                Cell::toned(Tone::Bad, "no")
            },
        ]);
        let what = format!("whether `{member}` is in the answer");
        telling.expect(&what, !CONTENT.contains(&member), released);
    }
    telling.table(table);

    let url = found
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let url: Uri = url.parse().map_err(|error| unusable(&error))?;
    let outway = stage.outway().to_string();
    telling.expect(
        "where the URL of the status leads",
        &*outway,
        url.authority()
            .map_or("nowhere", |authority| authority.as_str()),
    );
    let status = refused::ask(
        stage,
        &Question::get(url.path(), reason),
        "status of the case",
    )
    .await?;
    telling.expect(
        "the status of the second answer",
        200,
        status.status.as_u16(),
    );
    let status = status.json();
    let words = |member: &str| summary(status.get(member).unwrap_or(&Value::Null), 40);
    telling.happened(format!(
        "The URL of its status leads through the outway as well: {} since {}.",
        words("statustoelichting"),
        words("datumStatusGezet")
    ));
    telling.why(
        "For telling somebody how far a case is, the register has the case and its progress, not what it is about. \
         The BSN stands in the body of the search, never in a URL, where logs would keep it.",
    );
    Ok(telling)
}
