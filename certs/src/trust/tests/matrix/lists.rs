//! Rows about revocation lists. The lists of a hierarchy come root first: 0 is the root's, 1 the domain CA's, 2 the
//! issuing CA's.

use super::*;
use crate::test_kit::{DAY, children, contents, element};
use crate::{RevocationList, RevocationListError};

const LEVELS: [Authority; 3] = [Authority::Root, Authority::Domain, Authority::Issuing];

fn der(pem: &[u8]) -> Vec<u8> {
    x509_parser::pem::parse_x509_pem(pem).unwrap().1.contents
}

/// An extension of 2.5.29: the last octet of its identifier, and its value.
fn extension(identifier: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut fields = element(0x06, &[0x55, 0x1d, identifier]);
    if critical {
        fields.extend([0x01, 1, 0xff]);
    }
    fields.extend(element(0x04, value));
    element(0x30, &fields)
}

/// An issuing distribution point with a URI, and what else it says.
fn issuing_point(uri: &str, more: &[u8]) -> Vec<u8> {
    let name = element(0xa0, &element(0xa0, &element(0x86, uri.as_bytes())));
    extension(28, true, &element(0x30, &[&name, more].concat()))
}

impl Hierarchy {
    /// The list of one level with an extension more, signed as it should be.
    fn list_with(&self, level: usize, extension: &[u8]) -> Vec<u8> {
        let mut outer = children(&der(&crls_of(&self.pki)[level]));
        let mut fields = children(&outer[0]);
        let extensions = fields.pop().unwrap();
        let all = [contents(contents(&extensions)), extension].concat();
        fields.push(element(0xa0, &element(0x30, &all)));
        outer[0] = element(0x30, &fields.concat());
        let list = element(0x30, &outer.concat());
        self.pki.sign_again(LEVELS[level], &list)
    }

    /// The trust with one list in the place of another.
    fn trust_with_list(&self, level: usize, list: Vec<u8>) -> Trust {
        let mut lists = crls_of(&self.pki);
        lists[level] = list;
        self.trust_with(&lists)
    }
}

#[test]
fn row_07_a_revoked_leaf_is_refused_and_its_neighbour_is_not() {
    for mut hierarchy in both() {
        let (revoked, neighbour) = (hierarchy.issue(), hierarchy.chain());
        hierarchy.pki.revoke(&revoked.serial);
        let chain = certificates(&revoked.chain_pem);
        assert_eq!(judged(&hierarchy, &chain), Err(Rule::Revoked));
        assert_eq!(judged(&hierarchy, &neighbour), Ok(()));
    }
}

#[test]
fn row_08_a_revoked_ca_takes_its_leaves_with_it() {
    for authority in [Authority::Issuing, Authority::Domain] {
        for mut hierarchy in both() {
            let chain = hierarchy.chain();
            hierarchy.pki.revoke_authority(authority);
            let refused = judged(&hierarchy, &chain);
            assert_eq!(refused, Err(Rule::Revoked), "{authority:?}");
        }
    }
}

#[test]
fn row_09_a_missing_list_at_any_level_is_an_unknown_status() {
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        for level in 0..3 {
            let mut lists = crls_of(&hierarchy.pki);
            lists.remove(level);
            let refused = verdict(&hierarchy.trust_with(&lists), &chain, NOW);
            assert_eq!(refused, Err(Rule::UnknownRevocationStatus), "{level}");
        }
    }
}

#[test]
fn row_10_a_list_past_its_next_update_fails_closed_for_its_issuer_only() {
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        let stale = crls_of(&hierarchy.pki);
        let later = NOW + 10 * DAY;
        hierarchy.pki.renew_crls(later);
        assert_eq!(verdict(&hierarchy.trust(), &chain, later), Ok(()));
        for (level, stale) in stale.iter().enumerate() {
            let trust = hierarchy.trust_with_list(level, stale.clone());
            let refused = verdict(&trust, &chain, later);
            assert_eq!(refused, Err(Rule::CrlExpired), "{level}");
        }
    }
    // One issuer without a fresh list leaves the other hierarchy alone.
    let [mut g1, mut g4] = both();
    let (old, new) = (g1.chain(), g4.chain());
    let later = NOW + 10 * DAY;
    g4.pki.renew_crls(later);
    let anchors = [g1.pki.anchors_pem(), g4.pki.anchors_pem()].concat();
    let lists = [crls_of(&g1.pki), crls_of(&g4.pki)].concat();
    let rules = TrustRules {
        anchors: AnchorRule::AnyForTests,
        ..TrustRules::of(Profile::Production)
    };
    let lists = RevocationLists::from_files(&lists).unwrap();
    let trust = Trust::new(rules, anchors.as_bytes(), lists).unwrap();
    assert_eq!(verdict(&trust, &old, later), Err(Rule::CrlExpired));
    assert_eq!(verdict(&trust, &new, later), Ok(()));
}

#[test]
fn row_11_a_list_of_the_future_is_not_used() {
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        let today = crls_of(&hierarchy.pki);
        hierarchy.pki.renew_crls(NOW + DAY);
        let tomorrow = crls_of(&hierarchy.pki);
        for level in 0..3 {
            let mut lists = today.clone();
            lists[level] = tomorrow[level].clone();
            let refused = verdict(&hierarchy.trust_with(&lists), &chain, NOW);
            assert_eq!(refused, Err(Rule::UnknownRevocationStatus), "{level}");
        }
    }
}

#[test]
fn row_12_a_list_that_another_key_signed_is_not_used() {
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        for level in 0..3 {
            let list = der(&crls_of(&hierarchy.pki)[level]);
            let by_another = hierarchy.pki.sign_again(LEVELS[(level + 1) % 3], &list);
            let refused = verdict(&hierarchy.trust_with_list(level, by_another), &chain, NOW);
            assert_eq!(refused, Err(Rule::CrlUnusable), "{level}");
        }
        // The issuing CA has a list, but the leaf's issuer may not sign any: cRLSign is taken away.
        let chain = hierarchy.with_octets(1, b"\x03\x02\x01\x86", b"\x03\x02\x02\x84");
        assert_eq!(judged(&hierarchy, &chain), Err(Rule::CrlUnusable));
    }
}

#[test]
fn row_12_a_list_about_something_else_is_not_used() {
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        let delta = hierarchy.list_with(2, &extension(27, true, &[2, 1, 1]));
        // indirectCRL [4] TRUE
        let own = "http://crl.sluis.test/issuing-ca.crl";
        let indirect = hierarchy.list_with(2, &issuing_point(own, &[0x84, 1, 0xff]));
        for (case, list) in [("delta", delta), ("indirect", indirect)] {
            let refused = RevocationLists::from_files(&[list]).unwrap_err();
            let unsupported = matches!(refused, RevocationListError::Unsupported(_));
            assert!(
                unsupported && refused.to_string().contains(case),
                "{refused}"
            );
        }
        for (case, point, expected) in [
            ("its own point", issuing_point(own, &[]), Ok(())),
            (
                "another point",
                issuing_point("http://crl.sluis.test/other.crl", &[]),
                Err(Rule::UnknownRevocationStatus),
            ),
            // onlyContainsCACerts [2] TRUE
            (
                "CAs only",
                issuing_point(own, &[0x82, 1, 0xff]),
                Err(Rule::UnknownRevocationStatus),
            ),
        ] {
            let list = hierarchy.list_with(2, &point);
            let trust = hierarchy.trust_with_list(2, list);
            assert_eq!(verdict(&trust, &chain, NOW), expected, "{case}");
        }
    }
}

#[test]
fn row_13_a_stale_list_before_a_fresh_one_hides_nothing() {
    for mut hierarchy in both() {
        let revoked = hierarchy.issue();
        let chain = certificates(&revoked.chain_pem);
        let before = crls_of(&hierarchy.pki);
        hierarchy.pki.revoke(&revoked.serial);
        let after = crls_of(&hierarchy.pki);
        for lists in [
            [&before[..], &after].concat(),
            [&after[..], &before].concat(),
        ] {
            let refused = verdict(&hierarchy.trust_with(&lists), &chain, NOW);
            assert_eq!(refused, Err(Rule::Revoked));
        }
    }
}

#[test]
fn row_14_a_list_never_gives_way_to_one_with_a_lower_number() {
    for mut hierarchy in both() {
        let revoked = hierarchy.issue();
        let chain = certificates(&revoked.chain_pem);
        let before = crls_of(&hierarchy.pki);
        hierarchy.pki.revoke(&revoked.serial);
        let trust = hierarchy.trust();
        assert_eq!(verdict(&trust, &chain, NOW), Err(Rule::Revoked));
        let list = RevocationList::from_der(&der(&before[2])).unwrap();
        let authorities = [chain[1].clone()];
        let refused = trust.lists().with_list(list, &authorities).unwrap_err();
        assert!(
            matches!(refused, RevocationListError::Older { .. }),
            "{refused}"
        );
    }
}

#[test]
fn row_30_a_list_that_is_too_large_is_refused() {
    let mut large = vec![0x30, 0x84, 0x02, 0, 0, 0];
    large.resize(33 << 20, 0);
    let refused = RevocationLists::from_files(&[large]).unwrap_err();
    assert!(
        matches!(refused, RevocationListError::TooLarge(_)),
        "{refused}"
    );
}
