//! Which words from outside may be shown in an explanation or a record, and where a BSN hides.

/// What stands in place of a word that may hold personal data.
pub(crate) const NOT_SHOWN: &str = "(not shown)";

/// The word itself when it looks like a name out of a description of data or roles: short, ASCII, few digits. A document
/// can have anything for the name of a member or a role, also a BSN.
pub(crate) fn shown(word: &str) -> &str {
    let fits = !word.is_empty()
        && word.len() <= 64
        && word.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'@')
        })
        && word.bytes().filter(u8::is_ascii_digit).count() < 6;
    if fits { word } else { NOT_SHOWN }
}

/// Whether a BSN may stand in the text: eight or nine digits in a row that pass the elfproef.
pub(crate) fn may_hold_bsn(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_digit())
        .any(passes_elfproef)
}

/// The elfproef of a BSN: weights 9 down to 2, and minus 1 for the last digit; the sum is a multiple of eleven.
fn passes_elfproef(digits: &str) -> bool {
    if !(8..=9).contains(&digits.len()) || digits.bytes().all(|digit| digit == b'0') {
        return false;
    }
    let weights = [-1, 2, 3, 4, 5, 6, 7, 8, 9];
    let sum: i32 = digits
        .bytes()
        .rev()
        .zip(weights)
        .map(|(digit, weight)| i32::from(digit - b'0') * weight)
        .sum();
    sum % 11 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_names_only() {
        for word in [
            "naam",
            "verblijfplaats",
            "x-y_z",
            "@type",
            "adres2",
            "6.1.e",
        ] {
            assert_eq!(shown(word), word);
        }
        for word in [
            "",
            "999993653",
            "bsn-999993653",
            "Jan Jansen",
            "é",
            &"a".repeat(65),
            "a\nb",
        ] {
            assert_eq!(shown(word), NOT_SHOWN);
        }
    }

    #[test]
    fn finds_a_bsn() {
        for text in [
            "999993653",
            "persoon 999990019 niet gevonden",
            "/personen/999993653?x",
            "12345672",
        ] {
            assert!(may_hold_bsn(text), "{text}");
        }
        for text in [
            "",
            "404",
            "999993654",
            "00000099000000001000",
            "000000000",
            "9999936531",
        ] {
            assert!(!may_hold_bsn(text), "{text}");
        }
    }
}
