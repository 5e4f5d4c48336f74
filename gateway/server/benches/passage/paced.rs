//! Latency at a steady rate: requests leave when the clock says so, not when the answer before has come.

use std::io;
use std::sync::mpsc as sync;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Failure;
use crate::load::Connection;
use crate::request::Request;

/// Sends requests at `rate` a second for `time`, in turn over `connections`. Gives the time from the moment that each request
/// should have left until its answer was there, sorted; waiting for a busy connection counts.
pub(crate) async fn run(
    connections: Vec<Connection>,
    request: &Request,
    rate: f64,
    time: Duration,
) -> Result<Vec<Duration>, Failure> {
    let mut queues = Vec::new();
    let mut tasks = JoinSet::new();
    for mut connection in connections {
        let (queue, mut due) = mpsc::unbounded_channel::<Instant>();
        queues.push(queue);
        let mut request = request.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            while let Some(at) = due.recv().await {
                connection.ask(&mut request, |_| Ok(())).await?;
                times.push(at.elapsed());
            }
            Ok::<_, io::Error>(times)
        });
    }
    let count = (rate * time.as_secs_f64()) as u32;
    let period = Duration::from_secs_f64(1.0 / rate);
    // A thread of its own: the timers of the runtime are a millisecond coarse. It ends with the last request.
    let pacer = thread::spawn(move || pace(&queues, count, period));
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    pacer.join().map_err(|_| "the pacing thread ended early")?;
    times.sort_unstable();
    Ok(times)
}

fn pace(queues: &[mpsc::UnboundedSender<Instant>], count: u32, period: Duration) {
    // Nobody sends: waiting on it is waiting for the time.
    let (_keep, never) = sync::channel::<()>();
    let start = Instant::now();
    for (number, queue) in (0..count).zip(queues.iter().cycle()) {
        let at = start + period * number;
        let _ = never.recv_timeout(at.saturating_duration_since(Instant::now()));
        if queue.send(at).is_err() {
            return;
        }
    }
}
