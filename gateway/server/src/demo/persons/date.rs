//! Dates of which a register may not know the day, the month or anything at all.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use time::{Date, Month};

const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

/// A date as the BRP knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::demo) enum PartialDate {
    Full(Date),
    YearMonth(i32, Month),
    Year(i32),
    Unknown,
}

impl PartialDate {
    /// The date in the four shapes of BRP Personen Bevragen 2.x (`AbstractDatum`).
    pub(super) fn json(self) -> Value {
        match self {
            Self::Full(date) => json!({
                "type": "Datum",
                "datum": self.to_string(),
                "langFormaat": format!("{} {} {}", date.day(), month_name(date.month()), date.year()),
            }),
            Self::YearMonth(year, month) => json!({
                "type": "JaarMaandDatum",
                "jaar": year,
                "maand": u8::from(month),
                "langFormaat": format!("{} {year}", month_name(month)),
            }),
            Self::Year(year) => json!({
                "type": "JaarDatum",
                "jaar": year,
                "langFormaat": year.to_string(),
            }),
            Self::Unknown => json!({
                "type": "DatumOnbekend",
                "onbekend": true,
                "langFormaat": "onbekend",
            }),
        }
    }

    /// Whole years between this date and `today`. A birthday of which the day is not known makes no
    /// age in its own month, nor one without a month at any time: the register then gives none.
    pub(super) fn age_on(self, today: Date) -> Option<i32> {
        match self {
            Self::Full(birth) => {
                let had_birthday = (u8::from(today.month()), today.day())
                    >= (u8::from(birth.month()), birth.day());
                Some(today.year() - birth.year() - i32::from(!had_birthday))
            }
            Self::YearMonth(year, month) if month != today.month() => {
                let had_birthday = u8::from(today.month()) > u8::from(month);
                Some(today.year() - year - i32::from(!had_birthday))
            }
            Self::YearMonth(..) | Self::Year(_) | Self::Unknown => None,
        }
        .filter(|age| *age >= 0)
    }
}

/// As ISO 8601 writes it: `2017-06-09`, `2017-06`, `2017`; empty when unknown.
impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(date) => write!(
                f,
                "{:04}-{:02}-{:02}",
                date.year(),
                u8::from(date.month()),
                date.day()
            ),
            Self::YearMonth(year, month) => write!(f, "{year:04}-{:02}", u8::from(*month)),
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Unknown => Ok(()),
        }
    }
}

/// Why a text is no date.
#[derive(Debug, thiserror::Error)]
#[error("a date is written as `2017-06-09`, `2017-06`, `2017` or `onbekend`")]
pub(in crate::demo) struct DateError;

impl FromStr for PartialDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        if text == "onbekend" {
            return Ok(Self::Unknown);
        }
        let mut parts = text.split('-');
        let year = number(parts.next(), 4)?;
        let year = i32::try_from(year).map_err(|_| DateError)?;
        let Some(month) = parts.next() else {
            return Ok(Self::Year(year));
        };
        let month = u8::try_from(number(Some(month), 2)?).map_err(|_| DateError)?;
        let month = Month::try_from(month).map_err(|_| DateError)?;
        let Some(day) = parts.next() else {
            return Ok(Self::YearMonth(year, month));
        };
        let day = u8::try_from(number(Some(day), 2)?).map_err(|_| DateError)?;
        if parts.next().is_some() {
            return Err(DateError);
        }
        Date::from_calendar_date(year, month, day)
            .map(Self::Full)
            .map_err(|_| DateError)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn number(part: Option<&str>, digits: usize) -> Result<u32, DateError> {
    let part = part.ok_or(DateError)?;
    if part.len() != digits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DateError);
    }
    part.parse().map_err(|_| DateError)
}

fn month_name(month: Month) -> &'static str {
    MONTHS
        .get(usize::from(u8::from(month)) - 1)
        .copied()
        .unwrap_or("onbekend")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        text.parse().unwrap()
    }

    #[test]
    fn each_degree_of_knowledge_has_its_own_shape() {
        assert_eq!(
            date("1956-11-15").json(),
            json!({"type": "Datum", "datum": "1956-11-15", "langFormaat": "15 november 1956"})
        );
        assert_eq!(
            date("1978-03").json(),
            json!({"type": "JaarMaandDatum", "jaar": 1978, "maand": 3, "langFormaat": "maart 1978"})
        );
        assert_eq!(
            date("1968").json(),
            json!({"type": "JaarDatum", "jaar": 1968, "langFormaat": "1968"})
        );
        assert_eq!(
            date("onbekend").json(),
            json!({"type": "DatumOnbekend", "onbekend": true, "langFormaat": "onbekend"})
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "1983526",
            "26 mei 1983",
            "1983-13-01",
            "2023-02-29",
            "2023-02-01-01",
            "83-1-1",
        ] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_age_is_given_only_where_it_is_certain() {
        let PartialDate::Full(today) = date("2026-11-22") else {
            panic!("a full date");
        };
        for (born, age) in [
            ("1991-03-14", Some(35)),
            ("1991-11-22", Some(35)),
            ("1991-11-23", Some(34)),
            ("1970-03", Some(56)),
            ("1970-11", None),
            ("1970", None),
            ("onbekend", None),
        ] {
            assert_eq!(date(born).age_on(today), age, "{born}");
        }
    }
}
