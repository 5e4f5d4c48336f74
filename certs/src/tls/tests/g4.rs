//! The shape of the G4 hierarchy: RSASSA-PSS with SHA-512 in every certificate and list, RSA-3072 keys.

use super::*;
use crate::test_kit::g4::G4;

#[test]
fn two_organisations_with_certificates_of_g4_connect_in_both_versions() {
    let theirs = G4::new(OTHER_OIN);
    let identity = identity_of(&theirs.leaf);
    for version in VERSIONS {
        let done = handshake(
            client(version, &identity, &theirs.trust, OTHER_OIN, NOW),
            server(&identity, &theirs.trust, NOW),
            HOST,
        );
        assert_eq!(done.reasons(), ("ok", "ok"), "{:?}", version.version);
        let server = done.server.unwrap();
        assert_eq!(server.protocol_version(), Some(version.version));
        assert_eq!(
            peer_of(server.peer_certificates()).unwrap(),
            *identity.peer()
        );
    }
}
