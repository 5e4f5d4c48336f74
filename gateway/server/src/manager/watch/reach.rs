//! Whether a manager answers, where, and which FSC it speaks.

use sluis_certs::PeerId;
use sluis_fsc::contract::FSC_VERSION;

use super::agreed::AgreedWith;
use super::findings::Report;
use crate::contracts::{AlarmKind, PeerCheck};
use crate::manager::CallError;
use crate::manager::state::State;

/// How a manager was reached: where, and the version that it told, if it knows that question.
pub(super) struct Reached {
    address: Option<String>,
    outcome: Result<Option<String>, CallError>,
}

impl Reached {
    /// Whether it answered, and speaks a version whose contracts can be compared with ours.
    pub(super) fn speaks_ours(&self) -> bool {
        let version = self.outcome.as_ref();
        version.is_ok_and(|version| version.as_deref().is_none_or(is_ours))
    }
}

/// Whether contracts can be made with somebody who speaks this version: its first number is that of ours.
pub(crate) fn is_ours(version: &str) -> bool {
    let first = |version: &'static str| version.split('.').next();
    version.split('.').next() == first(FSC_VERSION)
}

impl State {
    /// Asks a manager for its version, at its new address when it has moved and the directory knows.
    pub(super) async fn reach(&self, peer: &PeerId) -> Reached {
        let mut outcome = self.ask_version(peer).await;
        let unreachable = outcome.as_ref().is_err_and(CallError::is_unreachable);
        if unreachable && self.client.look_up_again(peer).await {
            outcome = self.ask_version(peer).await;
        }
        let address = self.client.address_of(peer).await.ok();
        let result = outcome.as_ref().err().map_or("ok", CallError::label);
        self.metrics.peer_checked(result);
        Reached {
            address: address.map(|address| address.as_str().to_owned()),
            outcome,
        }
    }

    async fn ask_version(&self, peer: &PeerId) -> Result<Option<String>, CallError> {
        match self.client.peer_version(peer).await {
            Ok(version) => Ok(Some(version)),
            // It is there; it does not know the question.
            Err(CallError::Refused {
                status: 404 | 405, ..
            }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What becomes of the state of a peer, and what is wrong with it.
    pub(super) fn judge_reach(
        &self,
        peer: &PeerId,
        before: Option<&PeerCheck>,
        agreed: &AgreedWith<'_>,
        reached: &Reached,
    ) -> (PeerCheck, Report) {
        let now_ms = self.clock.unix_ms();
        let mut check = before.cloned().unwrap_or_else(|| PeerCheck {
            peer_id: peer.as_str().to_owned(),
            answers: reached.outcome.is_ok(),
            since_ms: now_ms,
            checked_at_ms: now_ms,
            last_error: None,
            answered_at: None,
            moved_from: None,
            moved_at_ms: 0,
        });
        if check.answers != reached.outcome.is_ok() {
            check.answers = reached.outcome.is_ok();
            check.since_ms = now_ms;
        }
        check.checked_at_ms = now_ms;
        check.last_error = reached.outcome.as_ref().err().map(ToString::to_string);
        let mut report = Report::new(peer, agreed);
        let moved = check
            .answered_at
            .clone()
            .filter(|_| reached.address != check.answered_at);
        match (&reached.outcome, &reached.address, moved) {
            (Ok(_), address, moved) => {
                if let (Some(from), Some(to)) = (&moved, address) {
                    tracing::warn!(%peer, from, to, "the manager of a peer moved, and answers at its new address");
                    check.moved_from = moved.clone();
                    check.moved_at_ms = now_ms;
                }
                check.answered_at = address.clone().or(check.answered_at);
            }
            (Err(error), Some(to), Some(from)) if agreed.matters() => report.find(
                AlarmKind::PeerMoved,
                "",
                format!(
                    "its manager moved from {from} to {to}, and does not answer there: {error}"
                ),
            ),
            (Err(error), _, _) if agreed.matters() => report.find(
                AlarmKind::PeerSilent,
                "",
                format!("its manager does not answer as it should: {error}"),
            ),
            (Err(_), _, _) => {}
        }
        if let Ok(version) = &reached.outcome {
            report.looked_at_version();
            let other = version.as_deref().filter(|version| !is_ours(version));
            if let Some(version) = other.filter(|_| agreed.matters()) {
                report.find(
                    AlarmKind::PeerVersion,
                    "",
                    format!("it speaks FSC {version}, and we speak {FSC_VERSION}"),
                );
            }
        }
        (check, report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_with_our_first_number_are_ours() {
        for (version, ours) in [
            ("2.0.0", true),
            ("2.1.0", true),
            ("2", true),
            ("1.1.2", false),
            ("20.0", false),
            ("", false),
            ("v2.0.0", false),
        ] {
            assert_eq!(is_ours(version), ours, "{version}");
        }
    }
}
