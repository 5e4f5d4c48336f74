//! A YAML file as a tree in which every value knows its place.
//!
//! The configuration is not read straight into its types, because such reading stops at the first
//! mistake and forgets where each value stood. From this tree, [`super::reader`] reads the types as
//! often as it takes to find every mistake, and a check that finds a wrong value later can still
//! say on which line it stands.
//!
//! Only the plain part of YAML is accepted: maps, lists and scalars. Anchors, aliases, tags, merge
//! keys and several documents in one file are refused; a configuration that needs them cannot be
//! reviewed line by line.

use serde_saphyr::granit_parser::{self, Event, Marker, Parser, ScalarStyle};

use super::problem::Position;

/// Most bytes in one configuration file.
pub(super) const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Deepest nesting of maps and lists; our own configuration needs five.
const DEPTH_MAX: usize = 16;

/// One value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Where the value starts.
    pub(super) position: Position,
    pub(super) content: Content,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// Text, number, boolean or nothing: which of them is decided by who reads it.
    Scalar {
        text: String,
        /// Whether it stands between quotes, and so is text.
        quoted: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// An item of a list that was taken out; the others keep their numbers.
    TakenOut,
}

/// One key of a map, with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_position: Position,
    pub(super) value: Node,
}

/// A step on the way from the root to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Why a file is not a tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SyntaxError {
    pub(super) position: Option<Position>,
    pub(super) message: String,
    pub(super) remedy: &'static str,
}

impl Node {
    /// Reads one YAML document. An empty one is an empty map. Of a key that stands twice the first counts, and the others are
    /// returned as mistakes beside the tree.
    pub(super) fn parse(text: &str) -> Result<(Self, Vec<SyntaxError>), SyntaxError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(SyntaxError {
                position: None,
                message: format!("the file has {} bytes", text.len()),
                remedy: "keep the configuration under 1048576 bytes (1 MiB)",
            });
        }
        let options = granit_parser::options! {
            disallow_directives: true,
            flow_nesting_limit: DEPTH_MAX,
            block_nesting_limit: DEPTH_MAX,
        };
        Builder::new(Parser::new_from_str_with_options(text, options)).document()
    }

    /// Walks down from this node.
    pub(super) fn at(&self, steps: &[Step]) -> Option<&Node> {
        let mut node = self;
        for step in steps {
            node = match (step, &node.content) {
                (Step::Key(key), Content::Map(entries)) => {
                    &entries.iter().find(|entry| entry.key == *key)?.value
                }
                (Step::Index(index), Content::List(items)) => items.get(*index)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// The place of the key that `steps` leads to; of the value when the last step is an index.
    pub(super) fn key_position(&self, steps: &[Step]) -> Option<Position> {
        let (last, parents) = steps.split_last()?;
        match (last, &self.at(parents)?.content) {
            (Step::Key(key), Content::Map(entries)) => entries
                .iter()
                .find(|entry| entry.key == *key)
                .map(|entry| entry.key_position),
            (Step::Index(index), Content::List(items)) => {
                items.get(*index).map(|item| item.position)
            }
            _ => None,
        }
    }

    /// Takes out the value that `steps` leads to. Returns whether there was one.
    pub(super) fn remove(&mut self, steps: &[Step]) -> bool {
        let Some((first, rest)) = steps.split_first() else {
            return false;
        };
        match (first, &mut self.content) {
            (Step::Key(key), Content::Map(entries)) => {
                let Some(index) = entries.iter().position(|entry| entry.key == *key) else {
                    return false;
                };
                if rest.is_empty() {
                    entries.remove(index);
                    return true;
                }
                entries
                    .get_mut(index)
                    .is_some_and(|entry| entry.value.remove(rest))
            }
            (Step::Index(index), Content::List(items)) => {
                if rest.is_empty() {
                    let Some(item) = items.get_mut(*index) else {
                        return false;
                    };
                    return std::mem::replace(&mut item.content, Content::TakenOut)
                        != Content::TakenOut;
                }
                items.get_mut(*index).is_some_and(|item| item.remove(rest))
            }
            _ => false,
        }
    }
}

struct Builder<'input> {
    parser: Parser<'input, granit_parser::StrInput<'input>>,
    twice: Vec<SyntaxError>,
}

type Next<'input> = (Event<'input>, Position);

impl<'input> Builder<'input> {
    fn new(parser: Parser<'input, granit_parser::StrInput<'input>>) -> Self {
        Self {
            parser,
            twice: Vec::new(),
        }
    }

    fn document(mut self) -> Result<(Node, Vec<SyntaxError>), SyntaxError> {
        let mut root = None;
        loop {
            let (event, position) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(SyntaxError {
                        position: Some(position),
                        message: "a second document starts here".to_owned(),
                        remedy: "keep one document in the file: remove the line `---`",
                    });
                }
                Event::DocumentStart(..) => {}
                event => root = Some(self.node(event, position)?),
            }
        }
        let start = Position { line: 1, column: 1 };
        let empty = Node {
            position: start,
            content: Content::Map(Vec::new()),
        };
        let root = root.filter(|root| !root.is_nothing()).unwrap_or(empty);
        Ok((root, self.twice))
    }

    fn node(&mut self, event: Event<'input>, position: Position) -> Result<Node, SyntaxError> {
        let content = match event {
            Event::Scalar(text, style, 0, None) => Content::Scalar {
                text: text.into_owned(),
                quoted: style != ScalarStyle::Plain,
            },
            Event::SequenceStart(_, 0, None) => self.list()?,
            Event::MappingStart(_, 0, None) => self.map()?,
            _ => {
                return Err(SyntaxError {
                    position: Some(position),
                    message: "an anchor, alias or tag (`&`, `*`, `!`) stands here".to_owned(),
                    remedy: "write the value out, between quotes when it starts with one of these signs",
                });
            }
        };
        Ok(Node { position, content })
    }

    fn list(&mut self) -> Result<Content, SyntaxError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Content::List(items)),
                (event, position) => items.push(self.node(event, position)?),
            }
        }
    }

    fn map(&mut self) -> Result<Content, SyntaxError> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (key, key_position) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Content::Map(entries)),
                (Event::Scalar(key, _, 0, None), position) => (key.into_owned(), position),
                (_, position) => {
                    return Err(SyntaxError {
                        position: Some(position),
                        message: "the key that starts here is not plain text".to_owned(),
                        remedy: "use a word as key",
                    });
                }
            };
            let (event, position) = self.next()?;
            let value = self.node(event, position)?;
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                self.twice.push(SyntaxError {
                    position: Some(key_position),
                    message: format!(
                        "`{key}` stands here again; the first is on line {}",
                        first.key_position.line
                    ),
                    remedy: "remove one of the two",
                });
                continue;
            }
            entries.push(Entry {
                key,
                key_position,
                value,
            });
        }
    }

    /// The next event; comments, where the parser is built to report them, are passed over.
    fn next(&mut self) -> Result<Next<'input>, SyntaxError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, position(&span.start))),
            Some(Err(error)) => Err(SyntaxError {
                position: Some(position(error.marker())),
                message: format!("this is not YAML: {}", error.info()),
                remedy: "check indentation (spaces, never tabs), colons and quotes on this line and the lines beside it",
            }),
            None => Err(SyntaxError {
                position: None,
                message: "the file ends too early".to_owned(),
                remedy: "complete it",
            }),
        }
    }
}

impl Node {
    /// Whether the value is YAML's nothing: empty, `~` or `null`, without quotes.
    pub(super) fn is_nothing(&self) -> bool {
        match &self.content {
            Content::Scalar { text, quoted } => {
                !quoted && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }
}

fn position(marker: &Marker) -> Position {
    Position {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> Step {
        Step::Key(key.to_owned())
    }

    #[test]
    fn every_value_knows_its_place() {
        let root = Node::parse("a: 1\nb:\n  - c: \"x\"\n    d: [y, {e: z}]\n")
            .unwrap()
            .0;
        let steps = [key("b"), Step::Index(0), key("d"), Step::Index(1), key("e")];
        let node = root.at(&steps).unwrap();
        assert_eq!(
            node.position,
            Position {
                line: 4,
                column: 16
            }
        );
        assert_eq!(
            root.key_position(&steps),
            Some(Position {
                line: 4,
                column: 13
            })
        );
        assert_eq!(root.at(&[key("a"), key("b")]), None);
    }

    #[test]
    fn a_value_can_be_taken_out() {
        let mut root = Node::parse("a: 1\nb: [x, y]\n").unwrap().0;
        assert!(root.remove(&[key("b"), Step::Index(0)]));
        assert!(root.remove(&[key("a")]));
        assert!(!root.remove(&[key("a")]));
        assert!(!root.remove(&[key("b"), Step::Index(2)]));
        assert!(!root.remove(&[key("b"), Step::Index(0)]));
        assert_eq!(
            root.at(&[key("b"), Step::Index(1)])
                .unwrap()
                .position
                .column,
            8
        );
    }

    #[test]
    fn what_cannot_be_reviewed_is_refused() {
        let cases = [
            ("a: &x 1\nb: *x\n", "anchor", 1),
            ("a: !secret x\n", "anchor", 1),
            ("a: 1\n---\nb: 2\n", "second document", 2),
            ("? [a]\n: 1\n", "not plain text", 1),
            ("a: 1\n\tb: 2\n", "not YAML", 1),
            ("a: [1\n", "not YAML", 1),
        ];
        for (text, message, line) in cases {
            let error = Node::parse(text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {}", error.message);
            assert_eq!(error.position.unwrap().line, line, "{text}: {error:?}");
        }
    }

    #[test]
    fn of_a_key_that_stands_twice_the_first_counts() {
        let (root, twice) = Node::parse("a: 1\nb: {c: 2, c: 3}\na: {d: [4]}\na: 5\n").unwrap();
        let text = |steps: &[Step]| match &root.at(steps).unwrap().content {
            Content::Scalar { text, .. } => text.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(text(&[key("a")]), "1");
        assert_eq!(text(&[key("b"), key("c")]), "2");
        let said: Vec<(usize, &str)> = twice
            .iter()
            .map(|error| (error.position.unwrap().line, &*error.message))
            .collect();
        assert_eq!(
            said,
            [
                (2, "`c` stands here again; the first is on line 2"),
                (3, "`a` stands here again; the first is on line 1"),
                (4, "`a` stands here again; the first is on line 1"),
            ]
        );
    }

    #[test]
    fn deep_and_large_files_are_refused_and_empty_ones_are_empty() {
        assert!(Node::parse(&"[".repeat(40)).is_err());
        assert!(Node::parse(&"#".repeat(FILE_BYTES_MAX + 1)).is_err());
        assert!(Node::parse(&"#".repeat(FILE_BYTES_MAX)).is_ok());
        for text in ["", "# only a comment\n", "---\n", "~"] {
            let (root, twice) = Node::parse(text).unwrap();
            assert_eq!(
                (root.content, twice),
                (Content::Map(Vec::new()), Vec::new())
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z:\\-\\[\\]{}\"'&*!|>#, \n\t]{0,60}") {
            let _ = Node::parse(&text);
        }
    }
}
