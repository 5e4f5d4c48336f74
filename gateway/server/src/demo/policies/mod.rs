//! The policy folder of each party: its own register of processing activities, as its privacy
//! officer wrote it.
//!
//! The folders are compiled in as text, and the demo writes them to disk, so that each gateway reads
//! a folder as it would anywhere else and whoever runs the demo can read and change them.
//!
//! What a provider publishes about its service is the same text in its own folder and in that of
//! its consumer: data groups then have one name in both registers and in the contract.

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
    "activities/bijstand-aanvraag.yaml" = "voorbeeld/activities/bijstand-aanvraag.yaml",
    "activities/handhaving-bijstand.yaml" = "voorbeeld/activities/handhaving-bijstand.yaml",
    "activities/schuldhulpverlening.yaml" = "voorbeeld/activities/schuldhulpverlening.yaml",
    "activities/terugvordering-bijstand.yaml" = "voorbeeld/activities/terugvordering-bijstand.yaml",
    "activities/verblijfsrecht-bijstand.yaml" = "voorbeeld/activities/verblijfsrecht-bijstand.yaml",
    "activities/zaakstatus-inlichten.yaml" = "voorbeeld/activities/zaakstatus-inlichten.yaml",
    "parties.yaml" = "parties.yaml",
    "services/brp-personen.yaml" = "services/brp-personen.yaml",
    "services/zaken.yaml" = "services/zaken.yaml",
    "tests/bijstand.yaml" = "voorbeeld/tests/bijstand.yaml",
    "tests/zaken.yaml" = "voorbeeld/tests/zaken.yaml",
};

/// Uitvoeringsinstituut Werk, the provider: to whom it may disclose data of persons, and why.
///
/// Its register has no row for `schuldhulpverlening`, although the municipality's register and the
/// contract do: that purpose gets as far as the provider's inway and no further.
pub const UIW: PolicyFolder = folder! {
    "activities/bijstand-aanvraag-1.yaml" = "uiw/activities/bijstand-aanvraag-1.yaml",
    "activities/bijstand-aanvraag-2.yaml" = "uiw/activities/bijstand-aanvraag-2.yaml",
    "activities/handhaving-bijstand.yaml" = "uiw/activities/handhaving-bijstand.yaml",
    "activities/terugvordering-bijstand.yaml" = "uiw/activities/terugvordering-bijstand.yaml",
    "activities/verblijfsrecht-bijstand.yaml" = "uiw/activities/verblijfsrecht-bijstand.yaml",
    "parties.yaml" = "parties.yaml",
    "rules/kantoortijd.cedar" = "uiw/rules/kantoortijd.cedar",
    "services/brp-personen.yaml" = "services/brp-personen.yaml",
    "tests/bijstand.yaml" = "uiw/tests/bijstand.yaml",
    "tests/gevoelig.yaml" = "uiw/tests/gevoelig.yaml",
};

/// The shared service centre: to whom it may disclose the cases it keeps for the municipality.
pub const SSC: PolicyFolder = folder! {
    "activities/bijstand-aanvraag.yaml" = "ssc/activities/bijstand-aanvraag.yaml",
    "activities/schuldhulpverlening.yaml" = "ssc/activities/schuldhulpverlening.yaml",
    "activities/zaakstatus-inlichten.yaml" = "ssc/activities/zaakstatus-inlichten.yaml",
    "parties.yaml" = "parties.yaml",
    "services/zaken.yaml" = "services/zaken.yaml",
    "tests/zaken.yaml" = "ssc/tests/zaken.yaml",
};

/// The directory: it exchanges no data itself, and accepts what is published.
pub const DIRECTORY: PolicyFolder = folder! {
    "contracts.yaml" = "directory/contracts.yaml",
};

#[cfg(test)]
mod tests;
