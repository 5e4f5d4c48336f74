//! What is wrong with a policy folder, said so that its author can mend it.

use std::fmt;

/// One mistake in one policy file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, relative to the policy folder.
    pub file: String,
    /// Line of the mistake, counted from 1; 0 when the mistake has no line (a missing file, for example).
    pub line: u32,
    /// Column of the mistake in characters, counted from 1; 0 when the mistake has no line.
    pub column: u32,
    /// What is wrong: one sentence.
    pub message: String,
    /// What to do about it; empty when the message says it.
    pub help: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if self.line > 0 {
            write!(formatter, ":{}:{}", self.line, self.column)?;
        }
        write!(formatter, ": {}", self.message)?;
        if !self.help.is_empty() {
            write!(formatter, "\n    {}", self.help)?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a policy folder, ordered by file and line. Printing it shows every mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors(Vec<Diagnostic>);

impl PolicyErrors {
    /// Sorts the mistakes by place and drops exact repetitions.
    pub fn new(mut diagnostics: Vec<Diagnostic>) -> PolicyErrors {
        diagnostics.sort();
        diagnostics.dedup();
        PolicyErrors(diagnostics)
    }

    /// The mistakes, by file and line.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyErrors {}
