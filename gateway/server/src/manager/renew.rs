//! Signing anew after our certificate was renewed (FSC Core 2.0.0, Certificate renewal).

use sluis_certs::Peer;
use sluis_fsc::signature::SignatureType;

use super::operations::OperationError;
use super::state::State;
use crate::contracts::{ContractRecord, OutboxAction};

impl State {
    /// Places our accept signature anew on every contract that outlives the certificate with which we accepted it, if our
    /// present certificate lasts longer. Without that peers could not verify the signature any more, and the contract
    /// would end with the old certificate.
    pub(super) async fn renew_signatures(&self) {
        let open = self
            .contracts
            .index()
            .open_contracts(self.clock.unix_seconds());
        for content_hash in open {
            let renewed = match self.contracts.contract(&content_hash).await {
                Ok(Some(record)) if self.needs_renewal(&record) => {
                    self.keep_own(
                        &record.contract.content,
                        SignatureType::Accept,
                        OutboxAction::Accept,
                    )
                    .await
                }
                Ok(_) => Ok(()),
                Err(error) => Err(OperationError::Store(error)),
            };
            if let Err(error) = renewed {
                tracing::error!(contract = %content_hash, %error, "could not renew our signature on a contract");
            }
        }
    }

    fn needs_renewal(&self, record: &ContractRecord) -> bool {
        let identities = self.identities.load();
        let own = identities.current().peer();
        let accepted = record.evidence.iter().find(|evidence| {
            evidence.peer_id == own.id && evidence.signature_type == SignatureType::Accept
        });
        let Some(Ok(former)) = accepted
            .map(|evidence| Peer::from_certificate_as(&evidence.certificate, own.id_attribute))
        else {
            return false;
        };
        former.certificate_thumbprint != own.certificate_thumbprint
            && former.not_after < record.contract.content.validity().not_after
            && former.not_after < own.not_after
    }
}
