//! `Beyond-Pki-*`: certificates that the target must refuse from whoever calls it.

use sluis_certs::PeerId;

use crate::case::{Evidence, Stop, not_run};
use crate::clauses::{Clause, PKI_REVOCATION};
use crate::stage::{Leaf, Stage, new_transaction_id};
use crate::wire::{Answer, CallError, Client, Question};

/// Calls with these certificates are refused, and the same calls with one without mistakes are not.
pub(crate) async fn refused(
    stage: &Stage,
    evidence: &mut Evidence,
    leaves: &[Leaf],
) -> Result<(), Stop> {
    let good = with(stage, Leaf::Good)?;
    let bad: Result<Vec<_>, Stop> = leaves
        .iter()
        .map(|leaf| Ok((*leaf, with(stage, *leaf)?)))
        .collect();
    let bad = bad?;
    stage.announce().await?;
    let_in(stage, &good).await?;
    for (leaf, client) in bad {
        turned_away(stage, evidence, &client, leaf.clause(), leaf.what()).await?;
    }
    Ok(())
}

/// A certificate is refused once it is on the revocation list; when `is_resumed`, also in a session from before.
pub(crate) async fn revoked(
    stage: &Stage,
    evidence: &mut Evidence,
    is_resumed: bool,
) -> Result<(), Stop> {
    stage.can_revoke()?;
    let issued = stage.issue(&stage.consumer, Leaf::Good)?;
    let shown = issued.shown;
    let mut client = stage
        .client(&stage.consumer)?
        .changed(move |config| shown.to_servers(config));
    if is_resumed {
        let cannot =
            |error: String| not_run(format!("the suite cannot remember sessions: {error}"));
        let peer_id =
            PeerId::new(&stage.target.peer_id).map_err(|error| cannot(error.to_string()))?;
        let remembering = client.remembering(&peer_id);
        client = remembering.map_err(|error| cannot(error.to_string()))?;
    }
    stage.announce().await?;
    let_in(stage, &client).await?;
    stage.revoke(&issued.serial).await?;
    let what = if is_resumed {
        "a certificate that was revoked, in a session from before"
    } else {
        "a certificate that was revoked"
    };
    turned_away(stage, evidence, &client, PKI_REVOCATION, what).await
}

/// A client that shows a certificate of the consumer.
fn with(stage: &Stage, leaf: Leaf) -> Result<Client, Stop> {
    let shown = stage.issue(&stage.consumer, leaf)?.shown;
    let client = stage.client(&stage.consumer)?;
    Ok(client.changed(move |config| shown.to_servers(config)))
}

/// Manager and inway let this client in. Where they do not, that says nothing about certificates with mistakes.
async fn let_in(stage: &Stage, client: &Client) -> Result<(), Stop> {
    for door in doors(stage, client).await? {
        if !door.is_open() {
            return Err(not_run(format!(
                "the {} refuses a certificate without mistakes that the suite issued from `test_pki` ({}); is that the PKI that the target trusts?",
                door.part,
                door.came()
            )));
        }
    }
    Ok(())
}

/// Manager and inway refuse this client.
pub(crate) async fn turned_away(
    stage: &Stage,
    evidence: &mut Evidence,
    client: &Client,
    clause: Clause,
    what: &str,
) -> Result<(), Stop> {
    for door in doors(stage, client).await? {
        let expected = format!("the {} to refuse {what}", door.part);
        evidence.check(door.is_shut(), clause, expected, || door.came())?;
    }
    Ok(())
}

/// What came of knocking at a part of the target.
struct Door {
    part: &'static str,
    answer: Result<Answer, CallError>,
    /// Whether the answer comes from behind the connection: not from what looks at certificates.
    is_from_within: bool,
}

impl Door {
    fn is_open(&self) -> bool {
        self.is_from_within
    }

    /// Some servers finish the handshake, and then say that they do not like the certificate.
    fn is_shut(&self) -> bool {
        match &self.answer {
            Err(error) => matches!(error, CallError::Tls(_) | CallError::Broken(_)),
            Ok(answer) => answer.status.is_client_error() && !self.is_from_within,
        }
    }

    fn came(&self) -> String {
        match &self.answer {
            Ok(answer) => answer.shown(),
            Err(error) => error.to_string(),
        }
    }
}

/// Knocks at the manager, and at the inway where there is one: there without a token, so that nothing goes further.
async fn doors(stage: &Stage, client: &Client) -> Result<Vec<Door>, Stop> {
    let question = Question::get("/v1/peers");
    let answer = client
        .ask(&stage.manager, &stage.target.peer_id, question)
        .await;
    let mut doors = vec![Door {
        part: "manager",
        is_from_within: answer
            .as_ref()
            .is_ok_and(|answer| answer.json().get("peers").is_some()),
        answer,
    }];
    if stage.inway.is_some() {
        let question = stage.service_request(None, Some(&new_transaction_id()))?;
        let answer = stage.ask_inway(client, question).await?;
        doors.push(Door {
            part: "inway",
            is_from_within: answer
                .as_ref()
                .is_ok_and(|answer| answer.header("fsc-error-code").is_some()),
            answer,
        });
    }
    Ok(doors)
}
