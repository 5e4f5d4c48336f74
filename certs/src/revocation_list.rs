//! Certificate revocation lists: reading them, and choosing one per issuer.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

/// Largest file with revocation lists, in bytes. A list of a million entries has about 40 million; the
/// lists of PKIoverheid stay far below one million bytes.
const FILE_MAX_BYTES: usize = 32 << 20;
/// Most revocation lists: three per hierarchy and one per further issuing CA make a few dozen.
const LISTS_MAX: usize = 256;

/// A parsed revocation list. Its signature is checked when it is used, against the issuer that the
/// path at hand names.
pub(crate) struct RevocationList {
    /// What webpki searches.
    pub(crate) list: CertRevocationList<'static>,
    /// `thisUpdate` in Unix seconds, which webpki does not look at.
    pub(crate) this_update: i64,
    number: CrlNumber,
}

/// A CRL number of up to 20 octets: as big-endian octets without leading zeros. A longer one is
/// larger, so comparing lengths first compares the numbers.
type CrlNumber = (usize, Vec<u8>);

/// What a list is about: its issuer's name and its issuing distribution point, both as DER.
type Scope = (Vec<u8>, Option<Vec<u8>>);

impl RevocationList {
    fn from_der(der: &[u8]) -> Result<Self, RevocationListError> {
        let (rest, parsed) = CertificateRevocationList::from_der(der)
            .map_err(|_| RevocationListError::Unreadable)?;
        if !rest.is_empty() {
            return Err(RevocationListError::Unreadable);
        }
        let number = parsed
            .crl_number()
            .map(|number| number.to_bytes_be())
            .unwrap_or_default();
        let list = OwnedCertRevocationList::from_der(der)
            .map_err(|error| RevocationListError::Unsupported(format!("{error:?}")))?;
        Ok(Self {
            list: list.into(),
            this_update: parsed.last_update().timestamp(),
            number: (number.len(), number),
        })
    }

    fn scope(&self) -> Scope {
        let point = self.list.issuing_distribution_point().map(<[u8]>::to_vec);
        (self.list.issuer().to_vec(), point)
    }

    /// Whether this list replaces another of the same scope: the higher CRL number, else the later one.
    fn is_newer_than(&self, other: &Self) -> bool {
        (&self.number, self.this_update) > (&other.number, other.this_update)
    }
}

/// Reads files that each hold one DER list or any number of PEM lists, and keeps the newest per scope:
/// webpki uses the first that fits, so that an old list in front would hide a revocation.
pub(crate) fn newest_per_issuer(
    files: &[Vec<u8>],
) -> Result<Vec<RevocationList>, RevocationListError> {
    let mut newest: BTreeMap<Scope, RevocationList> = BTreeMap::new();
    let mut count = 0_usize;
    for file in files {
        for der in split(file)? {
            count += 1;
            if count > LISTS_MAX {
                return Err(RevocationListError::TooMany);
            }
            let list = RevocationList::from_der(&der)?;
            match newest.entry(list.scope()) {
                Entry::Vacant(entry) => {
                    entry.insert(list);
                }
                Entry::Occupied(mut entry) => {
                    if list.is_newer_than(entry.get()) {
                        entry.insert(list);
                    }
                }
            }
        }
    }
    if newest.is_empty() {
        return Err(RevocationListError::None);
    }
    Ok(newest.into_values().collect())
}

pub(crate) fn split(
    file: &[u8],
) -> Result<Vec<CertificateRevocationListDer<'_>>, RevocationListError> {
    if file.len() > FILE_MAX_BYTES {
        return Err(RevocationListError::TooLarge(file.len()));
    }
    // DER starts with a SEQUENCE whose length does not fit in one octet; no text starts like that.
    if let [0x30, 0x80..=0xff, ..] = file {
        return Ok(vec![CertificateRevocationListDer::from(file)]);
    }
    let lists = CertificateRevocationListDer::pem_slice_iter(file)
        .take(LISTS_MAX + 1)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| RevocationListError::Unreadable)?;
    if lists.is_empty() {
        Err(RevocationListError::Unreadable)
    } else {
        Ok(lists)
    }
}

/// Why revocation lists cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevocationListError {
    /// Without a list nothing can be verified.
    #[error("no revocation list is given; give one for every issuer, root and domain CA included")]
    None,
    /// A file is larger than any list in use; holds its size in bytes.
    #[error("revocation list file has {0} bytes; the limit is {FILE_MAX_BYTES}")]
    TooLarge(usize),
    /// More lists than issuers can be.
    #[error("more than {LISTS_MAX} revocation lists are given")]
    TooMany,
    /// Neither DER nor PEM.
    #[error("revocation list is not readable as DER or PEM")]
    Unreadable,
    /// A kind of list that cannot be used, such as a delta or indirect list; names the objection.
    #[error("revocation list is of an unsupported kind: {0}")]
    Unsupported(String),
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
        CrlIssuingDistributionPoint, IsCa, Issuer, KeyIdMethod, KeyPair, SerialNumber,
    };
    use time::OffsetDateTime;

    use super::*;
    use crate::test_kit::{NOW, children, contents, element};

    fn list(number: u64, this_update: i64, point: Option<&str>) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = Issuer::new(params, KeyPair::generate().unwrap());
        let moment = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let list = CertificateRevocationListParams {
            this_update: moment(this_update),
            next_update: moment(this_update + 3_600),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: point.map(|uri| CrlIssuingDistributionPoint {
                distribution_point: CrlDistributionPoint {
                    uris: vec![uri.to_owned()],
                },
                scope: None,
            }),
            revoked_certs: vec![],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&issuer).unwrap().der().to_vec()
    }

    fn kept(files: &[Vec<u8>]) -> Vec<i64> {
        newest_per_issuer(files)
            .unwrap()
            .iter()
            .map(|list| list.this_update)
            .collect()
    }

    #[test]
    fn the_higher_number_wins_and_then_the_later_date() {
        assert_eq!(kept(&[list(2, NOW, None), list(1, NOW + 9, None)]), [NOW]);
        assert_eq!(
            kept(&[list(255, NOW, None), list(256, NOW - 9, None)]),
            [NOW - 9]
        );
        assert_eq!(
            kept(&[list(0, NOW, None), list(1, NOW - 9, None)]),
            [NOW - 9]
        );
        assert_eq!(
            kept(&[
                list(7, NOW, None),
                list(7, NOW + 9, None),
                list(7, NOW + 3, None)
            ]),
            [NOW + 9]
        );
    }

    #[test]
    fn lists_for_different_distribution_points_are_kept_side_by_side() {
        let (one, two) = (Some("http://crl.test/1.crl"), Some("http://crl.test/2.crl"));
        let files = [
            list(1, NOW, None),
            list(2, NOW + 1, one),
            list(3, NOW + 2, two),
            list(1, NOW, two),
        ];
        let mut dates = kept(&files);
        dates.sort_unstable();
        assert_eq!(dates, [NOW, NOW + 1, NOW + 2]);
    }

    #[test]
    fn a_delta_list_is_refused_by_name() {
        let list = list(1, NOW, None);
        let mut outer = children(&list);
        let mut fields = children(&outer[0]);
        let delta = element(
            0x30,
            &[
                &[0x06, 3, 0x55, 0x1d, 27, 0x01, 1, 0xff][..],
                &element(0x04, &[2, 1, 1]),
            ]
            .concat(),
        );
        let extensions = fields.pop().unwrap();
        let all = [contents(contents(&extensions)), &delta].concat();
        fields.push(element(0xa0, &element(0x30, &all)));
        outer[0] = element(0x30, &fields.concat());
        let result = newest_per_issuer(&[element(0x30, &outer.concat())]);
        assert_eq!(
            result.err(),
            Some(RevocationListError::Unsupported(
                "UnsupportedDeltaCrl".into()
            ))
        );
    }
}
