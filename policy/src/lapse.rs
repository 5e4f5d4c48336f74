//! Activities of which no version is in force, or soon none will be.

use crate::civil_time::{Day, Moment};
use crate::register::activity::ActivityVersion;
use crate::{Diagnostic, PolicySet};

/// How far ahead an end is told, in seconds: 60 days.
const AHEAD_SECONDS: i64 = 60 * 86_400;

/// An activity of which no version is in force, or of which the last one ends soon. It can be meant, so it is no mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapse {
    /// Whether it is still to come.
    pub is_ahead: bool,
    /// What it is about, and what to do.
    pub diagnostic: Diagnostic,
}

impl PolicySet {
    /// The activities of which no version is in force at this moment, or none at some day in the next 60, by name.
    pub fn lapses(&self, at_unix_seconds: i64) -> Vec<Lapse> {
        let today = Moment::at(at_unix_seconds).day;
        let horizon = Moment::at(at_unix_seconds.saturating_add(AHEAD_SECONDS)).day;
        self.register()
            .by_activity()
            .filter_map(|versions| lapse(&versions, today, horizon))
            .collect()
    }
}

/// What is to be said of an activity with these versions.
fn lapse(versions: &[&ActivityVersion], today: Day, horizon: Day) -> Option<Lapse> {
    let in_force = |day: Day| {
        let mut versions = versions.iter().copied();
        versions.find(|version| version.is_in_force(day))
    };
    let Some(mut last) = in_force(today) else {
        return not_in_force(versions, today);
    };
    // From version to version, as long as one follows on the day on which the one before it ends.
    let until = loop {
        let until = last.until.filter(|until| *until <= horizon)?;
        match in_force(until).filter(|next| next.from > last.from) {
            Some(next) => last = next,
            None => break until,
        }
    };
    let (name, number) = (&last.activity.name, last.activity.version);
    Some(told(
        last,
        true,
        format!(
            "version {number} of `{name}` ends on {until} and no version begins then, so that calls for it are refused from that day"
        ),
        format!(
            "write the next version with `from: {until}`; nothing, when the activity is to end"
        ),
    ))
}

fn not_in_force(versions: &[&ActivityVersion], today: Day) -> Option<Lapse> {
    let mut ahead = versions.iter().filter(|version| version.from > today);
    if let Some(next) = ahead.by_ref().min_by_key(|version| version.from) {
        let (name, from) = (&next.activity.name, next.from);
        return Some(told(
            next,
            false,
            format!("no version of `{name}` is in force before {from}, so that every call for it is refused"),
            "nothing, when it is to begin then; a version that has not begun may still begin earlier".to_owned(),
        ));
    }
    let last = versions.iter().max_by_key(|version| version.from)?;
    let until = last.until?;
    let name = &last.activity.name;
    Some(told(
        last,
        false,
        format!(
            "every version of `{name}` has ended, the last on {until}, so that every call for it is refused"
        ),
        "write the next version; nothing, when the activity is over".to_owned(),
    ))
}

fn told(version: &ActivityVersion, is_ahead: bool, message: String, help: String) -> Lapse {
    Lapse {
        is_ahead,
        diagnostic: Diagnostic {
            file: version.file.to_string(),
            line: version.place.line,
            column: version.place.column,
            message,
            help,
        },
    }
}
