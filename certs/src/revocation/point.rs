//! Distribution points: where the lists of a certificate are, and which certificates a list is about.

use crate::der::{Reader, tag};

/// Within `DistributionPoint` and `IssuingDistributionPoint`: `distributionPoint [0]`.
const NAME: u8 = 0xa0;
/// Within `DistributionPointName`: `fullName [0]`.
const FULL_NAME: u8 = 0xa0;
/// Within `GeneralName`: `uniformResourceIdentifier [6]`.
const URI: u8 = 0x86;
/// Within `DistributionPoint`: `reasons [1]` and `cRLIssuer [2]`.
const REASONS: u8 = 0x81;
const CRL_ISSUER: u8 = 0xa2;
/// Within `IssuingDistributionPoint`: `onlyContainsUserCerts [1]` and `onlyContainsCACerts [2]`.
const ONLY_USERS: u8 = 0x81;
const ONLY_AUTHORITIES: u8 = 0x82;

/// The extension `issuingDistributionPoint` of a list (RFC 5280 section 5.2.5): which of its issuer's
/// certificates the list is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IssuingPoint {
    /// The contents of the extension. Lists with the same contents replace each other.
    contents: Box<[u8]>,
    only_users: bool,
    only_authorities: bool,
}

impl IssuingPoint {
    /// Takes the contents that webpki found to be well-formed: a full name, no reasons, not indirect.
    pub(super) fn read(contents: &[u8]) -> Option<Self> {
        let mut only = (false, false);
        let mut fields = Reader::new(contents);
        while !fields.is_at_end() {
            let field = fields.element()?;
            match field.tag {
                ONLY_USERS => only.0 = field.contents != [0],
                ONLY_AUTHORITIES => only.1 = field.contents != [0],
                _ => {}
            }
        }
        Some(Self {
            contents: contents.into(),
            only_users: only.0,
            only_authorities: only.1,
        })
    }

    /// Whether the list is about a certificate with these distribution points (the contents of the
    /// extension). One that names none is covered by its issuer's complete list only, not by a part of it
    /// (RFC 5280 section 6.3.3 (b)(2)(i)).
    pub(super) fn covers(&self, distribution_points: Option<&[u8]>, is_authority: bool) -> bool {
        if (self.only_users && is_authority) || (self.only_authorities && !is_authority) {
            return false;
        }
        points_of(distribution_points.unwrap_or_default())
            .any(|point| uris(point).any(|uri| uris(&self.contents).any(|own| own == uri)))
    }
}

/// Every URI at which a certificate says that its issuer's lists are, as far as they are complete lists
/// of that issuer. Takes the contents of the extension.
pub(super) fn addresses(distribution_points: &[u8]) -> impl Iterator<Item = &[u8]> {
    points_of(distribution_points).flat_map(uris)
}

/// The points at which there is a list for all reasons, of the certificate's own issuer.
fn points_of(distribution_points: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut points = Reader::new(distribution_points);
    std::iter::from_fn(move || points.take(tag::SEQUENCE)).filter(|point| {
        let mut fields = Reader::new(point);
        std::iter::from_fn(|| fields.element())
            .all(|field| !matches!(field.tag, REASONS | CRL_ISSUER))
    })
}

/// The URIs in the full name of a point.
fn uris(point: &[u8]) -> impl Iterator<Item = &[u8]> {
    let name = Reader::new(point).optional(NAME);
    let mut names = Reader::new(
        name.and_then(|name| Reader::new(name).take(FULL_NAME))
            .unwrap_or_default(),
    );
    std::iter::from_fn(move || names.element())
        .filter(|name| name.tag == URI)
        .map(|name| name.contents)
}
