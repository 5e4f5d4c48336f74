//! Revocation lists of every level.

use super::*;

#[test]
fn every_level_needs_its_revocation_list() {
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    for missing in 0..3 {
        let mut lists = crls_of(&pki);
        lists.remove(missing);
        let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap();
        assert_eq!(
            error(&trust, &chain, NOW),
            Some(VerifyError::UnknownRevocationStatus),
            "{missing}"
        );
    }
}

#[test]
fn a_revocation_list_counts_between_this_and_next_update() {
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    let trust = trust_of(&pki);
    assert_eq!(error(&trust, &chain, NOW + 2 * DAY - 1), None);
    assert_eq!(
        error(&trust, &chain, NOW + 2 * DAY),
        Some(VerifyError::CrlExpired)
    );
    // thisUpdate is NOW: a clock that is 300 s behind may use it, a clock further behind may not.
    assert_eq!(error(&trust, &chain, NOW - 300), None);
    assert_eq!(
        error(&trust, &chain, NOW - 301),
        Some(VerifyError::UnknownRevocationStatus)
    );
}

#[test]
fn one_stale_list_is_enough_to_refuse() {
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    let stale = crls_of(&pki);
    pki.renew_crls(NOW + 10 * DAY);
    for level in 0..3 {
        let mut lists = crls_of(&pki);
        lists[level] = stale[level].clone();
        let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap();
        assert_eq!(
            error(&trust, &chain, NOW + 10 * DAY),
            Some(VerifyError::CrlExpired),
            "level {level}"
        );
    }
}

#[test]
fn a_revoked_certificate_is_refused_at_every_level() {
    let mut pki = new_pki();
    let issued = pki.issue(&leaf_options(OIN)).unwrap();
    let chain = certificates(&issued.chain_pem);
    let other = leaf(&mut pki);
    pki.revoke(&issued.serial);
    assert_eq!(
        error(&trust_of(&pki), &chain, NOW),
        Some(VerifyError::Revoked)
    );
    assert_eq!(
        error(&trust_of(&pki), &other, NOW),
        None,
        "the others are not revoked"
    );
    for authority in [Authority::Issuing, Authority::Domain] {
        let mut pki = new_pki();
        let chain = leaf(&mut pki);
        pki.revoke_authority(authority);
        assert_eq!(
            error(&trust_of(&pki), &chain, NOW),
            Some(VerifyError::Revoked),
            "{authority:?}"
        );
    }
}

#[test]
fn of_two_lists_the_higher_number_counts_in_any_order() {
    let mut pki = new_pki();
    let issued = pki.issue(&leaf_options(OIN)).unwrap();
    let chain = certificates(&issued.chain_pem);
    let before = crls_of(&pki);
    pki.revoke(&issued.serial);
    let after = crls_of(&pki);
    for lists in [
        [before.clone(), after.clone()].concat(),
        [after.clone(), before.clone()].concat(),
    ] {
        let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap();
        assert_eq!(error(&trust, &chain, NOW), Some(VerifyError::Revoked));
        // One file with all the lists is the same.
        let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &[lists.concat()]).unwrap();
        assert_eq!(error(&trust, &chain, NOW), Some(VerifyError::Revoked));
    }
    // From number 255 to 256 the number gets an octet longer.
    for _ in 0..300 {
        pki.renew_crls(NOW);
    }
    let lists = [crls_of(&pki), before].concat();
    let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap();
    assert_eq!(error(&trust, &chain, NOW), Some(VerifyError::Revoked));
}

#[test]
fn a_list_of_a_namesake_is_refused() {
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    let namesake = crls_of(&new_pki());
    for level in 0..3 {
        let mut lists = crls_of(&pki);
        lists[level] = namesake[level].clone();
        let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap();
        assert_eq!(
            error(&trust, &chain, NOW),
            Some(VerifyError::CrlUnusable),
            "level {level}"
        );
    }
}
