//! Keeps SQLite's write-ahead log short without making anybody wait for it.
//!
//! By itself SQLite copies the write-ahead log into the database inside whichever commit finds it
//! long, and every caller of that batch waits for thousands of pages. Here a thread of its own
//! copies while batches go on being written; the appender copies only the few pages that were
//! written meanwhile, after which SQLite starts the write-ahead log from its beginning again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::folder::Folder;
use crate::store::StoreError;

/// Copying starts when the write-ahead log has this many pages: 16 MiB, a fraction of a
/// second to read back after a crash.
const PAGES_MAX: u32 = 2_048;

const IDLE: u8 = 0;
const COPYING: u8 = 1;
const COPIED: u8 = 2;

pub(crate) struct WalKeeper {
    /// Pages in the write-ahead log after the last commit.
    pages: Arc<AtomicU32>,
    start_at: u32,
    stage: Arc<AtomicU8>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl WalKeeper {
    /// Takes over from SQLite on the writer's connection.
    pub(crate) fn start(connection: &mut Connection, folder: &Folder) -> Result<Self, StoreError> {
        let pages = Arc::new(AtomicU32::new(0));
        let counter = pages.clone();
        // This also ends SQLite's own checkpoints on the connection.
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            counter.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        let stage = Arc::new(AtomicU8::new(IDLE));
        let (wake, woken) = sync_channel(1);
        let copier = {
            let (folder, stage) = (folder.clone(), stage.clone());
            move || copy_when_woken(&folder, &stage, &woken)
        };
        let thread = std::thread::Builder::new()
            .name("sluis-audit-wal".to_owned())
            .spawn(copier)
            .map_err(|error| StoreError::Thread(error.to_string()))?;
        Ok(Self {
            pages,
            start_at: PAGES_MAX,
            stage,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Called between two batches.
    pub(crate) fn after_batch(&mut self, connection: &Connection) {
        match self.stage.load(Ordering::Acquire) {
            IDLE if self.pages.load(Ordering::Relaxed) >= self.start_at => {
                self.stage.store(COPYING, Ordering::Release);
                if let Some(wake) = &self.wake
                    && wake.try_send(()).is_err()
                {
                    self.stage.store(IDLE, Ordering::Release);
                }
            }
            COPIED => {
                self.stage.store(IDLE, Ordering::Release);
                self.start_at = match checkpoint(connection) {
                    Ok((pages, copied)) if pages == copied => PAGES_MAX,
                    // A reader still looks at an older moment: let it grow and try again later.
                    Ok((pages, _)) => pages.saturating_add(PAGES_MAX),
                    Err(error) => {
                        tracing::warn!(%error, "audit: the write-ahead log cannot be copied");
                        self.pages.load(Ordering::Relaxed).saturating_add(PAGES_MAX)
                    }
                };
            }
            _ => {}
        }
    }
}

impl Drop for WalKeeper {
    fn drop(&mut self) {
        // The thread ends when nobody can wake it.
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn copy_when_woken(folder: &Folder, stage: &AtomicU8, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        // The second time copies what was written during the first, so that little is left for
        // the appender.
        let result = crate::store::open_copier(folder).and_then(|connection| {
            checkpoint(&connection)?;
            checkpoint(&connection)
        });
        if let Err(error) = result {
            tracing::warn!(%error, "audit: the write-ahead log cannot be copied");
        }
        stage.store(COPIED, Ordering::Release);
    }
}

/// Copies as much as can be copied without making anybody wait. The result: pages in the
/// write-ahead log, and how many of them are in the database now.
fn checkpoint(connection: &Connection) -> Result<(u32, u32), StoreError> {
    let (pages, copied): (i64, i64) =
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
            Ok((row.get(1)?, row.get(2)?))
        })?;
    Ok((
        u32::try_from(pages).unwrap_or(0),
        u32::try_from(copied).unwrap_or(0),
    ))
}
