//! The policy crate from outside: folders in, decisions and minimised answers out.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod lapses;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod support;
