//! What cases need of the target file.

/// What a case needs of the target file.
pub(crate) fn needs(id: &str) -> Vec<&'static str> {
    let starts = |start: &str| id.starts_with(start);
    let mut needs = vec!["manager_address"];
    let unneeded = ["Manager-PeerInfo-1", "Manager-Peers-1", "Manager-Port-1"];
    if starts("Beyond-") {
        needs.extend(needs_beyond(id));
        return needs;
    }
    let publishes = starts("Manager-Services-")
        || matches!(id, "Manager-SubmitContract-2" | "Manager-SubmitContract-3");
    let is_outway = starts("Outway-") || starts("Integration-");
    if is_outway {
        needs.push("outway");
    } else if !publishes && !unneeded.contains(&id) {
        needs.push("inway");
    }
    let proposes_only = [
        "Manager-SubmitContract-",
        "Manager-AcceptContract-",
        "Manager-RejectContract-",
        "Manager-RevokeContract-",
    ]
    .into_iter()
    .any(starts)
        && id != "Manager-RevokeContract-1";
    let without_contract = [
        "Manager-GetToken-2",
        "Manager-GetToken-4",
        "Manager-GetToken-5",
        "Inway-Incoming-Request-2",
        "Inway-Port-1",
        "Outway-IncomingRequest-2",
    ];
    if !proposes_only && !unneeded.contains(&id) && !without_contract.contains(&id) {
        needs.push("commands.accept_contract");
    }
    let looks_at_source = [
        "Manager-TransactionLogRecord-1",
        "Inway-Incoming-Request-1",
        "Inway-Incoming-Request-5",
    ];
    let with_source = starts("Inway-TransactionLog-") && id != "Inway-TransactionLog-3";
    if looks_at_source.contains(&id) || with_source {
        needs.push("inway.source_listen");
    }
    if matches!(id, "Inway-TransactionLog-6" | "Outway-TransactionLog-5") {
        needs.extend([
            "commands.break_transaction_log",
            "commands.mend_transaction_log",
        ]);
    }
    match id {
        "Manager-SubmitContract-11" | "Manager-AcceptContract-8" => {
            needs.push("an RSA certificate for the consumer");
        }
        "Manager-SubmitContract-12" | "Manager-AcceptContract-9" => {
            needs.push("an ECDSA certificate for the consumer");
        }
        "Inway-Incoming-Request-3" => needs.push("a second certificate for the consumer"),
        "Inway-Incoming-Request-6" => needs.push("tokens that expire in time"),
        _ => {}
    }
    needs
}

/// What a case beyond the FSC test suite needs of the target file, besides the manager.
fn needs_beyond(id: &str) -> Vec<&'static str> {
    let starts = |start: &str| id.starts_with(start);
    let mut needs = Vec::new();
    // Manager and inway, where there is an inway.
    let at_any_door = [
        "Beyond-List-",
        "Beyond-Manager-",
        "Beyond-Pki-",
        "Beyond-Tls-",
    ];
    if starts("Beyond-Outway-") || starts("Beyond-Pki-Server") {
        needs.push("outway");
    } else if !at_any_door.into_iter().any(starts) {
        needs.push("inway");
    }
    if starts("Beyond-Pki-") && id != "Beyond-Pki-ServerUntrusted" {
        needs.push("test_pki");
    }
    if id.ends_with("Revoked") || id == "Beyond-Pki-Resumed" {
        needs.extend(["test_pki.crl_file", "commands.take_over_crl"]);
    }
    if starts("Beyond-Purpose-") {
        needs.push("inway.purpose");
    }
    let in_force = [
        "Beyond-Purpose-",
        "Beyond-Outway-",
        "Beyond-Inway-",
        "Beyond-Token-",
        "Beyond-Pki-Server",
    ];
    if in_force.into_iter().any(starts) || id == "Beyond-Signature-Replayed" {
        needs.push("commands.accept_contract");
    }
    match id {
        "Beyond-Signature-AlgConfusion" => {
            needs.push("an RSA and an ECDSA certificate for the consumer");
        }
        "Beyond-Inway-ServiceGone"
        | "Beyond-Inway-CutHalfway"
        | "Beyond-Inway-HopHeaders"
        | "Beyond-Inway-Trace" => needs.push("inway.source_listen"),
        "Beyond-Manager-ToldAgain" => needs.extend(["outway", "commands.accept_contract"]),
        "Beyond-Contract-OfOthers" => {
            needs.extend(["suite.stranger", "commands.accept_contract"]);
        }
        "Beyond-Manager-Restart" => {
            needs.extend(["inway", "commands.accept_contract", "commands.restart"]);
        }
        "Beyond-Manager-EndlessPages" => {
            needs.extend(["outway", "commands.accept_contract", "commands.restart"]);
        }
        "Beyond-Contract-ClockSkew" => needs.push("clock_skew_seconds"),
        "Beyond-Purpose-Filtered" => {
            needs.extend(["inway.purpose.filtered", "inway.source_listen"]);
        }
        "Beyond-Token-OtherKey" => needs.push("a second certificate for the consumer"),
        _ => {}
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_needs_what_it_looks_at() {
        assert!(needs("Beyond-Inway-AlgNone").contains(&"commands.accept_contract"));
        assert_eq!(needs("Beyond-List-Pages"), ["manager_address"]);
        assert_eq!(needs("Manager-PeerInfo-1"), ["manager_address"]);
        assert!(needs("Inway-TransactionLog-6").contains(&"commands.break_transaction_log"));
        assert!(!needs("Manager-AcceptContract-1").contains(&"commands.accept_contract"));
    }
}
