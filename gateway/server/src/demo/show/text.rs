//! Text: broken into lines, made presentable, and made short.

use serde_json::Value;

use crate::telemetry::without_bsn;

/// Members that say how a value is written, not what it is.
const NOT_SAID: [&str; 10] = [
    "aanduidingNaamgebruik",
    "code",
    "functieAdres",
    "korteStraatnaam",
    "land",
    "langFormaat",
    "redenOpname",
    "type",
    "volledigeNaam",
    "voorletters",
];

/// The text in lines of at most `width` columns, broken where a line ends in the text and at spaces; a word that is longer is
/// broken as well.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    text.split('\n')
        .flat_map(|line| wrapped_line(line, width))
        .collect()
}

fn wrapped_line(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        if !line.is_empty() && columns(&line) + 1 + columns(&word) > width {
            lines.push(std::mem::take(&mut line));
        }
        while columns(&word) > width {
            let rest = word.split_off(
                word.char_indices()
                    .nth(width)
                    .map_or(word.len(), |(place, _)| place),
            );
            lines.push(std::mem::replace(&mut word, rest));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Text of somebody else without what could steer a terminal, and without burgerservicenummers.
#[must_use]
pub fn presentable(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    String::from_utf8_lossy(&without_bsn(plain.as_bytes())).into_owned()
}

/// A JSON value in some words, at most `length` characters; without burgerservicenummers.
#[must_use]
pub fn summary(value: &Value, length: usize) -> String {
    let mut words = Vec::new();
    collect(value, &mut words);
    let text = presentable(&words.join(" "));
    if columns(&text) <= length {
        return text;
    }
    let kept: String = text.chars().take(length.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

fn collect(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::String(text) => words.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !NOT_SAID.contains(&name.as_str()))
            .for_each(|(_, member)| collect(member, words)),
        other => words.push(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_broken_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrapped("een twee drie", 8), ["een twee", "drie"]);
        assert_eq!(wrapped("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("éénéén", 3), ["één", "één"]);
        assert_eq!(wrapped("a b\nc", 9), ["a b", "c"]);
    }

    #[test]
    fn a_summary_says_what_a_value_is_and_holds_no_bsn() {
        let born = json!({"datum": {"type": "Datum", "datum": "1991-03-14", "langFormaat": "14 maart 1991"}});
        assert_eq!(summary(&born, 30), "1991-03-14");
        assert_eq!(summary(&json!("999904000"), 30), "[bsn]");
        assert_eq!(
            summary(&json!([{"naam": "Jan"}, {"naam": "Piet"}]), 30),
            "Jan Piet"
        );
        assert_eq!(summary(&json!("abcdefgh"), 6), "abcd..");
    }
}
