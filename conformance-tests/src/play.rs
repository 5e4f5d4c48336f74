//! The organisations that the suite plays: their managers, an inway, and the source of a service.

mod arrivals;
mod inway;
mod manager;
mod peer;
mod source;

pub(crate) use arrivals::Arrivals;
pub(crate) use inway::InwayPlay;
pub(crate) use manager::{ManagerPlay, Received, TokenPlan};
pub(crate) use peer::Played;
pub(crate) use source::SourcePlay;
