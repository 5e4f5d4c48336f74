//! Parties that must be refused, whether they connect or are connected to.

use std::sync::Arc;

use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;

use crate::dev_pki::{Authority, DevPki, IssuedLeaf};
use crate::test_kit::{
    DAY, NOW, OIN, ORGANISATION, OTHER_OIN, PRINTABLE, SERIAL_NUMBER, SUBJECT, UTF8, certificates,
    crls_of, leaf_options, name, new_pki, trust_of, with_field,
};
use crate::{Trust, pem};

/// A party that must be refused, whether it connects or is connected to.
pub(super) struct Bad {
    pub(super) case: &'static str,
    pub(super) leaf: IssuedLeaf,
    /// What the other end trusts, and its clock.
    pub(super) trust: Trust,
    pub(super) now: i64,
    pub(super) reason: &'static str,
}

fn bad(case: &'static str, pki: &DevPki, leaf: IssuedLeaf, reason: &'static str) -> Bad {
    Bad {
        case,
        leaf,
        trust: trust_of(pki),
        now: NOW,
        reason,
    }
}

pub(super) fn changed(
    pki: &mut DevPki,
    change: impl FnOnce(&mut rcgen::CertificateParams),
) -> IssuedLeaf {
    pki.issue_changed(&leaf_options(OIN), change).unwrap()
}

/// A leaf of the issuing CA with any subject, which rcgen cannot make.
fn with_subject(pki: &mut DevPki, subject: &[u8]) -> IssuedLeaf {
    let leaf = pki.issue(&leaf_options(OIN)).unwrap();
    let mut chain = certificates(&leaf.chain_pem);
    let der = with_field(&chain[0], SUBJECT, subject);
    chain[0] = pki.sign_again(Authority::Issuing, &der).into();
    let chain_pem = chain
        .iter()
        .map(|der| pem::encode("CERTIFICATE", der))
        .collect();
    IssuedLeaf { chain_pem, ..leaf }
}

pub(super) fn bad_parties(pki: &mut DevPki) -> Vec<Bad> {
    use ExtendedKeyUsagePurpose::{Any, EmailProtection};
    let normal = pki.issue(&leaf_options(OIN)).unwrap();
    let mut list = Vec::new();

    let mut options = leaf_options(OIN);
    options.not_after_unix_seconds = NOW - 1;
    let leaf = pki.issue(&options).unwrap();
    list.push(bad("expired", pki, leaf, "expired"));
    let mut options = leaf_options(OIN);
    options.not_before_unix_seconds = NOW + 1;
    let leaf = pki.issue(&options).unwrap();
    list.push(bad("not yet valid", pki, leaf, "not-yet-valid"));

    let mut stranger = new_pki();
    let leaf = stranger.issue(&leaf_options(OIN)).unwrap();
    list.push(bad("of another root", pki, leaf, "untrusted"));
    let chain_pem = pem::encode("CERTIFICATE", &certificates(&normal.chain_pem)[0]);
    let leaf = IssuedLeaf {
        chain_pem,
        ..normal.clone()
    };
    list.push(bad("without its issuers", pki, leaf, "untrusted"));

    let leaf = changed(pki, |params| params.extended_key_usages.clear());
    list.push(bad("without extended key usage", pki, leaf, "wrong-usage"));
    let leaf = changed(pki, |params| params.extended_key_usages = vec![Any]);
    list.push(bad("with anyExtendedKeyUsage", pki, leaf, "wrong-usage"));
    let leaf = changed(pki, |params| {
        params.extended_key_usages = vec![EmailProtection]
    });
    list.push(bad("for e-mail", pki, leaf, "wrong-usage"));
    let leaf = changed(pki, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)
    });
    list.push(bad("of a CA", pki, leaf, "ca-as-leaf"));

    let organisation: (u8, u8, &[u8]) = (ORGANISATION, UTF8, b"Gemeente");
    let id: (u8, u8, &[u8]) = (SERIAL_NUMBER, PRINTABLE, OIN.as_bytes());
    let other: (u8, u8, &[u8]) = (SERIAL_NUMBER, PRINTABLE, OTHER_OIN.as_bytes());
    let leaf = with_subject(pki, &name(&[&[organisation], &[id], &[other]]));
    list.push(bad("with two OINs", pki, leaf, "not-a-peer"));
    let leaf = with_subject(pki, &name(&[&[organisation], &[id, other]]));
    list.push(bad(
        "with two OINs in one component",
        pki,
        leaf,
        "not-a-peer",
    ));
    let leaf = with_subject(pki, &name(&[&[organisation]]));
    list.push(bad("without OIN", pki, leaf, "not-a-peer"));
    let leaf = with_subject(pki, &name(&[&[id]]));
    list.push(bad("without organisation", pki, leaf, "not-a-peer"));

    let anchors = pki.anchors_pem();
    for (level, case) in [
        "no list of the root",
        "no list of the domain CA",
        "no list of the issuing CA",
    ]
    .into_iter()
    .enumerate()
    {
        let mut lists = crls_of(pki);
        lists.remove(level);
        let trust = Trust::from_pem(anchors.as_bytes(), &lists).unwrap();
        let reason = "unknown-revocation-status";
        list.push(Bad {
            trust,
            ..bad(case, pki, normal.clone(), reason)
        });
    }
    for (level, case) in [
        "forged list of the root",
        "forged list of the domain CA",
        "forged list of the issuing CA",
    ]
    .into_iter()
    .enumerate()
    {
        let mut lists = crls_of(pki);
        lists[level] = crls_of(&stranger)[level].clone();
        let trust = Trust::from_pem(anchors.as_bytes(), &lists).unwrap();
        list.push(Bad {
            trust,
            ..bad(case, pki, normal.clone(), "crl-unusable")
        });
    }
    list.push(Bad {
        now: NOW + 2 * DAY,
        ..bad("expired lists", pki, normal.clone(), "crl-expired")
    });
    let reason = "unknown-revocation-status";
    list.push(Bad {
        now: NOW - DAY / 48,
        ..bad("lists of the future", pki, normal.clone(), reason)
    });

    // Last, because they change what the PKI says.
    let leaf = pki.issue(&leaf_options(OIN)).unwrap();
    pki.revoke(&leaf.serial);
    list.push(bad("revoked", pki, leaf, "revoked"));
    pki.revoke_authority(Authority::Issuing);
    list.push(bad(
        "of a revoked issuing CA",
        pki,
        normal.clone(),
        "revoked",
    ));
    list
}

/// A chain and key as they are, without the checks of [`Identity`].
pub(super) fn permissive_identity(leaf: &IssuedLeaf) -> Arc<CertifiedKey> {
    let key = pem::private_key(leaf.key_pem.as_bytes()).unwrap();
    let key = any_supported_type(&key).unwrap();
    Arc::new(CertifiedKey::new(certificates(&leaf.chain_pem), key))
}
