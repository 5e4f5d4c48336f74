//! The order of the measurements.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sluis::clock::Clock;
use sluis::demo::parties::{UIW, VOORBEELD};
use sluis_fsc::GrantHash;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::Failure;
use crate::arguments::{Arguments, Side};
use crate::child::Tools;
use crate::federation::Federation;
use crate::load::Target;
use crate::measure;
use crate::pki::Pki;
use crate::proxy::{Pair, Proxy};
use crate::report::{Budget, Report, Unit};
use crate::shapes::{self, Shape};
use crate::source::Source;
use crate::start;

/// Requests with a connection of their own in one measurement.
const HANDSHAKES: u64 = 4_000;

/// Contracts in the store at the start that is measured.
const CONTRACTS: u32 = 10_000;

/// Time at a steady rate, for latency.
const STEADY: Duration = Duration::from_secs(5);

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
    if measure::congestion_control().as_deref() == Some("bbr") {
        writeln!(
            out,
            "large bodies vary: TCP congestion control `bbr` paces them with timers, also between processes of one machine, and who \
             answers in bursts pays most; set net.ipv4.tcp_congestion_control to cubic or reno while measuring"
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
    let folder = tempfile::tempdir()?;
    let mut bench = Bench::set_up(folder.path(), tools, arguments.floor_only).await?;
    let mut report = Report::default();
    if let Some(seconds) = arguments.profile {
        bench
            .profile(arguments, Duration::from_secs(seconds))
            .await?;
        return Ok(report);
    }
    bench.check().await?;
    for pair in &mut bench.pairs {
        idle_memory(pair, arguments, &mut report).await?;
    }
    for _ in 0..arguments.rounds {
        bench.renew_token().await?;
        bench.cpu(arguments, &mut report).await?;
    }
    bench.renew_token().await?;
    for pair in &mut bench.pairs {
        latency(pair, arguments, &mut report, &bench.clock).await?;
        large_body_memory(pair, arguments, &mut report, &bench.clock).await?;
    }
    start(bench, arguments, &mut report, tools).await?;
    Ok(report)
}

/// Everything that runs.
struct Bench {
    clock: Clock,
    federation: Federation,
    /// As the consumer's outway.
    tls: TlsConnector,
    grant: Option<GrantHash>,
    pairs: Vec<Pair>,
}

impl Bench {
    async fn set_up(folder: &Path, tools: Tools, floor_only: bool) -> Result<Self, Failure> {
        let clock = Clock::system();
        let shapes = [shapes::large_document()]
            .into_iter()
            .chain(measured().map(|(shape, _)| shape));
        let source = Source::new(shapes);
        let plain = source.start(([127, 0, 0, 1], 0).into(), None).await?;
        let federation = Federation::lay_out(folder, plain, &clock)?;
        let pki = Pki::at(folder);
        let acceptor = TlsAcceptor::from(pki.server(UIW)?);
        let secured = source.start(federation.stand_in(), Some(acceptor)).await?;
        let tls = TlsConnector::from(pki.client(VOORBEELD)?);

        let grant = if floor_only {
            None
        } else {
            Some(federation.agree(&clock).await?)
        };
        let mut pairs = Vec::new();
        for (side, upstream, tls) in [
            (Side::Inway, plain, Some(tls.clone())),
            (Side::Outway, secured, None),
        ] {
            let program = std::env::current_exe()?;
            let root = folder.to_str().ok_or("the folder's name is not text")?;
            let upstream = upstream.to_string();
            let words = [
                "floor",
                "--side",
                side.as_str(),
                "--pki",
                root,
                "--upstream",
                &upstream,
            ];
            let mut child = tools.start(&program, &words, folder)?;
            let target = Target {
                address: ([127, 0, 0, 1], child.first_line()?.parse()?).into(),
                tls,
                prefix: if side == Side::Outway {
                    shapes::PREFIX
                } else {
                    ""
                },
                headers: headers(side, &"x".repeat(1_000)),
            };
            let ours = if floor_only {
                None
            } else {
                let child = federation.start(side, tools).await?;
                let target = Target {
                    address: federation.listens(side),
                    ..target.clone()
                };
                Some(Proxy { child, target })
            };
            let floor = Proxy { child, target };
            pairs.push(Pair { side, floor, ours });
        }
        let mut bench = Self {
            clock,
            federation,
            tls,
            grant,
            pairs,
        };
        bench.renew_token().await?;
        Ok(bench)
    }

    /// Puts a fresh access token in the requests to the inway; those to the bare proxy carry it too.
    async fn renew_token(&mut self) -> Result<(), Failure> {
        let Some(grant) = &self.grant else {
            return Ok(());
        };
        let token = self.federation.token(grant, self.tls.clone()).await?;
        for pair in &mut self.pairs {
            let headers = headers(pair.side, &token);
            for (_, proxy) in pair.proxies() {
                proxy.target.headers = headers.clone();
            }
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<(), Failure> {
        for pair in &mut self.pairs {
            for (ours, proxy) in pair.proxies() {
                for (shape, _) in measured() {
                    proxy.check(&shape, ours, &self.clock).await?;
                }
            }
        }
        Ok(())
    }

    /// One round: every row once, the bare proxy and ours in turn.
    async fn cpu(&mut self, arguments: &Arguments, report: &mut Report) -> Result<(), Failure> {
        let part = |requests: u64| (requests * arguments.percent / 100).max(100);
        let clock = &self.clock;
        for pair in &mut self.pairs {
            let side = pair.side;
            for (shape, budget) in measured() {
                let row = row(side, &shape);
                if !row.contains(&arguments.only) {
                    continue;
                }
                for (ours, proxy) in pair.proxies() {
                    let cost = proxy
                        .keep_alive(&shape, part(shape.requests), clock)
                        .await?;
                    report.add(&row, Unit::CpuMicroseconds, budget, ours, cost);
                }
            }
            let row = "inway, new connection";
            if side == Side::Inway && row.contains(&arguments.only) {
                for (ours, proxy) in pair.proxies() {
                    let cost = proxy
                        .new_connections(&shapes::case(), part(HANDSHAKES), clock)
                        .await?;
                    report.add(
                        row,
                        Unit::CpuMicroseconds,
                        Budget::ratio(1.3, 1.1),
                        ours,
                        cost,
                    );
                }
            }
        }
        Ok(())
    }

    /// Keeps our gateway busy, or the bare proxy where there is nothing else.
    async fn profile(&mut self, arguments: &Arguments, time: Duration) -> Result<(), Failure> {
        for pair in &mut self.pairs {
            for (shape, _) in measured() {
                if !row(pair.side, &shape).contains(&arguments.only) {
                    continue;
                }
                let proxy = pair.ours.as_mut().unwrap_or(&mut pair.floor);
                writeln!(io::stderr(), "busy: process {}", proxy.child.id())?;
                return proxy.keep_busy(&shape, time, &self.clock).await;
            }
        }
        Ok(())
    }
}

/// What is measured over connections that stay open, and what each may cost.
fn measured() -> impl Iterator<Item = (Shape, Budget)> {
    let whole_path = Budget::ratio(3.0, 2.0);
    [
        (shapes::person(), whole_path),
        (shapes::case(), whole_path),
        (shapes::cases(), Budget::NONE),
        (shapes::document(), Budget::ratio(1.2, 1.1)),
    ]
    .into_iter()
}

fn row(side: Side, shape: &Shape) -> String {
    format!("{}, {}", side.as_str(), shape.name)
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

/// Latency at half of what our gateway can do on its core, and at 1,000 requests a second.
async fn latency(
    pair: &mut Pair,
    arguments: &Arguments,
    report: &mut Report,
    clock: &Clock,
) -> Result<(), Failure> {
    let (side, shape) = (pair.side.as_str(), shapes::person());
    let ours = pair.ours.is_some();
    let busy = report.median(&row(pair.side, &shape), ours).unwrap_or(50.0);
    for (name, rate) in [("1,000/s", 1_000.0), ("half load", 0.5e6 / busy)] {
        if !format!("{side}, latency {name}").contains(&arguments.only) {
            continue;
        }
        for (ours, proxy) in pair.proxies() {
            let [half, most] = proxy.latency(&shape, rate, STEADY, clock).await?;
            for (part, time, budget) in [
                ("p50", half, Budget::added(1.0, 0.5)),
                ("p99", most, Budget::added(10.0, 5.0)),
            ] {
                let row = format!("{side}, latency {name}, {part}");
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

/// The start with many contracts. The last of all: it needs the store of a gateway for itself.
async fn start(
    bench: Bench,
    arguments: &Arguments,
    report: &mut Report,
    tools: Tools,
) -> Result<(), Failure> {
    let row = format!("inway, start to ready with {CONTRACTS} contracts");
    if !row.contains(&arguments.only) || arguments.floor_only {
        return Ok(());
    }
    let Bench {
        federation, pairs, ..
    } = bench;
    drop(pairs);
    start::multiply_contract(&federation.provider_contracts(), CONTRACTS)?;
    for _ in 0..arguments.rounds {
        let took = start::until_ready(&federation, tools).await?;
        let budget = Budget::absolute(2_000.0, 500.0);
        report.add(
            &row,
            Unit::Milliseconds,
            budget,
            true,
            took.as_secs_f64() * 1e3,
        );
    }
    Ok(())
}

/// Memory per open connection. Measured before there was any load, whose freed memory they would use.
async fn idle_memory(
    pair: &mut Pair,
    arguments: &Arguments,
    report: &mut Report,
) -> Result<(), Failure> {
    let row = "inway, memory per idle connection";
    if pair.side != Side::Inway || !row.contains(&arguments.only) {
        return Ok(());
    }
    for (ours, proxy) in pair.proxies() {
        let each = proxy.idle_connections().await?;
        let budget = Budget::absolute(35.0, 28.0);
        report.add(row, Unit::Kibibytes, budget, ours, each);
    }
    Ok(())
}

/// Memory while a body of 1 GiB passes.
async fn large_body_memory(
    pair: &mut Pair,
    arguments: &Arguments,
    report: &mut Report,
    clock: &Clock,
) -> Result<(), Failure> {
    let row = format!("{}, memory growth during 1 GiB", pair.side.as_str());
    if !row.contains(&arguments.only) {
        return Ok(());
    }
    for (ours, proxy) in pair.proxies() {
        let growth = proxy.large_body(clock).await?;
        let budget = Budget::absolute(8192.0, 2048.0);
        report.add(&row, Unit::Kibibytes, budget, ours, growth);
    }
    Ok(())
}
