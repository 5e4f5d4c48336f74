//! The transaction id: one number for a request on both sides (FSC Logging; UUIDv7 by the Digikoppeling REST-API profile).

use http::HeaderMap;
use sluis_fsc::api::headers::FSC_TRANSACTION_ID;
use sluis_fsc::log::TransactionId;
use uuid::{Timestamp, Uuid};

use super::Refusal;
use super::role::Side;

/// Reads the transaction id, or makes one at the outway when the application gave none.
pub(super) fn read_or_make(headers: &HeaderMap, side: Side, unix_ms: u64) -> Result<Uuid, Refusal> {
    let mut values = headers.get_all(FSC_TRANSACTION_ID).iter();
    match (values.next(), values.next()) {
        (None, _) => match side {
            Side::Outway => Ok(make(unix_ms)),
            Side::Inway => Err(Refusal::TransactionIdMissing),
        },
        (Some(value), None) => value
            .to_str()
            .ok()
            .and_then(|text| TransactionId::parse(text.trim()).ok())
            .map(TransactionId::uuid)
            .ok_or(Refusal::TransactionIdInvalid),
        (Some(_), Some(_)) => Err(Refusal::TransactionIdInvalid),
    }
}

/// A new version 7 UUID (RFC 9562, section 5.7).
pub(super) fn make(unix_ms: u64) -> Uuid {
    let nanos = u32::try_from((unix_ms % 1000) * 1_000_000).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(uuid::NoContext, unix_ms / 1000, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(FSC_TRANSACTION_ID, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_outway_makes_an_id_where_the_application_gives_none() {
        let id = read_or_make(&HeaderMap::new(), Side::Outway, 1_767_225_700_123).unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(
            id.get_timestamp().unwrap().to_unix(),
            (1_767_225_700, 123_000_000)
        );
    }

    #[test]
    fn the_inway_demands_one() {
        assert!(matches!(
            read_or_make(&HeaderMap::new(), Side::Inway, 0),
            Err(Refusal::TransactionIdMissing)
        ));
    }

    #[test]
    fn an_id_is_kept_as_it_is_given() {
        let given = "019a7dea-9048-7c4d-9e66-4d3f75a18f58";
        for side in [Side::Inway, Side::Outway] {
            assert_eq!(
                read_or_make(&headers(&[given]), side, 0)
                    .unwrap()
                    .to_string(),
                given
            );
        }
    }

    #[test]
    fn other_versions_repeats_and_nonsense_are_refused() {
        for values in [
            &["6266d077-50c4-4c9b-8d05-01b752c0ef88"][..],
            &["999993653"],
            &["019a7dea90487c4d9e664d3f75a18f58"],
            &["{019a7dea-9048-7c4d-9e66-4d3f75a18f58}"],
            &["urn:uuid:019a7dea-9048-7c4d-9e66-4d3f75a18f58"],
            &[""],
            &[
                "019a7dea-9048-7c4d-9e66-4d3f75a18f58",
                "019a7dea-9048-7c4d-9e66-4d3f75a18f59",
            ],
        ] {
            assert!(matches!(
                read_or_make(&headers(values), Side::Outway, 0),
                Err(Refusal::TransactionIdInvalid)
            ));
        }
    }
}
