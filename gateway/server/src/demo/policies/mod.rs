//! The policy folder of each party: its own register of processing activities, as its privacy
//! officer wrote it.
//!
//! The folders are compiled in as text, and the demo writes them to disk, so that each gateway reads
//! a folder as it would anywhere else and whoever runs the demo can read and change them.

pub mod contract;
mod folder;

pub use folder::PolicyFolder;

/// Embeds files of a folder: each by its path in the policy folder and where its text is.
macro_rules! folder {
    ($($path:literal = $file:literal),+ $(,)?) => {
        PolicyFolder::new(&[$(($path, include_str!($file))),+])
    };
}

/// Gemeente Voorbeeld, the consumer: what it may ask of others, and why.
pub const VOORBEELD: PolicyFolder = folder! {
    "parties.yaml" = "parties.yaml",
};

/// Uitvoeringsinstituut Werk, the provider: to whom it may disclose data of persons, and why.
pub const UIW: PolicyFolder = folder! {
    "parties.yaml" = "parties.yaml",
};

/// The shared service centre: to whom it may disclose the cases it keeps for the municipality.
pub const SSC: PolicyFolder = folder! {
    "parties.yaml" = "parties.yaml",
};
