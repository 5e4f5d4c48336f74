//! The manager over real mutual TLS: between managers of several organisations, and against callers that say anything.
//! Tests whose name starts with `manager_` are the rows of the FSC test suite.

mod exchange;
mod grants;
mod listing;
mod propagation;
mod raw;
mod services;
mod sign;
mod submit;
mod token;
mod trust;
mod world;
