//! The PIN of a token.

use std::fmt;

use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

/// Longest PIN, in bytes. Tokens take 4 to 255.
const PIN_BYTES_MAX: usize = 255;

/// The PIN of a token's user. Erased from memory when it is no longer needed, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Takes what a file with a PIN holds: the PIN, and at most one line end after it.
    ///
    /// # Errors
    ///
    /// [`PinError`] when it is empty, too long or no text.
    pub fn from_file_contents(contents: Vec<u8>) -> Result<Self, PinError> {
        let contents = Zeroizing::new(contents);
        let text = std::str::from_utf8(&contents).map_err(|_| PinError)?;
        let pin = text.strip_suffix('\n').unwrap_or(text);
        let pin = pin.strip_suffix('\r').unwrap_or(pin);
        if !(1..=PIN_BYTES_MAX).contains(&pin.len()) || pin.contains(['\n', '\r', '\0']) {
            return Err(PinError);
        }
        Ok(Self(Zeroizing::new(pin.to_owned())))
    }

    /// As the module wants it; this copy is erased as well.
    pub(super) fn secret(&self) -> AuthPin {
        AuthPin::from(self.0.as_str())
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pin([redacted])")
    }
}

/// A file holds no PIN. Nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file must hold a PIN of 1 to {PIN_BYTES_MAX} bytes on one line, and nothing else")]
pub struct PinError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_a_pin_and_it_is_not_shown() {
        for contents in ["1234", "1234\n", "1234\r\n", " 12 34 ", "pässe\n"] {
            let pin = Pin::from_file_contents(contents.into()).unwrap();
            assert_eq!(format!("{pin:?}"), "Pin([redacted])");
        }
        let long = "1".repeat(PIN_BYTES_MAX + 1);
        for contents in [
            "",
            "\n",
            "\r\n",
            "1234\n\n",
            "1234\n5678\n",
            "12\x0034",
            &long,
        ] {
            assert!(
                Pin::from_file_contents(contents.into()).is_err(),
                "{contents:?}"
            );
        }
        assert!(Pin::from_file_contents(vec![0xff, 0xfe]).is_err());
    }
}
