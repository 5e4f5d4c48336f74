//! One version of a processing activity, as the register tells it.

use std::sync::Arc;

/// A version of a processing activity (verwerkingsactiviteit) of the AVG art. 30 register, as far as a record of a
/// passage needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The name by which request and contract call it, for example `bijstand-aanvraag`.
    pub name: Arc<str>,
    /// Its version; a version never changes once it has been in force.
    pub version: u32,
    /// What it is called in the organisation's own words.
    pub title: Arc<str>,
    /// What the data are processed for (doel).
    pub purpose: Arc<str>,
    /// On which ground (grondslag).
    pub legal_basis: LegalBasis,
    /// Peer id (OIN) of the controller (verwerkingsverantwoordelijke).
    pub controller: Arc<str>,
    /// The kinds of data subjects (betrokkenen), for example `aanvrager`.
    pub subjects: Vec<Arc<str>>,
    /// How long the data are kept: an ISO 8601 duration such as `P5Y`.
    pub retention: Option<Arc<str>>,
    /// Whether the activity is kept from the data subject for now (GEMMA `vertrouwelijk`, for example a fraud
    /// investigation).
    pub confidential: bool,
    /// First day on which it is in force, as `YYYY-MM-DD` (Dutch civil time).
    pub valid_from: Arc<str>,
    /// First day on which it is no longer in force, as `YYYY-MM-DD`; `None` when no end is known.
    pub valid_until: Option<Arc<str>>,
}

/// The ground for processing (grondslag).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalBasis {
    /// The article of the AVG, for example `6 lid 1 onder e`.
    pub avg: Arc<str>,
    /// The law that gives the task, for example `Participatiewet artikel 53a`; not every AVG ground needs one.
    pub law: Option<Arc<str>>,
}

impl LegalBasis {
    /// The text that a contract must repeat: the law when there is one, else `AVG artikel` with the article.
    pub fn text(&self) -> Arc<str> {
        match &self.law {
            Some(law) => law.clone(),
            None => Arc::from(format!("AVG artikel {}", self.avg)),
        }
    }
}
