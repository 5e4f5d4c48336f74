//! What is known about the membership of everybody concerned.

/// Whether everybody is a member of a Regulated Area who has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::manager) enum Membership {
    /// Everybody is, or nobody has to be.
    AsItShouldBe,
    /// It cannot be found out now; the sentence says why.
    Unknown(String),
    /// Somebody is not, or the grant does not name the area; the sentence says who or what.
    Not(String),
}

impl Membership {
    /// The worse of two: what is refused for certain counts before what is not known.
    pub(super) fn or_worse(self, other: Self) -> Self {
        let rank = |one: &Self| match one {
            Self::AsItShouldBe => 0,
            Self::Unknown(_) => 1,
            Self::Not(_) => 2,
        };
        if rank(&other) > rank(&self) {
            other
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_counts_and_the_first_of_equals() {
        let not = |what: &str| Membership::Not(what.to_owned());
        let unknown = Membership::Unknown("a".to_owned());
        let fine = Membership::AsItShouldBe;
        for (one, other, worse) in [
            (fine.clone(), fine.clone(), fine.clone()),
            (fine.clone(), unknown.clone(), unknown.clone()),
            (unknown.clone(), fine, unknown.clone()),
            (unknown.clone(), not("a"), not("a")),
            (not("a"), unknown, not("a")),
            (not("a"), not("b"), not("a")),
        ] {
            assert_eq!(one.or_worse(other), worse);
        }
    }
}
