//! One pass over a JSON document.

use std::borrow::Cow;
use std::ops::Range;

use super::members::OpenMembers;
use super::text;
use super::{JsonError, Mistake};

/// Reads a document from front to back; the caller steers into the values that it wants and skips the others. Every
/// byte is checked either way.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    document: &'a str,
    at: usize,
    depth: u32,
    open: OpenMembers<'a>,
}

/// What kind of value comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Boolean,
    Null,
}

/// The name of a member of an object.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    /// What it says, escapes read.
    pub(crate) name: Cow<'a, str>,
    /// Its bytes in the document, quotes included.
    pub(crate) span: Range<usize>,
}

impl<'a> Scanner<'a> {
    /// The deepest nesting that is read. Deeper than any API answers, and shallow enough for the stack.
    pub(crate) const DEPTH_MAX: u32 = 64;

    /// Starts a document; its encoding is checked at once.
    pub(crate) fn new(document: &'a [u8]) -> Result<Scanner<'a>, JsonError> {
        let document = std::str::from_utf8(document).map_err(|error| JsonError {
            offset: error.valid_up_to(),
            mistake: Mistake::NotUtf8,
        })?;
        Ok(Scanner {
            document,
            at: 0,
            depth: 0,
            open: OpenMembers::default(),
        })
    }

    /// The kind of the next value; reading then stands at its first byte.
    pub(crate) fn kind(&mut self) -> Result<Kind, JsonError> {
        self.skip_space();
        match self.byte() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'n') => Ok(Kind::Null),
            Some(_) => Err(self.mistake("a value must start here")),
            None => Err(self.mistake("the document ends where a value must start")),
        }
    }

    /// Where reading stands.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The bytes of the document at a place that was read before.
    pub(crate) fn slice(&self, span: Range<usize>) -> &'a str {
        self.document.get(span).unwrap_or_default()
    }

    /// Reads an object, handing over each member when reading stands before its value; `member` must read the value.
    pub(crate) fn object<E: From<JsonError>>(
        &mut self,
        mut member: impl FnMut(&mut Self, Member<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.enter()?;
        let mut frame = self.open.open();
        self.skip_space();
        if self.byte() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                self.skip_space();
                let start = self.at;
                let name = self.text()?;
                let raw = self.slice(start..self.at);
                if !self.open.note(&mut frame, raw, &name) {
                    return Err(JsonError {
                        offset: start,
                        mistake: Mistake::Duplicate,
                    }
                    .into());
                }
                let span = start..self.at;
                self.skip_space();
                self.expect(b':', "a colon must follow the name of a member")?;
                member(self, Member { name, span })?;
                self.skip_space();
                match self.byte() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => {
                        self.at += 1;
                        break;
                    }
                    _ => {
                        return Err(self
                            .mistake("a comma or a closing brace must follow a member")
                            .into());
                    }
                }
            }
        }
        self.open.close(&frame);
        self.depth -= 1;
        Ok(())
    }

    /// Reads an array, calling `element` when reading stands before each element; `element` must read it.
    pub(crate) fn array<E: From<JsonError>>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.enter()?;
        self.skip_space();
        if self.byte() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                element(self)?;
                self.skip_space();
                match self.byte() {
                    Some(b',') => self.at += 1,
                    Some(b']') => {
                        self.at += 1;
                        break;
                    }
                    _ => {
                        return Err(self
                            .mistake("a comma or a closing bracket must follow an element")
                            .into());
                    }
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a text; what it says, escapes read.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let start = self.at + 1;
        let escaped = self.skip_text()?;
        let inside = self.slice(start..self.at - 1);
        Ok(if escaped {
            Cow::Owned(text::unescaped(inside))
        } else {
            Cow::Borrowed(inside)
        })
    }

    /// Reads a text and checks it; whether it has escapes.
    fn skip_text(&mut self) -> Result<bool, JsonError> {
        self.expect(b'"', "a text must start here")?;
        let mut escaped = false;
        loop {
            self.at += text::plain_length(self.rest());
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let (length, _) =
                        text::escape(self.rest()).map_err(|mistake| self.mistake(mistake))?;
                    self.at += length;
                    escaped = true;
                }
                Some(_) => {
                    return Err(
                        self.mistake("a text holds a control character; it must be escaped")
                    );
                }
                None => return Err(self.mistake("the document ends inside a text")),
            }
        }
        self.at += 1;
        Ok(escaped)
    }

    /// Reads any value and checks it; its bytes in the document.
    pub(crate) fn skip(&mut self) -> Result<Range<usize>, JsonError> {
        let kind = self.kind()?;
        let start = self.at;
        match kind {
            Kind::Object => self.object(|scanner, _| scanner.skip().map(drop))?,
            Kind::Array => self.array(|scanner| scanner.skip().map(drop))?,
            Kind::Text => self.skip_text().map(drop)?,
            Kind::Number => self.number()?,
            Kind::Boolean if self.byte() == Some(b't') => self.word("true")?,
            Kind::Boolean => self.word("false")?,
            Kind::Null => self.word("null")?,
        }
        Ok(start..self.at)
    }

    /// Checks that nothing follows the document's value.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        if self.byte().is_none() {
            Ok(())
        } else {
            Err(self.mistake("something follows the end of the document"))
        }
    }

    fn number(&mut self) -> Result<(), JsonError> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let count = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.at += count;
        if count > 0 {
            Ok(())
        } else {
            Err(self.mistake("a number lacks a digit"))
        }
    }

    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        if self.rest().starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.mistake(
                "a value must be an object, an array, a text, a number, true, false or null",
            ))
        }
    }

    fn enter(&mut self) -> Result<(), JsonError> {
        if self.depth >= Self::DEPTH_MAX {
            return Err(self.mistake("the document is nested deeper than 64"));
        }
        self.depth += 1;
        self.at += 1; // the opening brace or bracket, seen by `kind`
        Ok(())
    }

    fn expect(&mut self, byte: u8, mistake: &'static str) -> Result<(), JsonError> {
        if self.byte() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.mistake(mistake))
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.document.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.document.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn mistake(&self, mistake: &'static str) -> JsonError {
        JsonError {
            offset: self.at,
            mistake: Mistake::Syntax(mistake),
        }
    }
}
