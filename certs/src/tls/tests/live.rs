//! Configurations that stay while certificate and trust are replaced.

use super::*;
use crate::test_kit::crls_of;

/// The leaf that the client sees when it connects.
fn shown(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> CertificateDer<'static> {
    let done = handshake(client.clone(), server.clone(), HOST);
    done.client.unwrap().peer_certificates().unwrap()[0].clone()
}

#[test]
fn a_replaced_identity_is_shown_by_the_next_handshake_in_both_directions() {
    let mut pki = new_pki();
    let theirs = good(&mut pki);
    let renewed = identity_of(&pki.issue(&leaf_options(OTHER_OIN)).unwrap());
    let ours = LiveIdentity::new(identity_of(&pki.issue(&leaf_options(OIN)).unwrap()));
    let our_renewed = identity_of(&pki.issue(&leaf_options(OIN)).unwrap());
    let live = LiveIdentity::new(theirs.identity.clone());
    let time = || Arc::new(FixedTime(NOW));
    let server = server_config(&live, &theirs.trust, &[], time()).unwrap();
    let expected = theirs.identity.peer().id.clone();
    let client = client_config(&ours, &theirs.trust, &expected, &[], time()).unwrap();
    assert_eq!(shown(&client, &server), theirs.identity.chain()[0]);
    live.replace(renewed.clone());
    ours.replace(our_renewed.clone());
    assert_eq!(shown(&client, &server), renewed.chain()[0]);
    let done = handshake(client, server, HOST);
    let seen = done.server.unwrap();
    assert_eq!(seen.peer_certificates().unwrap()[0], our_renewed.chain()[0]);
}

#[test]
fn replaced_trust_judges_the_next_handshake_and_names_its_own_anchors() {
    let (mut before, after) = (new_pki(), new_pki());
    let (theirs, ours) = (
        good(&mut before),
        identity_of(&before.issue(&leaf_options(OIN)).unwrap()),
    );
    let live = LiveTrust::new(theirs.trust.clone());
    let time = || Arc::new(FixedTime(NOW));
    let server = server_config(&theirs.identity, &live, &[], time()).unwrap();
    let client = client(&TLS13, &ours, &theirs.trust, OTHER_OIN, NOW);
    assert!(
        handshake(client.clone(), server.clone(), HOST)
            .server
            .is_ok()
    );
    live.replace(trust_of(&after));
    assert!(
        handshake(client.clone(), server.clone(), HOST)
            .server
            .is_err()
    );
    let both = [before.anchors_pem(), after.anchors_pem()].concat();
    assert_eq!(live.hints().len(), 1);
    // Lists of both authorities, and the anchors of both: the first is welcome again.
    let lists = [crls_of(&before), crls_of(&after)].concat();
    live.update(|_| Trust::from_pem(both.as_bytes(), &lists).unwrap());
    assert_eq!(live.hints().len(), 2);
    assert!(handshake(client, server, HOST).server.is_ok());
}

/// Lists are renewed every few hours for years, with the same anchors.
#[test]
fn trust_with_the_same_anchors_adds_no_names() {
    let pki = new_pki();
    let live = LiveTrust::new(trust_of(&pki));
    let before = live.hints().as_ptr();
    live.replace(trust_of(&pki));
    assert_eq!(live.hints().as_ptr(), before);
}
