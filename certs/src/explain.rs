//! The whole judgement of a chain, rule by rule.

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;

use crate::checks::{CHECKS, Grade, Link, Measure};
use crate::path::{Path, PathEnd};
use crate::peer::parse_certificate;
use crate::trust::read_peer;
use crate::{
    AnchorPin, CertificateSummary, ChainCertificate, ChainRole, Peer, PeerError, Rule, Trust,
    Usage, VerifyError, Warning,
};

/// The whole judgement of a chain. What counts are the verdicts, which are those of the verifier itself; the
/// rest says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The path from the leaf upwards, as far as it can be followed; the trust anchor last.
    pub certificates: Vec<ExplainedCertificate>,
    /// How many certificates came along without being part of the path.
    pub unused: usize,
    /// Whether the holder may open and accept connections.
    pub verdicts: [(Usage, Result<Peer, VerifyError>); 2],
}

/// A certificate of the path with every rule about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedCertificate {
    /// Which one it is.
    pub certificate: ChainCertificate,
    /// SHA-256 of it.
    pub fingerprint: AnchorPin,
    /// What it says about itself.
    pub summary: CertificateSummary,
    /// Every rule about it.
    pub judgements: Vec<Judgement>,
}

/// How one rule ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The rule.
    pub rule: Rule,
    /// For which use it was judged, where that makes a difference.
    pub usage: Option<Usage>,
    /// How it ended.
    pub outcome: Outcome,
    /// What is accepted.
    pub expected: String,
    /// What was found.
    pub found: String,
}

/// How a rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept.
    Pass,
    /// It is kept, and there is something worth knowing.
    Warning,
    /// It is broken.
    Fail,
}

impl Outcome {
    /// A stable label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warning => "warning",
            Self::Fail => "fail",
        }
    }
}

impl Trust {
    /// Judges a chain (leaf first) by every rule, whether others are broken or not.
    ///
    /// # Errors
    ///
    /// [`PeerError`] when there is no certificate, or the first cannot be read.
    pub fn explain(
        &self,
        chain: &[CertificateDer<'_>],
        now_unix_seconds: i64,
    ) -> Result<Explanation, PeerError> {
        let (leaf, issuers) = chain.split_first().ok_or(PeerError::NoCertificate)?;
        parse_certificate(leaf)?;
        let verdicts = [Usage::Client, Usage::Server]
            .map(|usage| (usage, self.verify(chain, usage, now_unix_seconds)));
        let path = self.follow(leaf, issuers);
        let mut ders = path.below.clone();
        if let PathEnd::Anchor(index) = path.end {
            ders.extend(self.anchor(index).map(AsRef::as_ref));
        }
        // What cannot be read ends the explanation; the verdict says so.
        let parsed: Vec<X509Certificate<'_>> = ders
            .iter()
            .map_while(|der| parse_certificate(der).ok())
            .collect();
        let mut certificates = Vec::new();
        for (index, der) in ders.iter().enumerate().take(parsed.len()) {
            let link = Link {
                role: if index < path.below.len() {
                    ChainRole::at(index + 1)
                } else {
                    ChainRole::Anchor
                },
                ..Link::new(&parsed, index)
            };
            let issuer = ders.get(index + 1).copied();
            let mut judgements = Vec::new();
            if link.role != ChainRole::Anchor {
                judgements.push(issued(&path, index));
            }
            judgements.extend(self.check(&link, now_unix_seconds));
            if let (Some(issuer), false) = (issuer, link.role == ChainRole::Anchor) {
                judgements.push(self.revocation(der, index, issuer, now_unix_seconds));
            }
            if let (ChainRole::Leaf, Some(leaf)) = (link.role, parsed.first()) {
                judgements.extend(self.holder(leaf));
            }
            let certificate = link.describe();
            judgements.extend(missed(&certificate, &judgements, &verdicts));
            certificates.push(ExplainedCertificate {
                certificate,
                fingerprint: AnchorPin::of(der),
                summary: CertificateSummary::of(&CertificateDer::from(*der))?,
                judgements,
            });
        }
        Ok(Explanation {
            certificates,
            unused: chain.len().saturating_sub(path.below.len()),
            verdicts,
        })
    }

    fn check(&self, link: &Link<'_>, now_unix_seconds: i64) -> Vec<Judgement> {
        let mut judgements = Vec::new();
        for check in CHECKS.iter().filter(|check| check.applies(link)) {
            let by_usage = check.rule == Rule::WrongUsage;
            let usages: &[Usage] = if by_usage {
                &[Usage::Client, Usage::Server]
            } else {
                &[Usage::Client]
            };
            for usage in usages {
                let measure = Measure {
                    rules: self.rules(),
                    usage: *usage,
                    now_unix_seconds,
                };
                judgements.push(Judgement {
                    rule: check.rule,
                    usage: by_usage.then_some(*usage),
                    outcome: match check.judge(link, &measure) {
                        Grade::Pass => Outcome::Pass,
                        Grade::Warn => Outcome::Warning,
                        Grade::Fail => Outcome::Fail,
                    },
                    expected: check.expected(link, &measure),
                    found: check.found(link),
                });
            }
        }
        judgements
    }

    fn revocation(&self, der: &[u8], index: usize, issuer: &[u8], now: i64) -> Judgement {
        let checked = self
            .lists()
            .check_certificate(der, index > 0, issuer, now)
            .map_err(VerifyError::from);
        match checked {
            Ok(()) => judgement(
                Rule::Revoked,
                Outcome::Pass,
                "to be absent from a current revocation list of its issuer",
                "a current list without it",
            ),
            Err(refusal) => of_refusal(&refusal),
        }
    }

    /// Whether the leaf names an organisation, and what else is worth knowing about what it says.
    fn holder(&self, leaf: &X509Certificate<'_>) -> Vec<Judgement> {
        let peer = match read_peer(leaf, self.rules()) {
            Ok(peer) => peer,
            Err(refusal) => return vec![of_refusal(&refusal)],
        };
        let attribute = self.rules().peer_id.attribute;
        let id = format!("{} of `{}`", peer.id, peer.name);
        let expected = format!("an acceptable peer id in subject {attribute}");
        let mut judgements = vec![judgement(Rule::Oin, Outcome::Pass, &expected, &id)];
        let names: Vec<&str> = peer.dns_names.iter().map(AsRef::as_ref).collect();
        judgements.push(match names.as_slice() {
            [] => judgement(
                Rule::WrongName,
                Outcome::Warning,
                "DNS names, of which one is called",
                "none, so that nobody can connect to it",
            ),
            names => judgement(
                Rule::WrongName,
                Outcome::Pass,
                "DNS names, of which one is called",
                &names.join(", "),
            ),
        });
        judgements.extend(peer.warnings.iter().filter_map(|warning| {
            let (rule, expected) = match warning {
                // The rule about the length of the key says it already.
                Warning::ShortKey(_) => return None,
                Warning::WildcardName | Warning::IpAddressName => {
                    (Rule::WrongName, "whole DNS names only")
                }
                Warning::OtherKvkNumber | Warning::CheckDigit => {
                    (Rule::Oin, "numbers that fit together")
                }
            };
            let found = warning.to_string();
            Some(judgement(rule, Outcome::Warning, expected, &found))
        }));
        judgements
    }
}

/// Whether the next certificate of the path issued this one.
fn issued(path: &Path<'_>, index: usize) -> Judgement {
    let expected = "a signature by a trust anchor or by the next CA of the chain";
    let is_last = index + 1 == path.below.len();
    match &path.end {
        PathEnd::NoIssuer(name) if is_last => judgement(
            Rule::Untrusted,
            Outcome::Fail,
            expected,
            &format!("no certificate of its issuer `{name}`"),
        ),
        PathEnd::WrongSignature(name) if is_last => judgement(
            Rule::Untrusted,
            Outcome::Fail,
            expected,
            &format!("a signature that the key of `{name}` did not make"),
        ),
        PathEnd::Nowhere if is_last => judgement(
            Rule::Untrusted,
            Outcome::Fail,
            expected,
            "a path without an end",
        ),
        PathEnd::Anchor(_) if is_last => judgement(
            Rule::Untrusted,
            Outcome::Pass,
            expected,
            "the signature of a trust anchor",
        ),
        _ => judgement(
            Rule::Untrusted,
            Outcome::Pass,
            expected,
            "the signature of the next CA",
        ),
    }
}

/// What the verifier found and no rule above it, such as an unknown critical extension.
fn missed(
    certificate: &ChainCertificate,
    judgements: &[Judgement],
    verdicts: &[(Usage, Result<Peer, VerifyError>)],
) -> Option<Judgement> {
    let refusals = verdicts
        .iter()
        .filter_map(|(_, verdict)| verdict.as_ref().err());
    let of_this = refusals
        .filter(|refusal| refusal.certificate() == Some(certificate))
        .find(|refusal| {
            let told = |judgement: &Judgement| {
                judgement.rule == refusal.rule() && judgement.outcome == Outcome::Fail
            };
            !judgements.iter().any(told)
        });
    of_this.map(of_refusal)
}

fn of_refusal(refusal: &VerifyError) -> Judgement {
    judgement(
        refusal.rule(),
        Outcome::Fail,
        refusal.expected(),
        refusal.found(),
    )
}

fn judgement(rule: Rule, outcome: Outcome, expected: &str, found: &str) -> Judgement {
    Judgement {
        rule,
        usage: None,
        outcome,
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}

/// Reads the certificates of a file: one in DER, or any number in PEM.
///
/// # Errors
///
/// [`PemError`](crate::PemError) when it is neither.
pub fn certificates_of(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, crate::PemError> {
    // DER starts with a SEQUENCE whose length does not fit in one octet; no text starts like that.
    if let [0x30, 0x80..=0xff, ..] = file {
        return Ok(vec![CertificateDer::from(file.to_vec())]);
    }
    crate::pem::certificates(file)
}

#[cfg(test)]
mod tests;
