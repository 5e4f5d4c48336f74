//! Durable appends: records per second and CPU time per record, for 64 and 512 callers at once.
//!
//! Every caller writes an intent, waits until it is on disk and closes it, so that one turn gives
//! two records, as in the request path. A turn counts when its intent is durable; at the end the
//! log is closed, which makes the last outcomes durable, and the time until then counts.
//!
//! * `cargo bench -p sluis-audit` for 1, 8, 64 and 512 callers
//! * `cargo bench -p sluis-audit -- 64` for a number of your own
//! * `cargo bench -p sluis-audit -- start 10000000` writes a log of that many records and tells how
//!   long it takes to open it, to ask it for a page and to verify it

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sluis_audit::{
    AppendError, AuditLog, Destination, Direction, Intent, LogQuery, Options, Outcome,
    OutcomeResult, Pseudonymiser, Source, SubjectRef, Trace, verify,
};
use sluis_certs::NoteKey;
use tempfile::TempDir;
use uuid::Uuid;

const RUN: Duration = Duration::from_secs(4);
/// 2026-01-01T00:00:00Z.
const START_MS: u64 = 1_767_225_600_000;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let mut out = std::io::stdout().lock();
    if let (true, Some(records)) = (words.iter().any(|word| word == "start"), numbers.first()) {
        return start(*records, &mut out);
    }
    if numbers.is_empty() {
        numbers = vec![1, 8, 64, 512];
    }
    writeln!(
        out,
        "{:>8} {:>12} {:>12} {:>14} {:>12} {:>12}",
        "callers", "records/s", "bytes/record", "CPU us/record", "p50 ms", "p99 ms"
    )?;
    for callers in numbers {
        let figures = run(callers)?;
        writeln!(
            out,
            "{callers:>8} {:>12.0} {:>12.0} {:>14.1} {:>12.2} {:>12.2}",
            figures.records_per_second,
            figures.bytes_per_record,
            figures.cpu_us_per_record,
            figures.p50_ms,
            figures.p99_ms
        )?;
    }
    Ok(())
}

/// How long a log of so many records takes to open, to ask and to verify.
fn start(records: u64, out: &mut impl std::io::Write) -> Result<(), Box<dyn Error>> {
    let bench = Bench::new()?;
    let log = bench.open()?;
    let runtime = runtime()?;
    let enough = move |log: &AuditLog| log.state().size >= records;
    runtime.block_on(bench.traffic(&log, 512, enough))?;
    log.close();
    let size = log.state().size;
    let mut timed = |what: &str, work: &mut dyn FnMut() -> Result<(), Box<dyn Error>>| {
        let began = Instant::now();
        work()?;
        writeln!(out, "{what}: {:.3} s", began.elapsed().as_secs_f64())?;
        Ok::<_, Box<dyn Error>>(())
    };
    timed(&format!("open, with {size} records"), &mut || {
        bench.open().map(drop)
    })?;
    let reader = log.reader();
    let mut query = LogQuery {
        peer: Some("00000099000000002000".into()),
        limit: 1_000,
        ..LogQuery::default()
    };
    timed("newest page of 1000 records for a peer", &mut || {
        reader.logs(&query)?;
        Ok(())
    })?;
    query.peer = Some("unknown".into());
    timed("page for a peer without records", &mut || {
        reader.logs(&query)?;
        Ok(())
    })?;
    timed("inclusion and consistency proof", &mut || {
        reader.inclusion_proof(size / 3, size)?;
        reader.consistency_proof(size / 3, size)?;
        Ok(())
    })?;
    timed("verify", &mut || {
        verify(bench.folder.path(), log.verifier_key())?;
        Ok(())
    })
}

struct Figures {
    records_per_second: f64,
    bytes_per_record: f64,
    cpu_us_per_record: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// A folder on disk and a key.
struct Bench {
    folder: TempDir,
    key: NoteKey,
    began: Instant,
    sequence: Arc<AtomicU64>,
}

impl Bench {
    fn new() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            // Beside the build, not in a folder that may lie in memory.
            folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?,
            key: NoteKey::generate()?.0,
            began: Instant::now(),
            sequence: Arc::default(),
        })
    }

    fn open(&self) -> Result<AuditLog, Box<dyn Error>> {
        let began = self.began;
        let clock =
            Arc::new(move || START_MS + u64::try_from(began.elapsed().as_millis()).unwrap_or(0));
        let options = Options::new(
            self.folder.path(),
            "bench.example/log",
            self.key.clone(),
            clock,
        );
        Ok(AuditLog::open(options)?)
    }

    /// So many callers at once, each again and again, until it is enough. The result: how long
    /// each intent took to be on disk.
    async fn traffic(
        &self,
        log: &AuditLog,
        callers: u64,
        enough: impl Fn(&AuditLog) -> bool + Clone + Send + 'static,
    ) -> Result<Vec<Duration>, Box<dyn Error>> {
        let pseudonymiser = Pseudonymiser::from_key(&[1; 32])?;
        let mut tasks = Vec::new();
        for _ in 0..callers {
            let (log, sequence, enough) = (log.clone(), self.sequence.clone(), enough.clone());
            let template = sample(&pseudonymiser);
            tasks.push(tokio::spawn(async move {
                let mut latencies = Vec::new();
                while !enough(&log) {
                    let mut intent = template.clone();
                    intent.transaction_id =
                        transaction_id(sequence.fetch_add(1, Ordering::Relaxed));
                    let asked = Instant::now();
                    let receipt = log.admit(intent).await?;
                    latencies.push(asked.elapsed());
                    receipt.close(outcome(&template));
                }
                Ok::<_, AppendError>(latencies)
            }));
        }
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await??);
        }
        Ok(latencies)
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn run(callers: u64) -> Result<Figures, Box<dyn Error>> {
    let bench = Bench::new()?;
    let log = bench.open()?;
    let runtime = runtime()?;
    let cpu_before = cpu_seconds()?;
    let started = Instant::now();
    let enough = move |_: &AuditLog| started.elapsed() >= RUN;
    let mut latencies = runtime.block_on(bench.traffic(&log, callers, enough))?;
    log.close();
    let elapsed = started.elapsed().as_secs_f64();
    let cpu = cpu_seconds()? - cpu_before;
    let records = log.state().size as f64;
    let bytes = std::fs::metadata(bench.folder.path().join("audit.db"))?.len() as f64;
    latencies.sort_unstable();
    let at = |part: usize| {
        latencies
            .get(latencies.len() * part / 100)
            .map_or(0.0, |latency| latency.as_secs_f64() * 1_000.0)
    };
    Ok(Figures {
        records_per_second: records / elapsed,
        bytes_per_record: bytes / records,
        cpu_us_per_record: cpu * 1e6 / records,
        p50_ms: at(50),
        p99_ms: at(99),
    })
}

/// CPU time of this process, all threads, from /proc/self/stat.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    // USER_HZ is 100 on Linux.
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// A UUIDv7 of the present, as an outway would make it.
fn transaction_id(sequence: u64) -> Uuid {
    let ms = START_MS + sequence / 100;
    let random = sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(ms.to_be_bytes().iter().skip(2)) {
        *to = *from;
    }
    for (to, from) in bytes.iter_mut().skip(6).zip(random) {
        *to = from;
    }
    uuid::Builder::from_bytes(bytes)
        .with_variant(uuid::Variant::RFC4122)
        .with_version(uuid::Version::SortRand)
        .into_uuid()
}

fn sample(pseudonymiser: &Pseudonymiser) -> Intent {
    let grant_hash = format!("$1$3${}", "RhoLfOVzZHJbNQwYKFiKm7D9VdTKn4NWX2t".repeat(3));
    Intent {
        activity_version: Some(3),
        additional_data: BTreeMap::new(),
        application: Some("zaaksysteem".into()),
        channel: Some("balie".into()),
        content_hash: Some(format!("$1$1${}", "NBW4xlGuVdjApUhkn9V".repeat(4)).into()),
        destination: Destination {
            delegator_peer_id: None,
            service_peer_id: "00000099000000002000".into(),
        },
        direction: Direction::Incoming,
        grant_hash: grant_hash.get(..92).unwrap_or_default().into(),
        group_id: "sluis.example".into(),
        groups: vec!["identiteit".into(), "adres".into()],
        legal_basis: Some("Participatiewet artikel 53a".into()),
        method: "POST".into(),
        operation: "raadpleeg-met-bsn".into(),
        path_template: "/haalcentraal/api/brp/personen".into(),
        policy_digest: format!("sha256:{}", "0123456789abcdef".repeat(4)).into(),
        purpose: Some("bijstand-aanvraag".into()),
        role: Some("inkomensconsulent".into()),
        service: "brp-personen".into(),
        source: Source {
            delegator_peer_id: None,
            outway_peer_id: "00000099000000001000".into(),
        },
        subjects: vec![SubjectRef {
            kind: "bsn".into(),
            pseudonym: pseudonymiser.pseudonym("bsn", "999993653"),
        }],
        trace: Trace {
            derived: false,
            parent_span_id: Some([2; 8]),
            span_id: [3; 8],
            trace_id: [4; 16],
        },
        transaction_id: Uuid::nil(),
        user: Some(pseudonymiser.pseudonym("user", "medewerker-17")),
        withheld: vec!["partner".into()],
    }
}

fn outcome(intent: &Intent) -> Outcome {
    Outcome {
        answer_bytes: 1_500,
        dropped: vec![("/personen/*/nationaliteiten".into(), 1)],
        groups: intent.groups.clone(),
        status: Some(200),
        subjects: intent.subjects.clone(),
        ..Outcome::of(OutcomeResult::Delivered)
    }
}
