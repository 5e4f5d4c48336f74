//! The only file that reads environment variables.
//!
//! The configuration file says everything about the gateway; the environment only says how a
//! person meets the command line. Secrets are never read from the environment: they would show in
//! process lists, crash reports and container descriptions.

use std::ffi::OsString;
use std::path::PathBuf;

/// Names the configuration file when `--config` is not given, so that an administrator need not
/// repeat it for every command.
pub const CONFIG: &str = "SLUIS_CONFIG";

/// When set to anything but nothing, output carries no colours (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";

/// Names the folder for temporary files (POSIX); without it they are in `/tmp`.
pub const TEMPORARY: &str = "TMPDIR";

/// What the environment says, read once at start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The configuration file of [`CONFIG`], when set.
    pub config: Option<PathBuf>,
    /// Whether [`NO_COLOR`] asks for output without colours.
    pub no_color: bool,
    /// The folder for temporary files of [`TEMPORARY`], when set.
    pub temporary: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn read() -> Self {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads an environment given as a function, for tests.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let filled = |name| lookup(name).filter(|value| !value.is_empty());
        Self {
            config: filled(CONFIG).map(PathBuf::from),
            no_color: filled(NO_COLOR).is_some(),
            temporary: filled(TEMPORARY).map(PathBuf::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let environment = Environment::from_lookup(|_| Some(OsString::new()));
        assert_eq!(environment, Environment::default());
    }

    #[test]
    fn the_variables_are_read() {
        let environment = Environment::from_lookup(|name| match name {
            CONFIG => Some("/etc/sluis/sluis.yaml".into()),
            NO_COLOR => Some("1".into()),
            TEMPORARY => Some("/var/tmp".into()),
            _ => None,
        });
        assert_eq!(
            environment.config.as_deref(),
            Some(std::path::Path::new("/etc/sluis/sluis.yaml"))
        );
        assert!(environment.no_color);
        assert_eq!(environment.temporary, Some("/var/tmp".into()));
    }
}
