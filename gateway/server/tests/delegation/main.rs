//! Organisations that act for others, over real gateways: who must sign, what the token says, what passes, and what both
//! sides write down.

#[cfg(test)]
mod combinations;
#[cfg(test)]
mod external_contract;
#[cfg(test)]
mod refusals;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;
#[cfg(test)]
mod world;
