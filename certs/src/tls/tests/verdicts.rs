//! What each end learns of a handshake.

use super::*;
use crate::test_kit::certificates;
use crate::{ChainRole, Rule};

#[test]
fn both_ends_know_the_peer_without_reading_its_certificate_again() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let ours = identity_of(&pki.issue(&leaf_options(OIN)).unwrap());
    for version in VERSIONS {
        let done = handshake(
            client(version, &ours, &theirs.trust, OTHER_OIN, NOW),
            server(&theirs.identity, &theirs.trust, NOW),
            HOST,
        );
        let (client, server) = done.verdicts;
        assert_eq!(client.into_peer().unwrap(), *theirs.identity.peer());
        assert_eq!(server.into_peer().unwrap(), *ours.peer());
    }
}

#[test]
fn we_learn_the_rule_and_the_other_side_no_more_than_an_alert() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let mut options = leaf_options(OIN);
    options.not_after_unix_seconds = NOW - 60;
    let leaf = pki.issue(&options).unwrap();
    for version in VERSIONS {
        let client = raw_client(version, &permissive_identity(&leaf), &theirs, NOW);
        let done = handshake(client, server(&theirs.identity, &theirs.trust, NOW), HOST);
        let refusal = done.verdicts.1.refusal().unwrap();
        assert_eq!(refusal.rule(), Rule::Expired);
        assert_eq!(refusal.certificate().unwrap().role, ChainRole::Leaf);
        assert_eq!(
            refusal.to_string(),
            "leaf certificate of `Gemeente Voorbeeld` is expired: expected a validity that ends after \
             2026-11-22T00:00:00Z, found one that ends 2026-11-21T23:59:00Z; let its holder renew it, or set the \
             clock of this machine right"
        );
        assert_eq!(
            done.client.err(),
            Some(rustls::Error::AlertReceived(
                rustls::AlertDescription::CertificateExpired
            )),
            "{:?}",
            version.version
        );
    }
}

#[test]
fn the_certificate_that_breaks_a_rule_is_named_by_its_place() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let leaf = pki.issue(&leaf_options(OIN)).unwrap();
    let chain = certificates(&leaf.chain_pem);
    let shown = |chain: &[CertificateDer<'_>]| {
        let refused = theirs.trust.verify(chain, Usage::Client, NOW).unwrap_err();
        refused.to_string()
    };
    assert!(
        shown(&chain[..1]).starts_with(
            "leaf certificate of `Gemeente Voorbeeld` is not issued under a trust anchor: expected the \
             certificate of its issuer `TEST Sluis - Issuing CA` in the chain or among the trust anchors, found it \
             in neither"
        ),
        "{}",
        shown(&chain[..1])
    );
    assert!(
        shown(&chain[..2]).starts_with(
            "TSP CA `TEST Sluis - Issuing CA` (certificate 2 from the leaf) is not issued under a trust anchor"
        ),
        "{}",
        shown(&chain[..2])
    );
}
