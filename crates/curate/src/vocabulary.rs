//! The words of a program that survive renaming and rewriting: methods, functions of others, literals and operators.

use std::collections::BTreeSet;

use crate::token::Tokens;

/// Words that two texts must share; fewer do where all words of both are shared.
const SHARED: usize = 3;
const SHARED_OF_ALL: usize = 2;
/// The least share of words that both have among those that one of them has.
const SHARE: f64 = 0.75;

/// Functions and names that come and go where a loop or a comprehension is written in another way.
const OF_LOOPS: &[&str] = &["StopIteration", "iter", "list", "next"];

const KEYWORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "class", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not",
    "or", "raise", "return", "try", "while", "with", "yield", "False", "None", "True", "break",
    "continue", "pass",
];

/// Methods and functions that a text calls, its literals and its operators, each once. Names that it binds itself are
/// no words, nor is the direction of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary(BTreeSet<String>);

impl Vocabulary {
    /// The words of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let tokens: Vec<&str> = Tokens::of(text)
            .map(|(start, end)| &text[start..end])
            .collect();
        let before = |at: usize| at.checked_sub(1).map_or("", |at| tokens[at]);
        let mut defined = BTreeSet::new();
        for (at, token) in tokens.iter().enumerate() {
            if matches!(before(at), "def" | "class") {
                defined.insert(*token);
            }
        }
        let mut words = BTreeSet::new();
        for (at, token) in tokens.iter().enumerate() {
            let called = tokens.get(at + 1) == Some(&"(");
            match word(token, before(at) == ".", called) {
                Some(word) if !defined.contains(word.as_str()) => drop(words.insert(word)),
                _ => {}
            }
        }
        Self(words)
    }

    /// The number of words that both have and the number that one of them has, if that is nearly all: what two
    /// versions of a function share, and two functions by chance do not.
    #[must_use]
    pub fn alike(&self, other: &Self) -> Option<(usize, usize)> {
        let shared = self.0.intersection(&other.0).count();
        let all = self.0.union(&other.0).count();
        let same = shared == all && shared >= SHARED_OF_ALL;
        // Counts of words in a text are far below 2^52.
        let nearly = shared >= SHARED && shared as f64 >= SHARE * all as f64;
        (same || nearly).then_some((shared, all))
    }
}

/// The word that a token is; `None` for one that says nothing.
fn word(token: &str, attribute: bool, called: bool) -> Option<String> {
    let first = token.chars().next()?;
    if let Some(quote) = token.find(['"', '\'']).filter(|at| *at <= 2) {
        let (prefix, quoted) = token.split_at(quote);
        if prefix.contains(['f', 'F']) {
            // It holds names.
            return Some("f''".to_owned());
        }
        return Some(format!("'{}'", quoted.trim_matches(['"', '\''])));
    }
    if first.is_ascii_digit() || first == '.' && token.len() > 1 && token != "..." {
        return Some(token.to_ascii_lowercase().replace('_', ""));
    }
    if first == '_' || first.is_alphabetic() {
        let silent = KEYWORDS.contains(&token) || OF_LOOPS.contains(&token);
        return match (attribute, called) {
            (true, _) => Some(format!(".{token}")),
            (false, true) if !silent => Some(token.to_owned()),
            _ => None,
        };
    }
    let operator = match token {
        ">" => "<",
        ">=" => "<=",
        "<=" | "==" | "!=" => token,
        _ => token.strip_suffix('=').unwrap_or(token),
    };
    let counts = matches!(
        operator,
        "+" | "-"
            | "*"
            | "/"
            | "//"
            | "%"
            | "**"
            | "<"
            | "<="
            | "=="
            | "!="
            | "&"
            | "|"
            | "^"
            | "<<"
            | ">>"
    );
    counts.then(|| operator.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renaming_and_other_loops_leave_the_words() {
        let one = "def f(items, n):\n    \"\"\"Text.\"\"\"\n    total = 0\n    for item in items:\n        if item > n:\n            total += item.count('a')\n    return [x for x in range(total)]\n";
        let other = "def g(a, b):\n    c = 0\n    source = iter(a)\n    while True:\n        try:\n            d = next(source)\n        except StopIteration:\n            break\n        if b < d:\n            c = c + d.count(\"a\")\n    e = list(x for x in range(c))\n    return e\n";
        let (one, other) = (Vocabulary::of(one), Vocabulary::of(other));
        assert_eq!(one, other);
        assert_eq!(one.alike(&other), Some((6, 6)));
    }

    #[test]
    fn few_words_must_all_be_shared_and_one_says_nothing() {
        let words = |text: &str| Vocabulary::of(text);
        let clear = words("def f(x):\n    x.clear()\n    return 'quack'\n");
        assert_eq!(
            clear.alike(&words("def g(y):\n    y.clear()\n    return \"quack\"\n")),
            Some((2, 2))
        );
        assert_eq!(
            clear.alike(&words("def g(y):\n    y.clear()\n    return 'moo'\n")),
            None
        );
        let one = words("def f(x):\n    return x.isascii()\n");
        assert_eq!(one.alike(&one), None);
        // Three of four are enough, two of three are not.
        let three = words("def f(x):\n    return len(x.a().b())\n");
        assert_eq!(
            three.alike(&words("def f(x):\n    return len(x.a().b().c())\n")),
            Some((3, 4))
        );
        assert_eq!(
            three.alike(&words("def f(x):\n    return len(x.a())\n")),
            None
        );
    }

    #[test]
    fn names_that_a_text_defines_are_no_words() {
        let text = "def walk(n):\n    return walk(n - 1)\n";
        assert_eq!(
            Vocabulary::of(text),
            Vocabulary::of(&text.replace("walk", "go"))
        );
    }
}
