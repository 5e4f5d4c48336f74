//! The order of the measurements.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sluis::clock::Clock;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::Failure;
use crate::arguments::{Arguments, Side};
use crate::child::{Child, Tools};
use crate::load::{self, Target};
use crate::measure::{self, percentile};
use crate::paced;
use crate::pki::{CONSUMER, PROVIDER, Pki};
use crate::report::{Budget, Report, Unit};
use crate::shapes::{self, Shape};
use crate::source::Source;

/// Connections of the load generator.
const CONNECTIONS: usize = 32;

/// Connections that are held open without requests, for memory.
const IDLE_CONNECTIONS: usize = 2_000;

/// Requests with a connection of their own in one measurement.
const HANDSHAKES: u64 = 1_500;

/// Time at a steady rate, for latency.
const STEADY: Duration = Duration::from_secs(5);

/// How long records and closing connections get to settle before CPU time is read.
const SETTLE: Duration = Duration::from_millis(150);

/// A measured proxy: the bare one or ours.
struct Proxy {
    child: Child,
    target: Target,
}

/// The two proxies of one side. Ours may be left out.
struct Pair {
    side: Side,
    floor: Proxy,
    ours: Option<Proxy>,
}

/// Sets everything up, measures and reports.
pub(crate) fn all(arguments: &Arguments) -> Result<(), Failure> {
    let tools = Tools::find();
    let mut out = io::stdout().lock();
    if !tools.taskset {
        writeln!(
            out,
            "not pinned to cores (needs taskset and two cores): figures will vary"
        )?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(bench(arguments, tools))?;
    report.write(&mut out)?;
    Ok(())
}

async fn bench(arguments: &Arguments, tools: Tools) -> Result<Report, Failure> {
    let clock = Clock::system();
    let folder = tempfile::tempdir()?;
    let pki = Pki::create(&folder.path().join("pki"), clock.unix_seconds())?;
    let shapes = [
        shapes::person(),
        shapes::case(),
        shapes::cases(),
        shapes::document(),
        shapes::large_document(),
    ];
    let source = Source::new(&shapes);
    let plain = source.start(None).await?;
    let secured = source
        .start(Some(TlsAcceptor::from(pki.server(PROVIDER)?)))
        .await?;

    let tls = TlsConnector::from(pki.client(CONSUMER)?);
    let mut pairs = Vec::new();
    for (side, upstream, tls) in [
        (Side::Inway, plain, Some(tls)),
        (Side::Outway, secured, None),
    ] {
        let mut child = floor(tools, side, &pki, &upstream.to_string(), folder.path())?;
        let port: u16 = child.first_line()?.parse()?;
        let prefix = if side == Side::Outway {
            shapes::PREFIX
        } else {
            ""
        };
        let target = Target {
            address: ([127, 0, 0, 1], port).into(),
            tls,
            prefix,
            headers: headers(side, &"x".repeat(900)),
        };
        pairs.push(Pair {
            side,
            floor: Proxy { child, target },
            ours: None,
        });
    }

    for pair in &mut pairs {
        for shape in shapes.iter().filter(|shape| shape.requests > 1) {
            for (ours, proxy) in pair.proxies() {
                check(proxy, shape, ours, &clock).await?;
            }
        }
    }

    let mut report = Report::default();
    let wanted = |name: &str| name.contains(&arguments.only);
    let part = |requests: u64| (requests * arguments.percent / 100).max(100);
    for _ in 0..arguments.rounds {
        for pair in &mut pairs {
            let (whole, through) = (Budget::ratio(3.0, 2.0), Budget::ratio(1.2, 1.1));
            for (shape, budget) in [
                (shapes::person(), whole),
                (shapes::case(), whole),
                (shapes::cases(), Budget::NONE),
                (shapes::document(), through),
            ] {
                if !wanted(shape.name) {
                    continue;
                }
                let row = format!("{}, {}", pair.side.as_str(), shape.name);
                for (ours, proxy) in pair.proxies() {
                    let cost = keep_alive(proxy, &shape, part(shape.requests), &clock).await?;
                    report.add(&row, Unit::CpuMicroseconds, budget, ours, cost);
                }
            }
            if pair.side == Side::Inway && wanted("new connection") {
                for (ours, proxy) in pair.proxies() {
                    let cost =
                        new_connections(proxy, &shapes::case(), part(HANDSHAKES), &clock).await?;
                    report.add(
                        "inway, new connection",
                        Unit::CpuMicroseconds,
                        Budget::ratio(1.3, 1.1),
                        ours,
                        cost,
                    );
                }
            }
        }
    }
    for pair in &mut pairs {
        if wanted("latency") {
            latency(pair, &mut report, &clock).await?;
        }
        if wanted("memory") {
            memory(pair, &mut report, &clock).await?;
        }
    }
    Ok(report)
}

impl Pair {
    fn proxies(&mut self) -> impl Iterator<Item = (bool, &mut Proxy)> {
        [(false, Some(&mut self.floor)), (true, self.ours.as_mut())]
            .into_iter()
            .filter_map(|(ours, proxy)| proxy.map(|proxy| (ours, proxy)))
    }
}

/// Starts a bare proxy.
fn floor(
    tools: Tools,
    side: Side,
    pki: &Pki,
    upstream: &str,
    folder: &Path,
) -> Result<Child, Failure> {
    let program = std::env::current_exe()?;
    let pki = pki
        .folder()
        .to_str()
        .ok_or("the folder's name is not text")?;
    tools.start(
        &program,
        &[
            "floor",
            "--side",
            side.as_str(),
            "--pki",
            pki,
            "--upstream",
            upstream,
        ],
        folder,
    )
}

/// What every request carries: on the inway what an outway sends, on the outway what an application sends.
fn headers(side: Side, token: &str) -> Arc<[(&'static str, String)]> {
    let mut headers = vec![
        ("sluis-purpose", "bijstand-aanvraag".to_owned()),
        ("sluis-role", "inkomensconsulent".to_owned()),
        ("sluis-channel", "balie".to_owned()),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        ),
    ];
    if side == Side::Inway {
        headers.push(("fsc-authorization", format!("Bearer {token}")));
    }
    headers.into()
}

/// Measures nothing: sees that the bare proxy passes everything on and that ours leaves out what is not to be released.
async fn check(
    proxy: &mut Proxy,
    shape: &Shape,
    filters: bool,
    clock: &Clock,
) -> Result<(), Failure> {
    let mut template = proxy.target.template(shape, clock.unix_ms());
    let body = proxy.target.connect().await?.fetch(&mut template).await?;
    let withheld = shape.withheld.as_bytes();
    let whole = withheld.is_empty() || body.windows(withheld.len()).any(|part| part == withheld);
    if whole == (filters && !withheld.is_empty()) {
        return Err(format!("the answer to `{}` is not what it should be", shape.name).into());
    }
    Ok(())
}

/// CPU time per request over connections that stay open, in microseconds.
async fn keep_alive(
    proxy: &mut Proxy,
    shape: &Shape,
    requests: u64,
    clock: &Clock,
) -> Result<f64, Failure> {
    let template = proxy.target.template(shape, clock.unix_ms());
    let connections = proxy.target.connections(CONNECTIONS).await?;
    let connections = load::run(connections, &template, requests / 10).await?;
    tokio::time::sleep(SETTLE).await;
    let before = measure::cpu_time(proxy.child.id())?;
    let connections = load::run(connections, &template, requests).await?;
    tokio::time::sleep(SETTLE).await;
    let used = measure::cpu_time(proxy.child.id())?.saturating_sub(before);
    drop(connections);
    proxy.child.must_run()?;
    Ok(used.as_secs_f64() * 1e6 / requests as f64)
}

/// CPU time per request that comes over a connection of its own, in microseconds.
async fn new_connections(
    proxy: &mut Proxy,
    shape: &Shape,
    requests: u64,
    clock: &Clock,
) -> Result<f64, Failure> {
    let template = proxy.target.template(shape, clock.unix_ms());
    load::run_new_connections(&proxy.target, &template, requests / 10).await?;
    tokio::time::sleep(SETTLE).await;
    let before = measure::cpu_time(proxy.child.id())?;
    load::run_new_connections(&proxy.target, &template, requests).await?;
    tokio::time::sleep(SETTLE).await;
    let used = measure::cpu_time(proxy.child.id())?.saturating_sub(before);
    proxy.child.must_run()?;
    Ok(used.as_secs_f64() * 1e6 / requests as f64)
}

/// Latency at half of what our gateway can do on its core, and at 1,000 requests a second.
async fn latency(pair: &mut Pair, report: &mut Report, clock: &Clock) -> Result<(), Failure> {
    let side = pair.side.as_str();
    let shape = shapes::person();
    let busy = report
        .median(&format!("{side}, {}", shape.name), pair.ours.is_some())
        .unwrap_or(50.0);
    for (name, rate) in [("1,000/s", 1_000.0), ("half load", 0.5e6 / busy)] {
        for (ours, proxy) in pair.proxies() {
            let template = proxy.target.template(&shape, clock.unix_ms());
            let connections = load::run(
                proxy.target.connections(CONNECTIONS).await?,
                &template,
                2_000,
            )
            .await?;
            let times = paced::run(connections, &template, rate, STEADY).await?;
            for (part, per_mille, budget) in [
                ("p50", 500, Budget::added(1.0, 0.5)),
                ("p99", 990, Budget::added(10.0, 5.0)),
            ] {
                let time = percentile(&times, per_mille).ok_or("no request was answered")?;
                let row = format!("{side}, latency {part} at {name}");
                report.add(
                    &row,
                    Unit::Milliseconds,
                    budget,
                    ours,
                    time.as_secs_f64() * 1e3,
                );
            }
        }
        report.note(format!("{side}, {name}: {rate:.0} requests/s"));
    }
    Ok(())
}

/// Memory per open connection, and memory while a body of 1 GiB passes.
async fn memory(pair: &mut Pair, report: &mut Report, clock: &Clock) -> Result<(), Failure> {
    let side = pair.side;
    for (ours, proxy) in pair.proxies() {
        let process = proxy.child.id();
        if side == Side::Inway {
            let before = measure::resident_kib(process)?;
            let open = proxy.target.connections(IDLE_CONNECTIONS).await?;
            tokio::time::sleep(SETTLE).await;
            let more = measure::resident_kib(process)?.saturating_sub(before);
            drop(open);
            tokio::time::sleep(SETTLE).await;
            let each = more as f64 / IDLE_CONNECTIONS as f64;
            report.add(
                "inway, memory per idle connection",
                Unit::Kibibytes,
                Budget::absolute(35.0, 28.0),
                ours,
                each,
            );
        }
        let mut template = proxy
            .target
            .template(&shapes::large_document(), clock.unix_ms());
        let mut connection = proxy.target.connect().await?;
        let before = measure::resident_kib(process)?;
        let (mut most, mut next) = (before, 0);
        let seen = |come: u64| {
            if come >= next {
                next = come + (8 << 20);
                most = most.max(measure::resident_kib(process).map_err(io::Error::other)?);
            }
            Ok(())
        };
        connection.ask(&mut template, seen).await?;
        let row = format!("{}, memory growth during 1 GiB", side.as_str());
        report.add(
            &row,
            Unit::Kibibytes,
            Budget::absolute(8192.0, 2048.0),
            ours,
            (most - before) as f64,
        );
        proxy.child.must_run()?;
    }
    Ok(())
}
