//! The number that identifies a Dutch (semi-)public organisation.

mod rules;

pub use rules::{OinPrefixError, OinRegister, OinRules};

use std::fmt;
use std::str::FromStr;

/// An Organisatie-identificatienummer: 20 digits, of which 8 name the register (OIN-Stelsel, data
/// architecture; PKIoverheid test profile of the Policy Authority: `^000000[0-9]{2}[0-9]{9}000$`).
///
/// The text is compared as raw ASCII; nothing is trimmed or normalised. The main number has capitals only
/// where [`OinRules`] allow it for its register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oin {
    digits: [u8; 20],
    prefix: OinPrefix,
}

/// The register from which the main number of an [`Oin`] was taken: its first eight digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OinPrefix {
    /// `00000001`: RSIN, Handelsregister.
    Rsin,
    /// `00000002`: Fi-nummer, Belastingdienst.
    Fi,
    /// `00000003`: KvK-nummer; main number of eight digits, so the suffix is `0000`.
    Kvk,
    /// `00000004`: SubOIN, given out by Logius without meaning.
    SubOin,
    /// `00000006`: given out by Logius, among others for the Caribbean Netherlands.
    Logius,
    /// `00000007`: BRIN, DUO (education).
    Brin,
    /// `00000008`: foreign numbers.
    Foreign,
    /// `00000009`: UZI-nummer (care).
    Uzi,
    /// `00000010`: TRR-BD, foreign parties.
    TrrBd,
    /// `00000099`: test number that anybody may use; never in production.
    Test,
    /// A prefix that only [`OinRules`] know: given out after this was written.
    Added,
}

impl Oin {
    /// Reads an OIN of the registers known today, test numbers included.
    ///
    /// # Errors
    ///
    /// [`OinError`] names the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, OinError> {
        OinRules::with_test_numbers().parse(text)
    }

    /// The register that the number comes from.
    pub fn prefix(&self) -> OinPrefix {
        self.prefix
    }

    /// Whether this is a test number, which production must refuse.
    pub fn is_test(&self) -> bool {
        self.prefix == OinPrefix::Test
    }

    /// Whether the check digit of an RSIN or Fi number is right (11-test). The OIN-Stelsel does not ask for
    /// it; other registers have none.
    pub(crate) fn check_digit_holds(&self) -> bool {
        if !matches!(self.prefix, OinPrefix::Rsin | OinPrefix::Fi) {
            return true;
        }
        let digits = self.digits.iter().skip(8).take(9);
        let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
        let sum: i32 = digits
            .zip(weights)
            .map(|(digit, weight)| i32::from(digit.wrapping_sub(b'0')) * weight)
            .sum();
        sum % 11 == 0
    }

    /// The 20 characters as text.
    pub fn as_str(&self) -> &str {
        // The constructor only lets ASCII digits through, so the fallback is never taken.
        std::str::from_utf8(&self.digits).unwrap_or_default()
    }
}

impl fmt::Display for Oin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Oin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Oin({self})")
    }
}

impl FromStr for Oin {
    type Err = OinError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Why a text is no OIN. The text itself is never repeated: it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OinError {
    /// Not 20 bytes long; holds the length found.
    #[error("OIN has {0} bytes; it needs 20 digits")]
    Length(usize),
    /// Something else than an ASCII digit; holds its byte position, from 0.
    #[error("OIN has a character at position {0} that is not a digit")]
    NotADigit(usize),
    /// The first eight digits name no register that gives out OINs.
    #[error(
        "OIN starts with an unassigned prefix; the first 8 digits must be 00000001 to 00000010 (without 05) or 00000099"
    )]
    UnknownPrefix,
    /// A test number where only real ones are accepted.
    #[error("OIN is for tests (00000099), and only real ones are accepted")]
    TestNumber,
    /// The number does not end in the zeros that its register asks for; holds those zeros.
    #[error("OIN must end in {0} for its prefix")]
    Suffix(&'static str),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn examples() {
        let cases = [
            ("00000099123456789000", Ok(OinPrefix::Test)),
            ("00000099999999910000", Ok(OinPrefix::Test)),
            ("00000003123456780000", Ok(OinPrefix::Kvk)),
            ("00000001123456782000", Ok(OinPrefix::Rsin)),
            ("00000004123456789000", Ok(OinPrefix::SubOin)),
            // The form is right; the RSIN's check digit is no rule of the OIN-Stelsel.
            ("00000001123456789000", Ok(OinPrefix::Rsin)),
            ("00000002123456789000", Ok(OinPrefix::Fi)),
            ("00000006123456789000", Ok(OinPrefix::Logius)),
            ("00000007123456789000", Ok(OinPrefix::Brin)),
            ("00000008123456789000", Ok(OinPrefix::Foreign)),
            ("00000009123456789000", Ok(OinPrefix::Uzi)),
            ("00000010123456789000", Ok(OinPrefix::TrrBd)),
            // Organisations that the documentation names.
            ("00000001002220647000", Ok(OinPrefix::Rsin)),
            ("00000004194049711000", Ok(OinPrefix::SubOin)),
            ("00000001822477348000", Ok(OinPrefix::Rsin)),
            ("00000003123456789000", Err(OinError::Suffix("0000"))),
            ("00000005123456789000", Err(OinError::UnknownPrefix)),
            ("00000011123456789000", Err(OinError::UnknownPrefix)),
            ("00000001123456782001", Err(OinError::Suffix("000"))),
            ("0000000312345678000", Err(OinError::Length(19))),
            ("000000031234567800000", Err(OinError::Length(21))),
            // The FSC specification's own example peer ids.
            ("12345678901234567891", Err(OinError::UnknownPrefix)),
            ("00000000000000000001", Err(OinError::UnknownPrefix)),
            ("00000003 12345678 0000", Err(OinError::Length(22))),
            ("00000003 12345678000", Err(OinError::NotADigit(8))),
            (" 0000003123456780000", Err(OinError::NotADigit(0))),
            ("0000000312345678000 ", Err(OinError::NotADigit(19))),
            ("00000003123456780000\n", Err(OinError::Length(21))),
            ("0000000312345678000\0", Err(OinError::NotADigit(19))),
            ("0000000a123456780000", Err(OinError::NotADigit(7))),
            // Full-width digits, three bytes each: 60 bytes, or 20 bytes with two ASCII digits.
            (
                "０００００００３１２３４５６７８００００",
                Err(OinError::Length(60)),
            ),
            ("００００００00", Err(OinError::NotADigit(0))),
            ("", Err(OinError::Length(0))),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Oin::parse(text).map(|oin| oin.prefix()),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_rsin_has_a_check_digit() {
        for (text, holds) in [
            ("00000001123456782000", true),
            ("00000001123456789000", false),
            ("00000001002220647000", true),
            ("00000001822477348000", true),
            ("00000003123456780000", true),
        ] {
            assert_eq!(
                Oin::parse(text).unwrap().check_digit_holds(),
                holds,
                "{text}"
            );
        }
    }

    #[test]
    fn only_prefix_99_is_a_test_number() {
        assert!(Oin::parse("00000099123456789000").unwrap().is_test());
        assert!(!Oin::parse("00000003123456780000").unwrap().is_test());
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_kept(text in "(0000000[1-9][0-9]{12}|.{0,40}|.{20})") {
            if let Ok(oin) = Oin::parse(&text) {
                prop_assert_eq!(oin.to_string(), text);
            }
        }
    }
}
