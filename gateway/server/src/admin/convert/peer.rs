//! Other organisations, and what is wrong with them.

use sluis_fsc::contract::FSC_VERSION;
use sluis_proto::admin::v1::{Peer, PeerAlarm, PeerState};

use crate::contracts::{Alarm, AlarmKind, KnownPeer, PeerCheck};
use crate::manager::speaks_our_fsc;

/// An organisation, with how it was found at the last check.
pub(in crate::admin) fn shown_peer(
    peer: KnownPeer,
    check: Option<&PeerCheck>,
    alarms: Vec<PeerAlarm>,
) -> Peer {
    let advice = advice(peer.fsc_version.as_deref(), &alarms);
    let mut shown = Peer {
        peer_id: peer.id,
        name: peer.name,
        manager_address: peer.manager_address,
        fsc_version: peer.fsc_version.unwrap_or_default(),
        last_seen_unix_seconds: seconds(peer.last_seen_ms),
        alarms,
        advice,
        ..Peer::default()
    };
    if let Some(check) = check {
        shown.set_state(if check.answers {
            PeerState::Answers
        } else {
            PeerState::Silent
        });
        shown.state_since_unix_seconds = seconds(check.since_ms);
        shown.checked_unix_seconds = seconds(check.checked_at_ms);
        shown.last_error = check.last_error.clone().unwrap_or_default();
        shown.moved_from = check.moved_from.clone().unwrap_or_default();
        shown.moved_unix_seconds = seconds(check.moved_at_ms);
    }
    shown
}

/// An alarm, at the organisation of this name.
pub(in crate::admin) fn shown_alarm(alarm: &Alarm, peer_name: &str) -> PeerAlarm {
    PeerAlarm {
        kind: alarm.kind.as_str().to_owned(),
        peer_id: alarm.peer_id.clone(),
        peer_name: peer_name.to_owned(),
        subject: alarm.subject.clone(),
        what: alarm.what.clone(),
        remedy: alarm.kind.remedy().to_owned(),
        since_unix_seconds: seconds(alarm.since_ms),
    }
}

/// What to do about somebody with whom there is no contract yet that could raise an alarm.
fn advice(version: Option<&str>, alarms: &[PeerAlarm]) -> String {
    let told = AlarmKind::PeerVersion.as_str();
    let other = version.filter(|version| !speaks_our_fsc(version));
    match other {
        Some(version) if !alarms.iter().any(|alarm| alarm.kind == told) => format!(
            "it speaks FSC {version}, and we speak {FSC_VERSION}: no contract can be made with it before it changes to that"
        ),
        _ => String::new(),
    }
}

fn seconds(ms: u64) -> i64 {
    i64::try_from(ms / 1000).unwrap_or(i64::MAX)
}
