//! Free ports for a federation on one machine.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports below the range from which systems take ports for outgoing connections, so that none of ours is taken in between.
const FIRST: u16 = 12_000;
const COUNT: u16 = 18_000;

/// Finds `count` free ports on the loopback address. Every call of this process begins where the last one ended, and processes begin
/// at different places, so that federations that start at the same time do not meet.
///
/// # Errors
/// When there are not so many free ports.
pub fn free_ports(count: usize) -> io::Result<Vec<u16>> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start =
        u16::try_from(std::process::id().wrapping_mul(211) % u32::from(COUNT)).unwrap_or_default();
    let mut ports = Vec::with_capacity(count);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (start + step) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            ports.push(port);
        }
        if ports.len() == count {
            return Ok(ports);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrNotAvailable,
        "there are not enough free ports between 12000 and 30000",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_different() {
        let mut ports = free_ports(20).unwrap();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 20);
    }
}
