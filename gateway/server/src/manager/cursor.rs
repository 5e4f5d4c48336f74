//! Page cursors: opaque to the caller, a position in a sorted list to us.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest cursor that is read, in characters. Ours are shorter than 600: a creation time and a hash, or two names.
const CURSOR_CHARACTERS_MAX: usize = 2048;

/// Divides the parts of a position; no identifier in FSC contains it.
const SEPARATOR: char = '\n';

/// Writes the position after which the next page starts.
pub(super) fn encode(parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(parts.join(SEPARATOR.encode_utf8(&mut [0; 4])))
}

/// Reads a position of exactly `N` parts; `None` when it is not one that we wrote.
pub(super) fn decode<const N: usize>(cursor: &str) -> Option<[String; N]> {
    if cursor.len() > CURSOR_CHARACTERS_MAX {
        return None;
    }
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let parts: Vec<String> = text.split(SEPARATOR).map(str::to_owned).collect();
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read_back(first in "[ -~]{0,40}", second in "[ -~]{0,40}") {
            prop_assert_eq!(decode::<2>(&encode(&[&first, &second])), Some([first, second]));
        }

        #[test]
        fn anything_else_is_refused_quietly(cursor in "\\PC{0,80}") {
            let _ = decode::<2>(&cursor);
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        assert_eq!(decode::<2>(&encode(&["one"])), None);
        assert_eq!(decode::<1>(&"A".repeat(CURSOR_CHARACTERS_MAX + 1)), None);
    }
}
