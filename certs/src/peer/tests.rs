use std::sync::LazyLock;

use proptest::prelude::*;
use rcgen::{CustomExtension, SanType};

use super::*;
use crate::test_kit::{
    BMP, HOST, IA5, OIN, ORGANISATION, PRINTABLE, SERIAL_NUMBER, SUBJECT, UTF8, certificates,
    leaf_options, name, new_pki, with_field,
};

static LEAF: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let issued = new_pki().issue(&leaf_options(OIN)).unwrap();
    certificates(&issued.chain_pem)[0].to_vec()
});

type Component<'a> = &'a [(u8, u8, &'a [u8])];

fn read(components: &[Component<'_>]) -> Result<Peer, PeerError> {
    Peer::from_certificate(&with_field(&LEAF, SUBJECT, &name(components)))
}

const ORG: Component<'_> = &[(ORGANISATION, UTF8, b"Gemeente Voorbeeld")];
const ID: Component<'_> = &[(SERIAL_NUMBER, PRINTABLE, OIN.as_bytes())];

#[test]
fn a_peer_is_read_from_the_subject() {
    let peer = read(&[ORG, ID]).unwrap();
    assert_eq!(peer.id.as_str(), OIN);
    assert_eq!(&*peer.name, "Gemeente Voorbeeld");
    assert_eq!(peer.dns_names, [Arc::from(HOST)]);
    assert_ne!(
        &*peer.serial,
        peer.id.as_str(),
        "the certificate's own serial number is another thing"
    );
    let whole = Peer::from_certificate(&LEAF).unwrap();
    assert_eq!(
        whole.certificate_thumbprint,
        CertificateThumbprint::of(&LEAF)
    );
    assert_eq!(whole.public_key_thumbprint, peer.public_key_thumbprint);
    assert_ne!(whole.certificate_thumbprint, peer.certificate_thumbprint);
}

#[test]
fn both_string_types_are_read() {
    let components: [Component<'_>; 2] = [
        &[(ORGANISATION, PRINTABLE, b"Gemeente")],
        &[(SERIAL_NUMBER, UTF8, OIN.as_bytes())],
    ];
    assert_eq!(read(&components).unwrap().id.as_str(), OIN);
}

#[test]
fn a_subject_that_names_no_peer_or_two_is_refused() {
    let serial = Attribute::SerialNumber;
    let organisation = Attribute::Organisation;
    let bmp: Vec<u8> = OIN.bytes().flat_map(|byte| [0, byte]).collect();
    let other: Component<'_> = &[(SERIAL_NUMBER, PRINTABLE, b"00000099999999910000")];
    let other_org: Component<'_> = &[(ORGANISATION, UTF8, b"Een ander")];
    let long = vec![b'x'; NAME_MAX_BYTES + 1];
    let cases: [(&[Component<'_>], PeerError); 17] = [
        (&[ORG], PeerError::Missing(serial)),
        (&[ID], PeerError::Missing(organisation)),
        (&[], PeerError::Missing(serial)),
        (&[ORG, ID, other], PeerError::Repeated(serial)),
        (&[ORG, ID, ID], PeerError::Repeated(serial)),
        (&[ORG, other_org, ID], PeerError::Repeated(organisation)),
        (&[ORG, &[ID[0], other[0]]], PeerError::MultiValuedName),
        (&[&[ORG[0], ID[0]]], PeerError::MultiValuedName),
        (
            &[ORG, &[(SERIAL_NUMBER, BMP, &bmp)]],
            PeerError::StringType(serial),
        ),
        (
            &[ORG, &[(SERIAL_NUMBER, IA5, OIN.as_bytes())]],
            PeerError::StringType(serial),
        ),
        (
            &[ORG, &[(SERIAL_NUMBER, UTF8, b"\xff\xfe\xfd\xfc")]],
            PeerError::StringType(serial),
        ),
        (
            &[ORG, &[(SERIAL_NUMBER, PRINTABLE, b"0000009912345678900\0")]],
            PeerIdError::Character(19).into(),
        ),
        (
            &[ORG, &[(SERIAL_NUMBER, PRINTABLE, b"00000099123456789000 ")]],
            PeerIdError::Character(20).into(),
        ),
        (
            &[ORG, &[(SERIAL_NUMBER, PRINTABLE, b"")]],
            PeerIdError::Length(0).into(),
        ),
        (
            &[&[(ORGANISATION, UTF8, b"")], ID],
            PeerError::OrganisationName,
        ),
        (
            &[&[(ORGANISATION, UTF8, b"Gemeente\nlevel=info")], ID],
            PeerError::OrganisationName,
        ),
        (
            &[&[(ORGANISATION, UTF8, &long)], ID],
            PeerError::OrganisationName,
        ),
    ];
    for (components, expected) in cases {
        assert_eq!(read(components), Err(expected), "{components:?}");
    }
}

#[test]
fn dns_names_have_a_limit() {
    let issue = |count: usize| {
        let issued = new_pki()
            .issue_changed(&leaf_options(OIN), |params| {
                params.subject_alt_names = (0..count)
                    .map(|number| SanType::DnsName(format!("n{number}.test").try_into().unwrap()))
                    .collect();
            })
            .unwrap();
        Peer::from_certificate(&certificates(&issued.chain_pem)[0])
    };
    assert_eq!(issue(DNS_NAMES_MAX).unwrap().dns_names.len(), DNS_NAMES_MAX);
    assert_eq!(issue(DNS_NAMES_MAX + 1), Err(PeerError::DnsNames));
    assert_eq!(issue(0).unwrap().dns_names, []);
}

#[test]
fn repeated_or_unreadable_alternative_names_are_refused() {
    for contents in [vec![0x30, 0x00], vec![0x05, 0x00], vec![0x30, 0x7f]] {
        let issued = new_pki()
            .issue_changed(&leaf_options(OIN), |params| {
                // A second subjectAltName beside the proper one.
                params
                    .custom_extensions
                    .push(CustomExtension::from_oid_content(&[2, 5, 29, 17], contents));
            })
            .unwrap();
        let result = Peer::from_certificate(&certificates(&issued.chain_pem)[0]);
        assert!(
            matches!(result, Err(PeerError::DnsNames | PeerError::Unreadable)),
            "{result:?}"
        );
    }
}

#[test]
fn only_exactly_one_certificate_is_read() {
    assert_eq!(
        Peer::from_chain(None, Attribute::SerialNumber),
        Err(PeerError::NoCertificate)
    );
    assert_eq!(
        Peer::from_chain(Some(&[]), Attribute::SerialNumber),
        Err(PeerError::NoCertificate)
    );
    assert_eq!(Peer::from_certificate(b""), Err(PeerError::Unreadable));
    let trailing = [LEAF.as_slice(), &[0]].concat();
    assert_eq!(
        Peer::from_certificate(&trailing),
        Err(PeerError::Unreadable)
    );
    let large = vec![0x30; CERTIFICATE_MAX_BYTES + 1];
    assert_eq!(
        Peer::from_certificate(&large),
        Err(PeerError::TooLarge(large.len()))
    );
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        prop_assert!(Peer::from_certificate(&bytes).is_err());
    }

    /// Bytes that are nearly a certificate reach deeper into the parser.
    #[test]
    fn no_damaged_certificate_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        shorten: bool,
    ) {
        let mut der = LEAF.clone();
        for (position, byte) in changes {
            let position = position.index(der.len());
            der[position] = byte;
        }
        if shorten {
            der.truncate(cut.index(der.len()));
        }
        if let Ok(peer) = Peer::from_certificate(&der) {
            prop_assert!(peer.dns_names.len() <= DNS_NAMES_MAX);
            prop_assert!(peer.name.len() <= NAME_MAX_BYTES);
        }
    }
}
