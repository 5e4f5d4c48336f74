//! How changed files are noticed.

use std::time::Duration;

use serde::Deserialize;

/// Taking over certificate, key, trust anchors, revocation lists and policy that were replaced on disk.
/// Every field has a default, so that the section may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReloadConfig {
    /// After how many seconds the files are looked at again. 0: only when asked, with `sluis reload` or
    /// SIGHUP. Default 60.
    pub poll_seconds: u64,
}

impl Default for ReloadConfig {
    fn default() -> Self {
        Self { poll_seconds: 60 }
    }
}

impl ReloadConfig {
    /// [`Self::poll_seconds`] as a duration; `None` when the files are not looked at.
    #[must_use]
    pub fn poll(&self) -> Option<Duration> {
        (self.poll_seconds > 0).then(|| Duration::from_secs(self.poll_seconds))
    }
}
