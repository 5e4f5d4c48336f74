//! One macro for the validated, shared strings of the protocol.

/// Gives a newtype around `Arc<str>` what every identifier needs: reading access, display, and a
/// serde form that validates on the way in. The type itself must offer `parse`.
macro_rules! shared_text {
    ($name:ident, $error:ty) => {
        impl $name {
            /// The text as it stands in JSON.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same text, shared: cloning the answer copies no characters.
            #[must_use]
            pub fn shared(&self) -> std::sync::Arc<str> {
                std::sync::Arc::clone(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use shared_text;
