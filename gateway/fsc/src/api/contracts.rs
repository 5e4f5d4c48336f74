//! Submitting, signing and listing contracts.

use serde::Serialize;
use serde_json::Map;

use super::{PageRequest, Pagination, Query, QueryError, form};
use crate::{
    GrantHash,
    contract::{CONTRACT_BYTES_MAX, Content, Contract, ContractError},
    grant::GrantType,
    json,
    members::Members,
};

/// The entries of a page of contracts when the caller names no limit.
const LIMIT_DEFAULT: u32 = 100;

/// The most values (objects, arrays, members' values, elements) that are kept of one page: what a page of 4 MiB of the
/// smallest values holds, and one contract more. A value costs about 50 bytes of memory.
const PAGE_VALUES_MAX: usize = 2_500_000;

/// The most bytes in the `pagination` of a page.
const PAGINATION_BYTES_MAX: usize = 65_536;

/// The body of `POST /contracts`: a contract and the accept signature of who submits it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubmitContract {
    /// The content.
    pub content: Content,
    /// The signature, a JWS in compact form.
    pub signature: String,
}

/// The body of `PUT /contracts/{hash}/accept`, `/reject` and `/revoke`: the same two members.
pub type SignatureRequest = SubmitContract;

impl SubmitContract {
    /// Reads the body of a request. Members beside the two are ignored; those inside `content` are
    /// not.
    ///
    /// # Errors
    /// The [`ContractError`] that names the first thing wrong.
    pub fn parse(text: &[u8]) -> Result<Self, ContractError> {
        let mut members = Members::new("", json::read_object(text, CONTRACT_BYTES_MAX)?);
        let content = Content::submitted("content", members.required("content")?)?;
        let signature = members.text("signature")?;
        Ok(Self { content, signature })
    }
}

/// The answer of `GET /contracts`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ContractsPage {
    /// The contracts.
    pub contracts: Vec<Contract>,
    /// Where the list goes on.
    pub pagination: Pagination,
    /// Why entries of another Manager's page were left out of `contracts`.
    #[serde(skip)]
    pub refused: Vec<ContractError>,
}

impl ContractsPage {
    /// Reads another Manager's page, of which the caller has limited the length. Every entry has limits of its own, so one
    /// that is refused, such as a contract of FSC 1.x, does not spoil the others.
    ///
    /// # Errors
    /// A [`ContractError`] when the page as a whole cannot be read.
    pub fn parse(text: &[u8]) -> Result<Self, ContractError> {
        let mut members = json::cut_object(text)?;
        let mut page = Self::default();
        if let Some(pagination) = members.remove("pagination") {
            let pagination = json::read(pagination.get().as_bytes(), PAGINATION_BYTES_MAX)?;
            let mut pagination = Members::of("pagination", pagination)?;
            if let Some(cursor) = pagination.optional_text("next_cursor")? {
                page.pagination.next_cursor = cursor;
            }
        }
        let contracts = members
            .remove("contracts")
            .ok_or_else(|| Members::new("", Map::new()).missing("contracts"))?;
        let (mut index, mut values_left) = (0_usize, PAGE_VALUES_MAX);
        json::cut_array(contracts.get().as_bytes(), |entry| {
            let path = format!("contracts[{index}]");
            index += 1;
            match Contract::read(&path, entry.get().as_bytes(), &mut values_left) {
                Ok(contract) => page.contracts.push(contract),
                Err(error) => page.refused.push(error),
            }
        })?;
        Ok(page)
    }
}

/// The query of `GET /contracts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractsQuery {
    /// Which page.
    pub page: PageRequest,
    /// Only contracts with a grant of this type.
    pub grant_type: Option<GrantType>,
    /// Only contracts with one of these grants; if there are any, `page` and `grant_type` do not
    /// count.
    pub grant_hashes: Vec<GrantHash>,
}

impl ContractsQuery {
    /// Reads the decoded pairs of a query string.
    ///
    /// # Errors
    /// The [`QueryError`] that names the parameter.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, QueryError> {
        let query = Query::read(
            &["cursor", "limit", "sort_order", "grant_type", "grant_hash"],
            pairs,
        )?;
        Ok(Self {
            page: query.page(LIMIT_DEFAULT)?,
            grant_type: query.one("grant_type", |name| {
                GrantType::parse(name).ok_or("no grant type has this name")
            })?,
            grant_hashes: query.list("grant_hash", GrantHash::parse)?,
        })
    }

    /// The query string, without question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut pairs = self.page.pairs();
        if let Some(grant_type) = self.grant_type {
            pairs.push(("grant_type", grant_type.as_str().to_owned()));
        }
        if !self.grant_hashes.is_empty() {
            let hashes: Vec<&str> = self.grant_hashes.iter().map(GrantHash::as_str).collect();
            pairs.push(("grant_hash", hashes.join(",")));
        }
        form::encode(pairs.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

#[cfg(test)]
mod tests;
