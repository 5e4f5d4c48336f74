//! The handle that writes.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use sluis_certs::NoteKey;
use tokio::sync::oneshot;

use crate::appender::{Command, Shared, UNLIMITED};
use crate::error::ProbeError;
use crate::merkle::{Hash, empty_root};
use crate::queue::{Haste, NoPlace, Place, Queue};
use crate::{AppendError, Intent, Notice, OpenError, Reader, Receipt, VerifierKey, limits, open};

/// How to open a log.
#[derive(Clone)]
pub struct Options {
    /// Its folder; made when it is absent.
    pub folder: PathBuf,
    /// Name of the log in its checkpoints, for example `sluis.voorbeeld.nl/audit/1`. Without
    /// white space and `+`. It belongs to this log for ever, and to no other log.
    pub origin: String,
    /// The key that signs the checkpoints.
    pub key: NoteKey,
    /// Places in the queue. A record that waits takes one, and so does every passage in flight,
    /// for its outcome: this is also the limit on passages in flight. At least 2.
    pub queue_entries_max: usize,
    /// Records in one transaction at most.
    pub batch_entries_max: usize,
    /// How long a write waits for a lock that somebody else holds on the database, milliseconds.
    pub lock_wait_max_ms: u64,
    /// The database may grow to this many bytes; when it is reached the log refuses like on a
    /// full disk. `None`: as much as the disk holds.
    pub database_bytes_max: Option<u64>,
    /// The time, unix milliseconds.
    pub clock: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Options {
    /// Options with the defaults: 65,536 places in the queue, 1,024 records in a transaction, 2
    /// seconds for a lock, no limit on the database.
    pub fn new(
        folder: impl Into<PathBuf>,
        origin: impl Into<String>,
        key: NoteKey,
        clock: Arc<dyn Fn() -> u64 + Send + Sync>,
    ) -> Self {
        Self {
            folder: folder.into(),
            origin: origin.into(),
            key,
            queue_entries_max: 65_536,
            batch_entries_max: 1_024,
            lock_wait_max_ms: 2_000,
            database_bytes_max: None,
            clock,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("folder", &self.folder)
            .field("origin", &self.origin)
            .field("queue_entries_max", &self.queue_entries_max)
            .field("batch_entries_max", &self.batch_entries_max)
            .field("lock_wait_max_ms", &self.lock_wait_max_ms)
            .field("database_bytes_max", &self.database_bytes_max)
            .finish_non_exhaustive()
    }
}

/// How a log is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// Entries that are on disk.
    pub size: u64,
    /// Root of the Merkle tree over them.
    pub root: Hash,
    /// The newest signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: Arc<str>,
    /// Whether the last attempt to write succeeded.
    pub writable: bool,
    /// Why it did not, if it did not.
    pub last_error: Option<Arc<str>>,
    /// Intents without an outcome: passages in flight.
    pub open_intents: u64,
    /// Texts in which a citizen service number was found and masked since the log was opened.
    pub masked_texts: u64,
}

impl LogState {
    pub(crate) fn unknown() -> Self {
        Self {
            size: 0,
            root: empty_root(),
            checkpoint: Arc::from(""),
            writable: false,
            last_error: None,
            open_intents: 0,
            masked_texts: 0,
        }
    }
}

/// The writing handle of a log; cheap to clone. One thread behind it writes. When the last handle
/// is dropped the log is closed.
#[derive(Clone)]
pub struct AuditLog {
    inner: Arc<Inner>,
}

struct Inner {
    queue: Arc<Queue<Command>>,
    shared: Arc<Shared>,
    reader: Reader,
    verifier_key: VerifierKey,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl AuditLog {
    /// Opens the log in a folder, or makes it, and takes the folder's lock. Intents that were left
    /// without an outcome by a process that died get the outcome
    /// [`Interrupted`](crate::OutcomeResult::Interrupted).
    ///
    /// This reads and writes files: call it before serving, not on an async task.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: the folder is in use, cannot be written, belongs to another key or origin, or
    /// does not agree with its signed checkpoint.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let opened = open::open(options)?;
        Ok(Self {
            inner: Arc::new(Inner {
                queue: opened.queue,
                shared: opened.shared,
                reader: opened.reader,
                verifier_key: opened.verifier_key,
                thread: Mutex::new(Some(opened.thread)),
            }),
        })
    }

    /// Writes an intent. When it returns the intent is on disk, and the [`Receipt`] proves it. If
    /// the returned future is dropped meanwhile, the intent, if it was written, gets the outcome
    /// [`ClientGone`](crate::OutcomeResult::ClientGone).
    ///
    /// # Errors
    ///
    /// [`AppendError`]: nothing was written and nothing may be forwarded. A full queue answers
    /// [`AppendError::Overloaded`] at once.
    pub async fn admit(&self, intent: Intent) -> Result<Receipt, AppendError> {
        limits::check(&intent)?;
        // Two places: the second is for the outcome.
        let [own, place] = self.reserve()?;
        let (answer, answered) = oneshot::channel();
        let command = Command::Admit {
            intent: Box::new(intent),
            place,
            answer,
        };
        own.fill(Haste::Urgent, command)
            .map_err(|_| AppendError::Closed)?;
        answered.await.map_err(|_| AppendError::Closed)?
    }

    /// Writes a refusal or an event. When it returns the record is on disk; the result is its
    /// index.
    ///
    /// # Errors
    ///
    /// [`AppendError`]: nothing was written.
    pub async fn record(&self, notice: impl Into<Notice>) -> Result<u64, AppendError> {
        let record = notice.into().into();
        let [place] = self.reserve()?;
        let (answer, answered) = oneshot::channel();
        place
            .fill(Haste::Urgent, Command::Record { record, answer })
            .map_err(|_| AppendError::Closed)?;
        answered.await.map_err(|_| AppendError::Closed)?
    }

    /// Writes a real record (an [`Event`](crate::Event) named `probe`) and reads it back from the
    /// database. For readiness checks; the caller limits how often.
    ///
    /// # Errors
    ///
    /// [`ProbeError`].
    pub async fn probe(&self) -> Result<(), ProbeError> {
        let [place] = self.reserve()?;
        let (answer, answered) = oneshot::channel();
        place
            .fill(Haste::Urgent, Command::Probe { answer })
            .map_err(|_| AppendError::Closed)?;
        answered.await.map_err(|_| AppendError::Closed)?
    }

    /// Reads the same log. Reading blocks on files: use it on a blocking task.
    pub fn reader(&self) -> Reader {
        self.inner.reader.clone()
    }

    /// How the log is doing. Does not touch the disk.
    pub fn state(&self) -> Arc<LogState> {
        self.inner.shared.state()
    }

    /// The public key of the log, for auditors.
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.inner.verifier_key
    }

    /// Sets [`Options::database_bytes_max`] anew; it applies from the next batch.
    pub fn set_database_bytes_max(&self, bytes: Option<u64>) {
        let bytes = bytes.unwrap_or(UNLIMITED);
        self.inner
            .shared
            .database_bytes_max
            .store(bytes, Ordering::Relaxed);
    }

    /// Writes what waits, then closes the database and gives the folder free. Every handle answers
    /// [`AppendError::Closed`] from then on; a receipt that is closed later is found at the next
    /// open as [`Interrupted`](crate::OutcomeResult::Interrupted), so let the passages end first
    /// ([`LogState::open_intents`]). This blocks until the last batch is on disk.
    pub fn close(&self) {
        self.inner.close();
    }

    fn reserve<const N: usize>(&self) -> Result<[Place<Command>; N], AppendError> {
        self.inner.queue.reserve().map_err(|why| match why {
            NoPlace::Closed => AppendError::Closed,
            NoPlace::Full => AppendError::Overloaded {
                queue_entries_max: self.inner.queue.places_max(),
            },
        })
    }
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuditLog")
            .field("verifier_key", &self.inner.verifier_key)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn close(&self) {
        self.queue.close();
        // So that the writer's connection is the last one, which tidies up.
        self.reader.release();
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take()
            && thread.join().is_err()
        {
            tracing::error!("audit: the appender stopped by a panic");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}
