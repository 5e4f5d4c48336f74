//! Every stored bit counts.

use std::path::{Path, PathBuf};

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql};
use tempfile::TempDir;

use crate::folder::Folder;
use crate::testing::{Fixture, copy_log, delivered, intent, transaction};
use crate::verify::{Findings, Verification};
use crate::{Checkpoint, Event, Intent, Reader, Refusal, VerifierKey, head, verify, verify_export};

/// An intent with next to nothing in it: every bit of it will be flipped.
fn small(n: u64) -> Intent {
    let nothing = || "-".into();
    Intent {
        groups: Vec::new(),
        purpose: None,
        method: nothing(),
        operation: nothing(),
        path_template: nothing(),
        policy_digest: nothing(),
        group_id: nothing(),
        ..intent(n)
    }
}

/// A closed log with every kind of entry in it, one intent still open, and `fill` more intents.
fn sample(fixture: &Fixture, fill: u64) -> TempDir {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let log = fixture.open();
    runtime.block_on(async {
        log.admit(small(1)).await.unwrap().close(delivered());
        let refusal = Refusal {
            reason: "purpose-missing".into(),
            transaction_id: Some(transaction(2)),
            ..Refusal::default()
        };
        log.record(refusal).await.unwrap();
        let event = Event {
            name: "probe".into(),
            ..Event::default()
        };
        log.record(event).await.unwrap();
        for n in 0..fill {
            log.admit(small(10 + n)).await.unwrap().close(delivered());
        }
        std::mem::forget(log.admit(small(3)).await.unwrap());
    });
    log.close();
    copy_log(fixture.folder())
}

/// One stored value: how to find its row again, and what it holds.
struct Cell {
    table: &'static str,
    column: &'static str,
    /// The columns of the primary key and their values.
    key: Vec<(&'static str, Value)>,
    value: Value,
}

/// A value as it is bound, text with any bytes in it.
struct Raw<'a>(ValueRef<'a>);

impl ToSql for Raw<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

const TABLES: [(&str, &[&str], &[&str]); 8] = [
    ("block", &["n"], &["first_ms", "last_ms"]),
    ("checkpoint", &["id"], &["note"]),
    ("entry", &["idx"], &["body"]),
    ("meta", &["name"], &["value"]),
    ("open_intent", &["block"], &["bitmap"]),
    ("posting", &["term", "block"], &["bitmap"]),
    ("tile", &["level", "n"], &["hashes"]),
    ("transaction_entry", &["transaction_id", "idx"], &[]),
];

fn cells(connection: &Connection) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (table, key, others) in TABLES {
        let columns: Vec<&'static str> = key.iter().chain(others).copied().collect();
        let sql = format!("SELECT {} FROM {table}", columns.join(", "));
        let mut statement = connection.prepare(&sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<Value> = (0..columns.len()).map(|at| row.get(at).unwrap()).collect();
            for (at, column) in columns.iter().enumerate() {
                cells.push(Cell {
                    table,
                    column,
                    key: key.iter().copied().zip(values.clone()).collect(),
                    value: values[at].clone(),
                });
            }
        }
    }
    cells
}

fn bits(value: &Value) -> usize {
    match value {
        Value::Integer(_) => 64,
        Value::Text(text) => text.len() * 8,
        Value::Blob(bytes) => bytes.len() * 8,
        Value::Null | Value::Real(_) => panic!("there are none"),
    }
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// Changes one bit of a cell. Whether the database takes it: two rows cannot have one key.
fn flip(connection: &Connection, cell: &Cell, bit: usize) -> bool {
    let bytes;
    let value = match &cell.value {
        Value::Integer(number) => ValueRef::Integer(number ^ (1 << bit)),
        Value::Text(text) => {
            bytes = flipped(text.as_bytes(), bit);
            ValueRef::Text(&bytes)
        }
        Value::Blob(blob) => {
            bytes = flipped(blob, bit);
            ValueRef::Blob(&bytes)
        }
        Value::Null | Value::Real(_) => panic!("there are none"),
    };
    let conditions: Vec<String> = cell
        .key
        .iter()
        .enumerate()
        .map(|(at, (name, _))| format!("{name} = ?{}", at + 2))
        .collect();
    let sql = format!(
        "UPDATE {} SET {} = ?1 WHERE {}",
        cell.table,
        cell.column,
        conditions.join(" AND ")
    );
    let value = Raw(value);
    let mut parameters: Vec<&dyn ToSql> = vec![&value];
    parameters.extend(cell.key.iter().map(|(_, value)| value as &dyn ToSql));
    match connection.execute(&sql, parameters.as_slice()) {
        Ok(rows) => {
            assert_eq!(rows, 1);
            true
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("constraint"), "{text}");
            false
        }
    }
}

fn is_sound(connection: &Connection, key: &VerifierKey, head: Option<Checkpoint>) -> bool {
    let verification = Verification {
        connection,
        key,
        head,
        findings: Findings::default(),
    };
    verification
        .run()
        .is_ok_and(|judgement| judgement.sound().is_ok())
}

/// Flips the bits that `chosen` chooses, one after the other, on two threads. The result: how many
/// flips there were.
fn flip_all(
    fixture: &Fixture,
    folder: &Path,
    chosen: impl Fn(&Cell, usize) -> bool + Copy + Send,
) -> usize {
    let key = fixture.verifier();
    let note = head::read(&Folder::new(folder)).unwrap().unwrap();
    let head = Some(Checkpoint::open(&note, &key).unwrap());
    std::thread::scope(|scope| {
        let threads = [0, 1].map(|thread| {
            let (copy, key) = (copy_log(folder), &key);
            scope.spawn(move || {
                let choose = |cell: &Cell, bit: usize| bit % 2 == thread && chosen(cell, bit);
                flip_cells(copy.path(), key, head, choose)
            })
        });
        threads.map(|thread| thread.join().unwrap()).iter().sum()
    })
}

/// Each flip is made inside a transaction and undone.
fn flip_cells(
    folder: &Path,
    key: &VerifierKey,
    head: Option<Checkpoint>,
    chosen: impl Fn(&Cell, usize) -> bool,
) -> usize {
    let connection = Connection::open(folder.join("audit.db")).unwrap();
    assert!(is_sound(&connection, key, head));
    connection.execute_batch("BEGIN").unwrap();
    let mut flips = 0;
    for cell in cells(&connection) {
        for bit in (0..bits(&cell.value)).filter(|bit| chosen(&cell, *bit)) {
            connection.execute_batch("SAVEPOINT flip").unwrap();
            if flip(&connection, &cell, bit) {
                let sound = is_sound(&connection, key, head);
                assert!(
                    !sound,
                    "{} {:?} {} bit {bit}",
                    cell.table, cell.key, cell.column
                );
                flips += 1;
            }
            connection
                .execute_batch("ROLLBACK TO flip; RELEASE flip")
                .unwrap();
        }
    }
    connection.execute_batch("ROLLBACK").unwrap();
    assert!(is_sound(&connection, key, head));
    flips
}

#[test]
fn every_flipped_bit_of_every_value_is_found() {
    let fixture = Fixture::new();
    let copy = sample(&fixture, 0);
    let flips = flip_all(&fixture, copy.path(), |_, _| true);
    assert!(flips > 10_000, "{flips}");
}

/// A log with a full tile and block. Its entries are like those above, and so are left alone.
fn larger(cell: &Cell) -> bool {
    [
        "block",
        "posting",
        "tile",
        "open_intent",
        "transaction_entry",
    ]
    .contains(&cell.table)
}

#[test]
fn flipped_bits_of_tiles_and_bitmaps_are_found() {
    let fixture = Fixture::new();
    let copy = sample(&fixture, 126);
    let flips = flip_all(&fixture, copy.path(), |cell, bit| {
        let every = if cell.table == "tile" { 1_021 } else { 61 };
        larger(cell) && bit % every == every / 2
    });
    assert!(flips > 100, "{flips}");
}

#[test]
#[ignore = "minutes in a debug build: cargo test --release -p sluis-audit -- --ignored"]
fn every_flipped_bit_of_tiles_and_bitmaps_is_found() {
    let fixture = Fixture::new();
    let copy = sample(&fixture, 126);
    let flips = flip_all(&fixture, copy.path(), |cell, _| larger(cell));
    assert!(flips > 60_000, "{flips}");
}

/// Makes the pages small, so that a small log has few unused bytes.
fn with_small_pages(folder: &Path) {
    let connection = Connection::open(folder.join("audit.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = delete; PRAGMA page_size = 512; VACUUM; PRAGMA journal_mode = wal",
        )
        .unwrap();
}

/// Everything that the database says: definitions and rows.
fn dump(folder: &Path) -> Option<Vec<Vec<Value>>> {
    let connection = Connection::open(folder.join("audit.db")).ok()?;
    let mut dump = Vec::new();
    for table in TABLES
        .iter()
        .map(|(table, _, _)| *table)
        .chain(["sqlite_schema"])
    {
        let columns = if table == "sqlite_schema" {
            "type, name, tbl_name, sql"
        } else {
            "*"
        };
        let mut statement = connection
            .prepare(&format!("SELECT {columns} FROM {table} ORDER BY 1, 2"))
            .ok()?;
        let width = statement.column_count();
        let mut rows = statement.query([]).ok()?;
        while let Some(row) = rows.next().ok()? {
            dump.push(
                (0..width)
                    .map(|at| row.get(at))
                    .collect::<Result<_, _>>()
                    .ok()?,
            );
        }
    }
    Some(dump)
}

/// Flips one bit in every `step`-th byte of a file of a log. What is not found must be a byte that
/// carries nothing: the database says exactly the same without it. The result: flips, and how many
/// of them were in such bytes.
fn flip_file(fixture: &Fixture, folder: &Path, file: &str, step: usize) -> (usize, usize) {
    let key = fixture.verifier();
    verify(folder, &key).unwrap();
    // Of a copy: opening a log to write copies its write-ahead log.
    let original = dump(copy_log(folder).path()).unwrap();
    let whole = std::fs::read(folder.join(file)).unwrap();
    let halves = std::thread::scope(|scope| {
        let threads = [0, 1].map(|thread| {
            let (whole, original, key) = (&whole, &original, &key);
            scope.spawn(move || {
                let (mut flips, mut unused) = (0, 0);
                for at in (0..whole.len()).step_by(step).skip(thread).step_by(2) {
                    let copy = copy_log(folder);
                    let mut bytes = whole.clone();
                    bytes[at] ^= 1 << (at / step % 8);
                    std::fs::write(copy.path().join(file), bytes).unwrap();
                    flips += 1;
                    if verify(copy.path(), key).is_ok() {
                        let same = dump(copy.path()).as_ref() == Some(original);
                        assert!(
                            same,
                            "{file}: a flip at byte {at} changes the log and was not found"
                        );
                        unused += 1;
                    }
                }
                (flips, unused)
            })
        });
        threads.map(|thread| thread.join().unwrap())
    });
    let [(flips, unused), (more_flips, more_unused)] = halves;
    (flips + more_flips, unused + more_unused)
}

#[test]
fn a_flipped_byte_of_the_database_file_is_found_or_carries_nothing() {
    let fixture = Fixture::new();
    let copy = sample(&fixture, 0);
    with_small_pages(copy.path());
    let (flips, unused) = flip_file(&fixture, copy.path(), "audit.db", 7);
    assert!(unused < flips, "{unused} of {flips}");
}

#[test]
#[ignore = "minutes in a debug build: cargo test --release -p sluis-audit -- --ignored"]
fn every_flipped_byte_of_the_database_file_is_found_or_carries_nothing() {
    let fixture = Fixture::new();
    let copy = sample(&fixture, 0);
    flip_file(&fixture, copy.path(), "audit.db", 1);
    with_small_pages(copy.path());
    let (flips, unused) = flip_file(&fixture, copy.path(), "audit.db", 1);
    assert!(unused < flips, "{unused} of {flips}");
}

#[test]
fn every_flipped_byte_of_the_head_is_found() {
    let fixture = Fixture::new();
    let copy = sample(&fixture, 0);
    assert_eq!(flip_file(&fixture, copy.path(), "head", 1), (512, 0));
}

#[test]
fn a_flipped_byte_of_the_write_ahead_log_is_found_or_carries_nothing() {
    let fixture = Fixture::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let log = fixture.open();
    for n in 0..3 {
        drop(runtime.block_on(log.admit(intent(n))).unwrap());
    }
    // The outcomes of the dropped receipts go before this; a copy of a batch that nobody was told of yet could be of half of it.
    runtime.block_on(log.probe()).unwrap();
    // In use: nothing was copied into the database yet.
    let copy = copy_log(fixture.folder());
    let length = std::fs::metadata(copy.path().join("audit.db-wal"))
        .unwrap()
        .len();
    let step = usize::try_from(length).unwrap() / 400;
    let (flips, unused) = flip_file(&fixture, copy.path(), "audit.db-wal", step);
    assert!(unused < flips, "{unused} of {flips}");
}

#[test]
fn an_export_is_sound_and_every_flipped_byte_of_it_is_found() {
    let fixture = Fixture::new();
    drop(sample(&fixture, 126));
    let key = fixture.verifier();
    let target = tempfile::tempdir().unwrap();
    let reader = Reader::open(fixture.folder()).unwrap();
    let size = reader.export(target.path()).unwrap();
    assert!(reader.export(target.path()).is_err(), "it is not empty");
    let report = verify_export(target.path(), &key).unwrap();
    assert_eq!(report, fixture.verify().unwrap());
    assert_eq!(report.size, size);

    let mut files = Vec::new();
    collect(target.path(), &mut files);
    let mut names: Vec<_> = files
        .iter()
        .map(|file| {
            file.strip_prefix(target.path())
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "checkpoint",
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/001.p/1",
        ]
    );
    for file in &files {
        let original = std::fs::read(file).unwrap();
        let step = original.len() / 40 + 1;
        for at in (0..original.len()).step_by(step) {
            let mut bytes = original.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(file, bytes).unwrap();
            assert!(
                verify_export(target.path(), &key).is_err(),
                "{file:?} byte {at}"
            );
        }
        std::fs::remove_file(file).unwrap();
        assert!(
            verify_export(target.path(), &key).is_err(),
            "{file:?} removed"
        );
        std::fs::write(file, original).unwrap();
    }
    std::fs::write(target.path().join("tile/2"), "").unwrap();
    assert!(
        verify_export(target.path(), &key).is_err(),
        "a file too many"
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
