//! The `sluis` binary.
fn main() {}
