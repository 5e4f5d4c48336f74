//! Which certificate of a path something is about.

use std::fmt;

/// A certificate of a path: its role, its place and whom it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainCertificate {
    /// What it is for in the path.
    pub role: ChainRole,
    /// Its place in the path, counted from the leaf, which is 1.
    pub position: usize,
    /// The organisation of a leaf, the common name of a CA; never the name of a person.
    pub subject: Box<str>,
}

/// What a certificate is for in a path. PKIoverheid has four layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChainRole {
    /// Of the organisation itself.
    Leaf,
    /// Of the CA that issued the leaf: the trust service provider.
    Tsp,
    /// Of a CA between that and the trust anchor.
    Domain,
    /// Of the CA that is trusted by configuration.
    Anchor,
}

impl ChainRole {
    /// The role of a certificate below the trust anchor at this place, counted from 1.
    #[must_use]
    pub(crate) fn at(position: usize) -> Self {
        match position {
            0 | 1 => Self::Leaf,
            2 => Self::Tsp,
            _ => Self::Domain,
        }
    }

    /// A stable label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leaf => "leaf",
            Self::Tsp => "TSP CA",
            Self::Domain => "domain CA",
            Self::Anchor => "trust anchor",
        }
    }
}

impl fmt::Display for ChainRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// For example: TSP CA `KPN - G4 PKIo Priv G-TLS SYS - 2025` (certificate 2 from the leaf).
impl fmt::Display for ChainCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            role,
            position,
            subject,
        } = self;
        match role {
            ChainRole::Leaf => write!(formatter, "leaf certificate of `{subject}`"),
            ChainRole::Tsp | ChainRole::Domain | ChainRole::Anchor => {
                write!(
                    formatter,
                    "{role} `{subject}` (certificate {position} from the leaf)"
                )
            }
        }
    }
}
