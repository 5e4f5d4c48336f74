//! Who takes part in the demo: the organisations and their OINs.
//!
//! The OINs begin with 00000099, the prefix of the OIN scheme that is kept for tests.

/// An organisation of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// Short name: the party's folder, and its host name under `.example`.
    pub short: &'static str,
    /// OIN, which is also its FSC Peer ID.
    pub oin: &'static str,
    /// Name as it stands in the certificate (subject `O`).
    pub name: &'static str,
    /// RSIN (nine digits), as ZGW registers name an organisation.
    pub rsin: &'static str,
}

/// The consumer: a municipality with an outway.
pub const VOORBEELD: Party = Party {
    short: "voorbeeld",
    oin: "00000099000000001000",
    name: "Gemeente Voorbeeld",
    rsin: "000000103",
};

/// The provider: an agency that answers questions about persons.
pub const UIW: Party = Party {
    short: "uiw",
    oin: "00000099000000002000",
    name: "Uitvoeringsinstituut Werk",
    rsin: "000000115",
};

/// The shared service centre, which runs the case system of the municipality.
pub const SSC: Party = Party {
    short: "ssc",
    oin: "00000099000000003000",
    name: "Servicecentrum De Schakel",
    rsin: "000000127",
};

/// The directory, where services are found.
pub const DIRECTORY: Party = Party {
    short: "directory",
    oin: "00000099000000009000",
    name: "Directory Voorbeeldgroep",
    rsin: "000000139",
};

/// All four, the directory first.
pub const ALL: [Party; 4] = [DIRECTORY, VOORBEELD, UIW, SSC];
