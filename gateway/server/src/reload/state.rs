//! How it stands with the files.

/// What is in force, and whether the files on disk could take its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesState {
    /// When what is in force was read, in seconds since 1970.
    pub in_force_since_unix_seconds: i64,
    /// Why the files on disk are refused; `None` when they are what is in force.
    pub refused: Option<Refused>,
}

/// Files that cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Since when, in seconds since 1970.
    pub since_unix_seconds: i64,
    /// What is wrong, with file and remedy, one sentence each; at least one.
    pub problems: Vec<String>,
}
