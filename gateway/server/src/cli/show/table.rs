//! Columns.

use std::io::{self, Write};

use super::presentable;

/// Rows under headings, each column as wide as its widest cell.
pub(in crate::cli) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(in crate::cli) fn new(headings: &[&str]) -> Self {
        let headings = headings.iter().map(|heading| (*heading).to_owned());
        Self {
            rows: vec![headings.collect()],
        }
    }

    /// Lines without headings, as in `name  value`.
    pub(in crate::cli) fn plain() -> Self {
        Self { rows: Vec::new() }
    }

    pub(in crate::cli) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells = cells.into_iter().map(|cell| presentable(cell.as_ref()));
        self.rows.push(cells.collect());
    }

    /// Writes it, every line after `indent` spaces.
    pub(in crate::cli) fn write(&self, out: &mut dyn Write, indent: usize) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = " ".repeat(indent);
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                let padding = width.saturating_sub(cell.chars().count()) + 2;
                line.extend(std::iter::repeat_n(' ', padding));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["ID", "NAME"]);
        table.row(["1", "Ålesund"]);
        table.row(["234", ""]);
        let mut out = Vec::new();
        table.write(&mut out, 2).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "  ID   NAME\n  1    Ålesund\n  234\n"
        );
    }
}
