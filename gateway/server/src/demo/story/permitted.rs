//! A permitted question: what was asked, what the source held, what was released.

use serde_json::Value;
use sluis_audit::{Entry, Record};
use sluis_policy::Direction;
use sluis_proto::admin::v1::AuditEntry;

use super::comparison::{Register, lines, table};
use super::question::{BSN, FIELDS};
use super::{Question, Reason, StepError, Telling, refused};
use crate::demo::parties::{UIW, VOORBEELD};
use crate::demo::stage::{Stage, unusable};

/// What must reach the municipality.
const RELEASED: [&str; 4] = ["naam", "geboorte", "verblijfplaats", "partners.naam"];

/// The rule that releases it.
const RULE: &str = "discloses/1";

pub(super) async fn ask(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    let reason = Reason::APPLICATION;
    telling.asked(format!(
        "At the counter (balie) of {} somebody applies for bijstand. The application of the income consultant \
         (inkomensconsulent) asks, for bijstand-aanvraag: {}.",
        VOORBEELD.name,
        FIELDS.join(", ")
    ));
    let question = Question::person(reason);
    let answer = refused::ask(stage, &question, "permitted").await?;
    let id = answer.transaction_id().unwrap_or_default().to_owned();
    telling.expect("the status", 200, answer.status.as_u16());
    let document = answer.json();
    let released = document.pointer("/personen/0").unwrap_or(&Value::Null);
    let record = stage
        .brp
        .holds(BSN)
        .ok_or(StepError::Missing("the person"))?;

    let outgoing = stage.voorbeeld.entries(&id, 2).await?;
    let incoming = stage.uiw.entries(&id, 2).await?;
    let now = stage.clock.unix_seconds();
    let consumer = Register::of(&stage.voorbeeld, UIW, Direction::Obtain, now)?;
    let provider = Register::of(&stage.uiw, VOORBEELD, Direction::Disclose, now)?;
    let fields = lines(
        &record,
        released,
        reason,
        [&consumer, &provider],
        [withheld(&outgoing), withheld(&incoming)],
    );
    telling.happened(format!(
        "Answered with status {}. What the source holds, and what of it reached the municipality:",
        answer.status.as_u16()
    ));
    telling.table(table(&fields));
    let others: Vec<&str> = fields
        .iter()
        .filter(|line| !line.is_of_interest())
        .map(|line| line.field.as_str())
        .collect();
    telling.happened(format!(
        "Held by the source, not asked for and not released: {}.",
        others.join(", ")
    ));
    telling.happened(
        "The source itself heard less than the application asked: each gateway struck out of the question what its own \
         register does not have.",
    );
    let reached: Vec<&str> = fields
        .iter()
        .filter(|line| line.released)
        .map(|line| line.field.as_str())
        .collect();
    let mut expected = RELEASED.to_vec();
    let mut sorted = reached.clone();
    expected.sort_unstable();
    sorted.sort_unstable();
    telling.expect(
        "the fields that were released",
        expected.join(", "),
        sorted.join(", "),
    );
    telling.expect(
        "left out by the outway",
        "nationaliteit",
        &*withheld(&outgoing).join(", "),
    );
    telling.expect(
        "left out by the inway",
        "kinderen",
        &*withheld(&incoming).join(", "),
    );

    let rule = fields.iter().find(|line| line.field == "naam");
    telling.expect(
        "the rule that released the name",
        RULE,
        rule.map_or("none", |line| &line.rule),
    );

    let exchange = stage.brp.source().last_exchange();
    let heard = exchange
        .as_ref()
        .and_then(|exchange| exchange.request.as_ref());
    let heard = heard
        .and_then(|request| request.get("fields"))
        .cloned()
        .unwrap_or_default();
    telling.expect(
        "the fields that the source was asked for",
        serde_json::json!(RELEASED),
        heard,
    );
    careless(stage, &question, &record, &provider, &mut telling).await?;
    telling.why(format!(
        "AVG article 5 (dataminimalisatie): no more than the purpose needs. Rule {RULE} is the first row under \
         `discloses` of bijstand-aanvraag, version 2, in the register of {} \
         (policy/activities/bijstand-aanvraag-2.yaml). It has the applicant and the partner, no children; the register of {} \
         has no nationality for this purpose.",
        UIW.name, VOORBEELD.name
    ));
    Ok(telling)
}

/// The same question while the source answers with the whole record, whatever it is asked for.
async fn careless(
    stage: &mut Stage,
    question: &Question,
    record: &Value,
    provider: &Register,
    telling: &mut Telling,
) -> Result<(), StepError> {
    stage.brp.answer_everything(true);
    let answer = refused::ask(stage, question, "permitted, careless source").await;
    stage.brp.answer_everything(false);
    let answer = answer?;
    telling.expect(
        "the status of the second answer",
        200,
        answer.status.as_u16(),
    );
    let document = answer.json();
    let released = document.pointer("/personen/0").unwrap_or(&Value::Null);
    let fields = lines(
        record,
        released,
        Reason::APPLICATION,
        [provider, provider],
        [&[], &[]],
    );
    let mut groups: Vec<&str> = fields
        .iter()
        .filter(|line| line.released)
        .map(|line| &*line.group)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    let held_back = fields.iter().filter(|line| !line.released).count();
    let id = answer.transaction_id().unwrap_or_default();
    let dropped = dropped(&stage.uiw.entries(id, 2).await?)?;
    telling.happened(format!(
        "Asked again while the source is careless and answers with the whole record: what is in the data groups {} passes, \
         also what was not asked for by name; {held_back} of {} fields do not. The log of the inway says which were dropped, \
         by place, never by value.",
        groups.join(", "),
        fields.len()
    ));
    telling.expect(
        "the data groups that passed",
        "adres, geboorte, identiteit, partner",
        &*groups.join(", "),
    );
    telling.holds("the log says what was dropped", dropped > 0);
    Ok(())
}

/// The data groups that were left out, as the intent has them.
fn withheld(entries: &[AuditEntry]) -> &[String] {
    entries.first().map_or(&[], |entry| &entry.withheld)
}

/// How many fields were dropped from the answer, as the outcome has it.
fn dropped(entries: &[AuditEntry]) -> Result<u32, StepError> {
    let mut count = 0;
    for entry in entries {
        let entry = Entry::decode(entry.json.as_bytes()).map_err(|error| unusable(&error))?;
        if let Record::Outcome(record) = entry.record {
            count += record
                .outcome
                .dropped
                .iter()
                .map(|(_, count)| count)
                .sum::<u32>();
        }
    }
    Ok(count)
}
