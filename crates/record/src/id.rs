//! Identifiers derived from content.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not an identifier: identifiers are 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an identifier: 32 lower-case hexadecimal digits are expected")]
pub struct BadId(String);

/// The first 16 bytes of a BLAKE3 hash over length-prefixed parts, so that `("ab", "c")` and
/// `("a", "bc")` differ.
fn digest(domain: &str, parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    id
}

fn parse_hex(text: &str) -> Option<[u8; 16]> {
    let digits = text.as_bytes();
    if digits.len() != 32 {
        return None;
    }
    let mut id = [0; 16];
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |c: u8| match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(id)
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $domain:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The identifier of whatever these parts describe. Equal parts give equal identifiers.
            #[must_use]
            pub fn of(parts: &[&[u8]]) -> Self {
                Self(digest($domain, parts))
            }

            /// The 16 bytes, as the store keeps them.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Takes bytes that came from [`Self::as_bytes`].
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse_hex(text).map(Self).ok_or_else(|| BadId(text.to_owned()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
            }
        }
    };
}

id_type!(
    /// One repository, folder or archive at one revision.
    SourceId, "source"
);
id_type!(
    /// One file of a source.
    FileId, "file"
);
id_type!(
    /// Distributions that are installed together.
    EnvironmentId, "environment"
);
id_type!(
    /// A function, method or class in a file.
    UnitId, "unit"
);
id_type!(
    /// A self-contained text. The identifier depends on the text and the entry alone, so that the
    /// same program found twice is one program.
    ProgramId, "program"
);
id_type!(
    /// Setup statements and a call expression for a program.
    CallId, "call"
);
id_type!(
    /// An executed call.
    RunId, "run"
);
id_type!(
    /// A question with its checked answer.
    SampleId, "sample"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_length_prefixed_and_domains_differ() {
        assert_ne!(RunId::of(&[b"ab", b"c"]), RunId::of(&[b"a", b"bc"]));
        assert_ne!(
            RunId::of(&[b"x"]).as_bytes(),
            CallId::of(&[b"x"]).as_bytes()
        );
    }

    #[test]
    fn text_round_trips_and_rejects_upper_case() {
        let id = SampleId::of(&[b"x"]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().to_uppercase().parse::<SampleId>().is_err());
        assert!("00".parse::<SampleId>().is_err());
    }
}
