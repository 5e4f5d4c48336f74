//! Why a key in PKCS#11 cannot be used.

use std::path::PathBuf;

use cryptoki::error::{Error, RvError};

/// Why a key in a PKCS#11 token cannot be used. The texts name tokens, keys and numbers, never a PIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs11Error {
    /// The shared library cannot be loaded.
    #[error(
        "`{}` cannot be loaded as a PKCS#11 module: {problem}; install the module of the token and name it",
        path.display()
    )]
    Module {
        /// The file.
        path: PathBuf,
        /// What the operating system or the module says.
        problem: String,
    },
    /// No token in any slot is the one that the URI describes.
    #[error(
        "no token fits `{wanted}`; {}: attach the token, or correct the URI",
        found_tokens(found)
    )]
    NoToken {
        /// The URI.
        wanted: String,
        /// The labels of the tokens that there are.
        found: Vec<String>,
    },
    /// More than one token fits.
    #[error("{count} tokens fit `{wanted}`; add token=, serial= or slot-id= so that one is left")]
    SeveralTokens {
        /// The URI.
        wanted: String,
        /// How many.
        count: usize,
    },
    /// The token has no such private key.
    #[error(
        "token `{token}` has no private key that fits `{wanted}`; correct object= and id=, or make the key"
    )]
    NoKey {
        /// The URI.
        wanted: String,
        /// Label of the token.
        token: String,
    },
    /// More than one private key fits.
    #[error(
        "{count} private keys of token `{token}` fit `{wanted}`; add id= or object= so that one is left"
    )]
    SeveralKeys {
        /// The URI.
        wanted: String,
        /// Label of the token.
        token: String,
        /// How many, at least.
        count: usize,
    },
    /// The token wants a PIN and none was given.
    #[error("token `{token}` asks for a PIN; name a file that holds it")]
    PinMissing {
        /// Label of the token.
        token: String,
    },
    /// The token refused the PIN. It was given once and is not given again.
    #[error(
        "token `{token}` refused the PIN; it is not tried again, so that the token is not locked: correct the file with the PIN"
    )]
    PinRefused {
        /// Label of the token.
        token: String,
    },
    /// The token refused this PIN before, in this process.
    #[error(
        "token `{token}` refused this PIN before; it is not tried again, so that the token is not locked: correct the file with the PIN, or restart when the token's PIN was changed to it"
    )]
    PinRefusedBefore {
        /// Label of the token.
        token: String,
    },
    /// One more wrong PIN would lock the token, so none is given.
    #[error(
        "token `{token}` would be locked by one more wrong PIN, so that none is tried; log in once by hand with the right PIN, with the tools of the token"
    )]
    PinFinalTry {
        /// Label of the token.
        token: String,
    },
    /// The token is locked.
    #[error("token `{token}` is locked; its security officer can unlock it")]
    PinLocked {
        /// Label of the token.
        token: String,
    },
    /// The PIN was never set, has expired, or must be changed first.
    #[error("the PIN of token `{token}` must be set or changed before the token can be used")]
    PinToBeChanged {
        /// Label of the token.
        token: String,
    },
    /// The key may not be used for signing.
    #[error("the key is not allowed to sign (CKA_SIGN is false); make a key for signing")]
    NotForSigning,
    /// The key wants the PIN again for every signature.
    #[error(
        "the key asks for the PIN at every signature (CKA_ALWAYS_AUTHENTICATE), which no gateway can give; make a key without"
    )]
    AlwaysAuthenticate,
    /// The token cannot sign as is needed; holds the mechanism.
    #[error("the token lacks the mechanism {0}, which signatures with this kind of key need")]
    NoMechanism(&'static str),
    /// The certificate's key is of a kind that cannot be used.
    #[error("the certificate must have a key of RSA with 2048 to 8192 bits, P-256, P-384 or P-521")]
    Unsupported,
    /// The key is not the one in the certificate.
    #[error(
        "the private key in the token does not belong to the certificate: a signature with it does not verify"
    )]
    KeyOfAnother,
    /// The token did not answer in time.
    #[error("the token did not answer within {milliseconds} ms; see whether it is reachable")]
    TimedOut {
        /// How long was waited.
        milliseconds: u64,
    },
    /// Every session hangs in a call that was given up.
    #[error("the token answers none of the {sessions} sessions; see whether it is reachable")]
    NotAnswering {
        /// How many sessions there may be.
        sessions: usize,
    },
    /// Too many signatures wait.
    #[error(
        "{waiting} signatures wait for the token already; allow more sessions, or spread the load"
    )]
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// The token, or the module, refused.
    #[error("the PKCS#11 module answers {0}")]
    Failed(String),
    /// No thread for signing could be started, or it broke off.
    #[error("no thread for signing could be had from the operating system")]
    NoThread,
}

impl From<Error> for Pkcs11Error {
    fn from(error: Error) -> Self {
        Self::Failed(match error {
            // What RvError displays is a paragraph of the standard; its name says enough.
            Error::Pkcs11(code, function) => format!("{} to C_{function:?}", return_value(code)),
            other => other.to_string(),
        })
    }
}

/// The name of a return value in the standard: `DeviceRemoved` is CKR_DEVICE_REMOVED.
fn return_value(code: RvError) -> String {
    if let RvError::VendorDefined(number) = code {
        return format!("CKR_VENDOR_DEFINED 0x{number:x}");
    }
    let mut name = "CKR".to_owned();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn found_tokens(found: &[String]) -> String {
    if found.is_empty() {
        "there is none".to_owned()
    } else {
        format!("there are `{}`", found.join("`, `"))
    }
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    #[test]
    fn return_values_have_their_name_of_the_standard() {
        let said = |code| Pkcs11Error::from(Error::Pkcs11(code, Function::Sign)).to_string();
        assert_eq!(
            said(RvError::DeviceRemoved),
            "the PKCS#11 module answers CKR_DEVICE_REMOVED to C_Sign"
        );
        assert!(said(RvError::VendorDefined(0x8000_0001)).contains("0x80000001"));
    }
}
