//! Checking the access token of a request.
//!
//! A token that was seen before costs a hash and two look-ups: its signature, group, issuer and audience never change, so they
//! are checked once and kept by the token's SHA-256. What can change (time, connection, contract) is checked every time.

use std::sync::Arc;

use aws_lc_rs::digest;
use http::HeaderMap;
use moka::sync::Cache;
use sluis_certs::Peer;
use sluis_fsc::api::headers::FSC_AUTHORIZATION;
use sluis_fsc::token::{self, Claims, TokenError};
use sluis_fsc::{Address, GroupId};

use super::TokenSigners;
use crate::contracts::{Contracts, GrantEntry};
use crate::passage::Refusal;

/// Verifies access tokens.
#[derive(Clone)]
pub struct Tokens {
    signers: TokenSigners,
    group: GroupId,
    addresses: Arc<[Address]>,
    clock_skew_seconds: i64,
    seen: Cache<[u8; 32], Arc<Claims>>,
}

impl Tokens {
    /// Tokens signed by `signers` for `group` and an inway at one of `addresses`; at most `entries_max` are remembered.
    pub fn new(
        signers: TokenSigners,
        group: GroupId,
        addresses: Arc<[Address]>,
        clock_skew_seconds: i64,
        entries_max: u64,
    ) -> Tokens {
        Tokens {
            signers,
            group,
            addresses,
            clock_skew_seconds,
            seen: Cache::new(entries_max),
        }
    }

    /// Checks the token in `headers` and finds the grant it stands for.
    pub(super) fn check(
        &self,
        headers: &HeaderMap,
        peer: &Peer,
        contracts: &Contracts,
        now_unix_seconds: i64,
    ) -> Result<Arc<GrantEntry>, Refusal> {
        let mut values = headers.get_all(FSC_AUTHORIZATION).iter();
        let text = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => Some(value.to_str().map_err(|_| TokenError::NotBearer)?),
            (Some(_), Some(_)) => return Err(TokenError::NotBearer.into()),
        };
        let claims = self.verified(token::bearer(text)?)?;
        token::check_times(&claims, now_unix_seconds, self.clock_skew_seconds)?;
        token::check_binding(&claims, &peer.certificate_thumbprint)?;
        let entry = contracts
            .index()
            .by_hash(&claims.gth)
            .ok_or(Refusal::ContractNotValid)?;
        if !entry.is_valid_at(now_unix_seconds) {
            return Err(Refusal::ContractNotValid);
        }
        // The binding to the certificate proves who holds the token; this proves that the contract is with the organisation that calls.
        claims.parties_under(&entry.grant, &peer.id)?;
        Ok(entry)
    }

    fn verified(&self, token: &str) -> Result<Arc<Claims>, Refusal> {
        let mut key = [0; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        if let Some(claims) = self.seen.get(&key) {
            return Ok(claims);
        }
        let claims = token::verify(token, &self.signers.present(), &self.group)?;
        token::check_audience(&claims, &self.addresses)?;
        let claims = Arc::new(claims);
        self.seen.insert(key, Arc::clone(&claims));
        Ok(claims)
    }
}
