//! The transaction logs of both sides.

use http::{Request, Uri};
use sluis_fsc::log::{LogsPage, LogsQuery, TransactionId};
use sluis_proto::admin::v1::{AuditEntry, AuditEntryKind};

use super::{StepError, Telling};
use crate::demo::parties::{SSC, UIW, VOORBEELD};
use crate::demo::show::{Table, presentable};
use crate::demo::stage::{Member, Noted, Stage, unusable};

pub(super) async fn compare(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "What do {} and the organisations that it called each have on record of the calls so far? \
         (Administration of each gateway, `sluis audit show`.)",
        VOORBEELD.name
    ));
    telling.happened("Both sides wrote by themselves, under the same transaction id:");
    let mut table =
        Table::new(["transaction", "at the municipality", "at the provider"]).keeping(1);
    let mut both = 0;
    let mut permitted = None;
    for noted in &stage.notes.passages {
        let provider = if noted.is_case {
            &stage.ssc
        } else {
            &stage.uiw
        };
        // What was let through has an intent and an outcome on each side where it came.
        let own = stage.voorbeeld.entries(&noted.id, 1).await?;
        let passed = own
            .iter()
            .any(|entry| entry.kind() == AuditEntryKind::Intent);
        let own = stage
            .voorbeeld
            .entries(&noted.id, if passed { 2 } else { 1 })
            .await?;
        let theirs = provider.entries(&noted.id, usize::from(passed)).await?;
        table.row([
            format!("{}\n{}", noted.id, noted.what).into(),
            shown(&own).into(),
            if theirs.is_empty() {
                "(it did not come here)".into()
            } else {
                shown(&theirs).into()
            },
        ]);
        let what = format!("records at the provider of `{}`", noted.what);
        telling.expect(&what, passed, !theirs.is_empty());
        both += usize::from(passed);
        if passed && permitted.is_none() {
            permitted = Some(noted.clone());
        }
    }
    telling.table(table);
    telling.holds("there are calls that both sides recorded", both >= 4);
    let noted = permitted.ok_or(StepError::Missing("a permitted call"))?;
    reconcile(stage, &noted, &mut telling).await?;
    telling.why(
        "A call is written down before it moves, with purpose, legal basis and data groups, and again when it has ended; \
         without the first record it does not go on. Persons stand in it as keyed pseudonyms, never as a BSN.",
    );
    Ok(telling)
}

/// Each side asks the other's manager for its records of one transaction (FSC Logging, `GET /logs`), and compares.
async fn reconcile(stage: &Stage, noted: &Noted, telling: &mut Telling) -> Result<(), StepError> {
    let of_provider = records(&stage.voorbeeld, &stage.uiw, &noted.id).await?;
    let of_consumer = records(&stage.uiw, &stage.voorbeeld, &noted.id).await?;
    let same = match (of_provider.as_slice(), of_consumer.as_slice()) {
        ([theirs], [ours]) => {
            theirs.transaction_id == ours.transaction_id
                && theirs.grant_hash == ours.grant_hash
                && theirs.service_name == ours.service_name
                && theirs.source == ours.source
                && theirs.destination == ours.destination
        }
        _ => false,
    };
    telling.happened(format!(
        "{} and {} ask each other's manager for the record of the first permitted call (FSC Logging, GET /logs): \
         grant, service, source and destination are the same.",
        VOORBEELD.name, UIW.name
    ));
    telling.holds("the records that both hand over are the same", same);
    let strangers = records(&stage.ssc, &stage.uiw, &noted.id).await?;
    telling.happened(format!(
        "{} asks for it as well, and gets {} records: who took no part sees nothing.",
        SSC.name,
        strangers.len()
    ));
    telling.expect("records for who took no part", 0, strangers.len());
    Ok(())
}

/// What `holder` tells `asker` about a transaction.
async fn records(
    asker: &Member,
    holder: &Member,
    id: &str,
) -> Result<Vec<sluis_fsc::log::LogRecord>, StepError> {
    let mut query = LogsQuery::first(10);
    query.transaction_ids = vec![TransactionId::parse(id).map_err(|error| unusable(&error))?];
    let mut request = Request::default();
    let uri = format!("/v1/logs?{}", query.to_query());
    *request.uri_mut() = Uri::try_from(uri).map_err(|error| unusable(&error))?;
    let port = holder.files.plan.ports.manager;
    let answer = asker.caller.call(holder.party(), port, request).await?;
    let page: LogsPage = serde_json::from_slice(&answer.body).map_err(|error| unusable(&error))?;
    Ok(page.records)
}

/// What was recorded, a line for each entry.
fn shown(entries: &[AuditEntry]) -> String {
    let line = |entry: &AuditEntry| {
        let words = match entry.kind() {
            AuditEntryKind::Intent => "intent".to_owned(),
            AuditEntryKind::Outcome => {
                format!("{}, {}", entry.result.replace('_', " "), entry.status)
            }
            AuditEntryKind::Refusal => format!("refused, {}", entry.result),
            AuditEntryKind::Event | AuditEntryKind::Unspecified => "event".to_owned(),
        };
        presentable(&format!("{} {words}", entry.index))
    };
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}
