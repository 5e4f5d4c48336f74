//! How the demo shows what happens: lines of at most 100 columns, with colours on a terminal only.

mod table;
mod text;

use std::io::{self, Write};

pub use table::{Cell, Table};
pub use text::{presentable, summary};

use text::wrapped;

/// Columns of a line.
const WIDTH: usize = 100;
/// Where what is said begins: after the label.
const INDENT: usize = 14;

/// How something stands out on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Not at all.
    Plain,
    /// A title.
    Title,
    /// A label, or what matters less.
    Faint,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
}

/// Where the story is told.
pub struct Show<'a> {
    out: &'a mut dyn Write,
    colours: bool,
}

impl<'a> Show<'a> {
    /// Tells on `out`.
    pub fn new(out: &'a mut dyn Write, colours: bool) -> Show<'a> {
        Show { out, colours }
    }

    /// An empty line.
    ///
    /// # Errors
    /// When nothing can be written, as everywhere here.
    pub fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line of its own.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn line(&mut self, tone: Tone, text: &str) -> io::Result<()> {
        for line in wrapped(text, WIDTH) {
            let painted = self.painted(tone, &line);
            writeln!(self.out, "{painted}")?;
        }
        self.out.flush()
    }

    /// The title of a step.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn step(&mut self, number: usize, title: &str) -> io::Result<()> {
        let title = self.painted(Tone::Title, &format!("{number:>2}  {title}"));
        writeln!(self.out, "\n{title}")?;
        self.out.flush()
    }

    /// A label and what is said under it.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn said(&mut self, label: &str, tone: Tone, text: &str) -> io::Result<()> {
        let mut label = format!("    {label:<width$}", width = INDENT - 4);
        for line in wrapped(text, WIDTH - INDENT) {
            let (painted, line) = (self.painted(Tone::Faint, &label), self.painted(tone, &line));
            writeln!(self.out, "{painted}{line}")?;
            label = " ".repeat(INDENT);
        }
        Ok(())
    }

    /// A table.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn table(&mut self, table: &Table) -> io::Result<()> {
        writeln!(self.out)?;
        for (is_heading, cells) in table.lines(WIDTH - 6) {
            let mut line = " ".repeat(6);
            let last = cells.len();
            for (number, (cell, width)) in (1..).zip(&cells) {
                let padding = if number == last {
                    0
                } else {
                    width.saturating_sub(cell.text.chars().count()) + 2
                };
                let tone = if is_heading { Tone::Faint } else { cell.tone };
                line.push_str(&self.painted(tone, &cell.text));
                line.extend(std::iter::repeat_n(' ', padding));
            }
            writeln!(self.out, "{}", line.trim_end())?;
        }
        writeln!(self.out)
    }

    /// Lines to copy, as they are.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn verbatim(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            writeln!(self.out, "  {line}")?;
        }
        self.out.flush()
    }

    /// What was written so far reaches whoever reads it.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn painted(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colours || text.trim().is_empty() => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Title => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Bad => "1;31",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(colours: bool, tell: impl Fn(&mut Show<'_>)) -> String {
        let mut out = Vec::new();
        tell(&mut Show::new(&mut out, colours));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_is_wider_than_a_line() {
        let long = "zaakverantwoordelijke ".repeat(30);
        let shown = shown(false, |show| {
            show.said("why", Tone::Plain, &long).unwrap();
            show.line(Tone::Plain, &long).unwrap();
            let mut table = Table::new(["one", "two", "three"]);
            table.row([Cell::from(&*long), Cell::from("b"), Cell::from(&*long)]);
            show.table(&table).unwrap();
        });
        for line in shown.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        assert_eq!(shown.matches("zaakverantwoordelijke").count(), 4 * 30);
    }

    #[test]
    fn there_are_colours_only_when_they_are_wanted() {
        let tell = |show: &mut Show<'_>| show.said("why", Tone::Good, "because").unwrap();
        assert_eq!(shown(false, tell), "    why       because\n");
        assert!(shown(true, tell).contains("\u{1b}[32mbecause\u{1b}[0m"));
    }
}
