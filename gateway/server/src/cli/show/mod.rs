//! How things are shown to people.

mod alarm;
mod names;
mod table;
mod text;

pub(super) use alarm::{alarm_json, alarm_line};
pub(super) use names::{Names, peers};
pub(super) use table::Table;
pub(super) use text::{counted, moment, moment_ms, presentable};
