//! Rows about who a leaf says that its holder is.

use super::*;
use crate::test_kit::{BMP, IA5, ORGANISATION, PRINTABLE, SERIAL_NUMBER, SUBJECT, UTF8, name};

const NAMED: (u8, u8, &[u8]) = (ORGANISATION, UTF8, b"Gemeente Voorbeeld");

fn serial_number(tag: u8, value: &[u8]) -> (u8, u8, &[u8]) {
    (SERIAL_NUMBER, tag, value)
}

/// The verdict upon a leaf with this subject.
fn judged_with(hierarchy: &mut Hierarchy, subject: &[&[(u8, u8, &[u8])]]) -> Verdict {
    let chain = hierarchy.with_field(0, SUBJECT, &name(subject));
    judged(hierarchy, &chain)
}

#[test]
fn row_17_a_leaf_has_an_oin_of_a_register() {
    for mut hierarchy in both() {
        for (oin, expected) in [
            ("00000003123456780000", Ok(())),
            ("00000001123456782000", Ok(())),
            ("00000004123456789000", Ok(())),
            // 19 and 21 characters
            ("0000000312345678000", Err(Rule::Oin)),
            ("000000031234567800000", Err(Rule::Oin)),
            ("0000000312345678000A", Err(Rule::Oin)),
            ("0000000a123456780000", Err(Rule::Oin)),
            // prefixes that no register has
            ("00000000123456789000", Err(Rule::Oin)),
            ("00000005123456789000", Err(Rule::Oin)),
            ("00000011123456789000", Err(Rule::Oin)),
            ("12345678901234567891", Err(Rule::Oin)),
            // endings
            ("00000001123456782001", Err(Rule::Oin)),
            ("00000003123456789000", Err(Rule::Oin)),
            // test numbers, in production
            ("00000099123456789000", Err(Rule::Oin)),
        ] {
            let subject = [NAMED, serial_number(PRINTABLE, oin.as_bytes())];
            let found = judged_with(&mut hierarchy, &[&subject[..1], &subject[1..]]);
            assert_eq!(found, expected, "{oin}");
        }
    }
}

#[test]
fn row_17_a_leaf_says_its_oin_once_and_plainly() {
    let bmp: Vec<u8> = OIN.bytes().flat_map(|digit| [0, digit]).collect();
    let wide = "０".repeat(20);
    let good = serial_number(PRINTABLE, OIN.as_bytes());
    let other = serial_number(PRINTABLE, b"00000001123456782000");
    for mut hierarchy in both() {
        for (case, attributes, expected) in [
            ("PrintableString", vec![good], Ok(())),
            (
                "UTF8String",
                vec![serial_number(UTF8, OIN.as_bytes())],
                Ok(()),
            ),
            ("none", vec![], Err(Rule::NotAPeer)),
            (
                "empty",
                vec![serial_number(PRINTABLE, b"")],
                Err(Rule::NotAPeer),
            ),
            ("two", vec![good, other], Err(Rule::NotAPeer)),
            ("twice the same", vec![good, good], Err(Rule::NotAPeer)),
            (
                "BMPString",
                vec![serial_number(BMP, &bmp)],
                Err(Rule::NotAPeer),
            ),
            (
                "IA5String",
                vec![serial_number(IA5, OIN.as_bytes())],
                Err(Rule::NotAPeer),
            ),
            (
                "NUL",
                vec![serial_number(UTF8, b"0000000312345678000\0")],
                Err(Rule::NotAPeer),
            ),
            (
                "a space behind",
                vec![serial_number(PRINTABLE, b"0000000312345678000 ")],
                Err(Rule::NotAPeer),
            ),
            (
                "a space before",
                vec![serial_number(PRINTABLE, b" 0000003123456780000")],
                Err(Rule::NotAPeer),
            ),
            (
                "a line end",
                vec![serial_number(UTF8, b"00000003123456780000\n")],
                Err(Rule::NotAPeer),
            ),
            (
                "wide digits",
                vec![serial_number(UTF8, wide.as_bytes())],
                Err(Rule::NotAPeer),
            ),
        ] {
            let mut subject = vec![vec![NAMED]];
            subject.extend(attributes.iter().map(|attribute| vec![*attribute]));
            let subject: Vec<&[(u8, u8, &[u8])]> = subject.iter().map(Vec::as_slice).collect();
            let found = judged_with(&mut hierarchy, &subject);
            let refused = found.is_err();
            assert_eq!(refused, expected.is_err(), "{case}: {found:?}");
            if let Err(rule) = found {
                assert!(
                    [Rule::NotAPeer, Rule::Oin].contains(&rule),
                    "{case}: {rule:?}"
                );
            }
        }
        // Two in one component of the name.
        let found = judged_with(&mut hierarchy, &[&[NAMED], &[good, other]]);
        assert_eq!(found, Err(Rule::NotAPeer));
        // Beside the name of the organisation: one must be there.
        assert_eq!(judged_with(&mut hierarchy, &[&[good]]), Err(Rule::NotAPeer));
    }
}
