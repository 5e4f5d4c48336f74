//! That the certificates of before a renewal can still be used beside the current one.

use sluis_certs::{Identities, IdentitiesError, Identity};

use super::Findings;
use super::own_key::identity;
use crate::config::Config;

const KEY: &str = "certificate.previous";

/// Returns all our certificates, when they can be in use together.
pub(super) fn check(
    config: &Config,
    current: &Identity,
    now: i64,
    findings: &mut Findings<'_>,
) -> Option<Identities> {
    let all = &config.certificate.previous;
    // One may be written without a list.
    let key = |index: usize| match all.len() {
        1 => KEY.to_owned(),
        _ => format!("{KEY}[{index}]"),
    };
    let mut previous = Vec::new();
    for (index, certificate) in all.iter().enumerate() {
        let identity = identity(certificate, config, &key(index), findings)?;
        let peer = identity.peer();
        if peer.not_after < now {
            findings.warning(
                key(index),
                "this certificate has ended, so that nobody accepts it any more",
                "remove it; contracts that name its key are of no use, and `sluis cert status` lists them",
            );
        } else if peer.not_after > current.peer().not_after {
            findings.warning(
                key(index),
                "this certificate lasts longer than the one that replaces it",
                "put the newest one under `certificate`, and the one that it replaces here",
            );
        }
        previous.push(identity);
    }
    let together = Identities::new(current.clone(), previous);
    if let Err(error) = &together {
        let (key, remedy) = match error {
            IdentitiesError::OtherPeer(position) => (
                key(position - 1),
                "name a certificate of our own organisation",
            ),
            IdentitiesError::Twice(position) => (key(position - 1), "remove it"),
            IdentitiesError::TooMany(_) => (
                KEY.to_owned(),
                "see with `sluis cert status` on which of them contracts rest",
            ),
        };
        findings.error(key, error.to_string(), remedy);
    }
    together.ok()
}
