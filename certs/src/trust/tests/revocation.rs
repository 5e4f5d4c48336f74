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
            Some(Rule::UnknownRevocationStatus),
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
    assert_eq!(error(&trust, &chain, NOW + 2 * DAY), Some(Rule::CrlExpired));
    // thisUpdate is NOW: a clock that is 300 s behind may use it, a clock further behind may not.
    assert_eq!(error(&trust, &chain, NOW - 300), None);
    assert_eq!(
        error(&trust, &chain, NOW - 301),
        Some(Rule::UnknownRevocationStatus)
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
            Some(Rule::CrlExpired),
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
    assert_eq!(error(&trust_of(&pki), &chain, NOW), Some(Rule::Revoked));
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
            Some(Rule::Revoked),
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
        assert_eq!(error(&trust, &chain, NOW), Some(Rule::Revoked));
        // One file with all the lists is the same.
        let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &[lists.concat()]).unwrap();
        assert_eq!(error(&trust, &chain, NOW), Some(Rule::Revoked));
    }
    // From number 255 to 256 the number gets an octet longer.
    for _ in 0..300 {
        pki.renew_crls(NOW);
    }
    let lists = [crls_of(&pki), before].concat();
    let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap();
    assert_eq!(error(&trust, &chain, NOW), Some(Rule::Revoked));
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
            Some(Rule::CrlUnusable),
            "level {level}"
        );
    }
}

#[test]
fn a_watcher_is_told_of_every_verified_path_and_of_nothing_else() {
    #[derive(Default)]
    struct Watcher(std::sync::Mutex<Vec<Vec<CertificateDer<'static>>>>);
    impl crate::PathWatcher for Watcher {
        fn verified(&self, path: &[CertificateDer<'_>]) {
            let path = path.iter().map(|der| der.clone().into_owned()).collect();
            self.0.lock().unwrap().push(path);
        }
    }
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    let stranger = leaf(&mut new_pki());
    let watcher = std::sync::Arc::new(Watcher::default());
    let lists = crate::RevocationLists::default().watched_by(watcher.clone());
    let trust = trust_of(&pki).with_lists(lists);
    // Certificates that came along without being part of the path are not told.
    let muddled = [&chain[0], &stranger[1], &chain[2], &chain[1]].map(Clone::clone);
    assert!(error(&trust, &muddled, NOW).is_some());
    assert!(error(&trust, &stranger, NOW).is_some());
    assert_eq!(*watcher.0.lock().unwrap(), std::slice::from_ref(&chain));
    assert_eq!(
        crate::distribution_points(&chain[0]),
        ["http://crl.sluis.test/issuing-ca.crl"]
    );
}
