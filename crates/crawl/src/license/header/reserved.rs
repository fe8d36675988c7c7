//! Notices that reserve rights, and names of licences in running text.

use std::borrow::Cow;

use super::conditions::{OF_CODE, conditional, sentences};
use super::*;

/// Phrases before the name of a licence.
const TRIGGERS: &[&[&str]] = &[
    &["licensed", "under"],
    &["licenced", "under"],
    &["licensed", "to", "psf"],
    &["released", "under"],
    &["distributed", "under"],
    &["available", "under"],
    &["published", "under"],
    &["provided", "under"],
    &["covered", "by"],
    &["covered", "under"],
    &["governed", "by"],
    &["under", "the", "terms", "of"],
    &["under", "terms", "of"],
    &["subject", "to", "the", "terms", "of"],
    &["according", "to", "the", "terms", "of"],
    &["accordance", "with", "the", "terms", "of"],
    &["license:"],
    &["licence:"],
    // In other languages.
    &["bajo", "la", "licencia"],
    &["bajo", "licencia"],
    &["sob", "a", "licença"],
    &["sob", "licença"],
    &["sotto", "licenza"],
    &["sous", "la", "licence"],
    &["sous", "licence"],
    &["unter", "lizenz"],
];

/// Phrases that reserve all rights, anywhere in a header.
const RESERVED: &[&str] = &[
    "proprietary and confidential",
    "proprietary confidential",
    "confidential proprietary",
    "confidential information",
    "confidential and proprietary",
    "proprietary information",
    "proprietary software",
    "proprietary license",
    "company confidential",
    "strictly confidential",
    "unauthorized copying",
    "unauthorised copying",
    "unauthorized use",
    "unauthorized reproduction",
    "trade secret",
    "trade secrets",
    "strictly prohibited",
    "strictly forbidden",
    "internal use only",
    "not for distribution",
    "no part of this",
    "may not be copied",
    "may not be reproduced",
    "may not be redistributed",
    "may not be distributed",
    "may not be disclosed",
    "may not be sold",
    "may not be used in whole",
    "may not be used for",
    "may not be shared",
    "may not be published",
    "may not be transmitted",
    "may not be resold",
    "not for production use",
    "not for use in production",
    "evaluation copy",
    "evaluation version",
    "used for good not evil",
    "without the prior written",
    "without prior written",
    "without express written",
    "without the express written",
    "without explicit permission",
    "not permitted",
    "noncommercial use",
    "non commercial use",
    "noncommercial purposes",
    "non commercial purposes",
    "for academic use",
    "research purposes only",
    "research use only",
    "academic purposes only",
    "educational purposes only",
    "educational use only",
    "evaluation purposes only",
    "evaluation use only",
    "personal use only",
    "commercial use is prohibited",
    "no commercial use",
    "all use is prohibited",
    "no license is granted",
    "no rights are granted",
    // In other languages.
    "kommerzielle nutzung",
    "kommerziellen nutzung",
    "kommerzielle verwendung",
    "nicht kommerziell",
    "nichtkommerzielle",
    "weitergabe",
    "vervielfältigung",
    "nur für den internen gebrauch",
    "utilisation commerciale",
    "usage commercial",
    "reproduction interdite",
    "usage interne",
    "uso comercial",
    "fines comerciales",
    "prohibida la reproducción",
    "prohibida su reproducción",
    "proibida a reprodução",
    "uso commerciale",
    "vietata la riproduzione",
];

/// Phrase that is also said of a part of a program, which is then not reserved.
const INTERNAL: &str = "internal use only";

/// Words of sentences about what may change inside a program.
const UNSTABLE: &[&str] = &[
    "change", "changes", "helper", "helpers", "stable", "unstable",
];

/// Words that reserve all rights next to a copyright line.
const RESERVED_WORDS: &[&str] = &[
    "proprietary",
    "confidential",
    "vertraulich",
    "confidentiel",
    "confidencial",
    "riservato",
];

/// Names of the field for a licence, in several languages.
const FIELDS: &[&str] = &[
    "license:",
    "licence:",
    "licencia:",
    "licença:",
    "licentie:",
    "licenza:",
    "licens:",
    "lisans:",
    "lisenssi:",
    "lisens:",
    "lizenz:",
    "licencja:",
    "licenc:",
    "лицензия:",
    "ліцензія:",
    "άδεια:",
    "라이선스:",
    "ライセンス:",
    "许可证:",
    "許可證:",
    "许可:",
    "許可:",
    "授权:",
    "授權:",
    "协议:",
    "協議:",
    "許諾:",
    "开源协议:",
    "開源協議:",
    "许可协议:",
    "授权协议:",
];

/// A word of a comment, with its position.
pub(super) struct Token {
    /// In lower case; of the punctuation only what belongs to names and versions.
    pub(super) text: String,
    pub(super) line: usize,
    /// True if it ends a sentence.
    pub(super) ends: bool,
    /// True if it begins with a capital.
    pub(super) cased: bool,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text = spaced(text);
    let lines = text.lines().enumerate();
    let words =
        lines.flat_map(|(line, text)| text.split_whitespace().map(move |word| (line, word)));
    let token = |(line, word): (usize, &str)| {
        let lower = word.to_lowercase().replace(['"', '\'', '`', '*'], "");
        let is_field = FIELDS.contains(&lower.trim_start_matches([':', '@']));
        let bare = lower.trim_matches(|c: char| !c.is_alphanumeric() && c != '+');
        let text = if is_field {
            "license:".to_owned()
        } else {
            bare.to_owned()
        };
        let shortened = matches!(bare, "v" | "ver" | "vers");
        let ends = lower.ends_with(['.', ';', '!', '\u{3002}']) && !shortened;
        let cased = word
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .starts_with(char::is_uppercase);
        (!text.is_empty()).then_some(Token {
            text,
            line,
            ends,
            cased,
        })
    };
    words.filter_map(token).collect()
}

/// A text with a space behind colons of full width, and between letters of scripts without capitals and others, which
/// are written without one.
fn spaced(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut found = String::with_capacity(text.len());
    let mut last = ' ';
    for c in text.chars() {
        let wide = |c: char| c > '\u{2fff}' && c.is_alphabetic();
        if (wide(last) && c.is_ascii_alphanumeric()) || (last.is_ascii_alphanumeric() && wide(c)) {
            found.push(' ');
        }
        match c {
            '\u{ff1a}' => found.push_str(": "),
            c => found.push(c),
        }
        last = c;
    }
    Cow::Owned(found)
}

/// Line of what reserves rights or asks for something, if any.
pub(super) fn reserves(words: &[Token], lower: &str, prose: bool) -> Option<usize> {
    reserved(words, lower).or_else(|| conditional(words, prose))
}

/// Line of a phrase that reserves rights, if any.
fn reserved(words: &[Token], lower: &str) -> Option<usize> {
    let plain = |words: &[Token]| -> String {
        let mut text = String::from(" ");
        for word in words {
            text.push_str(&word.text.replace(['-', '/'], " "));
            text.push(' ');
        }
        text
    };
    let text = plain(words);
    let copyright = has_copyright(lower);
    let one_word = RESERVED_WORDS.iter().filter(|_| copyright);
    let found = RESERVED
        .iter()
        .chain(one_word)
        .filter(|phrase| {
            **phrase != INTERNAL || sentences(words).any(|words| is_internal(&plain(words)))
        })
        .find(|phrase| text.contains(&format!(" {phrase} ")))?;
    // The line is that of the first word at which the phrase can begin.
    let count = found.split(' ').count();
    let place = (0..words.len()).find(|from| {
        let end = (from + count).min(words.len());
        plain(&words[*from..end]).starts_with(&format!(" {found}"))
    });
    place
        .or(Some(0))
        .and_then(|place| words.get(place))
        .map(|word| word.line)
}

/// True for a sentence that keeps something to internal use and is not about the interface of a program.
fn is_internal(sentence: &str) -> bool {
    let mut words = sentence.split(' ');
    sentence.contains(INTERNAL)
        && !words.any(|word| OF_CODE.contains(&word) || UNSTABLE.contains(&word))
}

/// The licences that sentences such as `licensed under the MIT license` name.
pub(super) fn named_after_triggers(words: &[Token]) -> Vec<(usize, Stated)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let trigger = TRIGGERS.iter().filter(|trigger| {
            let rest = &words[at..];
            rest.len() >= trigger.len()
                && trigger
                    .iter()
                    .zip(rest)
                    .all(|(word, token)| *word == token.text)
        });
        let Some(trigger) = trigger.max_by_key(|trigger| trigger.len()) else {
            at += 1;
            continue;
        };
        // The name of who licenses stands in its place: `Licensed to PSF under a Contributor Agreement`.
        let start = at
            + trigger
                .iter()
                .position(|word| *word == "psf")
                .unwrap_or(trigger.len());
        let sentence = &words[start..(start + MAX_NAME).min(words.len())];
        let is_field = trigger.len() == 1;
        let end = end_of_sentence(sentence, is_field.then_some(words[at].line));
        let names: Vec<_> = sentence[..end]
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        let says_licensed = matches!(
            trigger[0],
            "licensed" | "licenced" | "bajo" | "sob" | "sotto" | "sous" | "unter"
        );
        if let Some(stated) = name_of(&names, is_field, says_licensed) {
            found.push((words[at].line, stated));
        }
        at = start;
    }
    found
}

/// End of a sentence: a full stop, a blank line, or for a field the end of its line.
fn end_of_sentence(words: &[Token], field: Option<usize>) -> usize {
    let mut last = words.first().map_or(0, |word| word.line);
    for (place, word) in words.iter().enumerate() {
        if word.line > last + 1 || field.is_some_and(|line| word.line != line) {
            return place;
        }
        if word.ends {
            return place + 1;
        }
        last = word.line;
    }
    words.len()
}

/// Licence named by the words after a trigger; `None` if they name none. What is licensed under something has a
/// licence, whatever its name; other sentences are about one where they say so.
fn name_of(words: &[&str], is_field: bool, says_licensed: bool) -> Option<Stated> {
    let joined = words.join(" ");
    if is_field && matches!(words, ["none" | "unknown" | "pending" | "undecided"]) {
        return Some(Stated::Unclear);
    }
    if let Some(choice) = brief::choice(words) {
        return Some(Stated::License(choice));
    }
    let keyed = statement::key(&joined);
    let keyed: Vec<_> = keyed.split(' ').filter(|word| !word.is_empty()).collect();
    let skipped = keyed.iter().position(|word| {
        !matches!(
            *word,
            "terms" | "of" | "and" | "conditions" | "following" | "both"
        )
    });
    let keyed = &keyed[skipped.unwrap_or(keyed.len())..];
    let first = keyed.first()?;
    let first_raw = words.iter().find(|word| {
        !matches!(
            **word,
            "the" | "a" | "an" | "terms" | "of" | "conditions" | "and"
        )
    });
    let first_raw = first_raw.copied();
    if first_raw.is_some_and(|word| matches!(word, "license" | "licence"))
        && let Some(stated) = elsewhere(words)
    {
        return stated;
    }
    if first_raw.is_some_and(|word| {
        matches!(
            word,
            "this" | "these" | "its" | "license" | "licence" | "above" | "below" | "accompanying"
        ) || word.starts_with("license.")
            || word.starts_with("copying")
    }) {
        return None;
    }
    if let Some((stated, used)) = statement::leading(keyed) {
        // `under the MIT license, except that ..` is another licence.
        let mut rest = keyed[used..].join(" ");
        for phrase in WHERE {
            rest = rest.replace(phrase, " ");
        }
        let changed = compare::can_change(&words::words(&rest));
        return Some(if changed { Stated::Unclear } else { stated });
    }
    // Not every sentence with `distributed under` is about licences.
    let about = is_field
        || says_licensed
        || words
            .iter()
            .take(12)
            .any(|word| word.starts_with("licen") || *word == "eula");
    // `under the same terms as Perl itself` is read elsewhere.
    let nothing = ["unknown", "none", "same"].contains(first) || (*first == "see" && points(words));
    (about && !nothing).then_some(Stated::Unclear)
}

/// Statement of `the license of Blender` and of `the license in LICENSE-NC`, if the words are one of these.
fn elsewhere(words: &[&str]) -> Option<Option<Stated>> {
    let at = words
        .iter()
        .position(|word| matches!(*word, "license" | "licence"))?;
    if words.get(at + 1) == Some(&"of") {
        return Some(same::named(&words[at + 2..]));
    }
    let file = words.iter().find(|word| is_other_file(word))?;
    Some(Some(Stated::Files(vec![(*file).to_owned()])))
}

/// True for the name of a licence file that is named after more than a permissive licence: `license-nc`.
fn is_other_file(word: &str) -> bool {
    const PLAIN: &[&str] = &[
        "2", "0", "3", "apache", "apache2", "bsd", "clause", "file", "isc", "license", "licence",
        "licenses", "copying", "main", "md", "mit", "py", "rst", "txt", "html",
    ];
    let name = word.rsplit('/').next().unwrap_or(word);
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    let is_license = ["license-", "license_", "licence-", "licence_", "license."]
        .iter()
        .any(|start| name.starts_with(start));
    is_license && !word.contains("://") && parts.into_iter().any(|part| !PLAIN.contains(&part))
}

/// True for words that say in which place of the project the licence is: `see LICENSE`, `see top of file`.
fn points(words: &[&str]) -> bool {
    const PLACES: &[&str] = &[
        "above",
        "below",
        "bottom",
        "copyright",
        "docs",
        "documentation",
        "end",
        "file",
        "notice",
        "readme",
        "root",
        "top",
    ];
    words.iter().any(|word| {
        let of_file = [
            "licen",
            "copying",
            "copyright",
            "readme",
            "notice",
            "unlicense",
        ];
        let name = word.rsplit('/').next().unwrap_or(word);
        PLACES.contains(word) || of_file.iter().any(|start| name.starts_with(start))
    })
}

/// Maximal number of words after a trigger that can be a name.
const MAX_NAME: usize = 40;
