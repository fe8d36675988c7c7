//! Opt-outs: code that its author or owner took back.

use std::fmt;

use crate::{File, Source};

/// Code that must not be in the data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OptOut {
    /// All repositories of an owner, such as `octocat`.
    Owner(String),
    /// A repository: `owner/name`, or an address without scheme, such as `example.org/owner/name`.
    Repository(String),
    /// A file or folder of a repository.
    Path {
        /// The repository, as in [`OptOut::Repository`].
        repository: String,
        /// Path in it, with `/`.
        path: String,
    },
    /// A content or a revision by its Software Heritage identifier, without qualifiers.
    Swhid(String),
}

/// Maximal length of an opt-out.
const MAX_BYTES: usize = 4096;

impl OptOut {
    /// Reads a list with one entry a line; lines that start with `#` are comments.
    ///
    /// # Errors
    /// A line is no entry: its number, from 1, and why.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, (usize, String)> {
        let lines = (1..).zip(text.lines().map(str::trim));
        let entries = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        entries
            .map(|(number, line)| Self::parse(line).map_err(|why| (number, why)))
            .collect()
    }

    /// Reads an owner, a repository, a repository with a path behind a space, or a SWHID of a content or revision.
    ///
    /// # Errors
    /// It is none of these; the text says why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(format!("it has more than {MAX_BYTES} bytes"));
        }
        if text.starts_with("swh:") {
            let id = text.split(';').next().unwrap_or(text);
            let digits = ["swh:1:cnt:", "swh:1:rev:"]
                .iter()
                .find_map(|start| id.strip_prefix(start));
            return match digits {
                Some(digits)
                    if digits.len() == 40 && digits.bytes().all(|b| b.is_ascii_hexdigit()) =>
                {
                    Ok(Self::Swhid(id.to_ascii_lowercase()))
                }
                _ => Err(format!(
                    "`{text}` is no SWHID of a content (cnt) or revision (rev)"
                )),
            };
        }
        let (first, path) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let path = path.trim().trim_matches('/');
        let name = address(first);
        match (name.is_empty(), name.contains('/'), path.is_empty()) {
            (true, ..) => Err("it is empty".to_owned()),
            (_, true, true) => Ok(Self::Repository(name)),
            (_, true, false) => Ok(Self::Path {
                repository: name,
                path: path.to_owned(),
            }),
            (_, false, true) => Ok(Self::Owner(name)),
            (_, false, false) => Err(format!(
                "`{first}` is no repository: write owner/name or its address"
            )),
        }
    }

    /// Kind of what was taken back.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Owner(_) => "owner",
            Self::Repository(_) => "repository",
            Self::Path { .. } => "path",
            Self::Swhid(_) => "swhid",
        }
    }

    /// True if it covers this file of this source.
    #[must_use]
    pub fn covers(&self, source: &Source, file: &File) -> bool {
        self.covers_blob(source, &file.path, &file.blob)
    }

    /// True if it covers what a source has at this path, with this git blob id.
    #[must_use]
    pub fn covers_blob(&self, source: &Source, path: &str, blob: &str) -> bool {
        let of = |repository: &str| {
            let origin = address(&source.origin);
            origin == repository || origin.ends_with(&format!("/{repository}"))
        };
        match self {
            Self::Owner(owner) => {
                let origin = address(&source.origin);
                let mut parts = origin.rsplit('/');
                parts.nth(1) == Some(owner.as_str())
            }
            Self::Repository(repository) => of(repository),
            Self::Path {
                repository,
                path: taken,
            } => {
                let inside = path.strip_prefix(taken.as_str());
                of(repository)
                    && inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::Swhid(id) => {
                id.strip_prefix("swh:1:cnt:") == Some(blob)
                    || source.commit.is_some()
                        && id.strip_prefix("swh:1:rev:") == source.commit.as_deref()
            }
        }
    }
}

impl fmt::Display for OptOut {
    /// As [`OptOut::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(name) | Self::Repository(name) | Self::Swhid(name) => f.write_str(name),
            Self::Path { repository, path } => write!(f, "{repository} {path}"),
        }
    }
}

/// An address in lower case without scheme, user and `.git`: of `git@github.com:A/b.git`, `github.com/a/b`.
fn address(text: &str) -> String {
    let text = text.trim().trim_end_matches('/');
    let text = text.strip_suffix(".git").unwrap_or(text);
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        None => match text.split_once('@') {
            Some((_, rest)) => rest.replacen(':', "/", 1),
            None => text.to_owned(),
        },
    };
    let rest = match rest.split_once('/') {
        Some((host, path)) => format!("{}/{path}", host.rsplit('@').next().unwrap_or(host)),
        None => rest,
    };
    rest.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceId, SourceKind};

    fn source(origin: &str) -> Source {
        Source {
            id: SourceId::of(&[origin.as_bytes()]),
            name: "s".to_owned(),
            kind: SourceKind::Git,
            origin: origin.to_owned(),
            revision: String::new(),
            commit: Some("ab".repeat(20)),
            commit_date: None,
            tree: None,
            group: String::new(),
            environment: None,
        }
    }

    #[test]
    fn opt_outs_are_read_and_cover_what_they_name() {
        let hub = source("https://github.com/Octo/Cat.git");
        let blob = "cd".repeat(20);
        for (text, kind, path, covered) in [
            ("octo", "owner", "a.py", true),
            ("cat", "owner", "a.py", false),
            ("Octo/cat", "repository", "a.py", true),
            ("git@github.com:octo/cat.git", "repository", "a.py", true),
            ("https://gitlab.com/octo/cat", "repository", "a.py", false),
            ("to/cat", "repository", "a.py", false),
            ("octo/cat src/x", "path", "src/x/a.py", true),
            ("octo/cat src/x", "path", "src/xy.py", false),
            (
                &format!("swh:1:cnt:{blob};lines=1-2"),
                "swhid",
                "a.py",
                true,
            ),
            (
                &format!("swh:1:rev:{}", "ab".repeat(20)),
                "swhid",
                "a.py",
                true,
            ),
            (
                &format!("swh:1:rev:{}", "00".repeat(20)),
                "swhid",
                "a.py",
                false,
            ),
        ] {
            let read = OptOut::parse(text).unwrap();
            assert_eq!(read.kind(), kind, "{text}");
            assert_eq!(read.covers_blob(&hub, path, &blob), covered, "{text}");
            assert_eq!(OptOut::parse(&read.to_string()).as_ref(), Ok(&read));
        }
        for wrong in ["", "swh:1:dir:00", "name path/x.py"] {
            assert!(OptOut::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_has_comments_and_its_errors_a_line() {
        let text = "# taken back\n\n  octocat/hello\noctocat/hello src/a.py\n";
        assert_eq!(OptOut::parse_list(text).unwrap().len(), 2);
        let (line, why) = OptOut::parse_list("octocat/hello\nswh:1:x").unwrap_err();
        assert_eq!(line, 2);
        assert!(why.contains("SWHID"), "{why}");
    }
}
