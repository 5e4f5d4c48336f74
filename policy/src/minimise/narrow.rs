//! Request narrowing: the list of fields in the request asks for no more than is released.

use std::collections::BTreeSet;
use std::ops::Range;

use super::NarrowError;
use crate::GroupSet;
use crate::capture::Sink;
use crate::field::Field;
use crate::json::{JsonError, Kind, Scanner, text_of};
use crate::operation::FieldList;
use crate::pointer::Segment;

pub(super) fn narrow(
    list: &FieldList,
    fields: &Field,
    released: GroupSet,
    request: &[u8],
) -> Result<Vec<u8>, NarrowError> {
    let mut scanner = Scanner::new(request)?;
    let mut places = Places::default();
    list.capture.read(&mut scanner, &mut places)?;
    scanner.end()?;
    let base = list.base(fields).ok_or(NarrowError::NothingLeft)?;
    match (places.list, places.object) {
        (Some(span), _) => {
            let entries = narrowed(base, released, scanner.slice(span.clone()))?;
            Ok(spliced(
                request,
                span,
                format!("[{}]", entries.join(",")).as_bytes(),
            ))
        }
        // Without a list everything is asked, and so everything that is released.
        (None, Some(object)) => {
            let mut paths = Vec::new();
            base.released_below("", released, &mut paths);
            let Some(Segment::Member(name)) = list.pointer.segments().last() else {
                return Err(NarrowError::NothingLeft);
            };
            let entries: Vec<String> = paths.iter().map(|path| quoted(path)).collect();
            if entries.is_empty() {
                return Err(NarrowError::NothingLeft);
            }
            let inside = object.start + 1;
            let is_empty = scanner
                .slice(inside..object.end)
                .trim_start()
                .starts_with('}');
            let comma = if is_empty { "" } else { "," };
            let member = format!("{}:[{}]{comma}", quoted(name), entries.join(","));
            Ok(spliced(request, inside..inside, member.as_bytes()))
        }
        // Nowhere to put a list; the answer is filtered all the same.
        (None, None) => Ok(request.to_vec()),
    }
}

/// The entries of the list that stay, and the released fields in place of the entries that are wider. Each as JSON.
fn narrowed(base: &Field, released: GroupSet, list: &str) -> Result<Vec<String>, NarrowError> {
    let mut entries = Vec::new();
    let mut added = BTreeSet::new();
    let mut scanner = Scanner::new(list.as_bytes())?;
    if scanner.kind()? != Kind::Array {
        return Err(NarrowError::Unreadable {
            offset: 0,
            mistake: "the list of fields is not a list",
        });
    }
    scanner.array(|scanner| {
        let span = scanner.skip()?;
        let raw = scanner.slice(span);
        let path = text_of(raw);
        let Some(field) = base.at_dotted(&path) else {
            return Ok::<(), JsonError>(());
        };
        if released.includes(field.groups) {
            entries.push(raw.to_owned());
        } else {
            let mut paths = Vec::new();
            field.released_below(&path, released, &mut paths);
            entries.extend(
                paths
                    .iter()
                    .filter(|path| added.insert((*path).clone()))
                    .map(|path| quoted(path)),
            );
        }
        Ok(())
    })?;
    if entries.is_empty() {
        Err(NarrowError::NothingLeft)
    } else {
        Ok(entries)
    }
}

fn spliced(document: &[u8], span: Range<usize>, replacement: &[u8]) -> Vec<u8> {
    let before = document.get(..span.start).unwrap_or_default();
    let after = document.get(span.end..).unwrap_or_default();
    [before, replacement, after].concat()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Where the list stands, and the object that holds it or could hold it.
#[derive(Default)]
struct Places {
    list: Option<Range<usize>>,
    object: Option<Range<usize>>,
}

impl Sink for Places {
    fn found(&mut self, slot: usize, kind: Kind, _: &Scanner<'_>, span: Range<usize>) {
        if slot == 0 {
            self.list = Some(span);
        } else if kind == Kind::Object {
            self.object = Some(span);
        }
    }

    fn misfit(&mut self, _: usize) {}
}
