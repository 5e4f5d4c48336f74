//! The rules under which certificates are trusted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::pkioverheid::{
    POLICY_G1_SERVER, POLICY_G4_TLS, POLICY_G4_TLS_TRIAL, PRODUCTION_ANCHORS,
};
use crate::{AnchorPin, Attribute, OinRules, PeerIdForm, PeerIdRule, PolicyOid};

/// The shortest RSA key that is called good (NCSC TLS guidelines 2025-05), in bits.
pub(crate) const RSA_BITS_GOOD: u32 = 3072;
/// The shortest RSA key that is not insufficient (NCSC TLS guidelines 2025-05), in bits.
pub(crate) const RSA_BITS_SUFFICIENT: u32 = 2048;

/// What a gateway is used for, which decides how strict it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Real data under PKIoverheid: the default, so that nobody gets less by saying nothing.
    #[default]
    Production,
    /// The TRIAL hierarchy of PKIoverheid, with test OINs and without real data.
    Trial,
    /// Certificates of one's own making, such as those of `sluis dev-pki`.
    Test,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 3] = [Self::Production, Self::Trial, Self::Test];

    /// Its name in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Trial => "trial",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == text);
        found.ok_or(ProfileError)
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a profile is `production`, `trial` or `test`")]
pub struct ProfileError;

/// The rules under which certificates are trusted: a profile, and what a group has of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRules {
    /// The profile that they started from.
    pub profile: Profile,
    /// Which trust anchors are allowed.
    pub anchors: AnchorRule,
    /// The policies of which a leaf must carry one; none means that no policy is asked for.
    pub policies: Vec<PolicyOid>,
    /// Who a certificate says that its holder is.
    pub peer_id: PeerIdRule,
    /// The shortest RSA key of others, CAs included, in bits.
    pub rsa_bits_min: u32,
    /// The shortest RSA key of our own, in bits.
    pub own_rsa_bits_min: u32,
}

/// Which trust anchors are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnchorRule {
    /// Only certificates with one of these fingerprints.
    Pinned(Vec<AnchorPin>),
    /// Any but those of PKIoverheid in production: DK-CERT forbids to test with them.
    AnyForTests,
    /// Any.
    Any,
}

impl TrustRules {
    /// The rules of a profile.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        let (anchors, policies, oins, own_rsa_bits_min): (_, &[&str], _, _) = match profile {
            Profile::Production => (
                AnchorRule::Pinned(production_anchors()),
                &[POLICY_G1_SERVER, POLICY_G4_TLS],
                OinRules::default(),
                RSA_BITS_GOOD,
            ),
            Profile::Trial => (
                AnchorRule::AnyForTests,
                &[POLICY_G4_TLS_TRIAL],
                OinRules::with_test_numbers(),
                RSA_BITS_GOOD,
            ),
            Profile::Test => (
                AnchorRule::AnyForTests,
                &[POLICY_G1_SERVER, POLICY_G4_TLS, POLICY_G4_TLS_TRIAL],
                OinRules::with_test_numbers(),
                RSA_BITS_SUFFICIENT,
            ),
        };
        Self {
            profile,
            anchors,
            // The constants are read in a test.
            policies: policies.iter().filter_map(|oid| oid.parse().ok()).collect(),
            peer_id: PeerIdRule {
                attribute: Attribute::SerialNumber,
                form: PeerIdForm::Oin(oins),
            },
            rsa_bits_min: RSA_BITS_SUFFICIENT,
            own_rsa_bits_min,
        }
    }
}

impl TrustRules {
    /// The rules for a party that knows none of a group's: any anchor, no policy in particular, any peer
    /// id. The conformance suite has these.
    #[must_use]
    pub fn of_any_group() -> Self {
        let rules = Self::of(Profile::Test);
        Self {
            anchors: AnchorRule::Any,
            policies: Vec::new(),
            peer_id: PeerIdRule {
                form: PeerIdForm::Any,
                ..rules.peer_id
            },
            ..rules
        }
    }
}

/// The fingerprints of the trust anchors of PKIoverheid in production.
pub(crate) fn production_anchors() -> Vec<AnchorPin> {
    // The constants are read in a test.
    let pins = PRODUCTION_ANCHORS.iter();
    pins.filter_map(|(_, pin)| pin.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_has_all_its_pins_and_policies() {
        assert_eq!(production_anchors().len(), PRODUCTION_ANCHORS.len());
        let policies = |profile| TrustRules::of(profile).policies.len();
        assert_eq!(Profile::ALL.map(policies), [2, 1, 3]);
        assert_eq!(Profile::default(), Profile::Production);
    }

    #[test]
    fn production_accepts_nothing_that_is_for_tests() {
        let rules = TrustRules::of(Profile::Production);
        let texts: Vec<String> = rules.policies.iter().map(ToString::to_string).collect();
        assert_eq!(texts, [POLICY_G1_SERVER, POLICY_G4_TLS]);
        assert!(matches!(rules.anchors, AnchorRule::Pinned(_)));
        let id = |text| crate::PeerId::new(text).unwrap();
        assert!(rules.peer_id.check(&id("00000099123456789000")).is_err());
        assert!(rules.peer_id.check(&id("00000003123456780000")).is_ok());
        let trial = TrustRules::of(Profile::Trial).peer_id;
        assert!(trial.check(&id("00000099123456789000")).is_ok());
        assert!(trial.check(&id("peer_1")).is_err());
    }

    #[test]
    fn a_profile_is_read_by_its_name() {
        for profile in Profile::ALL {
            assert_eq!(profile.as_str().parse(), Ok(profile));
        }
        assert_eq!("Production".parse::<Profile>(), Err(ProfileError));
    }
}
