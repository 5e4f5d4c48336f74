//! Makes an audit log unwritable for as long as it runs, by holding the write lock of its database.
//!
//! A test tool: `.ci/conformance` breaks and mends the transaction log of a gateway with it.
//!
//! usage: hold_lock DATABASE READY-FILE
//!
//! It makes the second file once the lock is held, and then waits to be killed.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(database), Some(ready)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hold_lock DATABASE READY-FILE".into());
    };
    let connection = rusqlite::Connection::open(database)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    std::fs::write(ready, "")?;
    loop {
        std::thread::park();
    }
}
