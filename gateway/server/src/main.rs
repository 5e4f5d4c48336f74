//! The `sluis` binary.

use std::process::ExitCode;
use std::time::Duration;

use mimalloc::MiMalloc;
use sluis::cli;
use sluis::environment::Environment;

/// Records are made on one thread and given back on another, which the allocator of the C library answers with locks and system
/// calls.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How long the end of the process may wait for PKCS#11 tokens: their modules must not be in use then.
const TOKENS_CLOSE_MAX: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let code = cli::run(std::env::args_os(), &Environment::read());
    sluis_certs::wait_for_closed_tokens(TOKENS_CLOSE_MAX);
    code
}
