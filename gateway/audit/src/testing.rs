//! What the tests of this crate share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sluis_certs::NoteKey;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    AuditLog, Destination, Direction, Intent, Options, Outcome, OutcomeResult, Pseudonymiser,
    Source, SubjectRef, Trace, VerifierKey, VerifyError, VerifyReport, verify,
};

pub(crate) const START_MS: u64 = 1_767_225_600_000;

/// A folder, a key and a clock that the test moves.
pub(crate) struct Fixture {
    folder: TempDir,
    key: NoteKey,
    pub(crate) now_ms: Arc<AtomicU64>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            key: NoteKey::generate().unwrap().0,
            now_ms: Arc::new(AtomicU64::new(START_MS)),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn options(&self) -> Options {
        let now_ms = self.now_ms.clone();
        Options::new(
            self.folder(),
            "sluis.example/audit/1",
            self.key.clone(),
            Arc::new(move || now_ms.load(Ordering::Relaxed)),
        )
    }

    pub(crate) fn open(&self) -> AuditLog {
        AuditLog::open(self.options()).unwrap()
    }

    /// Opens a copy of the log in another folder.
    pub(crate) fn open_copy(&self, folder: &Path) -> AuditLog {
        let mut options = self.options();
        options.folder = folder.to_owned();
        AuditLog::open(options).unwrap()
    }

    pub(crate) fn verifier(&self) -> VerifierKey {
        VerifierKey::new("sluis.example/audit/1", self.key.public_key()).unwrap()
    }

    pub(crate) fn verify(&self) -> Result<VerifyReport, VerifyError> {
        verify(self.folder(), &self.verifier())
    }

    /// A second connection to the database, as another program would have it.
    pub(crate) fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder().join("audit.db")).unwrap()
    }
}

/// Copies the files of a log in the order in which a copy of a log in use must be made.
pub(crate) fn copy_log(from: &Path) -> TempDir {
    let target = tempfile::tempdir().unwrap();
    for name in ["head", "audit.db", "audit.db-wal"] {
        let file: PathBuf = from.join(name);
        if file.exists() {
            std::fs::copy(file, target.path().join(name)).unwrap();
        }
    }
    target
}

pub(crate) fn pseudonymiser() -> Pseudonymiser {
    Pseudonymiser::from_key(&[9; 32]).unwrap()
}

/// The `n`-th UUIDv7.
pub(crate) fn transaction(n: u64) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&START_MS.to_be_bytes()[2..]);
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    uuid::Builder::from_bytes(bytes)
        .with_variant(uuid::Variant::RFC4122)
        .with_version(uuid::Version::SortRand)
        .into_uuid()
}

/// An intent with little in it.
pub(crate) fn intent(n: u64) -> Intent {
    Intent {
        activity_version: None,
        additional_data: std::collections::BTreeMap::new(),
        application: None,
        channel: None,
        content_hash: None,
        destination: Destination {
            delegator_peer_id: None,
            service_peer_id: "00000099000000002000".into(),
        },
        direction: Direction::Incoming,
        grant_hash: "$1$3$grant".into(),
        group_id: "test.example".into(),
        groups: vec!["identiteit".into()],
        legal_basis: None,
        method: "POST".into(),
        operation: "raadpleeg-met-bsn".into(),
        path_template: "/personen".into(),
        policy_digest: "sha256:00".into(),
        purpose: Some("bijstand-aanvraag".into()),
        role: None,
        service: "brp-personen".into(),
        source: Source {
            delegator_peer_id: None,
            outway_peer_id: "00000099000000001000".into(),
        },
        subjects: Vec::new(),
        trace: Trace {
            derived: false,
            parent_span_id: None,
            span_id: [3; 8],
            trace_id: [4; 16],
        },
        transaction_id: transaction(n),
        user: None,
        withheld: Vec::new(),
    }
}

pub(crate) fn delivered() -> Outcome {
    Outcome {
        answer_bytes: 1_500,
        status: Some(200),
        ..Outcome::of(OutcomeResult::Delivered)
    }
}

pub(crate) fn subject(value: &str) -> SubjectRef {
    SubjectRef {
        kind: "bsn".into(),
        pseudonym: pseudonymiser().pseudonym("bsn", value),
    }
}
