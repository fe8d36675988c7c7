//! A small repository made in code, and a short way to run the binary on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with a git repository, a corpus that names it, and room for stores and exports.
pub(crate) struct Bench {
    folder: TempDir,
}

const MATHS: &str = r#"# SPDX-License-Identifier: MIT
"""Numbers."""
import math
import random

SMALL = (2, 3, 5, 7)


def is_prime(number: int) -> bool:
    """Says whether a number is prime by trial division.

    Divisors above the square root need not be tried, since each pairs with one below.

    >>> is_prime(97)
    True
    >>> is_prime(91)
    False
    >>> is_prime(1)
    False
    """
    if number < 2:
        return False
    if number in SMALL:
        return True
    # Even numbers are sorted out first, so that the loop can take steps of two.
    if number % 2 == 0:
        return False
    for divisor in range(3, math.isqrt(number) + 1, 2):
        if number % divisor == 0:
            return False
    return True


def mean(values: list) -> float:
    """The arithmetic mean.

    Args:
        values: The numbers; at least one.

    Raises:
        ValueError: If there are none.

    >>> mean([1, 2, 6])
    3.0
    >>> mean([])
    Traceback (most recent call last):
        ...
    ValueError: no values
    """
    if not values:
        raise ValueError("no values")
    total = 0
    for value in values:
        total += value
    return total / len(values)


def dice() -> int:
    """Rolls a die, differently each time.

    >>> dice() in range(1, 7)
    True
    >>> dice()
    4
    """
    return random.randint(1, 1_000_000_000)


def forever(step: int) -> int:
    """Never ends.

    >>> forever(1)
    0
    """
    while step:
        step += 1
    return step
"#;

const TEXT: &str = r#"# SPDX-License-Identifier: MIT
"""Words."""
from maths import is_prime


def prime_words(sentence: str) -> list:
    """The words whose length is prime, which is of no use at all but shows an import.

    >>> prime_words("to be or maybe not")
    ['to', 'be', 'or', 'maybe', 'not']
    """
    return [word for word in sentence.split() if is_prime(len(word))]


class Counter:
    """Counts words as they come."""

    def __init__(self) -> None:
        self.counts = {}

    def add(self, word: str) -> int:
        """Counts one more and says how often the word was seen.

        >>> counter = Counter()
        >>> counter.add("a")
        1
        >>> counter.add("a")
        2
        """
        self.counts[word] = self.counts.get(word, 0) + 1
        return self.counts[word]
"#;

const TESTS: &str = r#"import pytest

from maths import is_prime, mean


def test_mean():
    values = [2, 4]
    assert mean(values) == 3


@pytest.mark.parametrize("number, expected", [(2, True), (9, False), (25, False)])
def test_is_prime(number, expected):
    assert is_prime(number) == expected
"#;

const PACKAGE: &str = "import numpy as np\n\n\ndef norm(x):\n    \"\"\"Norm.\n\n    >>> norm([3, 4])\n    5.0\n    \"\"\"\n    return np.linalg.norm(x)\n";

impl Bench {
    /// A folder without anything in it.
    pub(crate) fn empty() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// Makes the repository with fixed author and time.
    pub(crate) fn new() -> Self {
        let bench = Self::empty();
        let repository = bench.path("repository");
        fs::create_dir_all(repository.join("tests")).unwrap();
        for (name, text) in [
            ("maths.py", MATHS),
            ("text.py", TEXT),
            ("tests/test_maths.py", TESTS),
            ("package.py", PACKAGE),
            ("broken.py", "def f(:\n    return 1\n"),
            ("old.py", "print 'hello'\nexec 'x = 1'\n"),
        ] {
            fs::write(repository.join(name), text).unwrap();
        }
        fs::write(repository.join("latin.py"), b"x = '\xe9'\n").unwrap();
        for arguments in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["add", "--all"],
            &["commit", "--quiet", "--message=First"],
        ] {
            git(&repository, arguments);
        }
        let url = repository.to_str().unwrap();
        bench.write(
            "corpus.toml",
            &format!(
                "name = \"fixture\"\n\n[split]\ngroup_by = \"file\"\nratios = [0.5, 0.25, 0.25]\n\n\
                 [[source]]\nkind = \"git\"\nurl = \"{url}\"\nrevision = \"main\"\n"
            ),
        );
        bench
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The binary, in the folder, with a cache of its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracestone"));
        command
            .current_dir(self.folder.path())
            .env("TRACESTONE_CACHE", self.path("cache"))
            .env_remove("TRACESTONE_STORE")
            .args(arguments);
        command
    }

    /// Runs the binary.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the binary, which must succeed; gives its standard output.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "tracestone {arguments:?} ended with {}\n{}",
            output.status,
            stderr(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the binary, which must end with this code; gives what it wrote to standard error.
    pub(crate) fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        text
    }

    /// The files of a folder with their bytes, by name.
    pub(crate) fn files(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.path(folder), "", &mut files);
        files.sort();
        files
    }
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder of files that is a git repository with one commit.
pub(crate) fn repository(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "--all"],
        &["commit", "--quiet", "--message=First"],
    ] {
        git(folder, arguments);
    }
}

/// Runs git with a fixed identity and time.
pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .status()
        .expect("git must be installed to run these tests");
    assert!(status.success(), "git {arguments:?}");
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
}
