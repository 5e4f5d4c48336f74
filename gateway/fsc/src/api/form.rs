//! `application/x-www-form-urlencoded`, writing only: reading is the HTTP server's.

/// Writes name-value pairs as a form body or query string (WHATWG URL, section 5.2).
pub(crate) fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        encode_into(name, &mut text);
        text.push('=');
        encode_into(value, &mut text);
    }
    text
}

fn encode_into(part: &str, text: &mut String) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or('0');
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                text.push(char::from(byte))
            }
            b' ' => text.push('+'),
            _ => text.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_escaped() {
        let text = encode([("scope", "$1$3$a-b_c"), ("naam", "Gemeente é&=+")]);
        assert_eq!(text, "scope=%241%243%24a-b_c&naam=Gemeente+%C3%A9%26%3D%2B");
        assert_eq!(encode([]), "");
    }
}
