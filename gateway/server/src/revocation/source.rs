//! One address from which a list is fetched.

use std::sync::PoisonError;

use sluis_certs::{DistinguishedName, RevocationListError};

use super::fetch::{FetchError, Validators};
use super::schedule;
use crate::config::ListUrl;

/// An address with what is known of it.
#[derive(Debug)]
pub(super) struct Source {
    url: ListUrl,
    /// Held while the list is fetched, so that it is never fetched twice at the same time.
    pub(super) fetching: tokio::sync::Mutex<Validators>,
    state: std::sync::Mutex<SourceState>,
}

/// How it goes with an address.
#[derive(Debug, Clone, Default)]
pub(super) struct SourceState {
    /// When it is asked next, in Unix seconds; 0 when it was never asked.
    pub(super) due: i64,
    /// Failed attempts since the last good one.
    pub(super) failures: u32,
    /// Why the last attempt failed; `None` when it did not.
    pub(super) error: Option<SourceError>,
    /// Whose list was found here.
    pub(super) issuer: Option<DistinguishedName>,
    /// Until when that list counts, in Unix seconds.
    pub(super) next_update: i64,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SourceError {
    /// Nothing was fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What was fetched cannot be used.
    #[error(transparent)]
    List(#[from] RevocationListError),
}

impl SourceError {
    /// A stable label for metrics and logs.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.reason(),
            Self::List(error) => error.reason(),
        }
    }
}

impl Source {
    pub(super) fn new(url: ListUrl) -> Self {
        Self::with_validators(url, Validators::default())
    }

    pub(super) fn with_validators(url: ListUrl, validators: Validators) -> Self {
        Self {
            url,
            fetching: tokio::sync::Mutex::new(validators),
            state: std::sync::Mutex::default(),
        }
    }

    pub(super) fn url(&self) -> &ListUrl {
        &self.url
    }

    pub(super) fn state(&self) -> SourceState {
        self.lock().clone()
    }

    /// A list of this CA was found here, now or before the gateway was started.
    pub(super) fn holds(&self, issuer: DistinguishedName, next_update: i64) {
        let mut state = self.lock();
        state.issuer = Some(issuer);
        state.next_update = next_update;
    }

    /// Notes how an attempt ended, and when the next one is due.
    pub(super) fn attempted(
        &self,
        result: Result<(), SourceError>,
        now: i64,
        refresh_seconds: i64,
    ) {
        let random = schedule::random_byte();
        let mut state = self.lock();
        match result {
            Ok(()) => {
                state.failures = 0;
                state.error = None;
                state.due =
                    schedule::after_success(now, state.next_update, refresh_seconds, random);
            }
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                state.error = Some(error);
                state.due = schedule::after_failure(now, state.failures, refresh_seconds, random);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, SourceState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
