//! The rules about single certificates, as a table: the verifier stops at the first that is broken,
//! `sluis cert explain` shows them all.

mod key;
mod policy;
mod usage;
mod validity;

use x509_parser::certificate::X509Certificate;

pub(crate) use key::KeyMeasure;
pub(crate) use validity::moment;

use crate::{ChainCertificate, ChainRole, Rule, TrustRules, Usage, VerifyError};

/// A certificate in its path.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    /// The path, leaf first. It may go on above this certificate.
    pub(crate) path: &'a [X509Certificate<'a>],
    /// The place of this certificate in the path, from 0.
    pub(crate) index: usize,
    /// What it is for.
    pub(crate) role: ChainRole,
}

impl<'a> Link<'a> {
    /// A certificate of a path without its trust anchor.
    pub(crate) fn new(path: &'a [X509Certificate<'a>], index: usize) -> Self {
        Self {
            path,
            index,
            role: ChainRole::at(index + 1),
        }
    }

    /// The certificate itself. A link is only made of a place that exists, else nothing is judged.
    fn certificate(&self) -> Option<&'a X509Certificate<'a>> {
        self.path.get(self.index)
    }

    /// It, with what stands beneath it in the path.
    fn and_below(&self) -> &'a [X509Certificate<'a>] {
        self.path.get(..=self.index).unwrap_or_default()
    }

    /// How to speak of it.
    pub(crate) fn describe(&self) -> ChainCertificate {
        ChainCertificate {
            role: self.role,
            position: self.index + 1,
            subject: self.certificate().map_or_else(Box::default, |certificate| {
                crate::summary::subject_text(certificate, self.role)
            }),
        }
    }
}

/// What a certificate is measured against.
#[derive(Clone, Copy)]
pub(crate) struct Measure<'a> {
    pub(crate) rules: &'a TrustRules,
    pub(crate) usage: Usage,
    pub(crate) now_unix_seconds: i64,
}

/// How a rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    Pass,
    /// Good enough, and worth knowing.
    Warn,
    Fail,
}

impl From<bool> for Grade {
    fn from(good: bool) -> Self {
        if good { Self::Pass } else { Self::Fail }
    }
}

/// One rule about one certificate. Texts are only made when they are needed.
pub(crate) struct Check {
    pub(crate) rule: Rule,
    applies: fn(ChainRole) -> bool,
    judge: fn(&X509Certificate<'_>, &Link<'_>, &Measure<'_>) -> Grade,
    expected: fn(&Link<'_>, &Measure<'_>) -> String,
    found: fn(&X509Certificate<'_>, &Link<'_>) -> String,
}

impl Check {
    pub(crate) fn applies(&self, link: &Link<'_>) -> bool {
        (self.applies)(link.role)
    }

    pub(crate) fn judge(&self, link: &Link<'_>, measure: &Measure<'_>) -> Grade {
        match link.certificate() {
            Some(certificate) => (self.judge)(certificate, link, measure),
            None => Grade::Fail,
        }
    }

    pub(crate) fn expected(&self, link: &Link<'_>, measure: &Measure<'_>) -> String {
        (self.expected)(link, measure)
    }

    pub(crate) fn found(&self, link: &Link<'_>) -> String {
        link.certificate()
            .map(|certificate| (self.found)(certificate, link))
            .unwrap_or_default()
    }

    /// As an error.
    pub(crate) fn refusal(&self, link: &Link<'_>, measure: &Measure<'_>) -> VerifyError {
        VerifyError::new(self.rule, self.expected(link, measure), self.found(link))
            .at(link.describe())
    }
}

/// Every rule about single certificates, in the order in which they are judged.
pub(crate) static CHECKS: [Check; 10] = [
    validity::NOT_YET_VALID,
    validity::EXPIRED,
    usage::AUTHORITY_AS_LEAF,
    usage::NOT_AN_AUTHORITY,
    usage::KEY_USAGE,
    usage::EXTENDED_KEY_USAGE,
    key::SIGNATURE_ALGORITHM,
    key::KEY_KIND,
    key::KEY_SIZE,
    policy::POLICY,
];

/// Judges every certificate of a path without its trust anchor.
///
/// # Errors
///
/// The first rule that is broken.
pub(crate) fn judge(
    path: &[X509Certificate<'_>],
    measure: &Measure<'_>,
) -> Result<(), VerifyError> {
    (0..path.len()).try_for_each(|index| judge_one(&Link::new(path, index), measure))
}

/// Judges one certificate.
pub(crate) fn judge_one(link: &Link<'_>, measure: &Measure<'_>) -> Result<(), VerifyError> {
    let broken = CHECKS
        .iter()
        .filter(|check| check.applies(link))
        .find(|check| check.judge(link, measure) == Grade::Fail);
    broken.map_or(Ok(()), |check| Err(check.refusal(link, measure)))
}

/// Judges a trust anchor by everything that does not change with time.
///
/// # Errors
///
/// The first rule that is broken.
pub(crate) fn judge_anchor(
    anchor: &X509Certificate<'_>,
    rules: &TrustRules,
) -> Result<(), VerifyError> {
    let path = std::slice::from_ref(anchor);
    let link = Link {
        path,
        index: 0,
        role: ChainRole::Anchor,
    };
    let measure = Measure {
        rules,
        usage: Usage::Client,
        now_unix_seconds: anchor.validity().not_before.timestamp(),
    };
    judge_one(&link, &measure)
}

fn everywhere(_: ChainRole) -> bool {
    true
}

fn leaf(role: ChainRole) -> bool {
    role == ChainRole::Leaf
}

fn authority(role: ChainRole) -> bool {
    role != ChainRole::Leaf
}

fn below_the_anchor(role: ChainRole) -> bool {
    role != ChainRole::Anchor
}
