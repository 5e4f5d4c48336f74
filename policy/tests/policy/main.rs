//! The policy crate from outside: folders in, decisions and minimised answers out.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod support;
