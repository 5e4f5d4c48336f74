//! The policy folder as its authors wrote it, read and checked.

pub(crate) mod activity;
pub(crate) mod contract_rule;
pub(crate) mod folder;
pub(crate) mod party;
pub(crate) mod route;
pub(crate) mod row;
pub(crate) mod service;
