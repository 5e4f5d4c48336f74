//! The one thread that writes: takes what waits in the queue, writes it as one transaction, and
//! answers each caller when the disk has it.

mod batch;
mod wal;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use sluis_certs::NoteKey;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::entry::{Intent, Outcome, OutcomeRecord, OutcomeResult};
use crate::error::ProbeError;
use crate::head::Head;
use crate::queue::{Patience, Place, Queue, Waiting};
use crate::store::{State, StoreError, Writer, load};
use crate::{AppendError, Checkpoint, Entry, LogState, Options, Reader, Receipt, Record};
use batch::Item;
pub(crate) use wal::WalKeeper;

/// How long outcomes that could not be written wait for the next attempt, when nothing else comes.
const RETRY: Duration = Duration::from_millis(250);
/// How long outcomes may wait for an intent to share a commit with. Nobody waits for them, and after a
/// crash an outcome that is missing is seen to be missing.
const QUIET: Duration = Duration::from_millis(5);
/// While the log cannot be written, a lock on the database is not waited for longer than this: the
/// callers behind have waited before.
const LOCK_WAIT_WHILE_FAILING: Duration = Duration::from_millis(50);
/// `database_bytes_max` when there is none.
pub(crate) const UNLIMITED: u64 = u64::MAX;

/// What is asked of the appender.
#[derive(Debug)]
pub(crate) enum Command {
    /// Write an intent; its place in the queue goes into the receipt.
    Admit {
        intent: Box<Intent>,
        place: Place<Command>,
        answer: oneshot::Sender<Result<Receipt, AppendError>>,
    },
    /// Write an outcome. Nobody waits.
    Close(Box<OutcomeRecord>),
    /// Write a record that stands by itself.
    Record {
        record: Record,
        answer: oneshot::Sender<Result<u64, AppendError>>,
    },
    /// Write a record and read it back.
    Probe {
        answer: oneshot::Sender<Result<(), ProbeError>>,
    },
}

/// What the appender tells without being asked.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<Arc<LogState>>,
    pub(crate) database_bytes_max: AtomicU64,
}

impl Shared {
    pub(crate) fn new(database_bytes_max: Option<u64>) -> Self {
        Self {
            state: Mutex::new(Arc::new(LogState::unknown())),
            database_bytes_max: AtomicU64::new(database_bytes_max.unwrap_or(UNLIMITED)),
        }
    }

    pub(crate) fn state(&self) -> Arc<LogState> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone()
    }

    /// The appender is gone, other than by closing.
    pub(crate) fn stopped(&self) {
        let mut state = LogState::clone(&self.state());
        state.writable = false;
        state.last_error = Some("the appender stopped: restart the gateway".into());
        self.publish(state);
    }

    fn publish(&self, state: LogState) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }
}

/// The settings that the thread works with.
pub(crate) struct Settings {
    origin: String,
    key: NoteKey,
    batch_entries_max: usize,
    lock_wait: Duration,
    clock: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Settings {
    pub(crate) fn of(options: Options) -> Self {
        Self {
            origin: options.origin,
            key: options.key,
            batch_entries_max: options.batch_entries_max,
            lock_wait: Duration::from_millis(options.lock_wait_max_ms),
            clock: options.clock,
        }
    }
}

/// The writer of a log.
pub(crate) struct Appender<'c> {
    settings: Settings,
    shared: Arc<Shared>,
    connection: &'c Connection,
    writer: Writer<'c>,
    head: Head,
    reader: Reader,
    wal: WalKeeper,
    /// `None` after a failure: what the database then holds is read back before the next attempt.
    state: Option<State>,
    status: LogState,
    /// Outcomes that could not be written yet. There are no more than there were passages in
    /// flight, since no intent is admitted meanwhile.
    owed: Vec<OutcomeRecord>,
    bytes_max: u64,
}

/// What an appender starts from.
pub(crate) struct Start<'c> {
    pub(crate) settings: Settings,
    pub(crate) shared: Arc<Shared>,
    pub(crate) connection: &'c Connection,
    pub(crate) head: Head,
    pub(crate) reader: Reader,
    pub(crate) wal: WalKeeper,
    pub(crate) state: State,
    pub(crate) checkpoint: String,
}

impl<'c> Appender<'c> {
    pub(crate) fn new(start: Start<'c>) -> Result<Self, StoreError> {
        let status = LogState {
            size: start.state.tree.size(),
            root: start.state.tree.root(),
            checkpoint: start.checkpoint.into(),
            writable: true,
            open_intents: start.state.open.count(),
            ..LogState::unknown()
        };
        let appender = Self {
            writer: Writer::new(start.connection)?,
            settings: start.settings,
            shared: start.shared,
            connection: start.connection,
            head: start.head,
            reader: start.reader,
            wal: start.wal,
            state: Some(start.state),
            status,
            owed: Vec::new(),
            bytes_max: UNLIMITED,
        };
        appender
            .connection
            .busy_timeout(appender.settings.lock_wait)?;
        appender.shared.publish(appender.status.clone());
        Ok(appender)
    }

    /// Gives every intent that has no outcome the outcome `Interrupted`: the process that admitted
    /// them is gone.
    pub(crate) fn close_interrupted(&mut self) -> Result<(), StoreError> {
        let open: Vec<u64> = match &self.state {
            Some(state) => state.open.indices().collect(),
            None => Vec::new(),
        };
        for indices in open.chunks(self.settings.batch_entries_max) {
            let mut items = Vec::with_capacity(indices.len());
            for index in indices {
                let outcome = OutcomeRecord {
                    intent_index: *index,
                    outcome: Outcome::of(OutcomeResult::Interrupted),
                    transaction_id: self.transaction_of(*index)?,
                };
                items.push(Item::outcome(outcome));
            }
            self.write(&mut items)?;
        }
        self.shared.publish(self.status.clone());
        Ok(())
    }

    fn transaction_of(&self, index: u64) -> Result<Uuid, StoreError> {
        crate::store::entry_bytes(self.connection, index)?
            .and_then(|bytes| match Entry::decode(&bytes) {
                Ok(Entry {
                    record: Record::Intent(intent),
                    ..
                }) => Some(intent.transaction_id),
                _ => None,
            })
            .ok_or_else(|| StoreError::Damaged(format!("entry {index}")))
    }

    /// Serves the queue until it is closed.
    pub(crate) fn run(&mut self, queue: &Queue<Command>) {
        let mut commands = Vec::new();
        loop {
            let patience = Patience {
                items_max: self.settings.batch_entries_max,
                idle: (!self.owed.is_empty()).then_some(RETRY),
                quiet: QUIET,
            };
            // Lets those run who were just answered: what they ask for next then shares one commit,
            // which costs more than the records in it (measured on one core, 32 callers: a sixth
            // less CPU time per record). Waiting for a time instead, or for as many callers as
            // before, costs more than it saves.
            std::thread::yield_now();
            let waiting = queue.take(&mut commands, &patience);
            let mut items = Vec::with_capacity(self.owed.len() + commands.len());
            items.extend(self.owed.drain(..).map(Item::outcome));
            items.extend(commands.drain(..).map(Item::from));
            if !items.is_empty() {
                self.append(items);
            }
            if waiting == Waiting::Closed {
                break;
            }
        }
        if !self.owed.is_empty() {
            tracing::error!(
                outcomes = self.owed.len(),
                "audit: closed with outcomes that could not be written: their intents will be found as interrupted"
            );
        }
    }

    /// Writes a batch and answers everybody in it.
    fn append(&mut self, mut items: Vec<Item>) {
        let result = self.write(&mut items);
        match &result {
            Ok(()) => self.recovered(),
            Err(error) => self.failed(error.to_string().into()),
        }
        // Before the answers, so that who got one finds it in the state.
        self.shared.publish(self.status.clone());
        match &self.status.last_error {
            None => {
                for item in items {
                    item.answer_written(&self.reader);
                }
            }
            Some(reason) => {
                for item in items {
                    self.owed.extend(item.answer_not_written(reason));
                }
            }
        }
        self.wal.after_batch(self.connection);
    }

    /// One transaction: entries, indices, full tiles, the signed checkpoint. All or nothing.
    fn write(&mut self, items: &mut [Item]) -> Result<(), StoreError> {
        let result = self.try_write(items);
        if result.is_err() {
            self.writer.rollback();
            // What was appended in memory is not in the database.
            self.state = None;
        }
        result
    }

    fn try_write(&mut self, items: &mut [Item]) -> Result<(), StoreError> {
        self.limit_size()?;
        self.writer.begin()?;
        let state = match &mut self.state {
            Some(state) => state,
            none => none.insert(load(self.connection)?),
        };
        let at_ms = (self.settings.clock)().min(i64::MAX.unsigned_abs());
        let before = state.tree.size();
        let masked = batch::write(items, at_ms, state, &mut self.writer)?;
        if state.tree.size() == before {
            // Everything was refused by itself: nothing to sign.
            self.writer.rollback();
            return Ok(());
        }
        let checkpoint = Checkpoint {
            size: state.tree.size(),
            root: state.tree.root(),
        };
        let note = checkpoint.sign(&self.settings.origin, &self.settings.key);
        self.writer.checkpoint(&note)?;
        self.writer.commit()?;

        self.status.size = checkpoint.size;
        self.status.root = checkpoint.root;
        self.status.open_intents = state.open.count();
        self.status.masked_texts += masked;
        if let Err(error) = self.head.write(&note) {
            // The entries are on disk; what suffers is the proof that they once were.
            tracing::warn!(%error, "audit: the file head cannot be written");
        }
        self.status.checkpoint = note.into();
        Ok(())
    }

    /// Applies a limit on the size of the database that was set meanwhile.
    fn limit_size(&mut self) -> Result<(), StoreError> {
        let bytes_max = self.shared.database_bytes_max.load(Ordering::Relaxed);
        if bytes_max != self.bytes_max {
            let page_bytes: i64 = self
                .connection
                .pragma_query_value(None, "page_size", |row| row.get(0))?;
            // 2^32 - 2 pages is what SQLite can hold.
            let pages = (bytes_max / page_bytes.unsigned_abs()).clamp(1, 4_294_967_294);
            self.connection.pragma_update_and_check(
                None,
                "max_page_count",
                i64::try_from(pages).unwrap_or(i64::MAX),
                |_| Ok(()),
            )?;
            self.bytes_max = bytes_max;
        }
        Ok(())
    }

    fn recovered(&mut self) {
        if self.status.writable {
            return;
        }
        tracing::info!(
            size = self.status.size,
            "audit: the log can be written again"
        );
        self.status.writable = true;
        self.status.last_error = None;
        self.wait_for_locks(self.settings.lock_wait);
    }

    fn failed(&mut self, reason: Arc<str>) {
        if self.status.writable {
            tracing::error!(%reason, "audit: the log cannot be written, requests are refused");
            self.wait_for_locks(LOCK_WAIT_WHILE_FAILING.min(self.settings.lock_wait));
        }
        self.status.writable = false;
        self.status.last_error = Some(reason);
    }

    fn wait_for_locks(&self, wait: Duration) {
        if let Err(error) = self.connection.busy_timeout(wait) {
            tracing::warn!(%error, "audit: the wait for locks cannot be set");
        }
    }
}
