//! What PKIoverheid publishes: the fingerprints of its private hierarchies and the object identifiers of
//! its policies (cert.pkioverheid.nl, oid.pkioverheid.nl; read in November 2026).

/// The CAs of PKIoverheid that can be the anchor of an exchange between systems, with the SHA-256 of
/// their certificates. The G1 root and domain CA end in November 2028, those of G4 in May 2039.
///
/// The domain CAs are among them because the G1 root also stands above certificates of persons; with a
/// domain CA as the anchor those lead nowhere. The accepted policies shut them out too.
pub(crate) const PRODUCTION_ANCHORS: [(&str, &str); 4] = [
    (
        "Staat der Nederlanden Private Root CA - G1",
        "0257ce27b52408e24ee2c0945640b723c5bc66ddbda4ada58c60357604f0e675",
    ),
    (
        "Staat der Nederlanden Private Services CA - G1",
        "2eaaf678e645dc26ea82c016ef3960935659cf81b4c44d9b2d0fb1a142666c98",
    ),
    (
        "Staat der Nederlanden - G4 Root Priv G-TLS - 2024",
        "4411f67d3d7f4f49d34ff8862249de0d6692adc92df0855fb1dd67a169800484",
    ),
    (
        "Staat der Nederlanden - G4 Intm Priv G-TLS SYS - 2024",
        "a24f6f2fa192dd96ceeaf8d4c380d8663426f95858956a5adff5cfd36b30554f",
    ),
];

/// G1 Private Services, Server (programme of requirements 3h).
pub(crate) const POLICY_G1_SERVER: &str = "2.16.528.1.1003.1.2.8.6";
/// G4 Private TLS, system, organisation validated.
pub(crate) const POLICY_G4_TLS: &str = "2.16.528.1.1003.1.2.44.15.35.11";
/// The same of the TRIAL hierarchy: `.41.` instead of `.44.`.
pub(crate) const POLICY_G4_TLS_TRIAL: &str = "2.16.528.1.1003.1.2.41.15.35.11";
