//! Content and grant hashes (FSC Core 2.0.0, "The content hash", "Grant hash").

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{NotCanonical, canonical};

/// `HASH_ALGORITHM_SHA3_512` as int32.
const SHA3_512: u8 = 1;
/// `HASH_TYPE_CONTRACT` as int32.
const CONTRACT: u8 = 1;

/// The hash of a contract's content.
///
/// # Errors
/// [`NotCanonical`] when the content holds a number without canonical form.
pub fn content_hash(content: &Value) -> Result<String, NotCanonical> {
    Ok(hash(CONTRACT, canonical(content)?.as_bytes()))
}

/// The hash of one grant, given the object in its `data`.
///
/// A type that the standard does not know gets hash type 0, which no implementation uses.
///
/// # Errors
/// [`NotCanonical`] when the grant holds a number without canonical form.
pub fn grant_hash(content_hash: &str, grant_data: &Value) -> Result<String, NotCanonical> {
    let hash_type = match grant_data.get("type").and_then(Value::as_str) {
        Some("GRANT_TYPE_SERVICE_PUBLICATION") => 2,
        Some("GRANT_TYPE_SERVICE_CONNECTION") => 3,
        Some("GRANT_TYPE_DELEGATED_SERVICE_CONNECTION") => 4,
        Some("GRANT_TYPE_DELEGATED_SERVICE_PUBLICATION") => 5,
        _ => 0,
    };
    let hashed = format!("{content_hash}{}", canonical(grant_data)?);
    Ok(hash(hash_type, hashed.as_bytes()))
}

fn hash(hash_type: u8, bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA3_512, bytes);
    format!(
        "${SHA3_512}${hash_type}${}",
        URL_SAFE_NO_PAD.encode(digest.as_ref())
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The vector was computed with another implementation, in Python with hashlib.
    #[test]
    fn the_hashes_of_a_connection_are_those_of_another_implementation() {
        let content = json!({
            "fsc_version": "2.0.0",
            "iv": "019a7dea-9048-7c4d-9e66-4d3f75a18f58",
            "group_id": "test.example",
            "validity": { "not_before": 1_767_225_600, "not_after": 1_798_761_600 },
            "grants": [{ "data": {
                "type": "GRANT_TYPE_SERVICE_CONNECTION",
                "service": {
                    "type": "SERVICE_TYPE_SERVICE",
                    "peer_id": "00000001003214345000",
                    "name": "zaken-api"
                },
                "outway": {
                    "peer_id": "00000001002220647000",
                    "identification": {
                        "type": "OUTWAY_IDENTIFICATION_TYPE_PUBLIC_KEY_THUMBPRINT",
                        "public_key_thumbprint":
                            "3a56f2e9269ac63f0d4394c46b96539da1625b6a985d38029ff89f34e490960c"
                    }
                }
            }}],
            "hash_algorithm": "HASH_ALGORITHM_SHA3_512",
            "created_at": 1_767_225_600
        });
        let of_content = content_hash(&content).unwrap();
        assert_eq!(
            of_content,
            "$1$1$NBW4xlGuVdjApUhkn9V_VlmznXB5LKSkKEkKfM-gvrHCGlf67I41zPDVJz78ceHRbTC0Vd0JpdsBzMsiWG2mUg"
        );
        assert_eq!(
            grant_hash(&of_content, &content["grants"][0]["data"]).unwrap(),
            "$1$3$RhoLfOVzZHJbNQwYKFiKm7D9VdTKn4NWX2t_l2-bUrHmcfUHvxAYMtnelpus6Nd2q_ueuk4dn7a8pR6Qyb9YRQ"
        );
    }

    #[test]
    fn every_kind_of_grant_has_its_number() {
        for (grant_type, number) in [
            ("GRANT_TYPE_SERVICE_PUBLICATION", "$1$2$"),
            ("GRANT_TYPE_SERVICE_CONNECTION", "$1$3$"),
            ("GRANT_TYPE_DELEGATED_SERVICE_CONNECTION", "$1$4$"),
            ("GRANT_TYPE_DELEGATED_SERVICE_PUBLICATION", "$1$5$"),
        ] {
            let hash = grant_hash("$1$1$x", &json!({ "type": grant_type })).unwrap();
            assert!(hash.starts_with(number), "{hash}");
        }
    }
}
