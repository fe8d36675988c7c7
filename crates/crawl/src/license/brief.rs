//! Licence files that hold no text, but only name licences: `SPDX-License-Identifier: MIT`, `MIT or Apache-2.0`.

use super::compare;
use super::header;
use super::statement::{self, Family, Stated};
use super::words;

/// The licence, with its line, of a text that has nothing but SPDX lines and lines of copyright.
pub(super) fn tagged(text: &str) -> Option<(String, usize)> {
    const MARKS: &[char] = &['#', '/', '*', ';', '-', '<', '!', '>'];
    let mut terms = Vec::new();
    let mut first = None;
    for (line, text) in text.lines().enumerate() {
        let lower = text.to_lowercase();
        let bare = lower.trim_start_matches(|c: char| c.is_whitespace() || MARKS.contains(&c));
        let of_holder = bare.starts_with("spdx-filecopyrighttext")
            || (words::is_copyright_line(text) && !lower.contains("spdx-licen"));
        if !text.contains(char::is_alphanumeric)
            || (of_holder && header::beside(text, true).is_none())
        {
            continue;
        }
        if !bare.starts_with("spdx-licen") {
            return None;
        }
        let Some(Stated::License(license)) = header::tag(text) else {
            return None;
        };
        first.get_or_insert(line);
        terms.push(match license.contains(" OR ") {
            true => format!("({license})"),
            false => license,
        });
    }
    terms.dedup();
    let license = match terms.as_slice() {
        [one] => one.trim_matches(['(', ')']).to_owned(),
        terms => terms.join(" AND "),
    };
    Some((license, first?))
}

/// The choice that a text offers: `licensed under either of Apache License 2.0 or MIT license at your option`.
fn offered(text: &str) -> Option<String> {
    let plain = plain(text);
    let words: Vec<&str> = plain.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "under")?;
    let named = words.get(1).is_some_and(|word| *word == "is");
    let said = words[usize::from(named)..at]
        .iter()
        .all(|word| BEFORE.contains(word));
    (said && at < MAX_BEFORE)
        .then(|| choice(&words[at + 1..]))
        .flatten()
}

/// Words before `under` that say that the project is under something.
const BEFORE: &[&str] = &[
    "available",
    "code",
    "distributed",
    "dual",
    "dual-licensed",
    "is",
    "library",
    "licenced",
    "licensed",
    "package",
    "program",
    "project",
    "provided",
    "published",
    "released",
    "repository",
    "software",
    "source",
    "the",
    "this",
    "work",
];

/// Maximal number of words before `under`.
const MAX_BEFORE: usize = 10;

/// Words of a text in lower case, without addresses, what is in brackets, lines of copyright, and what is said of
/// contributions.
fn plain(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !words::is_copyright_line(line) && !line.trim_start().starts_with("##"));
    // The points of a list are what there is to choose from.
    let points = lines.map(|line| match line.trim_start().strip_prefix(['*', '-']) {
        Some(point) if point.starts_with(' ') => format!("or {point}"),
        _ => line.to_owned(),
    });
    let text = points.collect::<Vec<_>>().join(" ").to_lowercase();
    let end = text.find("unless you explicitly state otherwise");
    let text = &text[..end.unwrap_or(text.len())];
    let mut found = String::new();
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' | '>' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '*' | ',' | '`' | '"' | '#' => found.push(' '),
            c => found.push(c),
        }
    }
    let words = found
        .split_whitespace()
        .filter(|word| !word.contains("://"));
    let words = words.map(|word| word.trim_end_matches(['.', ';', ':']));
    words
        .filter(|word| !word.is_empty() && *word != "-")
        .collect::<Vec<_>>()
        .join(" ")
}

/// The expression of words that offer licences to choose from: `either of MIT or GPL-2.0 at your option`. `None` where
/// they say anything else.
pub(super) fn choice(words: &[&str]) -> Option<String> {
    const START: &[&str] = &["either", "of", "the", "a", "terms", "both", "or"];
    let start = words.iter().take_while(|word| START.contains(word)).count();
    let words = &words[start..words.len().min(start + MAX_CHOICE)];
    let end = words.windows(3).position(|three| {
        three[0] == "at" && matches!(three[2], "option" | "choice" | "discretion")
    });
    if end.is_some_and(|end| end + 3 < words.len()) {
        return None;
    }
    let words = &words[..end.unwrap_or(words.len())];
    let mut names: Vec<Vec<&str>> = Vec::new();
    for part in words.split(|word| *word == "or") {
        match part.first() {
            Some(&("later" | "newer" | "any")) => {
                let last = names.last_mut()?;
                last.push("or");
                last.extend(part);
            }
            Some(_) => names.push(part.to_vec()),
            None => return None,
        }
    }
    let ids: Option<Vec<String>> = names.iter().map(|name| license_of(name)).collect();
    let mut ids = ids.filter(|ids| ids.len() > 1)?;
    if ids == ["Apache-2.0", "MIT"] {
        ids.reverse();
    }
    statement::expression(&ids.join(" OR "))
}

/// Maximal number of words of a choice.
const MAX_CHOICE: usize = 40;

/// The one licence that words name. A GNU licence without a version is any of its versions.
fn license_of(name: &[&str]) -> Option<String> {
    let text = name.join(" ");
    match statement::named(&text) {
        Some(Stated::License(id)) => Some(id),
        Some(Stated::Family(Family::Gnu)) => {
            let first = name
                .iter()
                .find(|word| **word != "the" && **word != "gnu")?;
            let id = match *first {
                "gpl" | "general" => "GPL-1.0-or-later",
                "lgpl" | "lesser" => "LGPL-2.0-or-later",
                "agpl" | "affero" => "AGPL-1.0-or-later",
                _ => return None,
            };
            Some(id.to_owned())
        }
        Some(_) => None,
        None => statement::expression(&text),
    }
}

/// The licence that a short text names, or that a file of a collection is named after.
pub(super) fn name_alone(path: &str, text: &str) -> Option<String> {
    if let Some(choice) = offered(text) {
        return Some(choice);
    }
    let words = words::words(text);
    if !compare::is_harmless(&words) {
        return None;
    }
    let named = statement::stated(text);
    if let Stated::License(license) = statement::stated(in_sentence(text).unwrap_or(text)) {
        return Some(license);
    }
    if let Stated::License(license) = named {
        return Some(license);
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let id = spdx::license_id(name.strip_suffix(".txt").unwrap_or(name))?;
    Some(id.name.to_owned())
}

/// The name in a text that only says that something is under a licence: `This project is licensed under the MIT
/// License.`
fn in_sentence(text: &str) -> Option<&str> {
    let mut lines = text
        .lines()
        .filter(|line| line.contains(char::is_alphanumeric) && !words::is_copyright_line(line));
    let (line, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    let (before, name) = line.trim().split_once(" under ")?;
    let said = before
        .split_whitespace()
        .all(|word| BEFORE.contains(&word.to_lowercase().as_str()));
    let name = name.strip_prefix("the terms of ").unwrap_or(name);
    said.then(|| name.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_spdx_lines_alone() {
        let license = |text: &str| tagged(text).map(|(license, _)| license);
        for (text, id) in [
            ("SPDX-License-Identifier: MIT\n", "MIT"),
            ("Copyright 2020 Foo\nSPDX-License-Identifier: MIT\n", "MIT"),
            (
                "SPDX-FileCopyrightText: 2020 Foo\n\nSPDX-License-Identifier: Apache-2.0 OR MIT\n",
                "Apache-2.0 OR MIT",
            ),
            ("# SPDX-License-Identifier: GPL-3.0-only", "GPL-3.0-only"),
        ] {
            assert_eq!(license(text).as_deref(), Some(id), "{text}");
        }
        for text in [
            "",
            "Copyright 2020 Foo",
            "SPDX-License-Identifier: MIT\nNot for companies.",
            "SPDX-License-Identifier: My own",
            "Copyright 2020 Foo. Non-commercial use only.\nSPDX-License-Identifier: MIT",
            "See SPDX-License-Identifier: MIT",
        ] {
            assert_eq!(license(text), None, "{text}");
        }
    }

    #[test]
    fn choices_of_licences() {
        for (text, expression) in [
            (
                "Licensed under either of Apache License, Version 2.0 or MIT license at your option.",
                "MIT OR Apache-2.0",
            ),
            (
                "Licensed under either of\n\n * Apache License, Version 2.0 ([LICENSE-APACHE](LICENSE-APACHE) or http://www.apache.org/licenses/LICENSE-2.0)\n * MIT license ([LICENSE-MIT](LICENSE-MIT))\n\nat your option.\n",
                "MIT OR Apache-2.0",
            ),
            (
                "This project is dual-licensed under MIT or GPL-2.0.",
                "MIT OR GPL-2.0-only",
            ),
            (
                "Foo is licensed under the MIT license or the GPL v2 or later, at your option.",
                "MIT OR GPL-2.0-or-later",
            ),
        ] {
            assert_eq!(offered(text).as_deref(), Some(expression), "{text}");
        }
        for text in [
            "Licensed under MIT or GPL-2.0 at your option, except for companies.",
            "Licensed under MIT or a commercial license.",
            "Licensed under the GPL v2 or later.",
            "Parts are licensed under MIT or ISC.",
            "Not licensed under MIT or ISC.",
        ] {
            assert_eq!(offered(text), None, "{text}");
        }
    }
}
