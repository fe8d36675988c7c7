//! The key of finished work.

use std::fmt;

use tracestone_record::Stage;

/// Identifies a piece of work: a hash of its inputs' identifiers, the stage's version and settings.
///
/// Work under a key that is marked done is not done again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 16]);

impl Key {
    /// The key of the work that these parts describe. Each part is hashed with its length, so that
    /// moving a byte from one part to the next gives another key.
    #[must_use]
    pub fn of(stage: Stage, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in std::iter::once(stage.name().as_bytes()).chain(parts.iter().copied()) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(key)
    }

    /// The 16 bytes, as the store keeps them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_and_the_borders_between_parts_matter() {
        let key = Key::of(Stage::Trace, &[b"ab", b"c"]);
        assert_ne!(key, Key::of(Stage::Trace, &[b"a", b"bc"]));
        assert_ne!(key, Key::of(Stage::Sample, &[b"ab", b"c"]));
        assert_eq!(key, Key::of(Stage::Trace, &[b"ab", b"c"]));
    }
}
