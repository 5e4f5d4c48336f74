//! What the verifier of a handshake found, for whoever drives that handshake.

use std::cell::RefCell;

use crate::{Peer, VerifyError};

thread_local! {
    /// Where the verifier leaves its finding; `None` while nobody asks for it.
    static ASKED: RefCell<Option<Finding>> = const { RefCell::new(None) };
}

type Finding = Option<Result<Peer, VerifyError>>;

/// What the verifier of one handshake found.
///
/// rustls does not tell a verifier which connection it works for, and carries no more back than the alert
/// to send. The other side must learn no more than that alert; we want the whole sentence in our log, and who
/// the peer is without reading its certificate again. A verifier runs inside the step that brought the
/// certificate, on the same thread, so each step of a handshake is run by [`Verdict::during`].
#[derive(Debug, Default)]
pub struct Verdict(Finding);

impl Verdict {
    /// Runs one step of a handshake: reading from the connection, or one poll.
    pub fn during<T>(&mut self, step: impl FnOnce() -> T) -> T {
        let asked_before = ASKED.replace(Some(None));
        let result = step();
        if let Some(Some(finding)) = ASKED.replace(asked_before) {
            self.0 = Some(finding);
        }
        result
    }

    /// Who the peer is, with what is worth knowing about its certificate; `None` when it was refused, or
    /// when the handshake did not come that far.
    #[must_use]
    pub fn into_peer(self) -> Option<Peer> {
        self.0.and_then(Result::ok)
    }

    /// Why the certificate was refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&VerifyError> {
        self.0.as_ref().and_then(|finding| finding.as_ref().err())
    }
}

/// Called by the verifiers.
pub(crate) fn found(finding: Result<Peer, VerifyError>) {
    ASKED.with_borrow_mut(|asked| {
        if let Some(asked) = asked {
            *asked = Some(finding);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    fn refuse(rule: Rule) {
        found(Err(VerifyError::new(rule, "this", "that")));
    }

    #[test]
    fn a_finding_goes_to_whoever_runs_the_step_and_to_nobody_else() {
        let (mut outer, mut inner, mut later) = Default::default();
        refuse(Rule::Expired);
        Verdict::during(&mut outer, || {
            refuse(Rule::Policy);
            Verdict::during(&mut inner, || refuse(Rule::Oin));
        });
        Verdict::during(&mut later, || {});
        let rule = |verdict: &Verdict| verdict.refusal().map(VerifyError::rule);
        assert_eq!(rule(&outer), Some(Rule::Policy));
        assert_eq!(rule(&inner), Some(Rule::Oin));
        assert_eq!(rule(&later), None);
        // Another step does not take it away.
        outer.during(|| {});
        assert_eq!(rule(&outer), Some(Rule::Policy));
        assert!(outer.into_peer().is_none());
    }
}
