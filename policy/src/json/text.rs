//! JSON texts: where they end, and what they say.

use std::borrow::Cow;

/// How far a text may be read without looking closer: the offset of the next quote, backslash or control character,
/// counted from the start of `bytes`; the length when there is none.
///
/// Eight bytes are looked at together: most of an answer is text.
pub(crate) fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let mut length = 0;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        // A byte below 0x20, equal to a quote or equal to a backslash sets the high bit of its place. Borrows can set
        // a bit too many only in places after the first real one, so the lowest bit is always true.
        let special = (word.wrapping_sub(ONES * 0x20) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash);
        let special = special & HIGHS;
        if special != 0 {
            return length + special.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length
        + rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
            .unwrap_or(rest.len())
}

/// Why an escape cannot be read.
const BAD_ESCAPE: &str = "a text holds an escape that JSON does not have";
const BAD_UNICODE: &str = "a text holds `\\u` without four hexadecimal digits";
const LONE_SURROGATE: &str = "a text holds half of a surrogate pair";

/// The length of the escape at the start of `bytes` (which starts with a backslash) and the character that it means.
pub(crate) fn escape(bytes: &[u8]) -> Result<(usize, char), &'static str> {
    let simple = match bytes.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(bytes),
        _ => return Err(BAD_ESCAPE),
    };
    Ok((2, simple))
}

fn unicode_escape(bytes: &[u8]) -> Result<(usize, char), &'static str> {
    let first = four_digits(bytes.get(2..6))?;
    if let Some(character) = char::from_u32(first) {
        return Ok((6, character));
    }
    let is_high = (0xd800..0xdc00).contains(&first);
    if !is_high || bytes.get(6..8) != Some(b"\\u") {
        return Err(LONE_SURROGATE);
    }
    let second = four_digits(bytes.get(8..12))?;
    if !(0xdc00..0xe000).contains(&second) {
        return Err(LONE_SURROGATE);
    }
    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    char::from_u32(code)
        .map(|character| (12, character))
        .ok_or(LONE_SURROGATE)
}

fn four_digits(digits: Option<&[u8]>) -> Result<u32, &'static str> {
    let digits = digits
        .filter(|digits| digits.len() == 4)
        .ok_or(BAD_UNICODE)?;
    digits.iter().try_fold(0, |value, digit| {
        char::from(*digit)
            .to_digit(16)
            .map(|digit| value * 16 + digit)
            .ok_or(BAD_UNICODE)
    })
}

/// What the inside of a text says, its escapes read. `inside` has been scanned before; what cannot be read is left out.
pub(crate) fn unescaped(inside: &str) -> String {
    let mut result = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(start) = rest.find('\\') {
        let (plain, escaped) = rest.split_at(start);
        result.push_str(plain);
        let Ok((length, character)) = escape(escaped.as_bytes()) else {
            return result;
        };
        result.push(character);
        rest = escaped.get(length..).unwrap_or_default();
    }
    result.push_str(rest);
    result
}

/// What a text says, given as the document writes it, quotes included. `raw` has been scanned before.
pub(crate) fn text_of(raw: &str) -> Cow<'_, str> {
    let inside = raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(raw);
    if inside.contains('\\') {
        Cow::Owned(unescaped(inside))
    } else {
        Cow::Borrowed(inside)
    }
}
