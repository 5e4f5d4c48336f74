//! What a passage through the gateway costs, against a bare reverse proxy of the same libraries.
//!
//! `cargo bench -p sluis --bench passage` runs, in turn and interleaved, a bare proxy (the *floor*: mutual TLS and nothing else)
//! and our inway and outway with everything on: certificate-bound token, contract, purpose decision, durable records of intent
//! and outcome, narrowed question, filtered answer. Every proxy is a process of its own on one core; load generator and source
//! share the other. What counts is the CPU time of the proxy per request and the ratio to the floor within one run: on a shared
//! machine nothing else is stable. Everything stays on the loopback interface, and every loop has an end.

mod arguments;
mod child;
mod federation;
mod floor;
mod http1;
mod load;
mod measure;
mod paced;
mod pki;
mod proxy;
mod report;
mod request;
mod run;
mod shapes;
mod source;
mod start;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Role};

/// Any failure ends the bench with its text.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.role {
        Some(Role::Floor(floor)) => floor::serve(floor),
        // `cargo test --all-targets` also starts this program; a debug build has nothing to measure.
        None if !arguments.bench => Ok(()),
        None => run::all(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}
