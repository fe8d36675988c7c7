//! Licence statements in a file's own comments and docstrings.

mod acronyms;
mod addresses;
mod audience;
mod beside;
mod commerce;
mod conditions;
mod grants;
mod kept;
mod later;
mod limits;
mod marks;
mod mentions;
mod mining;
mod package;
mod phrases;
mod reserved;
mod same;
mod terms;
mod titles;
mod topics;
mod values;
mod when;

use tracestone_record::LicenseRule;

use super::brief;
use super::compare;
use super::detect::{self, What};
use super::permissive::is_permissive;
use super::python::{Block, Source};
use super::statement::{self, Family, Stated};
use super::words;
use super::words::languages;
pub(super) use addresses::license_at;
pub(super) use beside::{beside, has_title};
use conditions::sentences;
use mentions::{Scope, mentioned};
pub(crate) use package::may_speak;
pub(super) use package::of_package;
use reserved::{Token, named_after_triggers, reserves, tokens};
use values::has_variable;
pub(super) use values::variables;
use values::{assigned, copyrights};
pub(super) use when::introduces_other;

/// Tag before an SPDX expression, also as people misspell it.
const TAGS: &[&str] = &["spdx-license-identifier", "spdx-licence-identifier"];
/// Parts of words of comments that say something of the licence after the first code.
const HINTS: &[&str] = &[
    "licen",
    "copyright",
    "proprietary",
    "confidential",
    "gnu ",
    "gpl",
    "redistribut",
    "permission",
    "reproduced",
    "trade secret",
    "unauthorized",
    "unauthorised",
    "public domain",
    "creative commons",
    "cc by",
    "cc-by",
    "commercial",
    "purposes only",
    "use only",
    "prohibited",
    "forbidden",
    "not permitted",
    "distribution",
    "distribute",
    "may not be",
    "no part of",
    "without the prior",
    "without prior",
    "without express",
    "all use is",
    "no rights",
    "consent",
    "subscription",
    "open source",
    "opensource",
    "closed source",
    "source available",
    "property of",
    "exclusive property",
    "sole property",
    "do not ",
    "don't ",
    "reproduction",
    "profit",
    "vertraulich",
    "confidentiel",
    "confidencial",
    "riservat",
    "mozilla public",
    "mpl-",
    "epl-",
    "sspl",
    "busl",
    "eclipse public",
    "business source",
    "commons clause",
    "polyform",
    "eupl",
    "non-disclosure",
    "outside the company",
    "outside of the company",
    "not evil",
    "evaluation",
    "production use",
    "may be used",
    "eula",
    "kommerziell",
    "weitergabe",
    "vervielf",
    "interdite",
    "prohibid",
    "proibid",
    "vietat",
];
/// Words that occur in blocks with the text of a licence.
const TEXT_HINTS: &[&str] = &["permission", "redistribut", "warrant", "licensor", "liab"];
/// Words of a notice about a part of the file, or about its origin.
const OF_A_PART: &[&str] = &[
    "adapted from",
    "based on",
    "borrowed from",
    "contains code",
    "copied from",
    "derived from",
    "following function",
    "following code",
    "originally",
    "parts of this",
    "portions of this",
    "ported from",
    "snippet",
    "taken from",
];
/// Phrases before the location of a licence, as [`statement::key`] writes them.
const WHERE: &[&str] = &[
    "more detail",
    "more information",
    "can be found",
    "can be obtained",
    "may be found",
    "may be obtained",
    "may obtain",
    "you can find",
    "you may find",
];
/// One statement of a file about its licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The stated licence.
    pub(super) stated: Stated,
    /// The kind of statement.
    pub(super) rule: LicenseRule,
    /// Its line, counted from 0.
    pub(super) line: usize,
    /// True if the statement is about the whole file, so that the folder's statements do not count.
    pub(super) whole: bool,
}

impl Said {
    fn is_permissive(&self) -> bool {
        match &self.stated {
            Stated::License(license) => is_permissive(license),
            Stated::Family(family) => !matches!(family, Family::Gnu | Family::Mozilla),
            // The file that is named may be there.
            Stated::Files(_) => true,
            _ => false,
        }
    }
}

/// Licence statements of a file about itself.
pub(super) fn statements(content: &[u8]) -> Vec<Said> {
    let text = String::from_utf8_lossy(content);
    let source = Source::of(&text);
    let mut said = Vec::new();
    let mut tags = Tags::default();
    for block in &source.blocks {
        let lower = block.text.to_lowercase();
        let hints = || HINTS.iter().any(|hint| lower.contains(hint));
        if !block.leading && !hints() && !tags.in_ignored {
            continue;
        }
        tags.read(block, &mut said);
        let header = block.leading || has_copyright(&lower);
        if !tags.in_ignored {
            notices(block, &lower, header, &mut said);
        }
    }
    assigned(&source, &text, &mut said);
    copyrights(&source, &mut said);
    said.sort_by_key(|said| said.line);
    said.dedup_by(|later, first| later == first);
    said
}

/// True if a text in lower case has a mark of copyright.
pub(super) fn has_copyright(lower: &str) -> bool {
    ["copyright", "(c)", "\u{a9}"]
        .iter()
        .any(|mark| lower.contains(mark))
}

/// True if a docstring in lower case speaks like a notice: of copyright, a company, or what holds.
fn is_notice(lower: &str) -> bool {
    const MARKS: &[&str] = &[
        "all rights",
        "licensed under",
        "licenced under",
        "license under",
        "licence under",
    ];
    let is_company = |word: &str| {
        matches!(
            word,
            "inc" | "corp" | "corporation" | "ltd" | "llc" | "gmbh" | "plc"
        )
    };
    has_copyright(lower)
        || MARKS.iter().any(|mark| lower.contains(mark))
        || lower.split(|c: char| !c.is_alphanumeric()).any(is_company)
}

/// SPDX lines, and the marks around what they do not speak for.
#[derive(Default)]
struct Tags {
    /// Between `REUSE-IgnoreStart` and `REUSE-IgnoreEnd`.
    in_ignored: bool,
    /// Between `SPDX-SnippetBegin` and `SPDX-SnippetEnd`.
    in_snippet: bool,
}

impl Tags {
    fn read(&mut self, block: &Block, said: &mut Vec<Said>) {
        for (index, line) in block.text.lines().enumerate() {
            let lower = line.to_ascii_lowercase();
            if lower.contains("reuse-ignorestart") {
                self.in_ignored = true;
            } else if lower.contains("reuse-ignoreend") {
                self.in_ignored = false;
            } else if lower.contains("spdx-snippetbegin") {
                self.in_snippet = true;
            } else if lower.contains("spdx-snippetend") {
                self.in_snippet = false;
            }
            if self.in_ignored {
                continue;
            }
            if let Some(stated) = tag(line) {
                said.push(Said {
                    stated,
                    rule: LicenseRule::SpdxLine,
                    line: block.line + index,
                    whole: !self.in_snippet,
                });
            }
        }
    }
}

/// The SPDX expression anywhere in a line, in any letter case.
pub(super) fn tag(line: &str) -> Option<Stated> {
    let lower = line.to_ascii_lowercase();
    let (place, tag) = TAGS.iter().find_map(|tag| Some((lower.find(tag)?, *tag)))?;
    let rest = line[place + tag.len()..].trim_start();
    let rest = rest.strip_prefix([':', '=', '\u{ff1a}'])?;
    let text = rest.trim_matches(|c: char| c.is_whitespace() || "\"'*/#<>`;,.!-".contains(c));
    // An expression in a text about SPDX is only named: `SPDX-License-Identifier: <expression>`.
    Some(match statement::expression(text) {
        Some(expression) => Stated::License(expression),
        None => match statement::named(text) {
            Some(stated @ Stated::License(_)) => stated,
            _ => Stated::Unclear,
        },
    })
}

/// Licence texts, notices and reservations of rights in a comment or docstring.
fn notices(block: &Block, lower: &str, header: bool, said: &mut Vec<Said>) {
    let before = said.len();
    let whole = block.leading && !OF_A_PART.iter().any(|words| lower.contains(words));
    let at = |line, stated, rule| Said {
        stated,
        rule,
        line: block.line + line,
        whole,
    };
    let prose = block.docstring && !is_notice(lower);
    if TEXT_HINTS.iter().any(|hint| lower.contains(hint))
        && let Some((around, found)) = licence_text(block)
    {
        if header && let Some(line) = reserves(&tokens(&around), lower, prose) {
            said.push(at(line, Stated::Unclear, LicenseRule::RightsReserved));
        }
        said.extend(found.into_iter().map(|(line, stated)| {
            let rule = match stated {
                Stated::License(_) => LicenseRule::LicenseText,
                _ => LicenseRule::TextBeyondLicense,
            };
            at(line, stated, rule)
        }));
        return;
    }
    let words = tokens(&block.text);
    if header && let Some(line) = reserves(&words, lower, prose) {
        said.push(at(line, Stated::Unclear, LicenseRule::RightsReserved));
    }
    if !header && let Some((line, stated, rule)) = later::claimed(block) {
        said.push(at(line, stated, rule));
    }
    let sentences = in_sentences(&words, header, prose).into_iter();
    said.extend(sentences.map(|(line, stated)| at(line, stated, LicenseRule::Notice)));
    // A name counts without a sentence around it where none has said what holds.
    let is_said = |said: &Said| said.rule == LicenseRule::Notice && !said.is_permissive();
    if said[before..].iter().any(is_said) {
        return;
    }
    let about_origin = ["from ", "credit", "courtesy"]
        .iter()
        .chain(OF_A_PART)
        .any(|word| lower.contains(word));
    let scope = match (header, about_origin) {
        (false, false) => Scope::Anywhere,
        _ if prose => Scope::Prose,
        (true, _) => Scope::Header,
        (false, true) => Scope::Origin,
    };
    said.extend(
        mentioned(&tokens(&without_tags(&block.text)), scope)
            .into_iter()
            .map(|(line, stated)| at(line, stated, LicenseRule::Notice)),
    );
}

/// Licences that sentences name, or say to be those of something else; unclear ones count in a header.
fn in_sentences(words: &[Token], header: bool, prose: bool) -> Vec<(usize, Stated)> {
    let mut found = named_after_triggers(words);
    found.retain(|(_, stated)| match stated {
        Stated::License(_) | Stated::Family(_) => true,
        Stated::Unclear | Stated::Files(_) => header,
        _ => false,
    });
    if header {
        found.extend(same::shared(words, prose));
    }
    found
}

/// A text without its SPDX lines, whose expressions are read as such: `MIT OR GPL-2.0-only` is a choice.
fn without_tags(text: &str) -> String {
    let lines = text.lines().map(|line| match tag(line) {
        Some(_) => "",
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The licences whose full texts a block holds, with their lines; `None` where it holds none. What comes
/// before the first copyright or licence line of a docstring is prose, and comes first.
fn licence_text(block: &Block) -> Option<(String, Vec<(usize, Stated)>)> {
    let lines: Vec<_> = block.text.lines().collect();
    let starts = |line: &&str| {
        let lower = line.to_lowercase();
        [
            "copyright",
            "(c) ",
            "permission ",
            "redistribution and use",
            "licen",
        ]
        .iter()
        .any(|start| {
            lower
                .trim_start()
                .trim_start_matches(['#', '*', ' ', '.'])
                .starts_with(start)
        })
    };
    let first = lines.iter().position(starts).unwrap_or(0);
    let found = detect::recognize(&lines[first..].join("\n"));
    let stated = found.into_iter().filter_map(|found| {
        let stated = match found.what {
            What::Known(name) => Stated::License(name),
            What::Modified { words, .. } => Stated::Modified(words),
            What::Unknown | What::Silent => return None,
        };
        Some((found.line + first, stated))
    });
    let stated: Vec<_> = stated.collect();
    (!stated.is_empty()).then(|| (lines[..first].join("\n"), stated))
}

/// The first restriction of a text about a project in sentences without words for other things, if any.
pub(super) fn restriction(text: &str, others: &[&str]) -> Option<(usize, Stated, LicenseRule)> {
    let words = tokens(text);
    sentences(&words).find_map(|sentence| {
        let spoken: Vec<&str> = sentence.iter().map(|token| token.text.as_str()).collect();
        if spoken.iter().any(|word| others.contains(word)) {
            return None;
        }
        let line = sentence.first()?.line;
        if reserves(sentence, &spoken.join(" "), true).is_some() {
            return Some((line, Stated::Unclear, LicenseRule::RightsReserved));
        }
        let short = spoken.len() <= MAX_RESTRICTION;
        let named = mentioned(sentence, Scope::Header).into_iter().next();
        let (line, stated) = named.filter(|_| short)?;
        Some((line, stated, LicenseRule::Notice))
    })
}

/// Maximal length in words of a sentence about a project's licence.
const MAX_RESTRICTION: usize = 25;

/// Rights that a short notice reserves, a condition that it sets, or a licence that it names and that is not
/// permissive, if any. Long ones tell of the licences of others.
pub(super) fn noticed(text: &str) -> Option<(usize, Stated, LicenseRule)> {
    let words = tokens(text);
    if words.len() > MAX_NOTICE_WORDS {
        return None;
    }
    if let Some(line) = reserves(&words, &text.to_lowercase(), false) {
        return Some((line, Stated::Unclear, LicenseRule::RightsReserved));
    }
    let named = mentioned(&words, Scope::Header).into_iter().next();
    let (line, stated) = named.or_else(|| same::shared(&words, false).into_iter().next())?;
    Some((line, stated, LicenseRule::Notice))
}

/// Maximal length in words of a `NOTICE` that is about the project itself.
const MAX_NOTICE_WORDS: usize = 120;

#[cfg(test)]
mod tests;
