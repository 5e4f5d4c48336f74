//! A text to search with: case does not matter, and a `*` at one end stands for anything.

/// Longest text of a name in the register.
const NAME_CHARS_MAX: usize = 200;
/// Longest street name in the register.
const STREET_CHARS_MAX: usize = 80;
/// With fewer letters a wildcard would find half a town.
const STREET_WILDCARD_CHARS_MIN: usize = 7;

/// What a name or a street must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    Exactly(String),
    StartsWith(String),
    EndsWith(String),
}

impl Pattern {
    /// A pattern for names, with a `*` at the end after `wildcard_chars_min` letters or more. None
    /// when the text is too long or has characters that no name has.
    pub(super) fn name(text: &str, wildcard_chars_min: usize) -> Option<Self> {
        let (stem, wildcard) = match text.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (text, false),
        };
        let count = stem.chars().count();
        let (min, max) = if wildcard {
            (wildcard_chars_min, NAME_CHARS_MAX - 1)
        } else {
            (1, NAME_CHARS_MAX)
        };
        let fits = (min..=max).contains(&count) && stem.chars().all(is_in_names);
        let stem = stem.to_lowercase();
        fits.then_some(if wildcard {
            Self::StartsWith(stem)
        } else {
            Self::Exactly(stem)
        })
    }

    /// A pattern for streets, with a `*` at either end next to seven letters or more.
    pub(super) fn street(text: &str) -> Option<Self> {
        let make = |stem: &str, min: usize, max: usize, make: fn(String) -> Self| {
            let fits = (min..=max).contains(&stem.chars().count()) && stem.chars().all(is_in_names);
            fits.then(|| make(stem.to_lowercase()))
        };
        let (min, max) = (STREET_WILDCARD_CHARS_MIN, STREET_CHARS_MAX - 1);
        if let Some(stem) = text.strip_suffix('*') {
            make(stem, min, max, Self::StartsWith)
        } else if let Some(stem) = text.strip_prefix('*') {
            make(stem, min, max, Self::EndsWith)
        } else {
            make(text, 1, STREET_CHARS_MAX, Self::Exactly)
        }
    }

    /// Whether `text` is like this.
    pub(super) fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self {
            Self::Exactly(stem) => text == *stem,
            Self::StartsWith(stem) => text.starts_with(stem),
            Self::EndsWith(stem) => text.ends_with(stem),
        }
    }
}

/// The characters of `^[a-zA-Z0-9À-ž .\-']`.
fn is_in_names(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || ('À'..='ž').contains(&character)
        || matches!(character, ' ' | '.' | '-' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_needs_enough_letters_and_stands_at_an_end() {
        assert!(Pattern::name("wit", 3).unwrap().fits("Wit"));
        assert!(Pattern::name("wiś*", 3).unwrap().fits("Wiśniewska"));
        for wrong in [
            "",
            "wi*",
            "*wit",
            "w*t",
            "wit**",
            "<script>",
            &"a".repeat(201),
        ] {
            assert!(Pattern::name(wrong, 3).is_none(), "{wrong}");
        }
        assert!(
            Pattern::street("*havenkade")
                .unwrap()
                .fits("Oude Havenkade")
        );
        assert!(Pattern::street("oude hav*").unwrap().fits("Oude Havenkade"));
        for wrong in ["", "kade*", "*kade", "ou*kade", &"a".repeat(81)] {
            assert!(Pattern::street(wrong).is_none(), "{wrong}");
        }
    }
}
