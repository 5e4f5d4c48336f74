//! The `sluis` binary.

use std::process::ExitCode;

use sluis::cli;
use sluis::environment::Environment;

fn main() -> ExitCode {
    cli::run(std::env::args_os(), &Environment::read())
}
