//! What our rules decided about a contract, as it is kept: the latest decision of each.

use rusqlite::{Connection, OptionalExtension, params};
use sluis_fsc::ContentHash;
use sluis_policy::{Approval, Outcome};

use super::contract_table::millis;
use super::{Contracts, StoreError};

/// A decision about a contract that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractDecision {
    /// What was decided.
    pub outcome: Outcome,
    /// Why, in one word.
    pub code: String,
    /// Why, in a sentence or two.
    pub reason: String,
    /// The rules that determined it, with commas between them; empty when no rule did.
    pub rules: String,
    /// The digest of the policy folder; empty when there was none.
    pub policy: String,
    /// When, Unix milliseconds.
    pub decided_at_ms: u64,
}

impl ContractDecision {
    /// What the policy says, at a moment.
    #[must_use]
    pub fn new(approval: &Approval, decided_at_ms: u64) -> Self {
        Self {
            outcome: approval.outcome,
            code: approval.code.to_owned(),
            reason: approval.reason.to_string(),
            rules: approval.rules.join(", "),
            policy: approval.policy.as_deref().unwrap_or_default().to_owned(),
            decided_at_ms,
        }
    }

    /// Whether the two say the same, whenever they were made.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let told = |one: &Self| Self {
            decided_at_ms: 0,
            ..one.clone()
        };
        told(self) == told(other)
    }
}

impl Contracts {
    /// What was last decided about a contract; `None` when it was never put to the rules.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read, or holds something that it was not given.
    pub async fn decision_of(
        &self,
        content_hash: &ContentHash,
    ) -> Result<Option<ContractDecision>, StoreError> {
        let hash = content_hash.as_str().to_owned();
        self.store()
            .read(move |connection| get(connection, &hash))
            .await
    }

    /// Keeps a decision in place of the one before.
    pub(crate) async fn put_decision(
        &self,
        content_hash: &ContentHash,
        decision: ContractDecision,
    ) -> Result<(), StoreError> {
        let hash = content_hash.as_str().to_owned();
        self.store()
            .write(move |connection| put(connection, &hash, &decision), |()| {})
            .await
    }
}

fn put(
    connection: &Connection,
    content_hash: &str,
    decision: &ContractDecision,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO decisions (content_hash, outcome, code, reason, rules, policy, decided_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (content_hash) DO UPDATE SET
             outcome = excluded.outcome, code = excluded.code, reason = excluded.reason,
             rules = excluded.rules, policy = excluded.policy, decided_at_ms = excluded.decided_at_ms",
        params![
            content_hash,
            decision.outcome.as_str(),
            decision.code,
            decision.reason,
            decision.rules,
            decision.policy,
            i64::try_from(decision.decided_at_ms).unwrap_or(i64::MAX),
        ],
    )?;
    Ok(())
}

fn get(
    connection: &Connection,
    content_hash: &str,
) -> Result<Option<ContractDecision>, StoreError> {
    let found = connection
        .query_row(
            "SELECT outcome, code, reason, rules, policy, decided_at_ms FROM decisions WHERE content_hash = ?1",
            [content_hash],
            |row| {
                let outcome: String = row.get(0)?;
                let decided_at_ms = millis(row.get(5)?);
                let rest = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
                Ok((outcome, rest, decided_at_ms))
            },
        )
        .optional()?;
    let Some((outcome, (code, reason, rules, policy), decided_at_ms)) = found else {
        return Ok(None);
    };
    let outcome = Outcome::parse(&outcome).ok_or_else(|| StoreError::Damaged {
        what: "the decision",
        content_hash: content_hash.to_owned(),
    })?;
    Ok(Some(ContractDecision {
        outcome,
        code,
        reason,
        rules,
        policy,
        decided_at_ms,
    }))
}
