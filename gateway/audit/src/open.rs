//! Opening a log for writing: whose it is, whether it is what was signed, what was left open.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::appender::{Appender, Command, Settings, Shared, Start, WalKeeper};
use crate::folder::{Folder, FolderLock, file_error};
use crate::head::{self, Head};
use crate::merkle::subtree_root;
use crate::queue::Queue;
use crate::store::{self, Identity, State, StoreError, TileNodes};
use crate::{Checkpoint, OpenError, Options, Reader, VerifierKey};

/// Bytes of a page of the database: entries are about 700 bytes, and more of them to a page means fewer
/// pages to write (measured: a fifth less room on disk than with 4 KiB, and less CPU time).
const PAGE_BYTES: u32 = 8_192;

/// An open log with its appender running.
pub(crate) struct Opened {
    pub(crate) queue: Arc<Queue<Command>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) reader: Reader,
    pub(crate) verifier_key: VerifierKey,
    pub(crate) thread: JoinHandle<()>,
}

pub(crate) fn open(options: Options) -> Result<Opened, OpenError> {
    let verifier_key = check_options(&options)?;
    let folder = Folder::new(&options.folder);
    folder.create()?;
    let lock = folder.lock()?;
    let queue = Queue::new(options.queue_entries_max);
    let shared = Arc::new(Shared::new(options.database_bytes_max));
    let reader = Reader::of(folder.clone());
    let (told, result) = sync_channel(1);
    let work = Work {
        options,
        verifier_key: verifier_key.clone(),
        folder: folder.clone(),
        queue: queue.clone(),
        shared: shared.clone(),
        reader: reader.clone(),
        told,
        lock,
    };
    // The thread owns the database from the beginning: its statements borrow the connection.
    let thread = std::thread::Builder::new()
        .name("sluis-audit".to_owned())
        .spawn(move || work.run())
        .map_err(|source| file_error(folder.path(), source))?;
    match result.recv() {
        Ok(Ok(())) => Ok(Opened {
            queue,
            shared,
            reader,
            verifier_key,
            thread,
        }),
        Ok(Err(error)) => {
            drop(thread.join());
            Err(error)
        }
        Err(_) => Err(database_error(
            folder.path(),
            &StoreError::Thread("it stopped while opening".to_owned()),
        )),
    }
}

fn check_options(options: &Options) -> Result<VerifierKey, OpenError> {
    if options.queue_entries_max < 2 {
        return Err(OpenError::Option {
            option: "queue_entries_max",
            value: options.queue_entries_max.to_string(),
            remedy: "give at least 2: a passage takes one place for its intent and one for its outcome",
        });
    }
    if options.batch_entries_max == 0 {
        return Err(OpenError::Option {
            option: "batch_entries_max",
            value: "0".to_owned(),
            remedy: "give at least 1",
        });
    }
    VerifierKey::new(&options.origin, options.key.public_key()).map_err(|_| OpenError::Option {
        option: "origin",
        value: format!("`{}`", options.origin.escape_debug()),
        remedy: "give 1 to 128 bytes without white space, control characters and +, for example `sluis.voorbeeld.nl/audit/1`",
    })
}

/// What the appender's thread does.
struct Work {
    options: Options,
    verifier_key: VerifierKey,
    folder: Folder,
    queue: Arc<Queue<Command>>,
    shared: Arc<Shared>,
    reader: Reader,
    told: SyncSender<Result<(), OpenError>>,
    lock: FolderLock,
}

impl Work {
    fn run(self) {
        let Self {
            options,
            verifier_key,
            folder,
            queue,
            shared,
            reader,
            told,
            lock,
        } = self;
        let _guard = StopGuard {
            queue: queue.clone(),
            shared: shared.clone(),
        };
        let opened = prepare(&options, &verifier_key, &folder).and_then(|prepared| {
            let Prepared {
                connection,
                wal,
                head,
                state,
                checkpoint,
            } = prepared;
            let start = Start {
                settings: Settings::of(options),
                shared,
                connection: &connection,
                head,
                reader,
                wal,
                state,
                checkpoint,
            };
            serve(start, &queue, &told).map_err(|error| database_error(folder.path(), &error))?;
            if let Err(error) = store::close(connection) {
                tracing::warn!(%error, "audit: the database could not be closed");
            }
            Ok(())
        });
        // The database is closed now, and the folder is free. Only then the answer, so that
        // whoever gets it can try again at once.
        drop(lock);
        if let Err(error) = opened {
            drop(told.send(Err(error)));
        }
    }
}

/// Whatever ends the thread: nobody waits for it any more.
struct StopGuard {
    queue: Arc<Queue<Command>>,
    shared: Arc<Shared>,
}

impl Drop for StopGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.stopped();
        }
        self.queue.abandon();
    }
}

/// Appends until the queue is closed; tells when it begins.
fn serve(
    start: Start<'_>,
    queue: &Queue<Command>,
    told: &SyncSender<Result<(), OpenError>>,
) -> Result<(), StoreError> {
    let mut appender = Appender::new(start)?;
    appender.close_interrupted()?;
    drop(told.send(Ok(())));
    appender.run(queue);
    Ok(())
}

struct Prepared {
    connection: Connection,
    wal: WalKeeper,
    head: Head,
    state: State,
    checkpoint: String,
}

/// Opens or makes the files, and checks that the database is what was signed.
fn prepare(
    options: &Options,
    verifier_key: &VerifierKey,
    folder: &Folder,
) -> Result<Prepared, OpenError> {
    let failed = |error: StoreError| database_error(folder.path(), &error);
    let lock_wait = Duration::from_millis(options.lock_wait_max_ms);
    let mut connection = store::open_writable(folder, PAGE_BYTES, lock_wait).map_err(failed)?;
    if store::is_empty(&connection).map_err(failed)? {
        let empty = Checkpoint::empty().sign(&options.origin, &options.key);
        let identity = Identity {
            verifier_key: verifier_key.to_string(),
        };
        store::create(&connection, &identity, &empty).map_err(failed)?;
    }
    if let Some(what) = store::check(&connection).map_err(failed)? {
        return Err(OpenError::Format {
            path: folder.database(),
            what,
        });
    }
    let identity = store::read_identity(&connection).map_err(failed)?;
    if identity.verifier_key != verifier_key.to_string() {
        return Err(OpenError::Foreign {
            folder: folder.path().to_owned(),
            found: identity.verifier_key,
            expected: verifier_key.to_string(),
        });
    }
    let state = store::load(&connection).map_err(failed)?;
    let checkpoint = store::stored_checkpoint(&connection).map_err(failed)?;
    let tampered = |what: String| OpenError::Tampered {
        folder: folder.path().to_owned(),
        what,
    };
    check_signed(&checkpoint, verifier_key, &state).map_err(tampered)?;
    check_head(&connection, folder, verifier_key, state.tree.size())?;
    let head = Head::open(folder).map_err(|source| file_error(&folder.head(), source))?;
    head.write(&checkpoint)
        .and_then(|()| head.sync())
        .and_then(|()| folder.sync())
        .map_err(|source| file_error(&folder.head(), source))?;
    let wal = WalKeeper::start(&mut connection, folder).map_err(failed)?;
    Ok(Prepared {
        connection,
        wal,
        head,
        state,
        checkpoint,
    })
}

/// Whether the tree over the stored entries is the tree that was signed.
fn check_signed(note: &str, key: &VerifierKey, state: &State) -> Result<(), String> {
    let checkpoint =
        Checkpoint::open(note, key).map_err(|error| format!("its checkpoint: {error}"))?;
    let size = state.tree.size();
    if checkpoint.size != size {
        let signed = checkpoint.size;
        return Err(format!("it has {size} entries, and {signed} were signed"));
    }
    if checkpoint.root != state.tree.root() {
        return Err(format!(
            "its {size} entries are not the ones that were signed"
        ));
    }
    Ok(())
}

/// Whether the log still holds what it held when the head was last written.
fn check_head(
    connection: &Connection,
    folder: &Folder,
    key: &VerifierKey,
    size: u64,
) -> Result<(), OpenError> {
    let tampered = |what: String| OpenError::Tampered {
        folder: folder.path().to_owned(),
        what,
    };
    let note = match head::read(folder) {
        Ok(Some(note)) => note,
        // A process died between making the database and making the head.
        Ok(None) | Err(_) if size == 0 => return Ok(()),
        Ok(None) => {
            return Err(tampered(
                "the file `head` is missing, so it cannot be told whether newer entries are too"
                    .to_owned(),
            ));
        }
        Err(what) => return Err(tampered(what)),
    };
    let head = Checkpoint::open(&note, key)
        .map_err(|error| tampered(format!("the file `head`: {error}")))?;
    if head.size > size {
        let signed = head.size;
        return Err(tampered(format!(
            "it has {size} entries, and {signed} were once signed: an older copy was put back, or the newest entries are lost"
        )));
    }
    let root = subtree_root(&mut TileNodes::new(connection, size), 0, head.size)
        .map_err(|error| database_error(folder.path(), &error))?;
    if root == head.root {
        Ok(())
    } else {
        Err(tampered(
            "its entries are not the ones that the file `head` was signed over".to_owned(),
        ))
    }
}

fn database_error(folder: &Path, error: &StoreError) -> OpenError {
    OpenError::Database {
        folder: folder.to_owned(),
        reason: error.to_string(),
    }
}
