//! A table whose cells are broken into lines where they do not fit.

use super::Tone;
use super::text::{columns, wrapped};

/// What stands between two columns.
const BETWEEN: usize = 2;

/// A table with headings.
#[derive(Debug)]
pub struct Table {
    headings: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    /// Columns at the left that are not broken.
    kept: usize,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// How it stands out.
    pub tone: Tone,
}

/// A line of a table: whether it belongs to the headings, and each cell with the width of its column.
type Line = (bool, Vec<(Cell, usize)>);

impl Cell {
    /// A cell that stands out.
    pub fn toned(tone: Tone, text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            tone,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::toned(Tone::Plain, text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::toned(Tone::Plain, text)
    }
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Table {
        Table {
            headings: headings.into_iter().map(Cell::from).collect(),
            rows: Vec::new(),
            kept: 0,
        }
    }

    /// The same table, with so many columns at the left that are as wide as they need, however little room there is.
    #[must_use]
    pub fn keeping(mut self, columns: usize) -> Table {
        self.kept = columns;
        self
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// The lines, together at most `width` columns wide.
    pub(super) fn lines(&self, width: usize) -> Vec<Line> {
        let widths = self.widths(width);
        let underline = widths.iter().map(|width| Cell::from("-".repeat(*width)));
        let mut lines = broken(&self.headings, &widths, true);
        lines.extend(broken(&underline.collect::<Vec<_>>(), &widths, true));
        for row in &self.rows {
            lines.extend(broken(row, &widths, false));
        }
        lines
    }

    /// The width of each column: what it needs, and where that is too much together, the widest column gives way.
    fn widths(&self, width: usize) -> Vec<usize> {
        let mut widths = vec![0; self.headings.len()];
        for row in self.rows.iter().chain([&self.headings]) {
            for (width, cell) in widths.iter_mut().zip(row) {
                let lines = cell.text.split('\n').map(columns);
                *width = lines.max().unwrap_or(0).max(*width);
            }
        }
        let room = width.saturating_sub(BETWEEN * widths.len().saturating_sub(1));
        loop {
            let excess = widths.iter().sum::<usize>().saturating_sub(room);
            let yielding = widths.iter_mut().skip(self.kept);
            let Some(widest) = yielding.max().filter(|widest| **widest > 1) else {
                return widths;
            };
            if excess == 0 {
                return widths;
            }
            *widest -= 1;
        }
    }
}

/// A row in as many lines as its longest cell needs.
fn broken(row: &[Cell], widths: &[usize], is_heading: bool) -> Vec<Line> {
    let cells: Vec<Vec<String>> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| wrapped(&cell.text, *width))
        .collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |number: usize| {
        let texts = cells
            .iter()
            .map(|lines| lines.get(number).cloned().unwrap_or_default());
        texts
            .zip(row)
            .zip(widths)
            .map(|((text, cell), width)| (Cell::toned(cell.tone, text), *width))
            .collect()
    };
    (0..count)
        .map(|number| (is_heading, line(number)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(table: &Table, width: usize) -> Vec<String> {
        let lines = table.lines(width).into_iter();
        lines
            .map(|(_, cells)| {
                let cells: Vec<String> = cells
                    .into_iter()
                    .map(|(cell, width)| format!("{:<width$}", cell.text))
                    .collect();
                cells.join("  ").trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn columns_are_as_wide_as_they_need_when_there_is_room() {
        let mut table = Table::new(["field", "value"]);
        table.row([Cell::from("naam"), Cell::from("De Wit")]);
        assert_eq!(
            text(&table, 80),
            ["field  value", "-----  ------", "naam   De Wit"]
        );
    }

    #[test]
    fn a_column_that_is_kept_is_not_broken() {
        let mut table = Table::new(["a", "b"]).keeping(1);
        table.row([Cell::from("one two three"), Cell::from("x\ny z")]);
        assert_eq!(
            text(&table, 17),
            [
                "a              b",
                "-------------  --",
                "one two three  x",
                "               y",
                "               z"
            ]
        );
    }

    #[test]
    fn the_widest_column_is_broken_when_there_is_not() {
        let mut table = Table::new(["a", "b"]);
        table.row([Cell::from("x"), Cell::from("one two three")]);
        assert_eq!(
            text(&table, 10),
            ["a  b", "-  -------", "x  one two", "   three"]
        );
    }
}
