//! The measured proxies, and the ways to measure one.

use std::io;
use std::time::Duration;

use sluis::clock::Clock;

use crate::Failure;
use crate::arguments::Side;
use crate::child::Child;
use crate::load::{self, Target};
use crate::measure::{self, percentile};
use crate::paced;
use crate::shapes::{self, Shape};

/// Connections of the load generator.
pub(crate) const CONNECTIONS: usize = 32;

/// Connections that are held open without requests, for memory.
const IDLE_CONNECTIONS: usize = 2_000;

/// How long records and closing connections get to settle before CPU time is read.
const SETTLE: Duration = Duration::from_millis(150);

/// A measured proxy: the bare one or ours.
pub(crate) struct Proxy {
    pub(crate) child: Child,
    pub(crate) target: Target,
}

/// The two proxies of one side. Ours may be left out.
pub(crate) struct Pair {
    pub(crate) side: Side,
    pub(crate) floor: Proxy,
    pub(crate) ours: Option<Proxy>,
}

impl Pair {
    /// The bare one, and ours; with it whether it is ours.
    pub(crate) fn proxies(&mut self) -> impl Iterator<Item = (bool, &mut Proxy)> {
        [(false, Some(&mut self.floor)), (true, self.ours.as_mut())]
            .into_iter()
            .filter_map(|(ours, proxy)| proxy.map(|proxy| (ours, proxy)))
    }
}

impl Proxy {
    /// Measures nothing: sees that the bare proxy passes everything on, and that ours leaves out what is not to be released.
    pub(crate) async fn check(
        &mut self,
        shape: &Shape,
        filters: bool,
        clock: &Clock,
    ) -> Result<(), Failure> {
        let mut request = self.target.request(shape, clock.unix_ms());
        let body = self.target.connect().await?.fetch(&mut request).await?;
        let withheld = shape.withheld.as_bytes();
        let whole =
            withheld.is_empty() || body.windows(withheld.len()).any(|part| part == withheld);
        if whole == (filters && !withheld.is_empty()) {
            return Err(format!("the answer to `{}` is not what it should be", shape.name).into());
        }
        Ok(())
    }

    /// CPU time per request over connections that stay open, in microseconds.
    pub(crate) async fn keep_alive(
        &mut self,
        shape: &Shape,
        requests: u64,
        clock: &Clock,
    ) -> Result<f64, Failure> {
        let request = self.target.request(shape, clock.unix_ms());
        let connections = self.target.connections(CONNECTIONS).await?;
        let connections = load::run(connections, &request, requests / 10).await?;
        tokio::time::sleep(SETTLE).await;
        let before = measure::cpu_time(self.child.id())?;
        let connections = load::run(connections, &request, requests).await?;
        let each = self.cpu_since(before, requests).await?;
        drop(connections);
        Ok(each)
    }

    /// CPU time per request that comes over a connection of its own, in microseconds.
    pub(crate) async fn new_connections(
        &mut self,
        shape: &Shape,
        requests: u64,
        clock: &Clock,
    ) -> Result<f64, Failure> {
        let request = self.target.request(shape, clock.unix_ms());
        load::run_new_connections(&self.target, &request, requests / 10).await?;
        tokio::time::sleep(SETTLE).await;
        let before = measure::cpu_time(self.child.id())?;
        load::run_new_connections(&self.target, &request, requests).await?;
        self.cpu_since(before, requests).await
    }

    async fn cpu_since(&mut self, before: Duration, requests: u64) -> Result<f64, Failure> {
        tokio::time::sleep(SETTLE).await;
        let used = measure::cpu_time(self.child.id())?.saturating_sub(before);
        self.child.must_run()?;
        Ok(used.as_secs_f64() * 1e6 / requests as f64)
    }

    /// The times that half and 99 of 100 requests need at most, at a steady rate.
    pub(crate) async fn latency(
        &mut self,
        shape: &Shape,
        rate: f64,
        time: Duration,
        clock: &Clock,
    ) -> Result<[Duration; 2], Failure> {
        let request = self.target.request(shape, clock.unix_ms());
        let connections = self.target.connections(CONNECTIONS).await?;
        let connections = load::run(connections, &request, 2_000).await?;
        let times = paced::run(connections, &request, rate, time).await?;
        let none = "no request was answered";
        Ok([
            percentile(&times, 500).ok_or(none)?,
            percentile(&times, 990).ok_or(none)?,
        ])
    }

    /// Memory per connection that is open without requests, in KiB.
    pub(crate) async fn idle_connections(&mut self) -> Result<f64, Failure> {
        let before = measure::resident_kib(self.child.id())?;
        let open = self.target.connections(IDLE_CONNECTIONS).await?;
        tokio::time::sleep(SETTLE).await;
        let more = measure::resident_kib(self.child.id())?.saturating_sub(before);
        drop(open);
        tokio::time::sleep(SETTLE).await;
        Ok(more as f64 / IDLE_CONNECTIONS as f64)
    }

    /// The most by which memory grew while a body of 1 GiB passed, in KiB.
    pub(crate) async fn large_body(&mut self, clock: &Clock) -> Result<f64, Failure> {
        let process = self.child.id();
        let mut request = self
            .target
            .request(&shapes::large_document(), clock.unix_ms());
        let mut connection = self.target.connect().await?;
        let before = measure::resident_kib(process)?;
        let (mut most, mut next) = (before, 0);
        let seen = |come: u64| {
            if come >= next {
                next = come + (8 << 20);
                most = most.max(measure::resident_kib(process).map_err(io::Error::other)?);
            }
            Ok(())
        };
        connection.ask(&mut request, seen).await?;
        self.child.must_run()?;
        Ok((most - before) as f64)
    }

    /// Sends requests for some time, for a profiler.
    pub(crate) async fn keep_busy(
        &mut self,
        shape: &Shape,
        time: Duration,
        clock: &Clock,
    ) -> Result<(), Failure> {
        let end = tokio::time::Instant::now() + time;
        let mut connections = self.target.connections(CONNECTIONS).await?;
        while tokio::time::Instant::now() < end {
            let request = self.target.request(shape, clock.unix_ms());
            connections = load::run(connections, &request, 1_000).await?;
        }
        Ok(())
    }
}
