//! Why a certificate is not accepted.

use std::borrow::Cow;
use std::fmt;

use crate::{ChainCertificate, PeerError, Rule};

/// Why a certificate is not accepted: the rule that is broken, by which certificate of the chain, what
/// was expected and what was found.
///
/// Shown it is one sentence for our own logs. The other side learns no more than the TLS alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError(Box<Refusal>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    rule: Rule,
    certificate: Option<ChainCertificate>,
    expected: Cow<'static, str>,
    found: Cow<'static, str>,
}

impl VerifyError {
    /// A refusal of which is not said yet which certificate it is about.
    pub fn new(
        rule: Rule,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Refusal {
            rule,
            certificate: None,
            expected: expected.into(),
            found: found.into(),
        }))
    }

    /// Says which certificate it is about, unless that was said before.
    #[must_use]
    pub fn at(mut self, certificate: ChainCertificate) -> Self {
        self.0.certificate.get_or_insert(certificate);
        self
    }

    /// The rule that is broken.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.0.rule
    }

    /// A stable label for metrics and logs.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.0.rule.as_str()
    }

    /// The certificate of the chain that breaks it; `None` where it is the chain as a whole.
    #[must_use]
    pub fn certificate(&self) -> Option<&ChainCertificate> {
        self.0.certificate.as_ref()
    }

    /// What would have been accepted.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.0.expected
    }

    /// What was found.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.0.found
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal {
            rule,
            certificate,
            expected,
            found,
        } = &*self.0;
        match certificate {
            Some(certificate) => write!(formatter, "{certificate}")?,
            None => formatter.write_str("certificate chain")?,
        }
        write!(
            formatter,
            " {}: expected {expected}, found {found}; {}",
            rule.broken(),
            rule.remedy()
        )
    }
}

impl std::error::Error for VerifyError {}

impl From<PeerError> for VerifyError {
    fn from(error: PeerError) -> Self {
        match error {
            PeerError::NoCertificate => Self::new(Rule::NoCertificate, "a certificate", "none"),
            PeerError::TooLarge(_) | PeerError::Unreadable => Self::new(
                Rule::Unreadable,
                "one X.509 certificate of a usual size",
                error.to_string(),
            ),
            error => Self::new(
                Rule::NotAPeer,
                "a subject and names that can be read in one way only",
                error.to_string(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ChainRole;

    #[test]
    fn a_refusal_is_one_sentence_with_certificate_expected_and_found() {
        let error = VerifyError::new(
            Rule::KeySize,
            "RSA of 2048 bits or more",
            "RSA of 1024 bits",
        );
        assert!(error.to_string().starts_with(
            "certificate chain has a key that is too short: expected RSA of 2048 bits"
        ));
        let tsp = |subject: &str| ChainCertificate {
            role: ChainRole::at(2),
            position: 2,
            subject: subject.into(),
        };
        let error = error.at(tsp("TEST Sluis")).at(tsp("another"));
        assert_eq!(
            error.to_string(),
            "TSP CA `TEST Sluis` (certificate 2 from the leaf) has a key that is too short: expected RSA of 2048 \
             bits or more, found RSA of 1024 bits; request a certificate for a longer key"
        );
        assert_eq!((error.rule(), error.reason()), (Rule::KeySize, "key-size"));
    }
}
