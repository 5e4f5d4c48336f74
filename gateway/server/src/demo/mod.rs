//! The demo: a federation of four organisations on one machine, and the story they tell.
//!
//! Here live the parts that are not the gateway: the [`parties`], the [`persons`] and [`cases`] that
//! exist only in the demo, the [`sources`] (the systems behind the inways, as a municipality or an
//! agency runs them) and the [`policies`] of each party.

pub mod call;
pub mod cases;
mod ending;
pub mod federation;
pub mod folder;
pub mod parties;
pub mod party_files;
pub mod persons;
pub mod policies;
pub mod ports;
pub mod process;
pub mod runner;
pub mod show;
pub mod sources;
mod stage;
mod story;
