//! Judging what is on disk and putting it in force.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use sluis_audit::{AuditLog, Event};
use sluis_certs::{Identities, LiveIdentity, LiveTrust};
use sluis_policy::PolicySet;
use tokio_util::sync::CancellationToken;

use super::judge::{Judged, judge, merged};
use super::{Digests, FilesState, Refused};
use crate::clock::Clock;
use crate::config::Config;
use crate::inway::TokenSigners;
use crate::manager::Manager;
use crate::revocation::Revocation;
use crate::telemetry::Metrics;
use crate::upstream::Pools;

/// Most problems that are kept and shown of one refusal; nobody reads more.
const PROBLEMS_MAX: usize = 10;

/// What a reload reads and what it replaces.
pub struct ReloadParts {
    /// Which files.
    pub config: Config,
    /// What those files held when the gateway started.
    pub digests: Digests,
    /// Our certificates.
    pub identities: LiveIdentity,
    /// Whom we trust.
    pub trust: LiveTrust,
    /// The policy, where a role needs one.
    pub policy: Option<Arc<ArcSwap<PolicySet>>>,
    /// Whose tokens the inway accepts, where there is an inway.
    pub signers: Option<TokenSigners>,
    /// Signs contracts anew after a renewal and decides anew about those that wait, where there is a manager.
    pub manager: Option<Manager>,
    /// Connections to other organisations.
    pub pools: Pools,
    /// The revocation lists, and who loses connections by them.
    pub revocation: Revocation,
    /// Where it is recorded that something was replaced.
    pub audit: AuditLog,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
}

/// Takes over what was replaced on disk. Cheap to clone.
#[derive(Clone)]
pub struct Reload(Arc<Shared>);

struct Shared {
    parts: ReloadParts,
    /// Locked while a reload is under way, so that there is one at a time.
    seen: tokio::sync::Mutex<Seen>,
    state: Mutex<FilesState>,
}

/// What the files held.
struct Seen {
    /// When what is in force was read.
    in_force: Digests,
    /// When they were last judged.
    judged: Digests,
}

/// Why the files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The process got SIGHUP.
    Signal,
    /// It was time to look.
    Poll,
    /// An administrator asked.
    Command,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Cause::Signal => "signal",
            Cause::Poll => "poll",
            Cause::Command => "command",
        }
    }
}

impl Reload {
    /// Everything is in force as it was read at the start.
    #[must_use]
    pub fn new(parts: ReloadParts) -> Reload {
        parts.metrics.files_refused(false);
        let state = FilesState {
            in_force_since_unix_seconds: parts.clock.unix_seconds(),
            refused: None,
        };
        Reload(Arc::new(Shared {
            seen: tokio::sync::Mutex::new(Seen {
                in_force: parts.digests,
                judged: parts.digests,
            }),
            state: Mutex::new(state),
            parts,
        }))
    }

    /// How it stands with the files.
    #[must_use]
    pub fn state(&self) -> FilesState {
        self.lock_state().clone()
    }

    /// Judges what is on disk, and puts it in force when it is good. Has every revocation list fetched as well. Returns the parts that are new: some of `certificate`,
    /// `trust`, `policy`.
    ///
    /// # Errors
    /// Why the files are refused. What was in force stays in force.
    pub async fn now(&self, cause: Cause) -> Result<Vec<&'static str>, Refused> {
        // Whoever asks need not wait for servers elsewhere.
        let revocation = self.0.parts.revocation.clone();
        tokio::spawn(async move { revocation.refresh().await });
        let mut seen = self.0.seen.lock().await;
        self.judge(cause, &mut seen).await
    }

    /// Looks at the files every `pause`, until `shutdown`.
    pub async fn poll(self, pause: Duration, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            let mut seen = self.0.seen.lock().await;
            let on_disk = self.blocking(|shared| Digests::of(&shared.parts.config));
            let on_disk = on_disk.await;
            // What was refused may have become good by the passing of time alone. Not so a PIN, and a token locks after a few
            // wrong ones.
            let refused = self.lock_state().refused.is_some();
            let again = refused && self.0.parts.config.keys_are_files();
            if again || on_disk.is_some_and(|on_disk| on_disk != seen.judged) {
                // A refusal was logged, and is shown until it is over.
                let _ = self.judge(Cause::Poll, &mut seen).await;
            }
        }
    }

    async fn judge(&self, cause: Cause, seen: &mut Seen) -> Result<Vec<&'static str>, Refused> {
        let found = self.blocking(|shared| {
            let parts = &shared.parts;
            let digests = Digests::of(&parts.config);
            let policy = parts.policy.as_ref().map(|policy| policy.load_full());
            let (trust, now) = (parts.trust.load(), parts.clock.unix_seconds());
            let judged = judge(&parts.config, &trust, policy.as_deref(), now);
            (digests, judged)
        });
        let Some((digests, judged)) = found.await else {
            let problem = "the files could not be judged, which is a mistake in this program";
            return Err(self.refuse(cause, vec![problem.to_owned()]));
        };
        seen.judged = digests;
        let changed = digests.differing(&seen.in_force);
        let done = match judged {
            Ok(good) => self.put_in_force(cause, good, &changed).await,
            Err(problems) => Err(problems),
        };
        done.map_err(|problems| self.refuse(cause, problems))?;
        seen.in_force = digests;
        Ok(changed)
    }

    /// Puts in force what has changed. It is recorded first: what cannot be recorded does not happen.
    async fn put_in_force(
        &self,
        cause: Cause,
        good: Judged,
        changed: &[&'static str],
    ) -> Result<(), Vec<String>> {
        let parts = &self.0.parts;
        if !changed.is_empty() {
            let recorded = parts.audit.record(event(cause, &good, changed)).await;
            recorded.map_err(|error| {
                vec![format!(
                    "the audit log: nothing was put in force, because it cannot be recorded: {error}; see what is wrong with the disk of the log"
                )]
            })?;
        }
        let Judged { files, trust } = good;
        for part in changed {
            match *part {
                "certificate" => self.replace_identities(files.identities.clone())?,
                "trust" => parts
                    .trust
                    // Lists may have been fetched while the files were judged.
                    .update(|present| merged(&files, present).unwrap_or_else(|_| trust.clone())),
                _ => {
                    if let (Some(live), Some(new)) = (&parts.policy, &files.policy) {
                        live.store(Arc::clone(new));
                    }
                    if let Some(manager) = parts.manager.clone() {
                        // Whoever asked need not wait for what other rules decide about contracts.
                        tokio::spawn(async move { manager.decide_waiting().await });
                    }
                }
            }
        }
        if changed.iter().any(|part| *part != "policy") {
            parts.pools.forget();
        }
        if changed.contains(&"certificate") {
            for identity in parts.identities.load().all() {
                parts.revocation.look_at(identity.chain());
            }
        }
        if changed.contains(&"trust") {
            parts.revocation.changed().await;
        }
        let (since, now) = {
            let mut state = self.lock_state();
            let now = parts.clock.unix_seconds();
            if !changed.is_empty() {
                state.in_force_since_unix_seconds = now;
            }
            (
                state
                    .refused
                    .take()
                    .map(|refused| refused.since_unix_seconds),
                now,
            )
        };
        parts.metrics.files_refused(false);
        parts.metrics.reloaded(if changed.is_empty() {
            "unchanged"
        } else {
            "done"
        });
        if !changed.is_empty() || since.is_some() {
            tracing::info!(
                cause = cause.as_str(),
                changed = changed.join(","),
                refused_for_seconds = since.map(|since| now - since),
                "the files on disk are in force"
            );
        }
        Ok(())
    }

    fn replace_identities(&self, new: Identities) -> Result<(), Vec<String>> {
        let parts = &self.0.parts;
        let old = parts.identities.load();
        if let Some(signers) = &parts.signers {
            // Before the first token is signed with the new certificate.
            signers
                .replace(&old, &new)
                .map_err(|error| vec![format!("certificate.chain_file: {error}")])?;
        }
        parts
            .metrics
            .certificate_expires(new.current().peer().not_after);
        parts.identities.replace(new);
        if let Some(manager) = parts.manager.clone() {
            // Many contracts take a while, and whoever asked need not wait: what is left is done after the next start.
            tokio::spawn(async move { manager.renew_signatures().await });
        }
        Ok(())
    }

    fn refuse(&self, cause: Cause, mut problems: Vec<String>) -> Refused {
        let parts = &self.0.parts;
        problems.truncate(PROBLEMS_MAX);
        parts.metrics.reloaded("refused");
        parts.metrics.files_refused(true);
        let mut state = self.lock_state();
        let known = state.refused.take();
        let refused = Refused {
            since_unix_seconds: known
                .as_ref()
                .map_or(parts.clock.unix_seconds(), |known| known.since_unix_seconds),
            problems,
        };
        // The same again is no news, as long as nobody asks.
        if cause != Cause::Poll || known.is_none_or(|known| known.problems != refused.problems) {
            for problem in &refused.problems {
                tracing::error!(
                    cause = cause.as_str(),
                    problem,
                    in_force_since_unix_seconds = state.in_force_since_unix_seconds,
                    "the files on disk are refused; what was in force stays in force"
                );
            }
        }
        state.refused = Some(refused.clone());
        refused
    }

    fn lock_state(&self) -> MutexGuard<'_, FilesState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what blocks on files elsewhere; `None` when it panicked.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> Option<T> {
        let shared = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.ok()
    }
}

/// What is recorded: who we are from now on, and which policy holds.
fn event(cause: Cause, good: &Judged, changed: &[&'static str]) -> Event {
    let peer = good.files.identities.current().peer();
    let mut details: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    details.insert("cause".into(), cause.as_str().into());
    details.insert("changed".into(), changed.join(",").into());
    details.insert(
        "certificate".into(),
        peer.certificate_thumbprint.to_string().into(),
    );
    if let Some(policy) = &good.files.policy {
        details.insert("policy".into(), Arc::clone(policy.digest()));
    }
    Event {
        component: "reload".into(),
        details,
        name: "reload".into(),
    }
}
