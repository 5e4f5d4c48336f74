//! The administration of running gateways: every command over the real socket, wrong input included.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod command;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod previews;
#[cfg(test)]
mod proposals;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod service;
#[cfg(test)]
mod status;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;
#[cfg(test)]
mod unreachable;
