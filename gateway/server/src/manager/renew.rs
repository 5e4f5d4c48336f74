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
                Ok(Some(record)) => self.renew_signature(&record).await,
                Ok(None) => Ok(()),
                Err(error) => Err(OperationError::Store(error)),
            };
            if let Err(error) = renewed {
                tracing::error!(contract = %content_hash, %error, "could not renew our signature on a contract");
            }
        }
    }

    async fn renew_signature(&self, record: &ContractRecord) -> Result<(), OperationError> {
        let Some(former) = self.outlived(record) else {
            return Ok(());
        };
        // The latest counts, also when our clock was set back or has not moved since.
        let signed_at = self.clock.unix_seconds().max(former.saturating_add(1));
        let content = &record.contract.content;
        self.keep_own_at(
            content,
            SignatureType::Accept,
            OutboxAction::Accept,
            signed_at,
        )
        .await
    }

    /// When we accepted with a certificate that ends before the contract does, and our present one lasts longer.
    fn outlived(&self, record: &ContractRecord) -> Option<i64> {
        let identities = self.identities.load();
        let own = identities.current().peer();
        let accepted = record.evidence.iter().find(|evidence| {
            evidence.peer_id == own.id && evidence.signature_type == SignatureType::Accept
        })?;
        let former = Peer::from_certificate_as(&accepted.certificate, own.id_attribute).ok()?;
        let is_outlived = former.certificate_thumbprint != own.certificate_thumbprint
            && former.not_after < record.contract.content.validity().not_after
            && former.not_after < own.not_after;
        is_outlived.then_some(accepted.signed_at)
    }
}
