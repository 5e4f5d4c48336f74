//! Which rule a certificate of a chain broke, when webpki only says that there is one.

use rustls_pki_types::CertificateDer;
use webpki::{EndEntityCert, Error};
use x509_parser::certificate::X509Certificate;

use crate::checks::{CHECKS, Grade, Link, Measure};
use crate::path::{Path, PathEnd};
use crate::peer::parse_certificate;
use crate::{ChainCertificate, Rule, Trust, VerifyError};

/// Says what webpki's error is about.
pub(crate) fn diagnose(
    trust: &Trust,
    error: &Error,
    leaf: &CertificateDer<'_>,
    issuers: &[CertificateDer<'_>],
    measure: &Measure<'_>,
) -> VerifyError {
    let path = trust.follow(leaf, issuers);
    // What cannot be read ends the path for this purpose.
    let parsed: Vec<X509Certificate<'_>> = path
        .below
        .iter()
        .map_while(|der| parse_certificate(der).ok())
        .collect();
    let rule = rule_of(error);
    let ends_well = matches!(path.end, PathEnd::Anchor(_));
    if rule == Rule::Untrusted && !ends_well {
        return untrusted(&path, &parsed);
    }
    // A path that webpki gave up and that does end at an anchor has another mistake.
    let broken = (0..parsed.len()).find_map(|index| {
        let link = Link::new(&parsed, index);
        CHECKS
            .iter()
            .filter(|check| check.rule == rule || rule == Rule::Untrusted)
            .filter(|check| check.applies(&link))
            .find(|check| check.judge(&link, measure) == Grade::Fail)
            .map(|check| check.refusal(&link, measure))
    });
    broken
        .or_else(|| unreadable(&path, &parsed))
        .unwrap_or_else(|| VerifyError::new(rule, expected(rule), found(error)))
}

/// The first certificate that webpki cannot read by itself, for example because of a critical extension.
fn unreadable(path: &Path<'_>, parsed: &[X509Certificate<'_>]) -> Option<VerifyError> {
    path.below.iter().enumerate().find_map(|(index, der)| {
        let error = EndEntityCert::try_from(&CertificateDer::from(*der)).err()?;
        let rule = rule_of(&error);
        let refusal = VerifyError::new(rule, expected(rule), found(&error));
        Some(match parsed.get(index) {
            Some(_) => refusal.at(Link::new(parsed, index).describe()),
            None => refusal,
        })
    })
}

/// The rule that webpki found broken.
fn rule_of(error: &Error) -> Rule {
    match error {
        Error::CertExpired { .. } => Rule::Expired,
        Error::CertNotValidYet { .. } => Rule::NotYetValid,
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => Rule::WrongUsage,
        Error::CaUsedAsEndEntity => Rule::AuthorityAsLeaf,
        Error::EndEntityUsedAsCa | Error::PathLenConstraintViolated => Rule::NotAnAuthority,
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => Rule::Untrusted,
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Error::SignatureAlgorithmMismatch => Rule::SignatureAlgorithm,
        Error::BadDer
        | Error::BadDerTime
        | Error::TrailingData(_)
        | Error::UnsupportedCertVersion
        | Error::InvalidSerialNumber
        | Error::MalformedExtensions => Rule::Unreadable,
        _ => Rule::Unusable,
    }
}

fn untrusted(path: &Path<'_>, parsed: &[X509Certificate<'_>]) -> VerifyError {
    let last = parsed.len().checked_sub(1);
    let at = |refusal: VerifyError| match last {
        Some(index) => refusal.at(Link::new(parsed, index).describe()),
        None => refusal,
    };
    match &path.end {
        PathEnd::NoIssuer(name) => at(VerifyError::new(
            Rule::Untrusted,
            format!(
                "the certificate of its issuer `{name}` in the chain or among the trust anchors"
            ),
            "it in neither",
        )),
        PathEnd::WrongSignature(name) => at(VerifyError::new(
            Rule::Untrusted,
            format!("a signature made with the key of its issuer `{name}`"),
            "another signature, or another CA of the same name",
        )),
        PathEnd::Anchor(_) | PathEnd::Nowhere => VerifyError::new(
            Rule::Untrusted,
            "a path to a trust anchor of at most six CAs",
            "none",
        ),
    }
}

fn expected(rule: Rule) -> &'static str {
    match rule {
        Rule::Unreadable => "X.509 certificates of version 3 in DER",
        Rule::NotAnAuthority => "CAs only above the leaf",
        Rule::Untrusted => "a path to a trust anchor",
        _ => "certificates of the PKIoverheid profile",
    }
}

/// The kind of problem; nothing out of the certificate but object identifiers can be in it.
fn found(error: &Error) -> String {
    match error {
        Error::UnsupportedCriticalExtension => {
            "a critical extension that is not known here".to_owned()
        }
        Error::UnsupportedCertVersion => "another version".to_owned(),
        Error::NameConstraintViolation => {
            "a name that a CA above it may not give out (name constraints)".to_owned()
        }
        other => format!("{other:?}"),
    }
}

/// How to speak of a certificate that was not placed in a path.
pub(crate) fn describe_leaf(leaf: &CertificateDer<'_>) -> Option<ChainCertificate> {
    let parsed = [parse_certificate(leaf).ok()?];
    Some(Link::new(&parsed, 0).describe())
}
