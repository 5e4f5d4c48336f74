//! A group with rules of its own, as FSC Core allows.

use super::*;
use crate::dev_pki::LeafOptions;
use crate::test_kit::{HOST, identity_of};
use crate::{
    AnchorPin, AnchorRule, Attribute, Identity, PeerIdForm, PeerIdRule, Profile, RevocationLists,
};

fn lists(pki: &DevPki) -> RevocationLists {
    RevocationLists::from_files(&crls_of(pki)).unwrap()
}

fn of_group(pki: &DevPki, rules: TrustRules) -> Result<Trust, TrustError> {
    Trust::new(rules, pki.anchors_pem().as_bytes(), lists(pki))
}

/// The rules of production with another place and form of the peer id, and the group's own anchor.
fn rules(pki: &DevPki, attribute: Attribute) -> TrustRules {
    let root = certificates(&pki.anchors_pem());
    TrustRules {
        anchors: AnchorRule::Pinned(vec![AnchorPin::of(&root[0])]),
        policies: Vec::new(),
        peer_id: PeerIdRule {
            attribute,
            form: PeerIdForm::Any,
        },
        ..TrustRules::of(Profile::Production)
    }
}

#[test]
fn a_group_pins_its_own_anchors_and_no_others() {
    let (pki, other) = (new_pki(), new_pki());
    let rules = rules(&pki, Attribute::SerialNumber);
    assert!(of_group(&pki, rules.clone()).is_ok());
    let refused = of_group(&other, rules).unwrap_err();
    assert!(
        matches!(refused, TrustError::AnchorNotPinned { .. }),
        "{refused}"
    );
    let text = refused.to_string();
    assert!(
        text.contains("profile production") && text.contains("TEST Sluis"),
        "{text}"
    );
}

#[test]
fn a_group_keeps_its_peer_ids_where_it_wants() {
    let mut pki = new_pki();
    // organizationIdentifier is made of the main number of the OIN; the common name is free.
    let options = LeafOptions {
        common_name: "peer_1",
        ..leaf_options("00000003123456780000")
    };
    let issued = pki.issue(&options).unwrap();
    let chain = certificates(&issued.chain_pem);
    for (attribute, id) in [
        (Attribute::SerialNumber, "00000003123456780000"),
        (Attribute::OrganisationIdentifier, "NTRNL-12345678"),
        (Attribute::CommonName, "peer_1"),
    ] {
        let trust = of_group(&pki, rules(&pki, attribute)).unwrap();
        let peer = trust.verify(&chain, Usage::Client, NOW).unwrap();
        assert_eq!((peer.id.as_str(), peer.id_attribute), (id, attribute));
        let (chain, key) = (issued.chain_pem.as_bytes(), issued.key_pem.as_bytes());
        let identity = Identity::from_pem_as(chain, key, attribute).unwrap();
        assert_eq!(*identity.peer(), peer);
        assert_eq!(trust.verify_own(&identity, NOW).unwrap(), peer);
    }
}

#[test]
fn an_id_that_the_group_does_not_have_is_refused() {
    let mut pki = new_pki();
    let options = LeafOptions {
        common_name: "with a space",
        ..leaf_options(OIN)
    };
    let chain = certificates(&pki.issue(&options).unwrap().chain_pem);
    let rules = rules(&pki, Attribute::CommonName);
    let refused = of_group(&pki, rules)
        .unwrap()
        .verify(&chain, Usage::Client, NOW);
    assert_eq!(refused.unwrap_err().rule(), Rule::NotAPeer);
    // An OIN is asked for in another attribute than that of PKIoverheid too.
    let rules = TrustRules {
        peer_id: PeerIdRule {
            attribute: Attribute::OrganisationIdentifier,
            ..TrustRules::of(Profile::Test).peer_id
        },
        ..TrustRules::of(Profile::Test)
    };
    let refused = of_group(&pki, rules)
        .unwrap()
        .verify(&chain, Usage::Client, NOW);
    let refused = refused.unwrap_err();
    assert_eq!(refused.rule(), Rule::Oin);
    assert_eq!(
        refused.expected(),
        "an OIN in subject organizationIdentifier"
    );
}

#[test]
fn our_own_certificate_must_serve_in_both_directions() {
    let mut pki = new_pki();
    let trust = trust_of(&pki);
    let issued = pki
        .issue_changed(&leaf_options(OIN), |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
        .unwrap();
    let refused = trust.verify_own(&identity_of(&issued), NOW).unwrap_err();
    assert_eq!(refused.rule(), Rule::WrongUsage);
    assert_eq!(refused.expected(), "the extended key usage serverAuth");
    let good = pki.issue(&leaf_options(OIN)).unwrap();
    let peer = trust.verify_own(&identity_of(&good), NOW).unwrap();
    assert_eq!(peer.dns_names.len(), 1, "{HOST}");
}
