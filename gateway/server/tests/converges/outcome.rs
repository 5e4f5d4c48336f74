//! What the organisations hold in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sluis_proto::admin::v1::Contract;
use tonic::Status;

use super::party::Office;

/// Longest wait until nothing has to be told any more. The pauses between attempts are a second, two, four.
const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// So many characters at the end of a signature differ from those of any other.
const JWS_END: usize = 20;

/// A contract as one organisation holds it: who signed what, with which signature, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) signatures: BTreeSet<(String, i32, String)>,
    state: i32,
}

/// The contracts of one seed at one organisation, by hash.
pub(crate) type Holding = BTreeMap<String, Held>;

/// Waits until everybody has been told everything and holds the same contracts; returns those. `parties` run.
pub(crate) async fn agreement(parties: &[Office], mark: i64) -> Holding {
    let mut last = Ok(Vec::new());
    let waiting = async {
        let mut pause = tokio::time::interval(LOOK_AGAIN);
        loop {
            pause.tick().await;
            if is_told(parties).await != Ok(true) {
                continue;
            }
            last = holdings(parties, mark).await;
            if let Ok(holdings) = &last
                && holdings.iter().all(|holding| *holding == holdings[0])
            {
                return holdings[0].clone();
            }
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    match waited {
        Ok(holding) => holding,
        Err(_) => panic!(
            "they do not come to the same contracts; everybody has been told: {:?}; they hold {last:#?}",
            is_told(parties).await
        ),
    }
}

/// Whether nobody has anything to tell. Nothing may have been refused for good.
async fn is_told(parties: &[Office]) -> Result<bool, String> {
    let mut waiting = 0;
    for party in parties {
        let status = party.status().await.map_err(|status| status.to_string())?;
        assert_eq!(
            status.refused_deliveries, 0,
            "{} has been refused",
            status.peer_name
        );
        waiting += status.waiting_deliveries;
    }
    Ok(waiting == 0)
}

async fn holdings(parties: &[Office], mark: i64) -> Result<Vec<Holding>, Status> {
    let mut holdings = Vec::new();
    for party in parties {
        let contracts = party.contracts().await?.into_iter();
        holdings.push(
            contracts
                .filter(|contract| contract.not_after_unix_seconds == mark)
                .map(held)
                .collect(),
        );
    }
    Ok(holdings)
}

fn held(contract: Contract) -> (String, Held) {
    let signatures = contract.signatures.into_iter();
    let held = Held {
        signatures: signatures
            .map(|signature| {
                let end = signature.jws.len().saturating_sub(JWS_END);
                let jws = signature.jws[end..].to_owned();
                (signature.peer_id, signature.r#type, jws)
            })
            .collect(),
        state: contract.state,
    };
    (contract.content_hash, held)
}
