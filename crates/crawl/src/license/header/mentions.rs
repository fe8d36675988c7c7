//! Names of licences that no sentence introduces: `# (c) 2020 A, GPL v2 or later`.

use super::super::permissive::is_permissive;
use super::super::statement::{self, Family, Stated};
use super::acronyms;
use super::conditions::sentences;
use super::reserved::Token;
use super::titles;
use super::topics;

/// Maximal number of words that are read as a name.
const MAX_NAME: usize = 10;

/// Maximal number of words of its key; a word with hyphens is several.
const MAX_KEYED: usize = 24;

/// Licences that have no short form of their own, as [`statement::key`] writes their names.
const OTHERS: &[&[&str]] = &[
    &["business", "source"],
    &["server", "side", "public"],
    &["commons", "clause"],
    &["elastic", "2"],
    &["polyform"],
    &["european", "union", "public"],
    &["eclipse", "public"],
    &["common", "development", "and", "distribution"],
    &["open", "rail"],
    &["openrail"],
    &["responsible", "ai"],
    &["functional", "source"],
    &["fair", "source"],
    &["sustainable", "use"],
    &["prosperity", "public"],
    &["hippocratic"],
    &["busl"],
    &["cecill"],
    &["eupl"],
    &["sspl"],
];

/// Beginnings of the GNU licences' names in other languages, as [`statement::key`] writes them.
const GENERAL_PUBLIC: &[&[&str]] = &[
    &["publique", "générale"],
    &["publique", "generale"],
    &["pública", "general"],
    &["publica", "general"],
    &["pública", "geral"],
    &["publica", "geral"],
    &["pubblica", "generica"],
    &["öffentliche", "lizenz"],
    &["licentie", "gnu"],
    &["algemene", "publieke"],
    &["powszechna", "licencja"],
    &["powszechnej", "licencji"],
    &["универсальной", "общественной"],
    &["универсальная", "общественная"],
    &["стандартной", "общественной"],
    &["стандартная", "общественная"],
    &["genel", "kamu"],
];

/// The blocks in which names are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// A comment before the code, or a notice: all licences.
    Header,
    /// A comment about the origin of code: all but those with names of their own.
    Origin,
    /// A docstring that is no notice: names that stand where a licence does.
    Prose,
    /// Any other comment: those of Creative Commons, which are about nothing else, and what code is said to be under.
    Anywhere,
}

/// Licences that are named, with their lines. Permissive ones are left out: to mention one grants nothing.
pub(super) fn mentioned(tokens: &[Token], scope: Scope) -> Vec<(usize, Stated)> {
    let mut found: Vec<(usize, Stated)> = Vec::new();
    for sentence in sentences(tokens) {
        let choice = topics::offered(sentence).unwrap_or(0..0);
        let named = (0..sentence.len()).find_map(|at| {
            if choice.contains(&at) || topics::is_about(sentence, at) {
                return None;
            }
            if scope != Scope::Anywhere
                && let Some(stated) = titles::titled(sentence, at, scope)
            {
                return Some((sentence[at].line, stated));
            }
            let starts = at == 0 || sentence[at - 1].line < sentence[at].line;
            let version = sentence.get(at + 1).map_or("", |token| token.text.as_str());
            let marked = usize::from(matches!(version, "v" | "version"));
            let stands = starts || sentence.len() - at <= 2 + marked;
            let alone = match scope {
                Scope::Anywhere => None,
                _ => acronyms::named_alone(sentence, at),
            };
            let scope = match is_under(&sentence[..at]) || (scope == Scope::Prose && stands) {
                true => Scope::Header,
                false => scope,
            };
            let named = named_at(&sentence[at..sentence.len().min(at + MAX_NAME)], scope);
            Some((sentence[at].line, named.or(alone)?))
        });
        found.extend(named);
    }
    found
}

/// True for words that end in `under`, perhaps with an article: what follows is what something is under.
pub(super) fn is_under(before: &[Token]) -> bool {
    let mut last = before.iter().rev().map(|token| token.text.as_str());
    match last.next() {
        Some("the" | "a" | "an") => last.next() == Some("under"),
        last => last == Some("under"),
    }
}

/// A licence that is not permissive whose name is the first word, or begins with it.
pub(super) fn named_at(words: &[Token], scope: Scope) -> Option<Stated> {
    let first = words[0].text.as_str();
    if let Some(found) = address(first) {
        return found.filter(|found| {
            !is_free(found) && (scope != Scope::Anywhere || first.contains("creativecommons"))
        });
    }
    let keyed_first = statement::key(first);
    let first_word = keyed_first
        .split(' ')
        .next()
        .filter(|word| !word.is_empty())?;
    let joined: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
    let keyed = statement::key(&joined.join(" "));
    let keyed: Vec<_> = keyed.split(' ').take(MAX_KEYED).collect();
    if is_creative_commons(&keyed) {
        let longest = (1..=keyed.len())
            .rev()
            .find_map(|count| statement::leading(&keyed[..count]));
        return Some(longest.map_or(Stated::Unclear, |(stated, _)| stated))
            .filter(|stated| !is_free(stated));
    }
    if scope == Scope::Anywhere {
        return None;
    }
    if GENERAL_PUBLIC.iter().any(|name| keyed.starts_with(name)) {
        return Some(Stated::Family(Family::Gnu));
    }
    if is_gnu(first_word, &keyed) {
        return Some(
            statement::leading(&keyed).map_or(Stated::Family(Family::Gnu), |(stated, _)| stated),
        );
    }
    if scope != Scope::Prose
        && let Some(id) = with_version(words)
    {
        return (!is_permissive(&id)).then_some(Stated::License(id));
    }
    let has_number = first.contains('-') && first.contains(|c: char| c.is_ascii_digit());
    if let Some(id) = has_number.then(|| statement::expression(first)).flatten() {
        return (!is_permissive(&id)).then_some(Stated::License(id));
    }
    OTHERS
        .iter()
        .any(|name| keyed.starts_with(name))
        .then_some(Stated::Unclear)
}

/// The licence of a short name with its version behind it: `EUPL 1.2`, `OSL v. 3.0`.
fn with_version(words: &[Token]) -> Option<String> {
    // Programs of these names have versions, too.
    const PROGRAMS: &[&str] = &["ecos", "php", "python", "ruby", "tcl"];
    let first = words[0].text.as_str();
    if PROGRAMS.contains(&first) || !words[0].cased {
        return None;
    }
    let mut rest = words[1..].iter().map(|word| word.text.as_str());
    let version = rest.find(|word| !matches!(*word, "v" | "version" | "license" | "licence"))?;
    let version = version.trim_start_matches('v');
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    is_version
        .then(|| statement::expression(&format!("{first}-{version}")))
        .flatten()
}

/// The licence that an address of one names: `https://www.gnu.org/licenses/gpl-3.0.html`. Nothing inside where it
/// names none that we know.
pub(super) fn address(word: &str) -> Option<Option<Stated>> {
    if !(word.contains("://") || word.starts_with("www.")) {
        return None;
    }
    let split = word.split_once("/licenses");
    let Some((site, name)) = split.or_else(|| word.split_once("/license/")) else {
        return page(word).map(Some);
    };
    let name = name.trim_start_matches('/');
    let name = name.trim_end_matches(".html").trim_end_matches(".txt");
    if let Some(id) = statement::expression(name) {
        return Some(Some(Stated::License(id)));
    }
    let mut key = statement::key(&name.replace(['/', '-', '_'], " "));
    if site.contains("creativecommons.org") {
        key = format!("cc {key}");
    }
    let words = key.split(' ').filter(|word| !word.is_empty());
    let words: Vec<_> = words.take(MAX_KEYED).collect();
    let longest = (1..=words.len())
        .rev()
        .find_map(|count| statement::leading(&words[..count]));
    // The page with all licences of the GNU project is the one that notices name.
    let all =
        (site.contains("gnu.org") && longest.is_none()).then_some(Stated::Family(Family::Gnu));
    let named = longest.map(|(stated, _)| stated);
    Some(named.or(all).or_else(|| page(word)))
}

/// Parts of addresses that lead to a licence which is not permissive.
const PAGES: &[&str] = &[
    "bsl",
    "bsl-11",
    "bsl11",
    "business-source-license",
    "busl",
    "cecill",
    "community-license",
    "elastic-license",
    "eupl",
    "server-side-public-license",
    "sspl",
];

/// Sites that are about one such licence.
const SITES: &[&str] = &[
    "anticapitalist.software",
    "cecill.info",
    "commonsclause.com",
    "fair.io",
    "firstdonoharm.dev",
    "fsl.software",
    "mariadb.com/bsl",
    "mozilla.org/mpl",
    "paritylicense.com",
    "prosperitylicense.com",
];

/// The licence that is not permissive and that a part of another address names: `eclipse.org/legal/epl-2.0`.
fn page(word: &str) -> Option<Stated> {
    let parts = word.split('/').skip(2);
    let mut parts = parts.map(|part| part.trim_end_matches(".html").trim_end_matches(".txt"));
    if SITES.iter().any(|site| word.contains(site)) {
        return Some(Stated::Unclear);
    }
    parts.find_map(|part| {
        if word.contains("gnu.org/") && matches!(part, "gpl" | "lgpl" | "agpl") {
            return Some(Stated::Family(Family::Gnu));
        }
        if part.contains("polyformproject")
            || part.ends_with("community-license")
            || PAGES.contains(&part)
        {
            return Some(Stated::Unclear);
        }
        let has_number = part.contains('-') && part.contains(|c: char| c.is_ascii_digit());
        let id = has_number.then(|| statement::expression(part)).flatten()?;
        (!is_permissive(&id)).then_some(Stated::License(id))
    })
}

fn is_free(stated: &Stated) -> bool {
    matches!(stated, Stated::License(id) if is_permissive(id))
}

/// `cc by ..`, `creative commons ..`.
fn is_creative_commons(keyed: &[&str]) -> bool {
    matches!(
        keyed,
        ["cc", "by", ..]
            | [
                "creative",
                "commons",
                "attribution" | "by" | "noncommercial" | "sharealike",
                ..
            ]
    )
}

/// `GPL`, `gplv3+`, `GNU Lesser General Public ..`; `GNU readline` is none.
fn is_gnu(first: &str, keyed: &[&str]) -> bool {
    let is_short = |word: &str| {
        let rest = ["agpl", "lgpl", "gpl"]
            .iter()
            .find_map(|name| word.strip_prefix(name));
        rest.is_some_and(|rest| {
            let number = rest.trim_start_matches('v');
            let numbered = number.starts_with(|c: char| c.is_ascii_digit());
            // `GPLed software`, `GPL'd code`
            numbered || matches!(rest, "" | "+" | "d" | "ed")
        })
    };
    let next = keyed.get(1).copied().unwrap_or_default();
    is_short(first)
        || (first == "gnu"
            && ["agpl", "gpl", "lgpl"]
                .iter()
                .any(|name| next.starts_with(name)))
        || (matches!(first, "gnu" | "affero" | "lesser")
            && keyed.iter().take(4).any(|word| *word == "general"))
}

#[cfg(test)]
mod tests {
    use super::super::reserved::tokens;
    use super::*;

    fn found(text: &str) -> Option<Stated> {
        mentioned(&tokens(text), Scope::Header)
            .into_iter()
            .next()
            .map(|(_, stated)| stated)
    }

    #[test]
    fn names_without_a_sentence() {
        let license = |id: &str| Some(Stated::License(id.to_owned()));
        let gnu = Some(Stated::Family(Family::Gnu));
        for (text, expected) in [
            ("GPLv3", license("GPL-3.0-only")),
            ("(c) 2020 Foo, GPL v2 or later", license("GPL-2.0-or-later")),
            ("Copyright 2020 Foo. LGPL.", gnu.clone()),
            ("Author: X\nGNU GPL v3", license("GPL-3.0-only")),
            ("This is AGPL code.", gnu.clone()),
            ("taken from foo.py (GPL v2)", license("GPL-2.0-only")),
            ("Lizenz: GPL", gnu),
            ("CC BY-SA 4.0", license("CC-BY-SA-4.0")),
            ("code from the web, CC BY-SA 3.0", license("CC-BY-SA-3.0")),
            ("CC-BY-NC-ND", Some(Stated::Unclear)),
            (
                "Creative Commons Attribution-ShareAlike",
                Some(Stated::Unclear),
            ),
            ("EUPL-1.2", license("EUPL-1.2")),
            ("EUPL 1.2", license("EUPL-1.2")),
            ("Copyright A, OSL v. 3.0", license("OSL-3.0")),
            (
                "https://opensource.org/licenses/OSL-3.0",
                license("OSL-3.0"),
            ),
            ("https://www.eclipse.org/legal/epl-2.0/", license("EPL-2.0")),
            (
                "https://opensource.org/license/agpl-v3/",
                license("AGPL-3.0-only"),
            ),
            (
                "https://www.tldrlegal.com/license/gnu-general-public-license-v3-gpl-3",
                license("GPL-3.0-only"),
            ),
            (
                "https://www.gnu.org/copyleft/gpl.html",
                Some(Stated::Family(Family::Gnu)),
            ),
            (
                "https://www.elastic.co/licensing/elastic-license",
                Some(Stated::Unclear),
            ),
            ("https://mariadb.com/bsl11/", Some(Stated::Unclear)),
            (
                "selon les termes de la Licence Publique Générale GNU",
                Some(Stated::Family(Family::Gnu)),
            ),
            ("许可证：GPL-3.0", license("GPL-3.0-only")),
            ("本代码遵循GPL协议", Some(Stated::Family(Family::Gnu))),
            ("CeCILL", Some(Stated::Unclear)),
            ("OpenRAIL-M", Some(Stated::Unclear)),
            (
                "see http://www.gnu.org/licenses/",
                Some(Stated::Family(Family::Gnu)),
            ),
            ("Business Source License 1.1", Some(Stated::Unclear)),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
        let anywhere = mentioned(&tokens("from a page (CC BY-SA 4.0)"), Scope::Anywhere);
        assert_eq!(anywhere.len(), 1);
        for text in [
            "the following is under the GPL",
            "this part is under LGPL v2.1",
        ] {
            assert_eq!(mentioned(&tokens(text), Scope::Anywhere).len(), 1, "{text}");
        }
        for text in ["a GPL pump", "under the hood, gplot is called"] {
            assert_eq!(mentioned(&tokens(text), Scope::Anywhere), [], "{text}");
        }
        for (text, count) in [
            ("Compare EPL 2.0 and Python 3.10.", 0),
            ("Read the Driver License.", 0),
            ("Tools.\n\nEPL 2.0", 1),
            ("This is under EPL 2.0", 1),
            ("Released as EPL 2.0.", 1),
            ("Tools (OSL 3.0)", 1),
            ("Tools.\n\nAcme Community License", 1),
            ("This is under the Frobnicator License", 1),
        ] {
            let found = mentioned(&tokens(text), Scope::Prose);
            assert_eq!(found.len(), count, "{text}");
        }
    }

    #[test]
    fn words_that_name_no_licence() {
        for text in [
            "GNU readline library, version 2",
            "the lesser of two evils",
            "MIT",
            "BSD-3-Clause",
            "CC0-1.0",
            "a gplot of cc values by row",
            "UTF-8 and ISO-8859-1, x86-64",
            "https://opensource.org/license/mit/",
            "https://tldrlegal.com/license/mit-license",
            "send a cc by mail",
        ] {
            assert_eq!(
                found(text).filter(|_| text != "send a cc by mail"),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn long_rows_of_words_are_read_in_linear_time() {
        let hyphens = "a-".repeat(50_000);
        for text in [
            format!("{hyphens} License"),
            format!("CC BY {hyphens}"),
            format!("http://x.org/licenses/{hyphens}"),
        ] {
            mentioned(&tokens(&text), Scope::Header);
        }
    }
}
