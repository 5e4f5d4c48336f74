//! The same agreement once more, on the certificate that our outway has now.

use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::service_connection::OutwayIdentification;
use sluis_proto::admin::v1::{
    Contract, Grant, ProposeRequest, ShowCertificatesRequest, ShowContractRequest,
};

use super::proposal::Valid;
use crate::admin::AdminClient;
use crate::cli::CommandError;
use crate::cli::target::refused;

/// Reads the contract `id` and proposes what it says. Where it names a key of ours, or a name that our certificate has no
/// more, the gateway fills in the present key; it begins now and ends when the contract ends, unless `valid` says otherwise.
pub(super) async fn of(
    client: &AdminClient,
    id: &str,
    valid: &Valid,
    now_unix_seconds: i64,
) -> Result<ProposeRequest, CommandError> {
    let request = ShowContractRequest {
        contract: id.to_owned(),
    };
    let answer = client.contracts().show(request).await.map_err(refused)?;
    let contract = answer.into_inner().contract.unwrap_or_default();
    let request = ShowCertificatesRequest::default();
    let answer = client.certificates().show(request).await.map_err(refused)?;
    let current = answer.into_inner().certificates.into_iter().next();
    let current = current.unwrap_or_default();
    let ours = Ours {
        peer_id: &current.peer_id,
        dns_names: &current.dns_names,
    };
    request_for(contract, valid, ours, now_unix_seconds).map_err(CommandError::Failed)
}

/// What a grant can name of us.
#[derive(Clone, Copy)]
struct Ours<'a> {
    peer_id: &'a str,
    dns_names: &'a [String],
}

impl Ours<'_> {
    /// Whether the present certificate still is what the grant names.
    fn is_still(self, named: &OutwayIdentification) -> bool {
        match named {
            // It may be the present one; that is filled in again then.
            OutwayIdentification::OutwayPublicKeyThumbprint(_) => false,
            OutwayIdentification::OutwayDomainName(name) => self
                .dns_names
                .iter()
                .any(|ours| ours.eq_ignore_ascii_case(name)),
        }
    }
}

fn request_for(
    contract: Contract,
    valid: &Valid,
    ours: Ours<'_>,
    now_unix_seconds: i64,
) -> Result<ProposeRequest, String> {
    let (not_before, not_after) = valid.moments(now_unix_seconds)?;
    let not_after = match contract.not_after_unix_seconds {
        former if !valid.says_until() && former > not_before => former,
        _ => not_after,
    };
    let on_present_key = |grant: Grant| {
        let kind = grant.kind.map(|kind| match kind {
            Kind::ServiceConnection(mut connection) => {
                if connection.outway_peer_id == ours.peer_id {
                    let named = connection.outway_identification.take();
                    connection.outway_identification = named.filter(|named| ours.is_still(named));
                }
                Kind::ServiceConnection(connection)
            }
            publication @ Kind::ServicePublication(_) => publication,
        });
        Grant {
            grant_hash: String::new(),
            kind,
            ..grant
        }
    };
    Ok(ProposeRequest {
        not_before_unix_seconds: not_before,
        not_after_unix_seconds: not_after,
        grants: contract.grants.into_iter().map(on_present_key).collect(),
    })
}

#[cfg(test)]
mod tests {
    use sluis_proto::admin::v1::ServiceConnection;

    use super::*;

    const NOW: i64 = 1_795_305_600;
    const OWN: &str = "00000099000000001000";

    fn connection(peer: &str, identification: OutwayIdentification) -> Grant {
        Grant {
            grant_hash: "$1$3$x".to_owned(),
            properties_json: r#"{"note":"a"}"#.to_owned(),
            kind: Some(Kind::ServiceConnection(ServiceConnection {
                outway_peer_id: peer.to_owned(),
                outway_identification: Some(identification),
                service: "brp".to_owned(),
                ..ServiceConnection::default()
            })),
        }
    }

    fn identification(grant: &Grant) -> Option<OutwayIdentification> {
        match grant.kind.clone() {
            Some(Kind::ServiceConnection(connection)) => connection.outway_identification,
            _ => None,
        }
    }

    fn ours() -> Ours<'static> {
        static NAMES: std::sync::LazyLock<Vec<String>> =
            std::sync::LazyLock::new(|| vec!["outway.example".to_owned()]);
        Ours {
            peer_id: OWN,
            dns_names: &NAMES,
        }
    }

    fn days(days: Option<u16>) -> Valid {
        Valid::new(None, None, days)
    }

    #[test]
    fn only_what_is_ours_and_gone_is_replaced() {
        let key = || OutwayIdentification::OutwayPublicKeyThumbprint("00".repeat(32));
        let name = |name: &str| OutwayIdentification::OutwayDomainName(name.to_owned());
        let contract = Contract {
            not_after_unix_seconds: NOW + 1_000,
            grants: vec![
                connection(OWN, key()),
                connection(OWN, name("OUTWAY.example")),
                connection(OWN, name("former.example")),
                connection("00000099000000002000", key()),
            ],
            ..Contract::default()
        };
        let request = request_for(contract, &days(None), ours(), NOW).unwrap();
        let found: Vec<_> = request.grants.iter().map(identification).collect();
        assert_eq!(
            found,
            [None, Some(name("OUTWAY.example")), None, Some(key())]
        );
        let first = &request.grants[0];
        assert_eq!(first.grant_hash, "");
        assert_eq!(first.properties_json, r#"{"note":"a"}"#);
    }

    #[test]
    fn it_ends_when_the_former_one_ends_unless_told_otherwise() {
        let period = |former: i64, valid: &Valid| {
            let contract = Contract {
                not_after_unix_seconds: former,
                ..Contract::default()
            };
            let request = request_for(contract, valid, ours(), NOW).unwrap();
            (
                request.not_before_unix_seconds,
                request.not_after_unix_seconds,
            )
        };
        assert_eq!(period(NOW + 5, &days(None)), (NOW, NOW + 5));
        assert_eq!(period(NOW + 5, &days(Some(2))), (NOW, NOW + 2 * 86_400));
        assert_eq!(period(NOW - 5, &days(None)), (NOW, NOW + 365 * 86_400));
    }
}
