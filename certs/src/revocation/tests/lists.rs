//! Which list of several counts, and what is no list.

use super::*;

#[test]
fn a_certificate_passes_until_it_is_on_the_list() {
    let ca = Ca::new();
    let leaf = ca.issue(&[]);
    let verdict = |list: Draft, now| label(verdict(&lists_of(&[list.der(&ca)]), &ca, &leaf, now));
    assert_eq!(verdict(draft(1), NOW), "passes");
    assert_eq!(verdict(draft(1).revoking(&[1]), NOW), "passes");
    assert_eq!(
        verdict(draft(1).revoking(&[1]).revoking(SERIAL), NOW),
        "revoked"
    );
    // An expired list cannot take a revocation back.
    assert_eq!(verdict(draft(1).revoking(SERIAL), NOW + HOUR), "revoked");
    assert_eq!(verdict(draft(1), NOW + HOUR - 1), "passes");
    assert_eq!(verdict(draft(1), NOW + HOUR), "expired");
    assert_eq!(verdict(draft(1), NOW - 300), "passes");
    assert_eq!(verdict(draft(1), NOW - 301), "not yet valid");
}

#[test]
fn a_serial_number_is_found_among_thousands() {
    let ca = Ca::new();
    let leaf = ca.issue(&[]);
    let mut long = draft(1);
    for number in 0..3_000_u32 {
        long = long.revoking(&[&[0x40], &number.to_be_bytes()[..]].concat());
    }
    let without = lists_of(&[long.der(&ca)]);
    assert_eq!(label(verdict(&without, &ca, &leaf, NOW)), "passes");
    let with = lists_of(&[long.revoking(SERIAL).der(&ca)]);
    assert_eq!(label(verdict(&with, &ca, &leaf, NOW)), "revoked");
}

#[test]
fn the_higher_number_counts_and_then_the_later_date() {
    let ca = Ca::new();
    let leaf = ca.issue(&[]);
    let revoking = |number| draft(number).revoking(SERIAL);
    let cases = [
        (draft(2), revoking(1), "passes"),
        (revoking(2), draft(1), "revoked"),
        (draft(1), revoking(2), "revoked"),
        (draft(255).at(NOW), revoking(256).at(NOW - 9), "revoked"),
        (draft(0).at(NOW), revoking(1).at(NOW - 9), "revoked"),
        (draft(7).at(NOW - 9), revoking(7).at(NOW), "revoked"),
        (draft(7).at(NOW), revoking(7).at(NOW - 9), "passes"),
        // A newer list that is expired is not replaced by an older one that is not.
        (draft(2).at(NOW - HOUR), draft(1).at(NOW), "expired"),
        // A list from the future is left alone, and the one before it counts.
        (draft(2).at(NOW + 400), revoking(1), "revoked"),
        (draft(1), revoking(2).at(NOW + 400), "passes"),
    ];
    for (position, (one, other, expected)) in cases.into_iter().enumerate() {
        let (one, other) = (one.der(&ca), other.der(&ca));
        for files in [[one.clone(), other.clone()], [other, one]] {
            let lists = lists_of(&files);
            assert_eq!(
                label(verdict(&lists, &ca, &leaf, NOW)),
                expected,
                "{position}"
            );
        }
    }
}

#[test]
fn a_list_never_goes_back() {
    let ca = Ca::new();
    let leaf = ca.issue(&[]);
    let authorities = [ca.certificate.clone()];
    let lists = lists_of(&[draft(5).revoking(SERIAL).der(&ca)]);
    let refused = lists.with_list(draft(4).of(&ca), &authorities).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "revocation list of `TEST CA` has number 0x04, which is older than number 0x05 that is in use"
    );
    assert_eq!(refused.reason(), "older");
    // Even when nobody says which key the CA has: it was remembered when the list was used.
    assert_eq!(label(verdict(&lists, &ca, &leaf, NOW)), "revoked");
    let refused = lists.with_list(draft(4).of(&ca), &[]).unwrap_err();
    assert_eq!(refused.reason(), "older");
    let (newer, outcome) = lists.with_list(draft(6).of(&ca), &[]).unwrap();
    assert_eq!(outcome, Outcome::Replaced);
    assert_eq!(newer.summaries().len(), 1);
    assert_eq!(label(verdict(&newer, &ca, &leaf, NOW)), "passes");
    // Files that are behind on what was fetched change nothing.
    let files = [draft(3).der(&ca), draft(4).der(&ca)];
    let merged = newer.with_files(&files, &authorities).unwrap();
    assert_eq!(label(verdict(&merged, &ca, &leaf, NOW)), "passes");
}

#[test]
fn the_same_list_again_changes_nothing() {
    let ca = Ca::new();
    let der = draft(5).der(&ca);
    let lists = lists_of(std::slice::from_ref(&der));
    let again = RevocationList::from_der(&der).unwrap();
    let (_, outcome) = lists.with_list(again, &[]).unwrap();
    assert_eq!(outcome, Outcome::Same);
    // The same, signed once more: ECDSA never makes the same signature twice.
    let signed_again = draft(5).of(&ca);
    let (_, outcome) = lists
        .with_list(signed_again, std::slice::from_ref(&ca.certificate))
        .unwrap();
    assert_eq!(outcome, Outcome::Same);
}

#[test]
fn a_forged_list_does_not_push_out_a_good_one() {
    let (ca, namesake) = (Ca::new(), Ca::new());
    let leaf = ca.issue(&[]);
    let authorities = [ca.certificate.clone()];
    let good = lists_of(&[draft(5).der(&ca)]);
    let forged = || draft(1_000_000).revoking(SERIAL).of(&namesake);
    let refused = good.with_list(forged(), &authorities).unwrap_err();
    assert_eq!(refused.reason(), "wrong-signer");
    // While the CA's key is unknown the forged list stands beside the good one, which is still found.
    let mut lists = good.clone();
    for _ in 0..3 {
        lists = lists.with_list(forged(), &[]).unwrap().0;
    }
    assert_eq!(label(verdict(&lists, &ca, &leaf, NOW)), "passes");
    // From then on the key is known.
    let refused = lists.with_list(forged(), &[]).unwrap_err();
    assert_eq!(refused.reason(), "wrong-signer");
    // An administrator may have a new CA of the old name: its list is not refused, and harms nothing.
    let file = draft(1_000_001).der(&namesake);
    let lists = lists.with_files(&[file], &authorities).unwrap();
    assert_eq!(label(verdict(&lists, &ca, &leaf, NOW)), "passes");
    let of_namesake = verdict(&lists, &namesake, &namesake.issue(&[]), NOW);
    assert_eq!(label(of_namesake), "passes");
    let only_forged = RevocationLists::default()
        .with_list(forged(), &[])
        .unwrap()
        .0;
    assert_eq!(
        label(verdict(&only_forged, &ca, &leaf, NOW)),
        "wrong signer"
    );
    // Two CAs of one name each have their own list.
    let both = [ca.certificate.clone(), namesake.certificate.clone()];
    let (lists, outcome) = good.with_list(draft(1).of(&namesake), &both).unwrap();
    assert_eq!(outcome, Outcome::Added);
    for ca in [&ca, &namesake] {
        assert_eq!(label(verdict(&lists, ca, &leaf, NOW)), "passes");
    }
}

#[test]
fn a_damaged_signature_is_noticed_once_and_for_all() {
    let ca = Ca::new();
    let leaf = ca.issue(&[]);
    let mut der = draft(5).der(&ca);
    *der.last_mut().unwrap() ^= 1;
    let lists = lists_of(&[der.clone()]);
    for _ in 0..2 {
        assert_eq!(label(verdict(&lists, &ca, &leaf, NOW)), "wrong signer");
    }
    // The undamaged list is not taken for the same.
    let (lists, outcome) = lists.with_list(draft(5).of(&ca), &[]).unwrap();
    assert_eq!(outcome, Outcome::Added);
    assert_eq!(label(verdict(&lists, &ca, &leaf, NOW)), "passes");
}

#[test]
fn a_ca_that_may_not_sign_lists_has_none() {
    let ca = Ca::with_key_usage(vec![KeyUsagePurpose::KeyCertSign]);
    let leaf = ca.issue(&[]);
    let lists = lists_of(&[draft(5).der(&ca)]);
    assert_eq!(label(verdict(&lists, &ca, &leaf, NOW)), "not list signer");
    let offered = RevocationLists::default()
        .with_list(draft(5).of(&ca), std::slice::from_ref(&ca.certificate));
    let message = offered.unwrap_err().to_string();
    assert!(
        message.ends_with("does not allow that (cRLSign)"),
        "{message}"
    );
    let without_key_usage = Ca::with_key_usage(vec![]);
    let leaf = without_key_usage.issue(&[]);
    let lists = lists_of(&[draft(5).der(&without_key_usage)]);
    assert_eq!(
        label(verdict(&lists, &without_key_usage, &leaf, NOW)),
        "passes"
    );
}

#[test]
fn kinds_that_cannot_be_used_are_refused_by_name() {
    let ca = Ca::new();
    let list = draft(5).der(&ca);
    let point = |flags: &[u8]| {
        let uri = element(0x86, b"http://crl.test/1.crl");
        element(
            0x30,
            &[element(0xa0, &element(0xa0, &uri)), flags.to_vec()].concat(),
        )
    };
    let cases: [(&[u8], bool, Vec<u8>, &str); 6] = [
        (
            &[0x55, 0x1d, 27],
            true,
            vec![2, 1, 1],
            "it is a delta list, ",
        ),
        (
            &[0x55, 0x1d, 28],
            true,
            point(&[0x84, 1, 0xff]),
            "it is an indirect list, ",
        ),
        (
            &[0x55, 0x1d, 28],
            true,
            point(&[0x83, 2, 1, 2]),
            "it is about some reasons ",
        ),
        (
            &[0x55, 0x1d, 28],
            true,
            element(0x30, &[0x81, 1, 0xff]),
            "its issuing distribution point ",
        ),
        (
            &[0x55, 0x1d, 0x7f],
            true,
            vec![5, 0],
            "it has a critical extension ",
        ),
        (
            &[0x2a, 3, 4],
            true,
            vec![5, 0],
            "it has a critical extension ",
        ),
    ];
    for (identifier, critical, value, expected) in cases {
        let der = with_extension(&list, &ca, identifier, critical, &value);
        let message = RevocationList::from_der(&der).unwrap_err().to_string();
        let expected = format!("revocation list is of an unsupported kind: {expected}");
        assert!(message.starts_with(&expected), "{message}");
    }
    let ignored = with_extension(&list, &ca, &[0x2a, 3, 4], false, &[5, 0]);
    assert!(RevocationList::from_der(&ignored).is_ok());
}

#[test]
fn there_is_a_limit_to_everything() {
    let ca = Ca::new();
    let lists = lists_of(&[draft(1).der(&ca)]);
    let too_large = RevocationList::from_der(&vec![0x30; (32 << 20) + 1]);
    assert_eq!(too_large.unwrap_err().reason(), "too-large");
    let long_serial = draft(2).revoking(&[1; 24]).der(&ca);
    assert_eq!(
        RevocationList::from_der(&long_serial).err(),
        Some(RevocationListError::Unreadable)
    );
    let many = vec![draft(1).der(&ca); LISTS_MAX + 1];
    assert_eq!(
        lists.with_files(&many, &[]).err(),
        Some(RevocationListError::TooMany)
    );
    // Of lists that nobody is known to have signed, only the newest few are kept.
    let mut lists = RevocationLists::default();
    for number in 0..9 {
        lists = lists.with_list(draft(number).of(&ca), &[]).unwrap().0;
    }
    assert_eq!(format!("{lists:?}"), "RevocationLists(4)");
}

#[test]
fn without_a_list_nothing_passes() {
    let ca = Ca::new();
    let leaf = ca.issue(&[]);
    let none = RevocationLists::default();
    let refused = verdict(&none, &ca, &leaf, NOW).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "there is no revocation list of `TEST CA`; provide it"
    );
}

#[test]
fn a_list_says_whether_it_can_be_used_now() {
    let list = draft(1).of(&Ca::new());
    let reason = |now| list.check_time(now).err().map(|error| error.reason());
    assert_eq!(reason(NOW - 301), Some("not-yet-valid"));
    assert_eq!(reason(NOW - 300), None);
    assert_eq!(reason(NOW + HOUR - 1), None);
    assert_eq!(reason(NOW + HOUR), Some("expired"));
}
