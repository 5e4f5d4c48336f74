//! The rules under which others are trusted, as far as the configuration sets them.

use serde::Deserialize;
use sluis_certs::{
    AnchorRule, Attribute, OinRegister, OinRules, PeerIdForm, PeerIdRule, TrustRules,
};

use super::TrustConfig;

/// Where a certificate keeps the peer id, and what it must look like. The default is an OIN in
/// `subject.serialNumber`, as Digikoppeling wants it; a group of another kind has its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeerIdConfig {
    /// The attribute of the subject: `serial_number`, `organization_identifier` or `common_name`.
    pub attribute: PeerIdAttribute,
    /// `oin`, or `any` for 3 to 255 printable characters.
    pub form: PeerIdFormConfig,
    /// Prefixes of OINs that were given out after this version was made.
    pub oin_prefixes: Vec<OinRegister>,
    /// Prefixes of OINs whose main number may have capitals.
    pub oin_alphanumeric_prefixes: Vec<OinRegister>,
}

/// The attribute of the subject that holds the peer id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerIdAttribute {
    /// X.520 `serialNumber`.
    #[default]
    SerialNumber,
    /// X.520 `organizationIdentifier`.
    OrganizationIdentifier,
    /// X.520 `commonName`.
    CommonName,
}

/// What a peer id must look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerIdFormConfig {
    /// An OIN.
    #[default]
    Oin,
    /// 3 to 255 printable characters.
    Any,
}

impl TrustConfig {
    /// The rules of the profile with what the group has of its own.
    #[must_use]
    pub fn rules(&self) -> TrustRules {
        let of_profile = TrustRules::of(self.profile);
        let attribute = match self.peer_id.attribute {
            PeerIdAttribute::SerialNumber => Attribute::SerialNumber,
            PeerIdAttribute::OrganizationIdentifier => Attribute::OrganisationIdentifier,
            PeerIdAttribute::CommonName => Attribute::CommonName,
        };
        let form = match (self.peer_id.form, of_profile.peer_id.form) {
            (PeerIdFormConfig::Oin, PeerIdForm::Oin(rules)) => PeerIdForm::Oin(OinRules {
                added: self.peer_id.oin_prefixes.clone(),
                alphanumeric: self.peer_id.oin_alphanumeric_prefixes.clone(),
                ..rules
            }),
            (PeerIdFormConfig::Oin | PeerIdFormConfig::Any, _) => PeerIdForm::Any,
        };
        TrustRules {
            anchors: match &self.anchor_sha256 {
                Some(pins) => AnchorRule::Pinned(pins.clone()),
                None => of_profile.anchors,
            },
            policies: match &self.policy_oids {
                Some(policies) => policies.clone(),
                None => of_profile.policies,
            },
            peer_id: PeerIdRule { attribute, form },
            rsa_bits_min: self.rsa_bits_min.unwrap_or(of_profile.rsa_bits_min),
            ..of_profile
        }
    }
}
