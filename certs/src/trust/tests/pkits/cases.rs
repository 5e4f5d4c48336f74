//! What the suite expects of each certificate, and why we sometimes do otherwise.

/// What the suite says of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Accepted,
    Refused,
    /// The verdict depends on the set of policies that is asked for.
    DependsOnPolicies,
}

/// A section of the suite's description: number, title.
pub(super) type Section = (&'static str, &'static str);

/// Parts of a case's name, by section. The first that fits counts.
const SECTIONS: &[(Section, &[&str])] = &[
    (
        ("4.9", "require explicit policy"),
        &["requireExplicitPolicy"],
    ),
    (
        ("4.11", "inhibit policy mapping"),
        &["inhibitPolicyMapping"],
    ),
    (("4.12", "inhibit any policy"), &["inhibitAnyPolicy"]),
    (
        ("4.10", "policy mappings"),
        &["PolicyMapping", "MappingFrom", "MappingTo"],
    ),
    (("4.13", "name constraints"), &["nameConstraints"]),
    (("4.15", "delta lists"), &["deltaCRL"]),
    (
        ("4.14", "distribution points"),
        &[
            "istributionPoint",
            "onlyContains",
            "onlySomeReasons",
            "indirectCRL",
            "cRLIssuer",
        ],
    ),
    (
        ("4.16", "private extensions"),
        &["CriticalCertificateExtension"],
    ),
    (("4.7", "key usage"), &["keyUsage"]),
    (
        ("4.6", "basic constraints"),
        &["basicConstraints", "cAFalse", "pathLenConstraint"],
    ),
    (("4.5", "self-issued certificates"), &["BasicSelfIssued"]),
    (
        ("4.4", "basic revocation"),
        &["CRL", "Revoked", "SerialNumber"],
    ),
    (
        ("4.3", "name chaining"),
        &[
            "NameChaining",
            "NameUIDs",
            "RFC3280",
            "RolloverfromPrintable",
            "UTF8String",
        ],
    ),
    (("4.2", "validity"), &["notBefore", "notAfter"]),
    (
        ("4.1", "signatures"),
        &["Signature", "DSAParameter", "CertificatePath"],
    ),
    (("4.8", "certificate policies"), &[""]),
];

pub(super) fn section(case: &str) -> Section {
    SECTIONS
        .iter()
        .find(|(_, parts)| parts.iter().any(|part| case.contains(part)))
        .map(|(section, _)| *section)
        .unwrap()
}

pub(super) fn expected(case: &str) -> Expected {
    if case.starts_with("Valid") {
        Expected::Accepted
    } else if case.starts_with("Invalid") {
        Expected::Refused
    } else {
        Expected::DependsOnPolicies
    }
}

/// Why we do otherwise, by parts of a case's name. The first that fits counts.
pub(super) const REASONS: &[(&[&str], &str)] = &[
    (
        &["InvaliddeltaCRL"],
        "it is revoked on a delta list only, and those are not used; PKIoverheid has none",
    ),
    (
        &["ValiddeltaCRL"],
        "the delta list would end a hold (`certificateHold`), and those are not used; who is on hold is out",
    ),
    (
        &["PolicyMapping", "requireExplicitPolicy", "inhibitAnyPolicy"],
        "a CA has a critical extension about policies, which is refused as unknown; PKIoverheid has none",
    ),
    (
        &["DSA"],
        "DSA is none of the signature algorithms that NCSC calls good or sufficient",
    ),
    (
        &["NameChaining", "RolloverfromPrintable", "UTF8StringCase"],
        "names are compared byte by byte: another case, spacing or string type is another name",
    ),
    (
        &["NameUIDs"],
        "unique identifiers (version 2) are not read; RFC 5280 section 4.1.2.8 forbids CAs to use them",
    ),
    (
        &["SelfIssuedpathLen"],
        "a self-issued CA counts as one of the path, which is stricter",
    ),
    (
        &["ValidBasicSelfIssued"],
        "the list about the self-issued CA is of a distribution point that is a directory name; only URIs are known",
    ),
    (
        &["nameConstraints"],
        "constraints on directory names, mail addresses and URIs are not evaluated: whoever has them is refused",
    ),
    (
        &["SeparateCertificateandCRLKeys"],
        "certificates and lists are signed by different keys of the CA; one key must sign both",
    ),
    (&["pre2000UTC"], "a date before 1970 cannot be read"),
    (
        &["onlyContainsCACerts", "pathLenConstraint"],
        "the end of the path is the certificate of a CA, which never identifies a peer",
    ),
    (
        &["onlySomeReasons"],
        "lists for some reasons only are not used; there must be one for all",
    ),
    (
        &["indirectCRL", "cRLIssuer"],
        "lists of another issuer than the certificate's (indirect lists) are not used",
    ),
    (
        &["distributionPoint"],
        "the distribution point is a directory name; only URIs are known",
    ),
];

pub(super) fn reason(case: &str) -> Option<&'static str> {
    REASONS
        .iter()
        .find(|(parts, _)| parts.iter().any(|part| case.contains(part)))
        .map(|(_, reason)| *reason)
}
