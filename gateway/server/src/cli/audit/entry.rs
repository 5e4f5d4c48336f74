//! An entry of the audit log in words, and as JSON.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};
use sluis_audit::{
    Direction, Entry, Event, Intent, OutcomeRecord, Record, Refusal, SubjectRef, Trace,
};
use sluis_proto::admin::v1::{AuditDirection, AuditEntry, AuditEntryKind};

use crate::cli::CommandError;
use crate::cli::show::{Names, Table, moment_ms, presentable};

/// The entry, for programs: its place, and what is hashed in the log.
pub(super) fn as_json(entry: &AuditEntry) -> Result<Value, CommandError> {
    let hashed: Value = serde_json::from_str(&entry.json).map_err(|_| unreadable(entry))?;
    Ok(json!({
        "index": entry.index,
        "recorded_at": moment_ms(entry.recorded_at_unix_ms),
        "entry": hashed,
    }))
}

/// The entry in one line.
pub(super) fn line(entry: &AuditEntry) -> String {
    let mut words = vec![
        format!("#{}", entry.index),
        moment_ms(entry.recorded_at_unix_ms),
        kind(entry).to_owned(),
    ];
    match entry.direction() {
        AuditDirection::Incoming => words.push("incoming".to_owned()),
        AuditDirection::Outgoing => words.push("outgoing".to_owned()),
        AuditDirection::Unspecified => {}
    }
    let named = |name: &str, text: &str| format!("{name}={text}");
    for text in [&entry.service, &entry.operation, &entry.result] {
        if !text.is_empty() {
            words.push(text.clone());
        }
    }
    if entry.status != 0 {
        words.push(named("status", &entry.status.to_string()));
    }
    if !entry.purpose.is_empty() {
        words.push(named("purpose", &entry.purpose));
    }
    if !entry.groups.is_empty() {
        words.push(named("data", &entry.groups.join(",")));
    }
    if !entry.withheld.is_empty() {
        words.push(named("withheld", &entry.withheld.join(",")));
    }
    if !entry.transaction_id.is_empty() {
        words.push(named("transaction", &entry.transaction_id));
    }
    if let Ok(Entry {
        record: Record::Event(event),
        ..
    }) = Entry::decode(entry.json.as_bytes())
    {
        let details = event.details.iter();
        words.extend(details.map(|(name, value)| named(name, value)));
    }
    presentable(&words.join(" "))
}

/// The whole entry, for a person.
pub(super) fn write(
    out: &mut dyn Write,
    shown: &AuditEntry,
    names: &Names,
) -> Result<(), CommandError> {
    let entry = Entry::decode(shown.json.as_bytes()).map_err(|_| unreadable(shown))?;
    writeln!(
        out,
        "#{}  {}  {}",
        shown.index,
        moment_ms(shown.recorded_at_unix_ms),
        kind(shown)
    )?;
    let mut facts = Facts {
        table: Table::plain(),
        names,
    };
    match &entry.record {
        Record::Intent(intent) => facts.intent(intent),
        Record::Outcome(record) => facts.outcome(shown, record),
        Record::Refusal(refusal) => facts.refusal(refusal),
        Record::Event(event) => facts.event(event),
    }
    facts.table.write(out, 2)?;
    Ok(())
}

/// Names and values of one entry.
struct Facts<'a> {
    table: Table,
    names: &'a Names,
}

impl Facts<'_> {
    fn intent(&mut self, intent: &Intent) {
        self.direction(Some(intent.direction));
        let source = &intent.source;
        self.peer("asked by", Some(&source.outway_peer_id));
        self.peer("on behalf of", source.delegator_peer_id.as_ref());
        self.peer("asked of", Some(&intent.destination.service_peer_id));
        self.peer("offered for", intent.destination.delegator_peer_id.as_ref());
        self.text("service", Some(&intent.service));
        self.text("operation", Some(&intent.operation));
        self.call(Some(&intent.method), Some(&intent.path_template));
        self.purpose(
            intent.purpose.as_ref(),
            intent.activity_version,
            intent.legal_basis.as_ref(),
        );
        self.list("data", &intent.groups);
        self.list("withheld", &intent.withheld);
        self.subjects(&intent.subjects);
        self.text("role", intent.role.as_ref());
        self.text("channel", intent.channel.as_ref());
        self.text("application", intent.application.as_ref());
        if let Some(user) = &intent.user {
            self.row("user", user.as_str());
        }
        self.text("contract", intent.content_hash.as_ref());
        self.text("grant", Some(&intent.grant_hash));
        self.text("policy", Some(&intent.policy_digest));
        self.trace(Some(&intent.trace));
        self.details(&intent.additional_data);
    }

    fn outcome(&mut self, shown: &AuditEntry, record: &OutcomeRecord) {
        let outcome = &record.outcome;
        self.row("result", &shown.result);
        self.row("of", &format!("#{}", record.intent_index));
        if let Some(status) = outcome.status {
            self.row("status", &status.to_string());
        }
        self.row("passed on", &format!("{} bytes", outcome.answer_bytes));
        self.list("data", &outcome.groups);
        let dropped = outcome.dropped.iter();
        let dropped: Vec<String> = dropped
            .map(|(path, count)| format!("{path} ({count})"))
            .collect();
        if !dropped.is_empty() {
            self.row("left out", &dropped.join(", "));
        }
        self.subjects(&outcome.subjects);
        if outcome.subjects_incomplete {
            self.row("", "there may be more persons in the answer");
        }
    }

    fn refusal(&mut self, refusal: &Refusal) {
        self.row("refused by", &refusal.component);
        self.row(
            "because",
            &format!("{} (status {})", refusal.reason, refusal.status),
        );
        self.direction(refusal.direction);
        let source = refusal.source.as_ref();
        self.peer("asked by", source.map(|source| &source.outway_peer_id));
        self.peer(
            "on behalf of",
            source.and_then(|source| source.delegator_peer_id.as_ref()),
        );
        let destination = refusal.destination.as_ref();
        self.peer(
            "asked of",
            destination.map(|destination| &destination.service_peer_id),
        );
        self.text("service", refusal.service.as_ref());
        self.text("operation", refusal.operation.as_ref());
        self.call(refusal.method.as_ref(), refusal.path_template.as_ref());
        self.purpose(
            refusal.purpose.as_ref(),
            refusal.activity_version,
            refusal.legal_basis.as_ref(),
        );
        self.list("data asked for", &refusal.groups);
        self.subjects(&refusal.subjects);
        self.text("role", refusal.role.as_ref());
        self.text("channel", refusal.channel.as_ref());
        self.text("application", refusal.application.as_ref());
        self.text("contract", refusal.content_hash.as_ref());
        self.text("grant", refusal.grant_hash.as_ref());
        self.text("policy", refusal.policy_digest.as_ref());
        self.trace(refusal.trace.as_ref());
        self.details(&refusal.additional_data);
    }

    fn event(&mut self, event: &Event) {
        self.row("what", &event.name);
        self.row("part", &event.component);
        self.details(&event.details);
    }

    fn direction(&mut self, direction: Option<Direction>) {
        let text = match direction {
            Some(Direction::Incoming) => "incoming (somebody called us)",
            Some(Direction::Outgoing) => "outgoing (we called somebody)",
            None => return,
        };
        self.row("direction", text);
    }

    fn peer(&mut self, name: &str, peer_id: Option<&Arc<str>>) {
        if let Some(peer_id) = peer_id.filter(|peer_id| !peer_id.is_empty()) {
            let full = self.names.full(peer_id);
            self.row(name, &full);
        }
    }

    fn call(&mut self, method: Option<&Arc<str>>, path_template: Option<&Arc<str>>) {
        let words: Vec<&str> = [method, path_template]
            .into_iter()
            .flatten()
            .map(AsRef::as_ref)
            .collect();
        if !words.is_empty() {
            self.row("call", &words.join(" "));
        }
    }

    fn purpose(
        &mut self,
        purpose: Option<&Arc<str>>,
        version: Option<u32>,
        legal_basis: Option<&Arc<str>>,
    ) {
        let Some(purpose) = purpose else { return };
        let mut text = purpose.to_string();
        if let Some(version) = version {
            text.push_str(&format!(", version {version}"));
        }
        self.row("purpose", &text);
        self.text("legal basis", legal_basis);
    }

    fn subjects(&mut self, subjects: &[SubjectRef]) {
        for subject in subjects {
            let text = format!("{} {}", subject.kind, subject.pseudonym.as_str());
            self.row("person", &text);
        }
    }

    fn trace(&mut self, trace: Option<&Trace>) {
        let Some(trace) = trace else { return };
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        let derived = if trace.derived {
            ", derived from the transaction id"
        } else {
            ""
        };
        self.row("trace", &format!("{}{derived}", hex(&trace.trace_id)));
    }

    fn details(&mut self, details: &BTreeMap<Arc<str>, Arc<str>>) {
        for (name, value) in details {
            self.row(name, value);
        }
    }

    fn list(&mut self, name: &str, texts: &[Arc<str>]) {
        if !texts.is_empty() {
            self.row(name, &texts.join(", "));
        }
    }

    fn text(&mut self, name: &str, text: Option<&Arc<str>>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.row(name, text);
        }
    }

    fn row(&mut self, name: &str, value: &str) {
        self.table.row([name, value]);
    }
}

fn kind(entry: &AuditEntry) -> &'static str {
    match entry.kind() {
        AuditEntryKind::Unspecified => "entry",
        AuditEntryKind::Intent => "intent",
        AuditEntryKind::Outcome => "outcome",
        AuditEntryKind::Refusal => "refusal",
        AuditEntryKind::Event => "event",
    }
}

fn unreadable(entry: &AuditEntry) -> CommandError {
    CommandError::Failed(format!(
        "entry {} is in a form that this version does not know; use the `sluis` that the gateway was started with",
        entry.index
    ))
}
