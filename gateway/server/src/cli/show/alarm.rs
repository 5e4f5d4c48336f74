//! Alarms about other organisations.

use serde_json::json;
use sluis_proto::admin::v1::PeerAlarm;

use super::moment;

/// Who, what, since when, and what to do.
pub(in crate::cli) fn alarm_line(alarm: &PeerAlarm) -> String {
    let PeerAlarm {
        peer_id,
        peer_name,
        what,
        remedy,
        ..
    } = alarm;
    let who = match peer_name.as_str() {
        "" => peer_id.clone(),
        name => format!("{name} ({peer_id})"),
    };
    let since = moment(alarm.since_unix_seconds);
    format!("{who}: {what} (since {since}); {remedy}")
}

/// The same for programs.
pub(in crate::cli) fn alarm_json(alarm: &PeerAlarm) -> serde_json::Value {
    json!({
        "alarm": alarm.kind,
        "peer_id": alarm.peer_id,
        "peer_name": alarm.peer_name,
        "subject": alarm.subject,
        "what": alarm.what,
        "since": moment(alarm.since_unix_seconds),
        "remedy": alarm.remedy,
    })
}
