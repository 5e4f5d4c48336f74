//! Purpose decision and data minimisation.
//!
//! The compliance team writes a folder of policy files: its own register of processing activities (AVG art. 30), what
//! each service offers, which organisations take part, rules that a table cannot say, and test cases. This crate
//! compiles that folder to [Cedar](https://www.cedarpolicy.com) and answers one question per request: may this party do
//! this, with these data, for this purpose, now? What is permitted is a [`Release`], and the release narrows the request
//! and minimises the answer.
//!
//! The crate is pure: no clock (the time is part of the [`Question`]), no network, no store, no async. Cedar is named in
//! this crate only.
//!
//! The usual order:
//!
//! ```text
//! PolicySet::compile(&source)         once, when the folder is loaded: every mistake at once, or a set without any
//! set.service(name)?.candidates(..)   which operation of the service is asked (method and path)
//! candidates.read(body)?              the operation, the data groups and the persons that the request asks for
//! set.decide(&question)               permit or refuse, per data group, with a reason and an explanation
//! release.narrow(request)?            the request, asking for no more than is released
//! release.minimise(answer)?           the answer, holding no more than is released
//! set.approve(&contract)              accept, hold for a person, or reject: what becomes of a proposed contract
//! set.preview(&contract)              what a contract would open
//! ```

mod activity;
mod approval;
mod asked;
mod candidates;
mod capture;
mod cases;
mod cedar;
mod civil_time;
mod contract;
mod decide;
mod decision;
mod diagnostic;
mod field;
mod group;
mod json;
mod lapse;
mod minimise;
mod operation;
mod pointer;
mod policy_set;
mod preview;
mod purpose_binding;
mod question;
mod reason;
mod register;
mod service;
mod shown;
mod subject;
mod table;
mod yaml;

pub use activity::{Activity, LegalBasis};
pub use asked::{Asked, RequestError};
pub use candidates::{Candidates, Choice};
pub use cases::TestResult;
pub use contract::{Approval, GrantKind, Outcome, OutwayIdentity, ProposedContract, ProposedGrant};
pub use decision::Decision;
pub use diagnostic::{Diagnostic, PolicyErrors};
pub use group::GroupSet;
pub use lapse::Lapse;
pub use minimise::{Dropped, MinimiseError, Minimised, NarrowError, Release};
pub use operation::{Answer, Operation};
pub use policy_set::{PolicySet, PolicySource};
pub use preview::{Opening, PurposePreview};
pub use purpose_binding::{BoundPurpose, PurposeBinding, PurposeBindingError};
pub use question::{Direction, Question};
pub use reason::Reason;
pub use service::Service;
pub use subject::{Subject, SubjectValue};
