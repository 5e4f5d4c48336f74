//! Reading what a YAML table says, noting everything that is wrong with it.

use std::sync::Arc;

use crate::Diagnostic;
use crate::yaml::{self, Content, Node, Place, ScalarKind};

/// What is wrong with the files read so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A word of a policy file and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: Arc<str>,
    pub(crate) place: Place,
}

/// Notes what is wrong with one file.
#[derive(Debug)]
pub(crate) struct File<'r> {
    pub(crate) name: Arc<str>,
    report: &'r mut Report,
}

impl Report {
    /// Starts on a file.
    pub(crate) fn file(&mut self, name: &Arc<str>) -> File<'_> {
        File {
            name: name.clone(),
            report: self,
        }
    }
}

impl File<'_> {
    /// Notes a mistake and what to do about it.
    pub(crate) fn note(
        &mut self,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let diagnostic = Diagnostic {
            file: self.name.to_string(),
            line: place.line,
            column: place.column,
            message: message.into(),
            help: help.into(),
        };
        self.report.diagnostics.push(diagnostic);
    }

    /// Reads the file as one table.
    pub(crate) fn table<'n>(&mut self, node: &'n Option<Node>) -> Option<Table<'n>> {
        Table::open(node.as_ref()?, "the file", self)
    }

    /// Reads the file's YAML.
    pub(crate) fn yaml(&mut self, text: &str) -> Option<Node> {
        yaml::read(text)
            .map_err(|error| self.note(error.place, error.message, ""))
            .ok()
    }
}

/// A table whose keys are taken one by one; what is left over is a mistake.
#[derive(Debug)]
pub(crate) struct Table<'n> {
    pub(crate) place: Place,
    /// What the table is, for messages: `the file`, `operation`.
    what: String,
    entries: Vec<(Place, &'n str, &'n Node)>,
    asked: Vec<&'static str>,
}

impl<'n> Table<'n> {
    /// Opens a table; a key that stands twice is noted.
    pub(crate) fn open(
        node: &'n Node,
        what: impl Into<String>,
        file: &mut File<'_>,
    ) -> Option<Table<'n>> {
        let what = what.into();
        let Content::Table(content) = &node.content else {
            file.note(
                node.place,
                format!("{what} must be a table of keys and values"),
                "write `key: value`, one on a line",
            );
            return None;
        };
        let mut entries: Vec<(Place, &str, &Node)> = Vec::new();
        for (place, key, value) in content {
            if entries.iter().any(|(_, known, _)| known == key) {
                file.note(
                    *place,
                    format!("`{key}` stands twice in {what}"),
                    "keep one of the two",
                );
            } else {
                entries.push((*place, key, value));
            }
        }
        Some(Table {
            place: node.place,
            what,
            entries,
            asked: Vec::new(),
        })
    }

    /// The value of a key, when it is there.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        let index = self
            .entries
            .iter()
            .position(|(_, known, _)| *known == key)?;
        Some(self.entries.remove(index).2)
    }

    /// The value of a key; its absence is noted.
    pub(crate) fn need(&mut self, key: &'static str, file: &mut File<'_>) -> Option<&'n Node> {
        let node = self.take(key);
        if node.is_none() {
            file.note(
                self.place,
                format!("{} lacks `{key}`", self.what),
                format!("add `{key}:`"),
            );
        }
        node
    }

    /// Every entry that is left: for tables whose keys are names.
    pub(crate) fn rest(&mut self) -> Vec<(Word, &'n Node)> {
        let word = |(place, key, node): (Place, &str, &'n Node)| {
            (
                Word {
                    text: Arc::from(key),
                    place,
                },
                node,
            )
        };
        std::mem::take(&mut self.entries)
            .into_iter()
            .map(word)
            .collect()
    }

    /// Notes every key that nobody asked for.
    pub(crate) fn finish(self, file: &mut File<'_>) {
        for (place, key, _) in &self.entries {
            let help = match nearest(key, self.asked.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("the keys here are {}", listed(self.asked.iter().copied())),
            };
            file.note(*place, format!("`{key}` is no key of {}", self.what), help);
        }
    }
}

/// A word, number or truth value, as text.
pub(crate) fn word(node: &Node, what: &str, file: &mut File<'_>) -> Option<Word> {
    match &node.content {
        Content::Scalar(text, _) if text.trim().is_empty() => {
            file.note(node.place, format!("{what} is empty"), "");
            None
        }
        Content::Scalar(text, _)
            if text
                .chars()
                .any(|character| character.is_control() && character != '\n') =>
        {
            file.note(node.place, format!("{what} holds a control character"), "");
            None
        }
        Content::Nothing => {
            file.note(node.place, format!("{what} is empty"), "");
            None
        }
        Content::Scalar(text, _) => Some(Word {
            text: Arc::from(text.trim()),
            place: node.place,
        }),
        _ => {
            file.note(
                node.place,
                format!("{what} must be one word or sentence"),
                "",
            );
            None
        }
    }
}

/// A name: letters, digits, `.`, `_` and `-`, at most 100 of them, beginning with a letter or digit.
pub(crate) fn name(node: &Node, what: &str, file: &mut File<'_>) -> Option<Word> {
    let word = word(node, what, file)?;
    check_name(&word, what, file).then_some(word)
}

/// Whether a word is fit for a name; noted when it is not.
pub(crate) fn check_name(word: &Word, what: &str, file: &mut File<'_>) -> bool {
    let fits = word.text.len() <= 100
        && word
            .text
            .starts_with(|first: char| first.is_ascii_alphanumeric())
        && word
            .text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if !fits {
        let help = "a name has letters, digits, `.`, `_` and `-`, starts with a letter or digit, and is at most 100 long";
        file.note(
            word.place,
            format!("`{}` cannot be the name of {what}", word.text),
            help,
        );
    }
    fits
}

/// A list of anything; a single value is not a list.
pub(crate) fn list<'n>(node: &'n Node, what: &str, file: &mut File<'_>) -> &'n [Node] {
    match &node.content {
        Content::List(nodes) if nodes.is_empty() => {
            file.note(
                node.place,
                format!("{what} is an empty list"),
                "name at least one, or leave the key out",
            );
            &[]
        }
        Content::List(nodes) => nodes,
        _ => {
            file.note(
                node.place,
                format!("{what} must be a list"),
                "write it between brackets: [one, two]",
            );
            &[]
        }
    }
}

/// A list of words, each once.
pub(crate) fn words(node: &Node, what: &str, file: &mut File<'_>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for node in list(node, what, file) {
        let Some(word) = word(node, what, file) else {
            continue;
        };
        if words.iter().any(|known| known.text == word.text) {
            file.note(
                word.place,
                format!("`{}` stands twice in {what}", word.text),
                "keep one of the two",
            );
        } else {
            words.push(word);
        }
    }
    words
}

/// A whole number from 1.
pub(crate) fn count(node: &Node, what: &str, file: &mut File<'_>) -> Option<u32> {
    let number = match &node.content {
        Content::Scalar(text, ScalarKind::Number) => {
            text.parse().ok().filter(|number| *number >= 1)
        }
        _ => None,
    };
    if number.is_none() {
        file.note(
            node.place,
            format!("{what} must be a whole number from 1"),
            "",
        );
    }
    number
}

/// True or false.
pub(crate) fn truth(node: &Node, what: &str, file: &mut File<'_>) -> Option<bool> {
    if let Content::Scalar(text, ScalarKind::Boolean) = &node.content {
        return Some(text == "true");
    }
    file.note(node.place, format!("{what} must be true or false"), "");
    None
}

/// One of a few words.
pub(crate) fn choice<T: Copy>(
    node: &Node,
    what: &str,
    choices: &[(&str, T)],
    file: &mut File<'_>,
) -> Option<T> {
    let word = word(node, what, file)?;
    let chosen = choices
        .iter()
        .find(|(name, _)| **name == *word.text)
        .map(|(_, value)| *value);
    if chosen.is_none() {
        let help = format!(
            "it is one of {}",
            listed(choices.iter().map(|(name, _)| *name))
        );
        file.note(word.place, format!("`{}` is no {what}", word.text), help);
    }
    chosen
}

/// A name that should be known and is not.
pub(crate) fn unknown<'k>(
    word: &Word,
    what: &str,
    known: impl Iterator<Item = &'k str>,
    file: &mut File<'_>,
) {
    let known: Vec<&str> = known.collect();
    let help = match nearest(&word.text, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if known.is_empty() => "there is none at all".to_owned(),
        None => format!("known are {}", listed(known.iter().copied())),
    };
    file.note(word.place, format!("`{}` is no {what}", word.text), help);
}

/// Words between backticks with commas, at most a dozen.
pub(crate) fn listed<'k>(words: impl Iterator<Item = &'k str>) -> String {
    const SHOWN_MAX: usize = 12;
    let mut words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    let more = words.len().saturating_sub(SHOWN_MAX);
    words.truncate(SHOWN_MAX);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}

/// The known word that differs least, when it differs little.
fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let limit = word.chars().count().min(9) / 3;
    known
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters to add, drop or change (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for ((above, diagonal), candidate) in row.iter().skip(1).zip(&row).zip(&other) {
            let change = diagonal + usize::from(letter != *candidate);
            let left = next.last().copied().unwrap_or(0);
            next.push(change.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposes_the_nearest_word() {
        let known = ["operations", "subjects_max", "data", "when"];
        for (word, expected) in [
            ("operation", Some("operations")),
            ("subject_max", Some("subjects_max")),
            ("dat", Some("data")),
            ("wen", Some("when")),
            ("x", None),
            ("retention", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), expected, "{word}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
