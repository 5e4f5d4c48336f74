//! What the operating system says that a process used.

use std::fs;
use std::time::Duration;

use crate::Failure;

/// Length of a tick in `/proc/PID/stat`. The Linux interface has 100 ticks a second on every architecture that we build for.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of all threads of a process so far, ended threads included, user and system (proc(5): `utime` and `stime`).
pub(crate) fn cpu_time(process: u32) -> Result<Duration, Failure> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The command may hold spaces; the fields are counted from its closing parenthesis.
    let (_, fields) = text
        .rsplit_once(')')
        .ok_or("/proc/PID/stat has no command")?;
    let mut fields = fields
        .split_ascii_whitespace()
        .skip(11)
        .map(str::parse::<u32>);
    match (fields.next(), fields.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok(TICK * (user + system)),
        _ => Err("/proc/PID/stat has no utime and stime".into()),
    }
}

/// Memory of a process that is in RAM now, in KiB (proc(5): `VmRSS`).
pub(crate) fn resident_kib(process: u32) -> Result<u64, Failure> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("/proc/PID/status has no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// What TCP uses between the processes of this machine; `None` where the system does not say.
pub(crate) fn congestion_control() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control").ok()?;
    Some(text.trim().to_owned())
}

/// The middle of several measurements; of an even number the lower one of the two.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// The value that `per_mille` of all values do not exceed.
pub(crate) fn percentile(sorted: &[Duration], per_mille: usize) -> Option<Duration> {
    sorted
        .get((sorted.len() * per_mille / 1000).min(sorted.len().checked_sub(1)?))
        .copied()
}
