//! Why a key in PKCS#11 cannot be used.

use std::fmt;
use std::path::PathBuf;

use cryptoki::error::{Error, RvError};

/// Why a key in a PKCS#11 token cannot be used. The texts name tokens, keys and numbers, never a PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pkcs11Error {
    /// The shared library cannot be loaded.
    Module {
        /// The file.
        path: PathBuf,
        /// What the operating system or the module says.
        problem: String,
    },
    /// No token in any slot is the one that the URI describes.
    NoToken {
        /// The URI.
        wanted: String,
        /// The labels of the tokens that there are.
        found: Vec<String>,
    },
    /// More than one token fits.
    SeveralTokens {
        /// The URI.
        wanted: String,
        /// How many.
        count: usize,
    },
    /// The token has no such private key.
    NoKey {
        /// The URI.
        wanted: String,
        /// Label of the token.
        token: String,
    },
    /// More than one private key fits.
    SeveralKeys {
        /// The URI.
        wanted: String,
        /// Label of the token.
        token: String,
        /// How many, at least.
        count: usize,
    },
    /// The PIN does not open the token.
    Pin {
        /// Label of the token.
        token: String,
        /// Why not.
        problem: PinProblem,
    },
    /// The key may not be used for signing.
    NotForSigning,
    /// The key wants the PIN again for every signature.
    AlwaysAuthenticate,
    /// The token cannot sign as is needed; holds the mechanism.
    NoMechanism(&'static str),
    /// The certificate's key is of a kind that cannot be used.
    Unsupported,
    /// The key is not the one in the certificate.
    KeyOfAnother,
    /// The token did not answer in time.
    TimedOut {
        /// How long was waited.
        milliseconds: u64,
    },
    /// Every session hangs in a call that was given up.
    NotAnswering {
        /// How many sessions there may be.
        sessions: usize,
    },
    /// Too many signatures wait.
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// The token, or the module, refused.
    Failed(String),
    /// No thread for signing could be started.
    NoThread,
    /// The thread that should have signed came to an end.
    BrokeOff,
}

/// Why a PIN does not open a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinProblem {
    /// The token wants one and none was given.
    Missing,
    /// The token refused it.
    Refused,
    /// The token refused it before, in this process.
    RefusedBefore,
    /// One more wrong PIN would lock the token, so none was given.
    FinalTry,
    /// The token is locked.
    Locked,
    /// It was never set, has expired, or must be changed first.
    ToBeChanged,
}

impl Pkcs11Error {
    /// What is wrong.
    pub fn problem(&self) -> String {
        match self {
            Self::Module { path, problem } => format!(
                "`{}` cannot be loaded as a PKCS#11 module: {problem}",
                path.display()
            ),
            Self::NoToken { wanted, found } if found.is_empty() => {
                format!("no token fits `{wanted}`; there is no token at all")
            }
            Self::NoToken { wanted, found } => format!(
                "no token fits `{wanted}`; there are `{}`",
                found.join("`, `")
            ),
            Self::SeveralTokens { wanted, count } => format!("{count} tokens fit `{wanted}`"),
            Self::NoKey { wanted, token } => {
                format!("token `{token}` has no private key that fits `{wanted}`")
            }
            Self::SeveralKeys {
                wanted,
                token,
                count,
            } => format!("{count} private keys of token `{token}` fit `{wanted}`"),
            Self::Pin { token, problem } => match problem {
                PinProblem::Missing => format!("token `{token}` asks for a PIN"),
                PinProblem::Refused => format!("token `{token}` refused the PIN"),
                PinProblem::RefusedBefore => {
                    format!(
                        "token `{token}` refused this PIN before, so that it is not tried again"
                    )
                }
                PinProblem::FinalTry => {
                    format!("one more wrong PIN would lock token `{token}`, so that none is tried")
                }
                PinProblem::Locked => format!("token `{token}` is locked"),
                PinProblem::ToBeChanged => {
                    format!("the PIN of token `{token}` was never set or has expired")
                }
            },
            Self::NotForSigning => "the key is not allowed to sign (CKA_SIGN is false)".to_owned(),
            Self::AlwaysAuthenticate => {
                "the key asks for the PIN at every signature (CKA_ALWAYS_AUTHENTICATE)".to_owned()
            }
            Self::NoMechanism(name) => format!(
                "the token lacks the mechanism {name}, which signatures with this kind of key need"
            ),
            Self::Unsupported => {
                "the certificate's key is not RSA of 2048 to 8192 bits, P-256, P-384 or P-521"
                    .to_owned()
            }
            Self::KeyOfAnother => {
                "the private key in the token does not belong to the certificate".to_owned()
            }
            Self::TimedOut { milliseconds } => {
                format!("the token did not answer within {milliseconds} ms")
            }
            Self::NotAnswering { sessions: 1 } => "the token does not answer".to_owned(),
            Self::NotAnswering { sessions } => {
                format!("the token answers in none of its {sessions} sessions")
            }
            Self::Busy { waiting } => format!("{waiting} signatures wait for the token already"),
            Self::Failed(problem) => format!("the PKCS#11 module answers {problem}"),
            Self::NoThread => "no thread for signing could be started".to_owned(),
            Self::BrokeOff => "the thread that should have signed broke off".to_owned(),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Module { .. } => "install the PKCS#11 module of the token and name its file",
            Self::NoToken { .. } => "attach the token, or correct the URI",
            Self::SeveralTokens { .. } => "add token=, serial= or slot-id= so that one is left",
            Self::NoKey { .. } => "correct object= and id= of the URI, or make the key",
            Self::SeveralKeys { .. } => "add id= or object= so that one is left",
            Self::Pin { problem, .. } => match problem {
                PinProblem::Missing => "name a file that holds the PIN",
                PinProblem::Refused => {
                    "correct the file with the PIN; this one is not tried again, so that the token is not locked"
                }
                PinProblem::RefusedBefore => {
                    "correct the file with the PIN, or restart when this has become the token's PIN"
                }
                PinProblem::FinalTry => {
                    "log in once by hand with the right PIN, with the tools of the token"
                }
                PinProblem::Locked => "let the security officer of the token unlock it",
                PinProblem::ToBeChanged => "set the PIN with the tools of the token",
            },
            Self::NotForSigning => "make a key for signing",
            Self::AlwaysAuthenticate => "make a key without it: nobody is there to give the PIN",
            Self::NoMechanism(_) => "allow the mechanism, or use a key of another kind",
            Self::Unsupported => "request a certificate for such a key",
            Self::KeyOfAnother => "name the key with which the certificate was requested",
            Self::TimedOut { .. } | Self::NotAnswering { .. } => {
                "see whether the token can be reached"
            }
            Self::Busy { .. } => "allow more sessions, or spread the load",
            Self::Failed(_) | Self::BrokeOff => "see what the log of the token or its module says",
            Self::NoThread => "see how many threads the operating system allows",
        }
    }
}

impl fmt::Display for Pkcs11Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.problem(), self.remedy())
    }
}

impl std::error::Error for Pkcs11Error {}

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

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    #[test]
    fn return_values_have_their_name_of_the_standard() {
        let said = |code| Pkcs11Error::from(Error::Pkcs11(code, Function::Sign)).to_string();
        assert_eq!(
            said(RvError::DeviceRemoved),
            "the PKCS#11 module answers CKR_DEVICE_REMOVED to C_Sign; see what the log of the token or its module says"
        );
        assert!(said(RvError::VendorDefined(0x8000_0001)).contains("0x80000001"));
    }
}
