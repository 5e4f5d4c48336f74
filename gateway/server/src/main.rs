//! The `sluis` binary.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use sluis::cli;
use sluis::environment::Environment;

/// Records are made on one thread and given back on another, which the allocator of the C library answers with locks and system
/// calls.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run(std::env::args_os(), &Environment::read())
}
