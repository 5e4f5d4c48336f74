//! A set of data groups of one service.

/// Which data groups of one service: a bit for each, so that set algebra costs nothing. A service has at most
/// [`GroupSet::GROUPS_MAX`] groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GroupSet(u64);

impl GroupSet {
    /// The most data groups that one service may have: one bit each.
    pub const GROUPS_MAX: usize = 64;
    /// Every group that a service can have.
    pub(crate) const ALL: GroupSet = GroupSet(u64::MAX);
    /// No group at all.
    pub const EMPTY: GroupSet = GroupSet(0);

    /// Only the group with this index; empty when the index is beyond [`GroupSet::GROUPS_MAX`].
    pub fn only(index: usize) -> GroupSet {
        u32::try_from(index)
            .ok()
            .and_then(|shift| 1u64.checked_shl(shift))
            .map_or(GroupSet::EMPTY, GroupSet)
    }

    /// Whether there is no group in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the group with this index is in the set.
    pub fn contains(self, index: usize) -> bool {
        self.intersects(GroupSet::only(index))
    }

    /// Whether the two sets share a group.
    pub fn intersects(self, other: GroupSet) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every group of `other` is in this set too.
    pub fn includes(self, other: GroupSet) -> bool {
        self.0 & other.0 == other.0
    }

    /// The groups that are in either set.
    #[must_use]
    pub fn union(self, other: GroupSet) -> GroupSet {
        GroupSet(self.0 | other.0)
    }

    /// The groups that are in both sets.
    #[must_use]
    pub fn intersection(self, other: GroupSet) -> GroupSet {
        GroupSet(self.0 & other.0)
    }

    /// The indices in the set, ascending.
    pub fn indices(self) -> impl Iterator<Item = usize> {
        (0..GroupSet::GROUPS_MAX).filter(move |index| self.contains(*index))
    }
}
