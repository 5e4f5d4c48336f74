//! What is told of one step, and whether it turned out as it should.

use std::fmt::Display;
use std::io;
use std::time::Duration;

use crate::admin::ConnectError;
use crate::demo::call::CallError;
use crate::demo::show::{Show, Table, Tone, presentable};

/// Longest time for a step.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is told of one step: what was asked, what happened, and why; and what was expected of it.
#[derive(Debug, Default)]
pub(in crate::demo) struct Telling {
    parts: Vec<Part>,
    unmet: Vec<String>,
    expectations: usize,
}

#[derive(Debug)]
enum Part {
    Said(&'static str, String),
    Table(Table),
}

/// A step that could not be taken to its end.
#[derive(Debug, thiserror::Error)]
pub(in crate::demo) enum StepError {
    /// A call gave no answer.
    #[error("{0}")]
    Call(#[from] CallError),
    /// The administration of a gateway said no.
    #[error("the administration of a gateway says: {}", .0.message())]
    Admin(#[from] tonic::Status),
    /// The administration of a gateway is not there.
    #[error("{0}")]
    NoAdmin(#[from] ConnectError),
    /// A file of the demo.
    #[error("a file of the demo cannot be used: {0}")]
    File(#[from] io::Error),
    /// Something that an earlier step should have left.
    #[error("{0} is missing, because an earlier step did not turn out as it should")]
    Missing(&'static str),
    /// Something did not happen in time.
    #[error("{0} did not happen within {seconds} seconds", seconds = PATIENCE.as_secs())]
    Never(String),
    /// Something was not in the form that it should have.
    #[error("{0}")]
    Unusable(String),
}

impl Telling {
    /// What was asked, and by whom.
    pub(in crate::demo) fn asked(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Said("asked", text.into()));
    }

    /// What happened.
    pub(in crate::demo) fn happened(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Said("happened", text.into()));
    }

    /// What a refusal says can be done.
    pub(in crate::demo) fn remedy(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Said("remedy", text.into()));
    }

    /// Why it happened.
    pub(in crate::demo) fn why(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Said("why", text.into()));
    }

    /// What is best seen in columns.
    pub(in crate::demo) fn table(&mut self, table: Table) {
        self.parts.push(Part::Table(table));
    }

    /// What must have come.
    pub(in crate::demo) fn expect<T: PartialEq + Display>(
        &mut self,
        what: &str,
        expected: T,
        came: T,
    ) {
        self.expectations += 1;
        if expected != came {
            self.unmet.push(presentable(&format!(
                "{what}: expected {expected}, came {came}"
            )));
        }
    }

    /// What must be true.
    pub(in crate::demo) fn holds(&mut self, what: &str, holds: bool) {
        self.expect(what, true, holds);
    }
}

/// A step that did not turn out as it should.
#[derive(Debug)]
pub(in crate::demo) struct Failure {
    /// Its number.
    pub(in crate::demo) number: usize,
    /// Its title.
    pub(in crate::demo) title: &'static str,
    /// What was expected and what came, or why it stopped.
    pub(in crate::demo) reasons: Vec<String>,
}

/// Tells one step after the other.
pub(in crate::demo) struct Teller<'s, 'o> {
    show: &'s mut Show<'o>,
    number: usize,
    failures: Vec<Failure>,
}

impl<'s, 'o> Teller<'s, 'o> {
    /// Tells on `show`.
    pub(in crate::demo) fn new(show: &'s mut Show<'o>) -> Teller<'s, 'o> {
        Teller {
            show,
            number: 0,
            failures: Vec::new(),
        }
    }

    /// Takes a step and tells of it.
    ///
    /// # Errors
    /// When nothing can be written. A step that does not turn out as it should is told, and kept.
    pub(in crate::demo) async fn step(
        &mut self,
        title: &'static str,
        step: impl Future<Output = Result<Telling, StepError>>,
    ) -> io::Result<()> {
        self.number += 1;
        self.show.step(self.number, title)?;
        let taken = tokio::time::timeout(PATIENCE, step).await;
        let taken = taken.unwrap_or_else(|_| Err(StepError::Never("the end of this step".into())));
        let reasons = match taken {
            Ok(telling) => {
                let mut last = "";
                for part in &telling.parts {
                    match part {
                        Part::Said(label, text) => {
                            // What goes on under a label needs no second one.
                            let shown = if *label == last { "" } else { label };
                            self.show.said(shown, Tone::Plain, text)?;
                            last = label;
                        }
                        Part::Table(table) => self.show.table(table)?,
                    }
                }
                if telling.unmet.is_empty() {
                    let met = format!("as it should be ({} checks)", telling.expectations);
                    self.show.said("[ok]", Tone::Good, &met)?;
                }
                telling.unmet
            }
            Err(error) => vec![presentable(&error.to_string())],
        };
        for reason in &reasons {
            self.show.said("[wrong]", Tone::Bad, reason)?;
        }
        if !reasons.is_empty() {
            self.failures.push(Failure {
                number: self.number,
                title,
                reasons,
            });
        }
        self.show.flush()
    }

    /// How many steps were told, and those that did not turn out as they should.
    #[must_use]
    pub(in crate::demo) fn end(self) -> (usize, Vec<Failure>) {
        (self.number, self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(step: Result<Telling, StepError>) -> (String, Vec<Failure>) {
        let mut out = Vec::new();
        let mut show = Show::new(&mut out, false);
        let mut teller = Teller::new(&mut show);
        teller.step("A step", async { step }).await.unwrap();
        let (count, failures) = teller.end();
        assert_eq!(count, 1);
        (String::from_utf8(out).unwrap(), failures)
    }

    #[tokio::test]
    async fn a_step_is_told_in_order() {
        let mut telling = Telling::default();
        telling.asked("a question");
        telling.happened("an answer");
        telling.why("a reason");
        telling.expect("the status", 200, 200);
        telling.holds("the source was asked", true);
        let (text, failures) = told(Ok(telling)).await;
        assert!(failures.is_empty());
        assert_eq!(
            text,
            "\n 1  A step\n    asked     a question\n    happened  an answer\n    why       a reason\n    [ok]      as it should be (2 checks)\n"
        );
    }

    #[tokio::test]
    async fn what_came_instead_is_said_without_bsn() {
        let mut telling = Telling::default();
        telling.expect("the status", 200, 403);
        telling.expect("the person", "nobody", "999904000");
        let (text, failures) = told(Ok(telling)).await;
        assert_eq!(
            failures[0].reasons,
            [
                "the status: expected 200, came 403",
                "the person: expected nobody, came [bsn]"
            ]
        );
        assert!(text.contains("[wrong]   the status: expected 200, came 403"));
    }

    #[tokio::test]
    async fn a_step_that_stops_is_a_failure() {
        let (text, failures) = told(Err(StepError::Missing("the contract"))).await;
        assert_eq!((failures[0].number, failures[0].title), (1, "A step"));
        assert!(text.contains("the contract is missing"), "{text}");
    }
}
