//! Requirements: which distributions in which versions. The syntax is that of PEP 508 without addresses, so that
//! a requirement can name nothing but a distribution of the user's own package index.

use std::fmt;

/// A requirement, in one line and without anything that pip could take for an option, a path or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement(String);

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Requirement {
    /// The name that the requirement starts with.
    #[must_use]
    pub fn name(&self) -> &str {
        let end = self.0.find(|c: char| !is_of_name(c));
        &self.0[..end.unwrap_or(self.0.len())]
    }

    /// The extras that it asks for.
    pub(super) fn extras(&self) -> impl Iterator<Item = &str> {
        let inside = self
            .0
            .split_once('[')
            .and_then(|(_, rest)| rest.split_once(']'));
        let extras = inside.map_or("", |(extras, _)| extras).split(',');
        extras.filter(|extra| !extra.is_empty())
    }

    /// Reads a requirement.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text.trim() };
        let name = reader.take(is_of_name);
        let ends_well =
            |name: &str| name.starts_with(is_alphanumeric) && name.ends_with(is_alphanumeric);
        if !ends_well(name) {
            return Err(reader.wrong(text, "does not start with the name of a distribution"));
        }
        let mut line = name.to_owned();
        if reader.eat("[") {
            let mut extras = Vec::new();
            loop {
                let extra = reader.take(is_of_name);
                if !ends_well(extra) {
                    return Err(reader.wrong(text, "has extras that are no names"));
                }
                extras.push(extra);
                if reader.eat("]") {
                    break;
                }
                if !reader.eat(",") {
                    return Err(reader.wrong(text, "has extras that do not end"));
                }
            }
            line.push_str(&format!("[{}]", extras.join(",")));
        }
        if reader.sees("@") {
            return Err(reader.wrong(
                text,
                "names an address, and only the package index is asked",
            ));
        }
        let in_brackets = reader.eat("(");
        let mut versions = Vec::new();
        while let Some(comparison) = COMPARISONS.iter().find(|one| reader.eat(one)) {
            let version = reader.take(|c| is_alphanumeric(c) || "._*+!-".contains(c));
            if !version.starts_with(|c: char| is_alphanumeric(c)) {
                return Err(reader.wrong(text, "has a comparison without a version"));
            }
            versions.push(format!("{comparison}{version}"));
            if !reader.eat(",") {
                break;
            }
        }
        if in_brackets && !reader.eat(")") {
            return Err(reader.wrong(text, "has a bracket that does not end"));
        }
        line.push_str(&versions.join(","));
        // pip takes such a text for the path of a file.
        let lower = line.to_ascii_lowercase();
        if ARCHIVES.iter().any(|ending| lower.ends_with(ending)) {
            return Err(reader.wrong(
                text,
                "looks like a file, and only the package index is asked",
            ));
        }
        if reader.eat(";") {
            let marker = marker(reader.rest).map_err(|why| reader.wrong(text, why))?;
            line.push_str(&format!("; {marker}"));
        } else if !reader.rest.is_empty() {
            return Err(reader.wrong(text, "goes on with something else"));
        }
        Ok(Self(line))
    }
}

/// Endings of archives.
const ARCHIVES: [&str; 13] = [
    ".whl", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".lz", ".tlz", ".lzma",
    ".egg",
];

/// Longer ones first.
const COMPARISONS: [&str; 8] = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"];

/// Variables of environment markers.
const VARIABLES: [&str; 12] = [
    "python_version",
    "python_full_version",
    "os_name",
    "sys_platform",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform_machine",
    "platform_python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
];

/// An environment marker, its words checked and put together anew.
fn marker(text: &str) -> Result<String, &'static str> {
    let mut reader = Reader { rest: text.trim() };
    let mut words: Vec<String> = Vec::new();
    while !reader.rest.is_empty() {
        if let Some(sign) = ["(", ")"].iter().find(|sign| reader.eat(sign)) {
            words.push((*sign).to_owned());
        } else if let Some(comparison) = COMPARISONS.iter().find(|one| reader.eat(one)) {
            words.push((*comparison).to_owned());
        } else if let Some(quote) = ["'", "\""].iter().find(|quote| reader.eat(quote)) {
            let inside = reader.take(|c| (' '..='~').contains(&c) && !"'\"\\".contains(c));
            if !reader.eat(quote) {
                return Err("has a marker with a text that does not end");
            }
            words.push(format!("\"{inside}\""));
        } else {
            let word = reader.take(|c| is_alphanumeric(c) || c == '_');
            let known = VARIABLES.contains(&word) || ["and", "or", "in", "not"].contains(&word);
            if !known {
                return Err("has an environment marker that is not known");
            }
            words.push(word.to_owned());
        }
    }
    match words.is_empty() {
        true => Err("has an empty environment marker"),
        false => Ok(words.join(" ")),
    }
}

fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn is_of_name(c: char) -> bool {
    is_alphanumeric(c) || "._-".contains(c)
}

/// The rest of a requirement.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Takes the characters of a kind, and the spaces after them.
    fn take(&mut self, kind: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !kind(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        taken
    }

    fn sees(&self, sign: &str) -> bool {
        self.rest.starts_with(sign)
    }

    /// Takes a sign, and the spaces after it, if it is next.
    fn eat(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn wrong(&self, text: &str, why: &str) -> String {
        let shown: String = text.trim().chars().take(100).collect();
        format!("`{}` {why}", shown.replace(char::is_control, " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_written_in_one_way() {
        for (text, line) in [
            ("six", "six"),
            ("  six >= 1.5 ", "six>=1.5"),
            ("numpy >=1.20, != 1.21.0,<3", "numpy>=1.20,!=1.21.0,<3"),
            ("a.b-c_d[x, y_z] (~=1.0)", "a.b-c_d[x,y_z]~=1.0"),
            ("x==1.*", "x==1.*"),
            (
                "tomli>=2 ; python_version < '3.11' and (os_name == \"posix\")",
                "tomli>=2; python_version < \"3.11\" and ( os_name == \"posix\" )",
            ),
        ] {
            assert_eq!(Requirement::parse(text).unwrap().to_string(), line);
        }
        assert_eq!(Requirement::parse("a.b[x]>1").unwrap().name(), "a.b");
    }

    #[test]
    fn nothing_but_a_distribution_of_the_index_is_a_requirement() {
        for text in [
            "",
            "-e .",
            "--index-url https://example.org",
            "-r other.txt",
            "./local",
            "/abs",
            "..",
            "six @ file:///tmp/six.whl",
            "git+https://example.org/x",
            "https://example.org/x.whl",
            "six --hash=sha256:00",
            "six==1.0 --config-settings=x=y",
            "six\n--index-url=x",
            "six; import os",
            "six; python_version < '3\\'",
            "six; python_version < '3",
            "six>=",
            "six[",
            "six[a",
            "six.whl",
            "six==1.0.ZIP",
            "six-1.0.tar.gz",
            "six (>1",
            "six;",
            "\u{0301}six",
            "six==1;os_name=='a'#b",
        ] {
            assert!(Requirement::parse(text).is_err(), "{text}");
        }
    }
}
