//! Restrictions that a README states below a heading for the licence.

use tracestone_record::LicenseRule;

use super::header;
use super::statement::Stated;

/// Titles of the part about the licence.
const TITLES: &[&str] = &[
    "copyright and licence",
    "copyright and license",
    "copyright & license",
    "licence",
    "licence and copyright",
    "licencing",
    "license",
    "license & copyright",
    "license and copyright",
    "license / copyright",
    "license and usage",
    "license information",
    "license notice",
    "license terms",
    "licenses",
    "licensing",
    "terms of use",
    "terms and conditions",
    "usage terms",
];

/// Words of licences that are permissive; beside one the other names are of something else.
const PERMISSIVE: &[&str] = &[
    "0bsd",
    "apache",
    "apache2",
    "boost",
    "bsd",
    "cc0",
    "expat",
    "isc",
    "mit",
    "psf",
    "unlicense",
    "wtfpl",
    "zlib",
];

/// Words of sentences about something else than the code of the project.
const OTHERS: &[&str] = &[
    "art",
    "artwork",
    "assets",
    "audio",
    "based",
    "book",
    "bundled",
    "bundles",
    "checkpoint",
    "checkpoints",
    "compatible",
    "contributors",
    "data",
    "database",
    "dataset",
    "datasets",
    "dependencies",
    "dependency",
    "depends",
    "docs",
    "documentation",
    "except",
    "font",
    "fonts",
    "icon",
    "icons",
    "image",
    "images",
    "include",
    "included",
    "includes",
    "logo",
    "model",
    "models",
    "music",
    "other",
    "others",
    "paper",
    "parts",
    "party",
    "photos",
    "pictures",
    "plugin",
    "plugins",
    "portions",
    "requires",
    "some",
    "text",
    "third",
    "third-party",
    "trademark",
    "trademarks",
    "upstream",
    "uses",
    "vendored",
    "video",
    "videos",
    "weights",
];

/// Maximal number of words of a README that is read as a whole.
const MAX_WHOLE: usize = 30;

/// Maximal number of lines of a part about the licence.
const MAX_LINES: usize = 40;

/// The first restriction, with its line; `None` where a permissive licence is named, too.
pub(super) fn restriction(text: &str) -> Option<(usize, Stated, LicenseRule)> {
    let lines: Vec<&str> = text.lines().collect();
    let headings: Vec<usize> = (0..lines.len())
        .filter(|at| heading(&lines, *at).is_some())
        .collect();
    let is_title =
        |at: &usize| heading(&lines, *at).is_some_and(|title| TITLES.contains(&title.as_str()));
    let Some(start) = headings.iter().copied().find(is_title) else {
        return field(&lines, &headings).or_else(|| whole(&lines, &headings));
    };
    let end = headings.iter().copied().find(|at| *at > start);
    let end = end.unwrap_or(lines.len()).min(start + MAX_LINES);
    said(&lines, start + 1, end)
}

/// The title in a line, in lower case: `## License`, `**License**`, or a line above a rule.
fn heading(lines: &[&str], at: usize) -> Option<String> {
    let line = lines[at].trim();
    let is_rule = |line: &str| {
        line.len() >= 3
            && line
                .chars()
                .all(|c| matches!(c, '=' | '-' | '~' | '^' | '*'))
    };
    let below = lines.get(at + 1).map_or("", |line| line.trim());
    let marked = line.starts_with('#')
        || (line.starts_with("**") && line.ends_with("**") && line.len() > 4)
        || line.starts_with("<h")
        || (is_rule(below) && !is_rule(line));
    if !marked || !line.contains(char::is_alphabetic) {
        return None;
    }
    let mut title = String::new();
    let mut in_tag = false;
    for c in line.to_lowercase().chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if in_tag => {}
            c => title.push(c),
        }
    }
    let title = title.trim_matches(|c: char| !c.is_alphabetic());
    Some(title.to_owned())
}

/// The value of the only line such as `License: GPL-3.0`, near the top.
fn field(lines: &[&str], headings: &[usize]) -> Option<(usize, Stated, LicenseRule)> {
    let value = |line: &str| {
        let bare = line
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        let rest = bare
            .strip_prefix("license")
            .or_else(|| bare.strip_prefix("licence"));
        rest.is_some_and(|rest| rest.trim_start_matches('*').starts_with(':'))
    };
    let mut places = (0..lines.len()).filter(|at| value(lines[*at]));
    let (at, None) = (places.next()?, places.next()) else {
        return None;
    };
    let first = headings.iter().filter(|heading| **heading < at).count() <= 1;
    first.then(|| said(lines, at, at + 1)).flatten()
}

/// Restriction of a README of a few words.
fn whole(lines: &[&str], headings: &[usize]) -> Option<(usize, Stated, LicenseRule)> {
    let words = lines.iter().map(|line| line.split_whitespace().count());
    let short = words.sum::<usize>() <= MAX_WHOLE && headings.len() <= 1;
    short.then(|| said(lines, 0, lines.len())).flatten()
}

/// The first restriction in some lines.
fn said(lines: &[&str], start: usize, end: usize) -> Option<(usize, Stated, LicenseRule)> {
    let text = lines[start..end].join("\n");
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    let is_free = |word: &str| {
        PERMISSIVE.contains(&word)
            || word
                .split('-')
                .next()
                .is_some_and(|first| PERMISSIVE.contains(&first))
    };
    if words.any(is_free) || lower.contains("public domain") {
        return None;
    }
    let (line, stated, rule) = header::restriction(&text, OTHERS)?;
    Some((start + line, stated, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restrictions_below_a_heading() {
        for text in [
            "# X\n\nTools.\n\n## License\n\nGPL-3.0. Commercial use requires a paid licence.\n",
            "# X\n\n## Licence\n\nThis project is licensed under the GNU GPL v3.\n",
            "X\n=\n\nMore\n\nLicense\n-------\nFor non-commercial use only.\n\nOther\n-----\nMIT\n",
            "# X\n## License\nFree for personal use only.\n",
            "# X\n## License\nProprietary. All rights reserved.\n",
            "# X\n\nFree for personal use only.\n",
            "This code is GPL v3",
            "# foo\n\nSome words.\n\nLicense: GPL-3.0\n",
        ] {
            assert!(restriction(text).is_some(), "{text}");
        }
    }

    #[test]
    fn readmes_that_change_nothing() {
        for text in [
            "",
            "# X\n\n## License\n\nMIT\n",
            "# X\n\n## License\n\nMIT. The dataset is for non-commercial use only.\n",
            "# X\n\n## License\n\nThe dataset is for non-commercial use only.\n",
            "# X\n\n## License\n\nSee LICENSE. It uses readline, which is under the GPL.\n",
            "# X\n\n## License\n\nSee the LICENSE file.\n\n## Related\n\nfoo is GPL-3.0, for personal use only.\n",
            "# X\n\nReads GPL headers, and this package is much longer than a few words: it goes on and on with all that can be said of it, and of \
             what is for personal use only.\n",
            "# X\n\n## A\n\n## B\n\nLicense: GPL-3.0\n",
            "# X\n\n## License\n\nCopyright 2020 X. All rights reserved.\n",
        ] {
            assert_eq!(restriction(text), None, "{text}");
        }
    }
}
