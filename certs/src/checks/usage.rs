//! What a certificate may be used for: basic constraints, key usage, extended key usage.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use super::{Check, authority, below_the_anchor, everywhere, leaf};
use crate::{ChainRole, Rule, Usage};

pub(super) const AUTHORITY_AS_LEAF: Check = Check {
    rule: Rule::AuthorityAsLeaf,
    applies: leaf,
    judge: |certificate, _, _| match constraints(certificate) {
        Ok(found) => (!found.is_some_and(|found| found.ca)).into(),
        Err(Unreadable) => false.into(),
    },
    expected: |_, _| "basic constraints that say CA:FALSE, or none".to_owned(),
    found: |certificate, _| constraints_text(certificate),
};

pub(super) const NOT_AN_AUTHORITY: Check = Check {
    rule: Rule::NotAnAuthority,
    applies: authority,
    judge: |certificate, link, _| match constraints(certificate) {
        // The CAs between this one and the leaf; a trust anchor is trusted as it is.
        Ok(Some(BasicConstraints {
            ca: true,
            path_len_constraint: Some(most),
        })) if link.role != ChainRole::Anchor => (u32::try_from(link.index.saturating_sub(1))
            .is_ok_and(|beneath| beneath <= *most))
        .into(),
        Ok(Some(found)) => found.ca.into(),
        Ok(None) | Err(Unreadable) => false.into(),
    },
    expected: |link, _| match link.index.saturating_sub(1) {
        0 => "basic constraints that say CA:TRUE".to_owned(),
        beneath => format!("basic constraints that say CA:TRUE and allow {beneath} CA(s) beneath"),
    },
    found: |certificate, _| constraints_text(certificate),
};

pub(super) const KEY_USAGE: Check = Check {
    rule: Rule::KeyUsage,
    applies: everywhere,
    judge: |certificate, link, _| match (key_usage(certificate), link.role) {
        (Ok(Some(usage)), ChainRole::Leaf) => usage.digital_signature().into(),
        (Ok(Some(usage)), _) => usage.key_cert_sign().into(),
        // A root without the extension may do everything (RFC 5280 section 6.1.4 asks it of the others).
        (Ok(None), ChainRole::Anchor) => true.into(),
        (Ok(None) | Err(Unreadable), _) => false.into(),
    },
    expected: |link, _| match link.role {
        ChainRole::Leaf => "the key usage digitalSignature".to_owned(),
        ChainRole::Tsp | ChainRole::Domain | ChainRole::Anchor => {
            "the key usage keyCertSign".to_owned()
        }
    },
    found: |certificate, _| match key_usage(certificate) {
        Ok(Some(usage)) => usage.to_string(),
        Ok(None) => "no key usage".to_owned(),
        Err(Unreadable) => Unreadable::TEXT.to_owned(),
    },
};

/// Of a leaf it must be there; of a CA only if it has any: the G1 issuing CA of KPN has none.
pub(super) const EXTENDED_KEY_USAGE: Check = Check {
    rule: Rule::WrongUsage,
    applies: below_the_anchor,
    judge: |certificate, link, measure| match extended_key_usage(certificate) {
        Ok(Some(found)) => measure
            .usage
            .fits(found.client_auth, found.server_auth)
            .into(),
        Ok(None) => (link.role != ChainRole::Leaf).into(),
        Err(Unreadable) => false.into(),
    },
    expected: |link, measure| {
        let asked = match measure.usage {
            Usage::Client => "clientAuth",
            Usage::Server => "serverAuth",
            Usage::Signature => "clientAuth or serverAuth",
        };
        match link.role {
            ChainRole::Leaf => format!("the extended key usage {asked}"),
            _ => format!("the extended key usage {asked}, or none at all"),
        }
    },
    found: |certificate, _| match extended_key_usage(certificate) {
        Ok(Some(found)) => extended_key_usage_text(found),
        Ok(None) => "no extended key usage".to_owned(),
        Err(Unreadable) => Unreadable::TEXT.to_owned(),
    },
};

/// The extension cannot be read, or is there twice.
struct Unreadable;

impl Unreadable {
    const TEXT: &str = "an extension that cannot be read, or is there twice";
}

fn constraints<'a>(
    certificate: &'a X509Certificate<'_>,
) -> Result<Option<&'a BasicConstraints>, Unreadable> {
    let found = certificate.basic_constraints().map_err(|_| Unreadable)?;
    Ok(found.map(|extension| extension.value))
}

fn constraints_text(certificate: &X509Certificate<'_>) -> String {
    match constraints(certificate) {
        Ok(Some(found)) => match (found.ca, found.path_len_constraint) {
            (false, _) => "CA:FALSE".to_owned(),
            (true, None) => "CA:TRUE".to_owned(),
            (true, Some(most)) => format!("CA:TRUE with at most {most} CA(s) beneath"),
        },
        Ok(None) => "no basic constraints".to_owned(),
        Err(Unreadable) => Unreadable::TEXT.to_owned(),
    }
}

fn key_usage<'a>(certificate: &'a X509Certificate<'_>) -> Result<Option<&'a KeyUsage>, Unreadable> {
    let found = certificate.key_usage().map_err(|_| Unreadable)?;
    Ok(found.map(|extension| extension.value))
}

fn extended_key_usage<'a>(
    certificate: &'a X509Certificate<'_>,
) -> Result<Option<&'a ExtendedKeyUsage<'a>>, Unreadable> {
    let found = certificate.extended_key_usage().map_err(|_| Unreadable)?;
    Ok(found.map(|extension| extension.value))
}

fn extended_key_usage_text(found: &ExtendedKeyUsage<'_>) -> String {
    let named = [
        (found.any, "anyExtendedKeyUsage"),
        (found.server_auth, "serverAuth"),
        (found.client_auth, "clientAuth"),
        (found.code_signing, "codeSigning"),
        (found.email_protection, "emailProtection"),
        (found.time_stamping, "timeStamping"),
        (found.ocsp_signing, "OCSPSigning"),
    ];
    let named = named.into_iter().filter(|(there, _)| *there);
    let other = found.other.iter().map(ToString::to_string);
    let all: Vec<String> = named
        .map(|(_, name)| name.to_owned())
        .chain(other)
        .collect();
    if all.is_empty() {
        "an empty extended key usage".to_owned()
    } else {
        all.join(", ")
    }
}
