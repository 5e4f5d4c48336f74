//! One operation of a service.

use std::sync::Arc;

use crate::GroupSet;
use crate::capture::Capture;
use crate::field::Field;
use crate::json::Kind;
use crate::pointer::Pointer;

/// One operation of a service, for example `raadpleeg-met-bsn`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Operation(pub(crate) Arc<OperationInner>);

#[derive(Debug)]
pub(crate) struct OperationInner {
    /// The digest of the policy set that the operation is of. The same allocation for all of one set.
    pub(crate) set: Arc<str>,
    /// Different for every operation of one set.
    pub(crate) index: u32,
    pub(crate) service: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) method: Arc<str>,
    pub(crate) path_template: Arc<str>,
    /// What the request body must hold for this operation to be the one that is asked.
    pub(crate) conditions: Vec<Condition>,
    /// Where request and answer name persons.
    pub(crate) subjects: Option<SubjectRule>,
    /// The list of fields in the request body.
    pub(crate) list: Option<FieldList>,
    /// What is read from the request body: the slots are the subjects in order, then the list.
    pub(crate) request: Capture,
    /// The data groups of the service, by index.
    pub(crate) group_names: Arc<[Arc<str>]>,
    /// The data groups that this operation can give.
    pub(crate) groups: GroupSet,
    /// The fields of the answer.
    pub(crate) fields: Field,
    /// The members of an error answer that may pass.
    pub(crate) errors: Vec<Arc<str>>,
    pub(crate) answer: Answer,
}

/// A member of the request body must have this value.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) pointer: Pointer,
    pub(crate) value: Scalar,
}

/// A plain value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text(Arc<str>),
    /// As it is written.
    Number(Arc<str>),
    Boolean(bool),
}

impl Scalar {
    /// Whether a value in a document is this one; `raw` is how the document writes it.
    pub(crate) fn is(&self, kind: Kind, raw: &str) -> bool {
        match (self, kind) {
            (Scalar::Text(text), Kind::Text) => crate::json::text_of(raw) == **text,
            (Scalar::Number(number), Kind::Number) => **number == *raw,
            (Scalar::Boolean(value), Kind::Boolean) => raw == if *value { "true" } else { "false" },
            _ => false,
        }
    }
}

/// Where request and answer name persons.
#[derive(Clone, Debug)]
pub(crate) struct SubjectRule {
    /// What the values are, for example `bsn`.
    pub(crate) kind: Arc<str>,
    pub(crate) request: Vec<Pointer>,
    pub(crate) answer: Capture,
}

/// The list of fields in the request body.
#[derive(Clone, Debug)]
pub(crate) struct FieldList {
    pub(crate) pointer: Pointer,
    /// The place in the answer from which the dotted paths in the list go.
    pub(crate) relative_to: Pointer,
    /// Finds the list (slot 0) and the object in which it stands (slot 1).
    pub(crate) capture: Capture,
}

/// What happens to the answer of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is JSON and is filtered: [`crate::Release::minimise`].
    Filter,
    /// One data group covers it whole; it is passed on unread and may be streamed.
    Whole,
}

impl Operation {
    /// The service that the operation belongs to.
    pub fn service(&self) -> &Arc<str> {
        &self.0.service
    }

    /// The name in the policy and in contracts.
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// The HTTP method, in capitals.
    pub fn method(&self) -> &Arc<str> {
        &self.0.method
    }

    /// The path with its variable parts in braces: this may be recorded, a path may not.
    pub fn path_template(&self) -> &Arc<str> {
        &self.0.path_template
    }

    /// Whether the request body must be read to decide: to tell the operation, to find the persons it is about, or to
    /// narrow it.
    pub fn needs_request_body(&self) -> bool {
        !self.0.conditions.is_empty() || !self.0.request.is_empty()
    }

    /// What happens to the answer.
    pub fn answer(&self) -> Answer {
        self.0.answer
    }

    /// The data groups that the operation can give.
    pub fn groups(&self) -> GroupSet {
        self.0.groups
    }

    /// The names of data groups of its service.
    pub fn group_names(&self, groups: GroupSet) -> Vec<Arc<str>> {
        groups
            .indices()
            .filter_map(|index| self.0.group_names.get(index).cloned())
            .collect()
    }
}

impl FieldList {
    /// The place in the answer from which the dotted paths in the list go.
    pub(crate) fn base<'f>(&self, fields: &'f Field) -> Option<&'f Field> {
        fields.at(self.relative_to.segments())
    }
}
