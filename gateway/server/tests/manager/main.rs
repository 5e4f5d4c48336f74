//! The manager over real mutual TLS: between managers of several organisations, and against callers that say anything.
//! Tests whose name starts with `manager_` are the rows of the FSC test suite.

#[cfg(test)]
mod approval;
#[cfg(test)]
mod areas;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod catch_up;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod damaged;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod propagation;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod services;
#[cfg(test)]
mod sign;
#[cfg(test)]
mod submit;
#[cfg(test)]
mod token;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod watch;
#[cfg(test)]
mod world;
