//! Reading a list of somebody else to its end, when it has one.

use std::collections::BTreeSet;

/// Most pages of one list.
const PAGES_MAX: usize = 1_000;

/// The pages of one list that were read.
#[derive(Debug, Default)]
pub(super) struct Paging {
    cursors: BTreeSet<String>,
}

/// Why a list is read no further, although it has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Endless {
    #[error("its list comes back to a page that was read already, so it does not end")]
    Repeated,
    #[error("its list has more than {PAGES_MAX} pages")]
    TooLong,
}

impl Paging {
    /// The cursor of the next page; `None` when the list has ended: there is no cursor, or the page had nothing on it (there
    /// are managers that give a cursor with every page but an empty one).
    pub(super) fn next(
        &mut self,
        cursor: String,
        page_is_empty: bool,
    ) -> Result<Option<String>, Endless> {
        if cursor.is_empty() || page_is_empty {
            return Ok(None);
        }
        if !self.cursors.insert(cursor.clone()) {
            return Err(Endless::Repeated);
        }
        if self.cursors.len() >= PAGES_MAX {
            return Err(Endless::TooLong);
        }
        Ok(Some(cursor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_ends_without_a_cursor_or_with_an_empty_page() {
        let mut paging = Paging::default();
        assert_eq!(paging.next("a".into(), false), Ok(Some("a".into())));
        assert_eq!(paging.next("b".into(), true), Ok(None));
        assert_eq!(paging.next(String::new(), false), Ok(None));
    }

    #[test]
    fn a_cursor_that_comes_back_is_noticed() {
        let mut paging = Paging::default();
        for cursor in ["a", "b"] {
            assert!(paging.next(cursor.into(), false).is_ok());
        }
        assert_eq!(paging.next("a".into(), false), Err(Endless::Repeated));
    }

    proptest! {
        #[test]
        fn every_list_is_left_in_the_end(cursors in prop::collection::vec("[a-z]{0,3}", 1..20)) {
            let mut paging = Paging::default();
            let mut endless = cursors.iter().cycle().take(PAGES_MAX + 1);
            let left = endless.any(|cursor| !matches!(paging.next(cursor.clone(), false), Ok(Some(_))));
            prop_assert!(left);
        }
    }
}
