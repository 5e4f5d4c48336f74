//! gRPC through outway and inway.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod echo;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;
