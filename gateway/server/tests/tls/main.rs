//! TLS as the NCSC guidelines (2025-05) ask it of a listener: on real sockets, with a certificate of the G4 shape.
#![cfg(test)]

mod floods;
mod hello;
mod sessions;
mod stage;
mod suites;
