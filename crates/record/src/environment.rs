//! Environments: other people's distributions that the programs of a source may import.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::EnvironmentId;

/// A distribution at a version, in the form of one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// Normalised name: `python-dateutil`.
    pub name: String,
    /// Its exact version, as the wheel has it.
    pub version: String,
    /// SHA-256 of the wheel, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl Locked {
    /// A distribution, where all parts are well formed.
    #[must_use]
    pub fn new(name: &str, version: &str, sha256: &str) -> Option<Self> {
        let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        let name = normalised(name);
        let plain = |text: &str, more: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        let fits = begins
            && plain(&name, "-")
            && plain(version, "._-+!")
            && sha256.len() == 64
            && sha256.chars().all(is_digit);
        fits.then(|| Self {
            name,
            version: version.to_owned(),
            sha256: sha256.to_owned(),
        })
    }

    /// The line of a requirements file that asks for this file and no other: `six==1.17.0 --hash=sha256:..`.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "{}=={} --hash=sha256:{}",
            self.name, self.version, self.sha256
        )
    }

    /// Reads what [`Self::line`] gives.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (wanted, sha256) = line.trim().split_once(" --hash=sha256:")?;
        let (name, version) = wanted.trim().split_once("==")?;
        Self::new(name, version, sha256)
    }
}

/// The name of a distribution in the one spelling that indexes compare: lower case, with single hyphens.
#[must_use]
pub fn normalised(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !normal.is_empty() {
            normal.push('-');
        }
        normal.push_str(&part.to_ascii_lowercase());
    }
    normal
}

/// Distributions that are installed together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock(Vec<Locked>);

impl Lock {
    /// The distributions in the order of their names, each once.
    #[must_use]
    pub fn new(mut distributions: Vec<Locked>) -> Self {
        distributions.sort();
        distributions.dedup();
        Self(distributions)
    }

    /// Reads lines of a requirements file as [`Self::lines`] gives them.
    ///
    /// # Errors
    /// The first line that is no such line.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let read = |line: &str| Locked::parse(line).ok_or_else(|| line.to_owned());
        lines
            .into_iter()
            .map(read)
            .collect::<Result<Vec<_>, _>>()
            .map(Self::new)
    }

    /// The distributions, by name.
    #[must_use]
    pub fn distributions(&self) -> &[Locked] {
        &self.0
    }

    /// True if nothing is installed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lines of a requirements file that installs these files and no others.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(Locked::line).collect()
    }

    /// Identifier of what is installed.
    #[must_use]
    pub fn id(&self) -> EnvironmentId {
        let lines = self.lines();
        let parts: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        EnvironmentId::of(&parts)
    }
}

/// The distributions of a source and what they offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The exact files of the distributions.
    pub lock: Lock,
    /// Top-level modules that they hold, sorted.
    pub modules: Vec<String>,
    /// True if there is native code among them.
    pub native: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_read_as_it_is_written_and_nothing_else_is() {
        let hash = "0".repeat(64);
        let one = Locked::new("Python_Dateutil", "2.9.0.post0", &hash).unwrap();
        assert_eq!(one.name, "python-dateutil");
        assert_eq!(Locked::parse(&one.line()), Some(one.clone()));
        let lock = Lock::new(vec![one.clone(), one]);
        assert_eq!(lock.distributions().len(), 1);
        let lines = lock.lines();
        assert_eq!(Lock::parse(lines.iter().map(String::as_str)), Ok(lock));
        for bad in [
            "six==1.0",
            "-e . --hash=sha256:0",
            &format!("six @ file:///x --hash=sha256:{hash}"),
            &format!("six==1 --index-url=x --hash=sha256:{hash}"),
            &format!("six==1 --hash=sha256:{}", hash.replace('0', "A")),
            &format!("--x==1 --hash=sha256:{hash}"),
        ] {
            assert_eq!(Lock::parse([bad]), Err(bad.to_owned()), "{bad}");
        }
    }
}
