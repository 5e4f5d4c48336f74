//! Which operation a request is: settled by method and path, or by the body too.

use std::ops::Range;
use std::sync::Arc;

use crate::capture::{Capture, Sink};
use crate::json::{Kind, Scanner, text_of};
use crate::operation::{FieldList, OperationInner};
use crate::shown::shown;
use crate::subject::SubjectList;
use crate::{Asked, GroupSet, Operation, RequestError, Subject};

/// The operations that a request can be.
#[derive(Clone, Debug)]
pub enum Candidates {
    /// No operation has this method and path.
    None,
    /// Method and path settle it.
    One(Operation),
    /// The JSON body tells which.
    ByBody(Choice),
}

/// Operations that share method and path and differ in what the request body holds. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Choice(Arc<ChoiceInner>);

#[derive(Debug)]
struct ChoiceInner {
    operations: Vec<Operation>,
    /// Finds the value of every condition of every operation.
    capture: Capture,
    /// Of each slot, the operation and its condition, by index.
    slots: Vec<(usize, usize)>,
}

impl Candidates {
    /// The candidates when these operations share method and path.
    pub(crate) fn of(operations: &[Operation]) -> Candidates {
        match operations {
            [] => Candidates::None,
            [operation] if operation.0.conditions.is_empty() => Candidates::One(operation.clone()),
            _ => Candidates::ByBody(Choice::new(operations)),
        }
    }

    /// Whether [`Candidates::read`] needs the request body.
    pub fn needs_request_body(&self) -> bool {
        match self {
            Candidates::None => false,
            Candidates::One(operation) => operation.needs_request_body(),
            Candidates::ByBody(_) => true,
        }
    }

    /// Reads what the request asks: the operation, the data groups, the persons.
    ///
    /// `body` is the whole request body; it is not looked at when [`Candidates::needs_request_body`] says no.
    ///
    /// # Errors
    ///
    /// When no operation fits, or the body cannot be read with certainty. No error holds a value from the body.
    pub fn read(&self, body: Option<&[u8]>) -> Result<Asked, RequestError> {
        match self {
            Candidates::None => Err(RequestError::OperationUnknown),
            Candidates::One(operation) => read(operation, body),
            Candidates::ByBody(choice) => read(choice.choose(body)?, body),
        }
    }
}

impl Choice {
    fn new(operations: &[Operation]) -> Choice {
        let slots: Vec<(usize, usize)> = operations
            .iter()
            .enumerate()
            .flat_map(|(index, operation)| {
                (0..operation.0.conditions.len()).map(move |condition| (index, condition))
            })
            .collect();
        let conditions = operations
            .iter()
            .flat_map(|operation| &operation.0.conditions);
        let capture = Capture::new(conditions.map(|condition| &condition.pointer));
        Choice(Arc::new(ChoiceInner {
            operations: operations.to_vec(),
            capture,
            slots,
        }))
    }

    /// The operations.
    pub fn operations(&self) -> &[Operation] {
        &self.0.operations
    }

    /// The operation whose conditions the body meets. At most one can: that is checked when the policy is compiled.
    fn choose(&self, body: Option<&[u8]>) -> Result<&Operation, RequestError> {
        let body = body
            .filter(|body| !body.is_empty())
            .ok_or(RequestError::BodyMissing)?;
        let mut met = Met {
            choice: &self.0,
            counts: vec![0; self.0.operations.len()],
        };
        let mut scanner = Scanner::new(body)?;
        self.0.capture.read(&mut scanner, &mut met)?;
        scanner.end()?;
        let mut all = self.0.operations.iter().zip(met.counts);
        all.find(|(operation, count)| operation.0.conditions.len() == *count)
            .map(|(operation, _)| operation)
            .ok_or(RequestError::OperationUnknown)
    }
}

/// Counts the conditions that the body meets.
struct Met<'a> {
    choice: &'a ChoiceInner,
    counts: Vec<usize>,
}

impl Sink for Met<'_> {
    fn found(&mut self, slot: usize, kind: Kind, scanner: &Scanner<'_>, span: Range<usize>) {
        let Some((index, condition)) = self.choice.slots.get(slot) else {
            return;
        };
        let operation = self.choice.operations.get(*index);
        let condition = operation.and_then(|operation| operation.0.conditions.get(*condition));
        if condition.is_some_and(|condition| condition.value.is(kind, scanner.slice(span)))
            && let Some(count) = self.counts.get_mut(*index)
        {
            *count += 1;
        }
    }

    fn misfit(&mut self, _: usize) {}
}

fn read(operation: &Operation, body: Option<&[u8]>) -> Result<Asked, RequestError> {
    let inner = &operation.0;
    let everything = Asked {
        operation: operation.clone(),
        groups: inner.groups,
        subjects: Vec::new(),
    };
    if inner.request.is_empty() {
        return Ok(everything);
    }
    let body = body
        .filter(|body| !body.is_empty())
        .ok_or(RequestError::BodyMissing)?;
    let mut read = Read {
        operation: inner,
        subjects: SubjectList::default(),
        unreadable: None,
        list: None,
    };
    let mut scanner = Scanner::new(body)?;
    inner.request.read(&mut scanner, &mut read)?;
    scanner.end()?;
    if let Some(slot) = read.unreadable {
        return Err(unreadable(inner, slot));
    }
    let groups = match (&inner.list, read.list) {
        (Some(list), Some(span)) => groups_of(inner, list, scanner.slice(span))?,
        _ => inner.groups,
    };
    Ok(Asked {
        groups,
        subjects: subjects_of(inner, read.subjects),
        ..everything
    })
}

fn subjects_of(operation: &OperationInner, subjects: SubjectList) -> Vec<Subject> {
    operation
        .subjects
        .as_ref()
        .map(|rule| subjects.into_subjects(&rule.kind))
        .unwrap_or_default()
}

fn unreadable(operation: &OperationInner, slot: usize) -> RequestError {
    let subject = operation
        .subjects
        .as_ref()
        .and_then(|rule| rule.request.get(slot));
    match (subject, &operation.list) {
        (Some(pointer), _) => RequestError::SubjectUnreadable {
            pointer: Arc::from(pointer.to_string()),
        },
        (None, Some(list)) => list_unreadable(list),
        (None, None) => RequestError::OperationUnknown,
    }
}

fn list_unreadable(list: &FieldList) -> RequestError {
    RequestError::FieldListUnreadable {
        pointer: Arc::from(list.pointer.to_string()),
    }
}

/// The data groups that a list of fields touches.
fn groups_of(
    operation: &OperationInner,
    list: &FieldList,
    raw: &str,
) -> Result<GroupSet, RequestError> {
    let base = list
        .base(&operation.fields)
        .ok_or_else(|| list_unreadable(list))?;
    let mut groups = GroupSet::EMPTY;
    let mut count = 0;
    let mut scanner = Scanner::new(raw.as_bytes())?;
    if scanner.kind()? != Kind::Array {
        return Err(list_unreadable(list));
    }
    scanner.array(|scanner| {
        count += 1;
        if scanner.kind()? != Kind::Text || count > Asked::FIELDS_MAX {
            return Err(list_unreadable(list));
        }
        let span = scanner.skip()?;
        let path = text_of(scanner.slice(span));
        if path.chars().count() > Asked::FIELD_LENGTH_MAX {
            return Err(list_unreadable(list));
        }
        let field = base
            .at_dotted(&path)
            .ok_or_else(|| RequestError::FieldUnknown {
                field: Arc::from(shown(&path)),
            })?;
        groups = groups.union(field.groups);
        Ok(())
    })?;
    Ok(groups)
}

/// Takes the persons and the list of fields out of a request body.
struct Read<'a> {
    operation: &'a OperationInner,
    subjects: SubjectList,
    /// The first slot at which the body holds something else than it should.
    unreadable: Option<usize>,
    list: Option<Range<usize>>,
}

impl Sink for Read<'_> {
    fn found(&mut self, slot: usize, kind: Kind, scanner: &Scanner<'_>, span: Range<usize>) {
        match &self.operation.subjects {
            Some(rule) if slot < rule.request.len() => {
                self.subjects
                    .note(&rule.kind, kind, scanner.slice(span), Asked::SUBJECTS_MAX);
                if self.subjects.incomplete {
                    self.unreadable.get_or_insert(slot);
                }
            }
            _ => self.list = Some(span),
        }
    }

    fn misfit(&mut self, slot: usize) {
        self.unreadable.get_or_insert(slot);
    }
}
