//! The cases, one file per part of the FSC test suite.

pub(crate) mod beyond;
pub(crate) mod expect;
pub(crate) mod integration;
pub(crate) mod inway;
pub(crate) mod inway_log;
pub(crate) mod keys;
pub(crate) mod listing;
pub(crate) mod logs;
pub(crate) mod outway;
pub(crate) mod outway_log;
pub(crate) mod services;
pub(crate) mod sign;
pub(crate) mod submit;
pub(crate) mod token;
pub(crate) mod token_claims;
