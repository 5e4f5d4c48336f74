//! Lists that are about some of the certificates of their issuer.

use super::*;

const ONE: &str = "http://crl.test/1.crl";
const TWO: &str = "http://crl.test/2.crl";

#[test]
fn a_list_for_one_distribution_point_is_about_its_certificates_only() {
    let ca = Ca::new();
    let lists = lists_of(&[draft(1).point(ONE, None).der(&ca)]);
    for (points, expected) in [
        (&[ONE][..], "passes"),
        (&[TWO, ONE], "passes"),
        (&[TWO], "out of scope"),
        (&["http://crl.test/1.crl/"], "out of scope"),
        (&["HTTP://crl.test/1.crl"], "out of scope"),
        (&[], "out of scope"),
    ] {
        let leaf = ca.issue(points);
        assert_eq!(
            label(verdict(&lists, &ca, &leaf, NOW)),
            expected,
            "{points:?}"
        );
    }
}

#[test]
fn lists_for_different_distribution_points_stand_side_by_side() {
    let ca = Ca::new();
    let lists = lists_of(&[
        draft(1).point(ONE, None).revoking(SERIAL).der(&ca),
        draft(9).point(TWO, None).der(&ca),
        draft(3).point(TWO, None).der(&ca),
    ]);
    assert_eq!(
        label(verdict(&lists, &ca, &ca.issue(&[ONE]), NOW)),
        "revoked"
    );
    assert_eq!(
        label(verdict(&lists, &ca, &ca.issue(&[TWO]), NOW)),
        "passes"
    );
    // One of its lists has it.
    assert_eq!(
        label(verdict(&lists, &ca, &ca.issue(&[ONE, TWO]), NOW)),
        "revoked"
    );
    assert_eq!(lists.summaries().len(), 2);
    let refused = lists.with_list(draft(8).point(TWO, None).of(&ca), &[]);
    assert_eq!(refused.unwrap_err().reason(), "older");
}

#[test]
fn a_list_for_authorities_is_not_about_leaves() {
    let ca = Ca::new();
    let leaf = ca.issue(&[ONE]);
    for (scope, of_leaf, of_authority) in [
        (CrlScope::UserCertsOnly, "passes", "out of scope"),
        (CrlScope::CaCertsOnly, "out of scope", "passes"),
    ] {
        let lists = lists_of(&[draft(1).point(ONE, Some(scope)).der(&ca)]);
        assert_eq!(label(check(&lists, &ca, &leaf, false, NOW)), of_leaf);
        assert_eq!(label(check(&lists, &ca, &leaf, true, NOW)), of_authority);
    }
}

#[test]
fn the_addresses_of_lists_are_read_from_a_certificate() {
    let ca = Ca::new();
    assert_eq!(distribution_points(&ca.issue(&[ONE, TWO])), [ONE, TWO]);
    assert!(distribution_points(&ca.issue(&[])).is_empty());
    assert!(distribution_points(&CertificateDer::from(vec![0x30, 3, 1, 2, 3])).is_empty());
}
