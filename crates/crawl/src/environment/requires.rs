//! The versions of Python that a source says it runs on: `requires-python` of its metadata, which are read and not
//! run.

use std::fmt;

use toml::{Table, Value};

use super::project::{ReadFile, ini_entries, poetry_version};

/// A statement about versions of Python, as in `>=3.9,<4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiresPython {
    text: String,
    /// Alternatives, each of clauses that all have to hold.
    alternatives: Vec<Vec<Clause>>,
}

impl fmt::Display for RequiresPython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// A comparison with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    comparison: Comparison,
    parts: Vec<u64>,
    /// True for a version that ends in `.*`.
    prefix: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    AtMost,
    Above,
    Below,
    Equal,
    Other,
    Compatible,
}

/// Longer ones first.
const COMPARISONS: [(&str, Comparison); 8] = [
    ("===", Comparison::Equal),
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Equal),
    ("!=", Comparison::Other),
    ("~=", Comparison::Compatible),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

impl RequiresPython {
    /// Statement of the metadata at the top of a source, if there is one: in `pyproject.toml`, in `setup.cfg`, or as a
    /// literal in `setup.py`.
    #[must_use]
    pub fn stated(read: &ReadFile<'_>) -> Option<Self> {
        let pyproject = read("pyproject.toml").and_then(|text| text.parse::<Table>().ok());
        let in_pyproject = pyproject.as_ref().and_then(|table| {
            let project = table
                .get("project")
                .and_then(|it| it.get("requires-python"));
            let poetry = || {
                let poetry = table.get("tool")?.get("poetry")?;
                poetry.get("dependencies")?.get("python")
            };
            project.or_else(poetry).and_then(Value::as_str)
        });
        if let Some(text) = in_pyproject {
            return Self::parse(text);
        }
        let in_cfg = read("setup.cfg").and_then(|text| {
            let mut entries = ini_entries(&text).into_iter();
            let entry =
                entries.find(|(section, key, _)| section == "options" && key == "python_requires");
            entry.map(|(_, _, lines)| lines.join(","))
        });
        if let Some(text) = in_cfg {
            return Self::parse(&text);
        }
        Self::parse(&literal(&read("setup.py")?, "python_requires")?)
    }

    /// Reads a statement; none where it says nothing about versions that is understood.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let alternatives: Vec<Vec<Clause>> = text
            .split("||")
            .map(|one| {
                one.split([',', ' '])
                    .filter_map(clauses)
                    .flatten()
                    .collect()
            })
            .collect();
        alternatives
            .iter()
            .any(|one| !one.is_empty())
            .then(|| Self {
                text: text.to_owned(),
                alternatives,
            })
    }

    /// True if a version fits.
    #[must_use]
    pub fn permits(&self, version: [u64; 3]) -> bool {
        let mut alternatives = self.alternatives.iter();
        alternatives.any(|clauses| clauses.iter().all(|clause| clause.holds(version)))
    }
}

/// The clauses of one word: one, or two for Poetry's `^3.9`.
fn clauses(word: &str) -> Option<Vec<Clause>> {
    let word = word.trim();
    let plain = match word.chars().next()? {
        '^' | '~' => poetry_version(word)?,
        _ => word.to_owned(),
    };
    plain.split(',').map(clause).collect()
}

fn clause(word: &str) -> Option<Clause> {
    let mut known = COMPARISONS.iter();
    let found = known.find_map(|(sign, comparison)| Some((word.strip_prefix(sign)?, *comparison)));
    let (version, comparison) = found.unwrap_or((word, Comparison::Equal));
    let version = version.trim();
    let (version, prefix) = match version.strip_suffix(".*") {
        Some(version) => (version, true),
        None => (version, false),
    };
    // Of a release that is not final, the number before its letters.
    let parts: Option<Vec<u64>> = version
        .split('.')
        .map(|part| {
            let end = part.find(|c: char| !c.is_ascii_digit());
            part[..end.unwrap_or(part.len())].parse().ok()
        })
        .collect();
    Some(Clause {
        comparison,
        parts: parts?,
        prefix,
    })
}

impl Clause {
    fn holds(&self, version: [u64; 3]) -> bool {
        let mut padded = [0; 3];
        for (place, part) in padded.iter_mut().zip(&self.parts) {
            *place = *part;
        }
        let starts = |count: usize| {
            version
                .iter()
                .zip(&self.parts)
                .take(count)
                .all(|(a, b)| a == b)
        };
        let equal = match self.prefix {
            true => starts(self.parts.len()),
            false => version == padded,
        };
        match self.comparison {
            Comparison::AtLeast => version >= padded,
            Comparison::AtMost => version <= padded,
            Comparison::Above => version > padded,
            Comparison::Below => version < padded,
            Comparison::Equal => equal,
            Comparison::Other => !equal,
            Comparison::Compatible => {
                version >= padded && starts(self.parts.len().saturating_sub(1))
            }
        }
    }
}

/// The text that a keyword of a call is given, where it is a literal.
fn literal(text: &str, keyword: &str) -> Option<String> {
    let rest = text.lines().find_map(|line| {
        let line = line.trim_start();
        let line = line.trim_start_matches(['"', '\'']);
        line.strip_prefix(keyword)
    })?;
    let rest = rest.trim_start_matches(['"', '\'']).trim_start();
    let rest = rest.strip_prefix(['=', ':'])?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (inside, _) = rest[1..].split_once(quote)?;
    Some(inside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(text: &str, version: [u64; 3]) -> bool {
        RequiresPython::parse(text).unwrap().permits(version)
    }

    #[test]
    fn versions_are_compared_as_pip_does() {
        for (text, version, fits) in [
            (">=3.12,!=3.14.1", [3, 12, 1], true),
            (">=3.12,!=3.14.1", [3, 14, 1], false),
            (">=3.12", [3, 11, 7], false),
            (">=3.9, <4", [3, 13, 0], true),
            ("!=3.0.*,!=3.1.*,>=2.7", [3, 1, 4], false),
            ("!=3.0.*,!=3.1.*,>=2.7", [3, 10, 0], true),
            ("~=3.8", [3, 12, 0], true),
            ("~=3.8.1", [3, 9, 0], false),
            ("==3.11.*", [3, 11, 7], true),
            ("^3.9", [3, 13, 0], true),
            ("^3.9", [4, 0, 0], false),
            (">=2.7,<3||>=3.10", [3, 11, 0], true),
            ("<3.12", [3, 12, 0], false),
            (">3.11", [3, 11, 7], true),
            (">=3.13.0a1", [3, 13, 0], true),
        ] {
            assert_eq!(permits(text, version), fits, "{text} {version:?}");
        }
    }

    #[test]
    fn metadata_are_read_in_the_order_of_the_tools() {
        let stated = |files: &[(&str, &str)]| {
            let read = |path: &str| {
                let mut files = files.iter();
                let found = files.find(|(name, _)| *name == path);
                found.map(|(_, text)| (*text).to_owned())
            };
            RequiresPython::stated(&read).map(|found| found.to_string())
        };
        let setup = (
            "setup.py",
            "setup(\n    name='x',\n    python_requires='>=3.8',\n)\n",
        );
        assert_eq!(stated(&[setup]).as_deref(), Some(">=3.8"));
        let cfg = ("setup.cfg", "[options]\npython_requires = >=3.9\n");
        assert_eq!(stated(&[setup, cfg]).as_deref(), Some(">=3.9"));
        let toml = ("pyproject.toml", "[project]\nrequires-python = '>=3.12'\n");
        assert_eq!(stated(&[setup, cfg, toml]).as_deref(), Some(">=3.12"));
        let poetry = (
            "pyproject.toml",
            "[tool.poetry.dependencies]\npython = '^3.10'\n",
        );
        assert_eq!(stated(&[poetry]).as_deref(), Some("^3.10"));
        let computed = ("setup.py", "setup(python_requires=VERSIONS)\n");
        assert_eq!(stated(&[computed]), None);
        assert_eq!(stated(&[]), None);
    }
}
