//! Dutch civil time (Europe/Amsterdam), computed from unix seconds.
//!
//! Central European Time; one hour later from the last Sunday of March 01:00 UTC to the last Sunday of October
//! 01:00 UTC (Directive 2000/84/EC). Policies speak of days and office hours as people in the Netherlands do.

use std::fmt;

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, Weekday};

/// A day of the Dutch calendar. Kept as the number `YYYYMMDD`, which is also how rules see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Day(u32);

/// A moment as a Dutch clock and calendar show it, to the hour: all that a decision depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) day: Day,
    /// 0 to 23.
    pub(crate) hour: u8,
    /// 1 is Monday, 7 is Sunday.
    pub(crate) weekday: u8,
}

impl Day {
    /// Reads `YYYY-MM-DD`.
    pub(crate) fn parse(text: &str) -> Option<Day> {
        let [year, month, day] = numbers(text, [4, 2, 2], '-')?;
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let date =
            Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?)
                .ok()?;
        Some(Day::of(date))
    }

    /// The number `YYYYMMDD`.
    pub(crate) fn number(self) -> i64 {
        i64::from(self.0)
    }

    fn of(date: Date) -> Day {
        let year = u32::try_from(date.year()).unwrap_or(0);
        Day(year * 10_000 + u32::from(u8::from(date.month())) * 100 + u32::from(date.day()))
    }

    fn date(self) -> Option<Date> {
        let month = Month::try_from(u8::try_from(self.0 / 100 % 100).ok()?).ok()?;
        let day = u8::try_from(self.0 % 100).ok()?;
        Date::from_calendar_date(i32::try_from(self.0 / 10_000).ok()?, month, day).ok()
    }

    /// The first day from Monday to Friday that is not before this one.
    pub(crate) fn first_working_day(self) -> Day {
        let Some(date) = self.date() else { return self };
        let skip = match date.weekday() {
            Weekday::Saturday => 2,
            Weekday::Sunday => 1,
            _ => 0,
        };
        date.checked_add(Duration::days(skip)).map_or(self, Day::of)
    }

    /// The moment of this day at which Dutch clocks show this time, in unix seconds. The hour that is skipped in spring
    /// counts as the hour after it; of the hour that comes twice in autumn, the first is meant.
    pub(crate) fn at(self, hour: u8, minute: u8) -> Option<i64> {
        let time = Time::from_hms(hour, minute, 0).ok()?;
        let as_utc = PrimitiveDateTime::new(self.date()?, time)
            .assume_utc()
            .unix_timestamp();
        let summer = as_utc - 7200;
        Some(if offset_seconds(summer) == 7200 {
            summer
        } else {
            as_utc - 3600
        })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:04}-{:02}-{:02}",
            self.0 / 10_000,
            self.0 / 100 % 100,
            self.0 % 100
        )
    }
}

impl Moment {
    /// What Dutch clocks and calendars show. Times that no calendar has are the first day of all.
    pub(crate) fn at(unix_seconds: i64) -> Moment {
        let local = unix_seconds.saturating_add(offset_seconds(unix_seconds));
        let local =
            OffsetDateTime::from_unix_timestamp(local).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Moment {
            day: Day::of(local.date()),
            hour: local.hour(),
            weekday: local.weekday().number_from_monday(),
        }
    }

    /// Monday to Friday, from 08:00 until 18:00. Public holidays are not known here.
    pub(crate) fn is_office_hours(self) -> bool {
        self.weekday <= 5 && (8..18).contains(&self.hour)
    }
}

/// How far Dutch clocks are ahead of UTC.
fn offset_seconds(unix_seconds: i64) -> i64 {
    let year = OffsetDateTime::from_unix_timestamp(unix_seconds).map_or(1970, OffsetDateTime::year);
    let is_summer = change(year, Month::March).is_some_and(|start| unix_seconds >= start)
        && change(year, Month::October).is_some_and(|end| unix_seconds < end);
    if is_summer { 7200 } else { 3600 }
}

/// The last Sunday of a month of 31 days, 01:00 UTC.
fn change(year: i32, month: Month) -> Option<i64> {
    let last = Date::from_calendar_date(year, month, 31).ok()?;
    let sunday = last.checked_sub(Duration::days(i64::from(
        last.weekday().number_days_from_sunday(),
    )))?;
    Some(
        PrimitiveDateTime::new(sunday, Time::from_hms(1, 0, 0).ok()?)
            .assume_utc()
            .unix_timestamp(),
    )
}

/// Numbers of fixed length with a separator between them.
pub(crate) fn numbers<const N: usize>(
    text: &str,
    lengths: [usize; N],
    separator: char,
) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut result = [0; N];
    for (number, length) in result.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        })?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_summer_and_winter() {
        // Unix seconds and what a clock in Amsterdam shows; the changes of 2026 are 29 March and 25 October.
        for (seconds, day, hour, weekday) in [
            (1_774_745_999, "2026-03-29", 1, 7), // 00:59:59 UTC, still winter
            (1_774_746_000, "2026-03-29", 3, 7), // 01:00:00 UTC, summer
            (1_792_889_999, "2026-10-25", 2, 7), // 00:59:59 UTC, still summer
            (1_792_890_000, "2026-10-25", 2, 7), // 01:00:00 UTC, winter: the same hour again
            (1_792_893_600, "2026-10-25", 3, 7),
            (1_795_302_000, "2026-11-22", 0, 7), // 2026-11-21T23:00Z: already the next day here
            (0, "1970-01-01", 1, 4),
        ] {
            let moment = Moment::at(seconds);
            assert_eq!(
                (moment.day.to_string().as_str(), moment.hour, moment.weekday),
                (day, hour, weekday),
                "{seconds}"
            );
        }
    }

    #[test]
    fn office_hours_are_dutch() {
        for (text, hour, minute, is_office) in [
            ("2026-07-01", 7, 59, false),
            ("2026-07-01", 8, 0, true),
            ("2026-07-01", 17, 59, true),
            ("2026-07-01", 18, 0, false),
            ("2026-12-01", 8, 0, true),
            ("2026-12-01", 7, 59, false),
            ("2026-07-04", 12, 0, false),
        ] {
            let seconds = Day::parse(text).unwrap().at(hour, minute).unwrap();
            assert_eq!(
                Moment::at(seconds).is_office_hours(),
                is_office,
                "{text} {hour}:{minute}"
            );
            assert_eq!(Moment::at(seconds).hour, hour);
        }
    }

    #[test]
    fn reads_days_that_exist() {
        assert_eq!(Day::parse("2028-02-29").unwrap().number(), 20_280_229);
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "20260101",
            "2026-01-01T00:00",
            "2026-01-0a",
            "+026-01-01",
            "",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        assert_eq!(
            Day::parse("2026-08-01")
                .unwrap()
                .first_working_day()
                .to_string(),
            "2026-08-03"
        );
        assert_eq!(
            Day::parse("2026-08-03")
                .unwrap()
                .first_working_day()
                .to_string(),
            "2026-08-03"
        );
    }

    #[test]
    fn never_panics() {
        for seconds in [i64::MIN, i64::MAX, -1, 253_402_300_800] {
            let _ = Moment::at(seconds);
        }
    }
}
