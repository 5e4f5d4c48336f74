//! The binary `sluis-conformance`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluis_conformance::cli::run(std::env::args_os())
}
