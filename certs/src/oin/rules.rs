//! Which OINs are accepted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::{Oin, OinError, OinPrefix};

/// Which OINs are accepted: the registers known today, and what was added by configuration, because
/// Logius keeps the list of prefixes apart from the standard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OinRules {
    /// Whether test numbers (00000099) are accepted.
    pub test_numbers: bool,
    /// Prefixes of registers that were added since.
    pub added: Vec<OinRegister>,
    /// Prefixes whose main number may have capitals: the OIN-Stelsel leaves it to the register (BRIN).
    pub alphanumeric: Vec<OinRegister>,
}

impl OinRules {
    /// Real numbers and test numbers.
    #[must_use]
    pub fn with_test_numbers() -> Self {
        Self {
            test_numbers: true,
            ..Self::default()
        }
    }

    /// Reads an OIN.
    ///
    /// # Errors
    ///
    /// [`OinError`] names the rule that the text breaks.
    pub fn parse(&self, text: &str) -> Result<Oin, OinError> {
        let digits: [u8; 20] = text
            .as_bytes()
            .try_into()
            .map_err(|_| OinError::Length(text.len()))?;
        let (register, rest) = digits
            .split_first_chunk::<8>()
            .ok_or(OinError::Length(text.len()))?;
        let lettered = self.alphanumeric.iter().any(|known| known.0 == *register);
        // Eight or nine positions of the main number, of which the ninth is a zero for the KvK.
        let may_be_letter = |position: usize, byte: u8| {
            lettered && (8..17).contains(&position) && byte.is_ascii_uppercase()
        };
        let wrong = digits
            .iter()
            .enumerate()
            .position(|(position, byte)| !byte.is_ascii_digit() && !may_be_letter(position, *byte));
        if let Some(position) = wrong {
            return Err(OinError::NotADigit(position));
        }
        let prefix = match known(register) {
            Some(OinPrefix::Test) if !self.test_numbers => return Err(OinError::TestNumber),
            Some(prefix) => prefix,
            None if self.added.iter().any(|added| added.0 == *register) => OinPrefix::Added,
            None => return Err(OinError::UnknownPrefix),
        };
        let suffix = if prefix == OinPrefix::Kvk {
            "0000"
        } else {
            "000"
        };
        if !rest.ends_with(suffix.as_bytes()) {
            return Err(OinError::Suffix(suffix));
        }
        Ok(Oin { digits, prefix })
    }
}

fn known(register: &[u8; 8]) -> Option<OinPrefix> {
    Some(match register {
        b"00000001" => OinPrefix::Rsin,
        b"00000002" => OinPrefix::Fi,
        b"00000003" => OinPrefix::Kvk,
        b"00000004" => OinPrefix::SubOin,
        b"00000006" => OinPrefix::Logius,
        b"00000007" => OinPrefix::Brin,
        b"00000008" => OinPrefix::Foreign,
        b"00000009" => OinPrefix::Uzi,
        b"00000010" => OinPrefix::TrrBd,
        b"00000099" => OinPrefix::Test,
        _ => return None,
    })
}

/// The first eight digits of an OIN, which name the register of its main number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OinRegister([u8; 8]);

impl FromStr for OinRegister {
    type Err = OinPrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: [u8; 8] = text.as_bytes().try_into().map_err(|_| OinPrefixError)?;
        let sound = digits.starts_with(b"000000") && digits.iter().all(u8::is_ascii_digit);
        if sound {
            Ok(Self(digits))
        } else {
            Err(OinPrefixError)
        }
    }
}

impl fmt::Display for OinRegister {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only ASCII digits come in, so the fallback is never taken.
        formatter.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl fmt::Debug for OinRegister {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OinRegister({self})")
    }
}

impl<'de> Deserialize<'de> for OinRegister {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no prefix of an OIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a prefix of an OIN is eight digits that start with 000000, in quotes, such as \"00000011\""
)]
pub struct OinPrefixError;

#[cfg(test)]
mod tests {
    use super::*;

    fn registers(prefixes: &[&str]) -> Vec<OinRegister> {
        prefixes
            .iter()
            .map(|prefix| prefix.parse().unwrap())
            .collect()
    }

    #[test]
    fn what_is_accepted_can_be_widened_by_register() {
        let production = OinRules::default();
        let added = OinRules {
            added: registers(&["00000011"]),
            ..OinRules::default()
        };
        let lettered = OinRules {
            alphanumeric: registers(&["00000007"]),
            ..OinRules::default()
        };
        let real = Ok(OinPrefix::Kvk);
        let cases = [
            (&production, "00000003123456780000", real),
            (
                &production,
                "00000099123456789000",
                Err(OinError::TestNumber),
            ),
            (
                &production,
                "00000011123456789000",
                Err(OinError::UnknownPrefix),
            ),
            (&added, "00000011123456789000", Ok(OinPrefix::Added)),
            (&added, "00000011123456789001", Err(OinError::Suffix("000"))),
            (&added, "00000012123456789000", Err(OinError::UnknownPrefix)),
            (
                &production,
                "0000000712AB34567000",
                Err(OinError::NotADigit(10)),
            ),
            (&lettered, "0000000712AB34567000", Ok(OinPrefix::Brin)),
            (
                &lettered,
                "0000000712ab34567000",
                Err(OinError::NotADigit(10)),
            ),
            (
                &lettered,
                "0000000712AB3456700A",
                Err(OinError::NotADigit(19)),
            ),
            (
                &lettered,
                "000000A712AB34567000",
                Err(OinError::NotADigit(6)),
            ),
            (
                &lettered,
                "0000000312AB34560000",
                Err(OinError::NotADigit(10)),
            ),
        ];
        for (rules, text, expected) in cases {
            assert_eq!(
                rules.parse(text).map(|oin| oin.prefix()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_register_is_eight_digits() {
        for bad in [
            "",
            "11",
            "0000001",
            "000000011",
            "00000a11",
            "10000011",
            "0000001\n",
        ] {
            assert_eq!(bad.parse::<OinRegister>(), Err(OinPrefixError), "{bad:?}");
        }
        assert_eq!(registers(&["00000011"])[0].to_string(), "00000011");
    }
}
