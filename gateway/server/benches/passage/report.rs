//! The table.

use std::io::{self, Write};

use crate::measure::median;

/// All measurements, by row in the order in which they were first added.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Row {
    name: String,
    unit: Unit,
    budget: Budget,
    floor: Vec<f64>,
    ours: Vec<f64>,
}

/// What a row counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    /// CPU time of the proxy per request.
    CpuMicroseconds,
    /// Time until the answer was there.
    Milliseconds,
    /// Memory.
    Kibibytes,
}

/// What a row should come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    kind: Kind,
    must: f64,
    aim: f64,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    None,
    Ratio,
    Added,
    Absolute,
}

impl Budget {
    /// Nothing was promised.
    pub(crate) const NONE: Self = Self {
        kind: Kind::None,
        must: f64::INFINITY,
        aim: f64::INFINITY,
    };

    /// At most this many times the floor.
    pub(crate) const fn ratio(must: f64, aim: f64) -> Self {
        Self {
            kind: Kind::Ratio,
            must,
            aim,
        }
    }

    /// At most this much more than the floor.
    pub(crate) const fn added(must: f64, aim: f64) -> Self {
        Self {
            kind: Kind::Added,
            must,
            aim,
        }
    }

    /// At most this much.
    pub(crate) const fn absolute(must: f64, aim: f64) -> Self {
        Self {
            kind: Kind::Absolute,
            must,
            aim,
        }
    }

    fn text(self) -> String {
        let (must, aim) = (self.must, self.aim);
        match self.kind {
            Kind::None => "-".to_owned(),
            Kind::Ratio => format!("<= {must}x ({aim}x)"),
            Kind::Added => format!("<= +{must} (+{aim})"),
            Kind::Absolute => format!("<= {must} ({aim})"),
        }
    }

    fn verdict(self, floor: f64, ours: f64, ratio: f64) -> &'static str {
        let value = match self.kind {
            Kind::None => return "",
            Kind::Ratio => ratio,
            Kind::Added => ours - floor,
            Kind::Absolute => ours,
        };
        if value <= self.aim {
            "aim"
        } else if value <= self.must {
            "must"
        } else {
            "MISSED"
        }
    }
}

impl Report {
    /// Adds one measurement of the floor or of ours.
    pub(crate) fn add(&mut self, name: &str, unit: Unit, budget: Budget, ours: bool, value: f64) {
        let place = self
            .rows
            .iter()
            .position(|row| row.name == name)
            .unwrap_or_else(|| {
                self.rows.push(Row {
                    name: name.to_owned(),
                    unit,
                    budget,
                    floor: Vec::new(),
                    ours: Vec::new(),
                });
                self.rows.len() - 1
            });
        if let Some(row) = self.rows.get_mut(place) {
            if ours {
                row.ours.push(value)
            } else {
                row.floor.push(value)
            }
        }
    }

    /// Adds a line under the table.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The median of a row so far.
    pub(crate) fn median(&self, name: &str, ours: bool) -> Option<f64> {
        let row = self.rows.iter().find(|row| row.name == name)?;
        median(if ours {
            row.ours.clone()
        } else {
            row.floor.clone()
        })
    }

    /// Writes the table: medians, the ratio to the floor, how far the measurements lie apart, and the budget. The ratio is taken
    /// within each round, since the machine may be slower in the next.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "\n{:<38} {:>9} {:>9} {:>7} {:>13}  {:<18} met",
            "", "floor", "sluis", "ratio", "spread", "must (aim)"
        )?;
        for row in &self.rows {
            let floor = median(row.floor.clone());
            let ours = median(row.ours.clone());
            let show =
                |value: Option<f64>| value.map_or("-".to_owned(), |value| row.unit.text(value));
            let ratio = median(row.ratios());
            // A bare proxy has nothing to compare with where contracts are read, for example.
            let verdict = ours.map_or("", |ours| {
                let none = f64::NAN;
                row.budget
                    .verdict(floor.unwrap_or(none), ours, ratio.unwrap_or(none))
            });
            let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}x"));
            let spread = spread(&row.ours)
                .or_else(|| spread(&row.floor))
                .unwrap_or_default();
            let name = format!("{} [{}]", row.name, row.unit.symbol());
            writeln!(
                out,
                "{name:<38} {:>9} {:>9} {ratio:>7} {spread:>13}  {:<18} {verdict}",
                show(floor),
                show(ours),
                row.budget.text()
            )?;
        }
        for note in &self.notes {
            writeln!(out, "{note}")?;
        }
        writeln!(
            out,
            "us: CPU microseconds of the proxy per request, all threads; median of all rounds. ratio: median of the ratios of each round. spread: of ours, lowest to highest."
        )
    }
}

impl Row {
    /// Ours to the floor, round by round.
    fn ratios(&self) -> Vec<f64> {
        let pairs = self.ours.iter().zip(&self.floor);
        pairs
            .filter(|(_, floor)| **floor > 0.0)
            .map(|(ours, floor)| ours / floor)
            .collect()
    }
}

impl Unit {
    fn symbol(self) -> &'static str {
        match self {
            Self::CpuMicroseconds => "us",
            Self::Milliseconds => "ms",
            Self::Kibibytes => "KiB",
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::CpuMicroseconds => format!("{value:.1}"),
            Self::Milliseconds => format!("{value:.2}"),
            Self::Kibibytes => format!("{value:.1}"),
        }
    }
}

fn spread(values: &[f64]) -> Option<String> {
    let lowest = values.iter().copied().reduce(f64::min)?;
    let highest = values.iter().copied().reduce(f64::max)?;
    Some(format!("{lowest:.1}-{highest:.1}"))
}
