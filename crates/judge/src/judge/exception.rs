//! Exceptions: `Type: message`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tracestone_record::Literal;
use tracestone_sample::reading::{self, Named};

use super::{Judge, Judgement, Verdict};
use crate::answer::{Extraction, Form, Found, doubt, extract};
use crate::item::Item;

/// `Type: message`, with or without the class's module, and the message to the letter. Of a full stop that may be the
/// message's own or that of a sentence around it, the right answer decides. The right type with another message is worth
/// half.
pub(super) struct Exception;

/// An exception whose type and message a sentence, or two lines, name apart.
static DESCRIBED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)^(?:(?:[-*] +)?[*`]*(?:exception|type|exception type|class|exception class|error)[*`]*\s*:[*`]*\s*)?(?:an?\s+|the\s+)?[*`]{0,2}([\w.]+)[*`]{0,2}(?:\s+(?:is raised|exception|error))*(?:\s*,?\s*with (?:the )?(?:error )?message:?|\s*\n\s*(?:[-*] +)?[*`]*(?:error )?message[*`]*\s*:[*`]*)\s*(?:`([^`\n]*)`|"([^"\n]*)"|'([^'\n]*)'|([^`"'\n]+?))(?:\s+is raised)?[.]?$"#)
        .expect("a pattern of this file, which a test compiles")
});

/// An exception of which it is said that it has no message.
static SILENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^[*`]{0,2}([\w.]+)[*`]{0,2},? *\(?(?:(?:with |and )?(?:no|an empty)|without (?:any|an?)) (?:error )?message\)?\.?$")
        .expect("a pattern of this file, which a test compiles")
});

/// Two lines that name the type and the message apart.
static APART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?im)^[-*`# ]*(?:exception|exception type|exception class|error|type|class)[*`]*\s*:[^\n]+\n\s*[-*`# ]*(?:error )?message[*`]*\s*:[^\n]+")
        .expect("a pattern of this file, which a test compiles")
});

/// The name of an exception and a colon, so that what follows is a part of its message.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:[a-z0-9_][A-Z]\w*|[A-Za-z_]\w*\.[A-Za-z_]\w*|\b(?:Exception|Warning))[*`"'\s]*[:\x{ff1a}]"#,
    )
    .expect("a pattern of this file, which a test compiles")
});

/// Reasons behind an exception.
static WHY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^,? (?:because|since|as)\b|^\.$")
        .expect("a pattern of this file, which a test compiles")
});

/// Words in reasons by which they say another one.
static DOUBTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:or|guess|maybe|perhaps|but|unless|only|not|if)\b|\?")
        .expect("a pattern of this file, which a test compiles")
});

/// An article before the name of an exception.
static ARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:an?|the)\s+").expect("a pattern of this file, which a test compiles")
});

/// The exception of an object that names its type and its message.
fn named_members(text: &str) -> Option<String> {
    let Value::Object(object) = serde_json::from_str(text.trim()).ok()? else {
        return None;
    };
    let of = |names: [&str; 3]| {
        names
            .into_iter()
            .find_map(|name| object.get(name)?.as_str())
    };
    let name = of(["type", "exception", "exception_type"])?;
    let message = of(["message", "msg", "error_message"])?;
    (object.len() == 2).then(|| format!("{name}: {message}"))
}

/// True if a class has the name of an exception.
fn is_exception(name: &str) -> bool {
    [
        "Error",
        "Exception",
        "Exit",
        "Interrupt",
        "Iteration",
        "Warning",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

/// Exceptions as an item asks for them.
struct Raised<'i> {
    /// The right answer; empty where it is not known.
    gold: &'i str,
}

impl Raised<'_> {
    /// The exception at the end of a traceback.
    fn traced(&self, text: &str) -> Option<String> {
        let text = text.trim();
        // A message may have several lines.
        let known = text.strip_suffix(self.gold.trim());
        if known.is_some_and(|before| before.ends_with('\n')) {
            return Some(self.gold.trim().to_owned());
        }
        let last = text.lines().next_back()?.trim();
        self.reads(last).then(|| last.to_owned())
    }

    /// The exception whose type and message a sentence, or two lines, name apart.
    fn described(&self, text: &str) -> Option<String> {
        let said = DESCRIBED.captures(text)?;
        let name = said.get(1)?.as_str();
        let message = said.iter().skip(2).flatten().next()?.as_str();
        // A full stop that is the message's own.
        let own = format!("{message}.");
        let message = match text.ends_with(&own) && self.is_complete(&own) {
            true => &own,
            false => message,
        };
        Some(format!("{name}: {message}"))
    }

    /// The exception behind an article: `a ValueError`, ``a ValueError: `ValueError: bad x` ``.
    fn behind_article(&self, text: &str) -> Option<String> {
        let bare = text.trim_matches(['`', '*', ' ']);
        let inner = bare
            .split_once(": `")
            .map(|(_, inner)| inner)
            .filter(|inner| self.reads(inner));
        let bare = inner.unwrap_or(bare);
        match self.reads(bare) {
            true => Some(bare.to_owned()),
            false => self.respelled(bare),
        }
    }

    /// The exception that a constructor makes: `raise ValueError('bad x')`.
    fn made(&self, text: &str) -> Option<Option<String>> {
        let made = text.strip_prefix("raise ").unwrap_or(text);
        if made.len() < text.len() && is_exception(made) && self.reads(made) {
            return Some(Some(made.to_owned()));
        }
        let (name, argument) = made.strip_suffix(')')?.split_once('(')?;
        self.reads(&format!("{name}: ")).then(|| {
            match (argument.trim(), reading::literal(argument)) {
                ("", _) => Some(name.to_owned()),
                // Its message is the representation of the key.
                (_, Ok(key)) if name == "KeyError" => {
                    Some(format!("{name}: {}", key.python_repr()))
                }
                (_, Ok(Literal::Str(message))) => Some(format!("{name}: {message}")),
                _ => None,
            }
        })
    }
}

impl Form for Raised<'_> {
    fn block(&self, said: &str) -> Option<std::ops::Range<usize>> {
        let apart = APART.find_iter(said).last().map(|found| found.range());
        let gold = self.gold.trim();
        // A message of several lines.
        let whole = gold.contains('\n').then(|| said.rfind(gold)).flatten();
        let whole = whole.map(|start| start..start + gold.len());
        // Among others, or with words behind it, it may be one of several.
        let alone = |range: &std::ops::Range<usize>| {
            let (before, after) = (&said[..range.start], &said[range.end..]);
            let line = before.rsplit('\n').next().unwrap_or_default();
            // `IndexError: ValueError: a` is an `IndexError`.
            let begins = line.is_empty()
                || line.ends_with(|c: char| c.is_whitespace() || c == '`') && !OTHER.is_match(line);
            let ends = after.trim().chars().all(|c| c == '`');
            begins && ends && !doubt::denied(before.trim_end(), false)
        };
        whole.filter(alone).or(apart)
    }

    fn is_complete(&self, text: &str) -> bool {
        let message = reading::exception(self.gold).map_or("", |gold| gold.message);
        !message.is_empty() && text.ends_with(message)
    }

    fn reads(&self, text: &str) -> bool {
        // A last line such as `Done` could be the name of a class, but is none of an exception's.
        !APART.is_match(text)
            && reading::exception(text)
                .is_some_and(|read| text.contains(':') || is_exception(read.type_name))
    }

    fn is_alone(&self, text: &str) -> bool {
        // `Note: ..`
        let named = reading::exception(text).is_some_and(|read| is_exception(read.type_name));
        named && self.reads(text)
    }

    fn respelled(&self, text: &str) -> Option<String> {
        let last = text.trim().lines().next_back()?.trim();
        if text.contains("Traceback (most recent call last)") {
            return self.traced(text);
        }
        if DESCRIBED.is_match(text) {
            return self.described(text).filter(|plain| self.reads(plain));
        }
        if text.trim_start().starts_with('{') {
            return named_members(text).filter(|plain| self.reads(plain));
        }
        if text.contains('\n') {
            return None;
        }
        // `"KeyError: 'a'"`
        let inner = ['"', '\'']
            .iter()
            .find_map(|quote| last.strip_prefix(*quote)?.strip_suffix(*quote));
        if let Some(inner) = inner.filter(|inner| self.is_alone(inner)) {
            return Some(inner.to_owned());
        }
        let silent = SILENT.captures(last).and_then(|found| found.get(1));
        if let Some(name) = silent.filter(|name| is_exception(name.as_str())) {
            return Some(name.as_str().to_owned());
        }
        if let Some(article) = ARTICLE.find(last) {
            return self.behind_article(&last[article.end()..]);
        }
        if let Some(made) = self.made(last) {
            return made;
        }
        // ``ValueError: bad x` because x is negative`
        if let Some((inner, after)) = last.strip_prefix('`').and_then(|rest| rest.split_once('`'))
            && inner.contains(':')
            && self.reads(inner)
        {
            let settled = after.is_empty() || WHY.is_match(after) && !DOUBTS.is_match(after);
            return settled.then(|| inner.to_owned());
        }
        // `IndexError - list index out of range`
        let dashed = [" - ", " \u{2013} ", " \u{2014} "];
        let dashed = dashed.iter().find_map(|dash| last.split_once(dash));
        let dashed = dashed.filter(|(name, _)| is_exception(name.trim_matches(['*', '`'])));
        // `**ValueError**: bad x`
        let (name, message) = dashed.or_else(|| last.split_once([':', '\u{ff1a}']))?;
        let name = name.trim_matches(|c| "*`".contains(c));
        let message = message.trim_start_matches('*').trim();
        let code = message
            .strip_prefix('`')
            .and_then(|rest| rest.strip_suffix('`'));
        let code = code.filter(|code| last.starts_with('`') && !code.contains('`'));
        let plain = format!("{name}: {}", code.unwrap_or(message));
        self.reads(&plain).then_some(plain)
    }
}

/// True if an exception is the right one in other words: with an empty text for no message, or with `Exception: `
/// before its own name.
fn is_same(gold: &Named<'_>, given: &Named<'_>) -> bool {
    if given.type_name == gold.type_name && gold.message.is_empty() {
        return ["''", "\"\"", "``"].contains(&given.message);
    }
    let named = reading::exception(given.message);
    let label = ["Exception", "Error"].contains(&given.type_name);
    label && named.is_some_and(|named| is_exception(named.type_name) && named == *gold)
}

impl Judge for Exception {
    fn name(&self) -> &'static str {
        "exception"
    }

    fn version(&self) -> u32 {
        8
    }

    fn form(&self) -> &dyn Form {
        const ANY: &Raised<'static> = &Raised { gold: "" };
        ANY
    }

    fn find<'a>(
        &self,
        item: &Item,
        response: &'a str,
        extraction: Extraction,
    ) -> Option<Found<'a>> {
        let form = Raised { gold: &item.answer };
        let found = extract(response, extraction, &form)?;
        // `It raises KeyError: 'a', because 'a' is no key.`
        let marked = found.closed || found.rule == "opening mark" || found.rule == "whole";
        let gold = item.answer.trim();
        let rest = found.text.strip_prefix(gold).unwrap_or_default();
        let rest = rest.trim_start_matches(['`', '*']);
        if !marked
            && !gold.is_empty()
            && rest.starts_with(',')
            && WHY.is_match(rest)
            && !DOUBTS.is_match(rest)
        {
            return Some(Found {
                text: gold.to_owned().into(),
                ..found
            });
        }
        Some(found)
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let Some(given) = reading::exception(answer) else {
            let why = "the form is `Type: message`";
            return Judgement::Decided(Verdict::unparsable("not_an_exception", why));
        };
        let gold = reading::exception(&item.answer);
        let same_type = gold.is_some_and(|gold| gold.type_name == given.type_name);
        let parsed = match given.message {
            "" => given.type_name.to_owned(),
            message => format!("{}: {message}", given.type_name),
        };
        let equal = gold == Some(given) || gold.is_some_and(|gold| is_same(&gold, &given));
        let verdict = Verdict::equal(equal, parsed);
        let detail = serde_json::json!({ "same_type": same_type });
        Judgement::Decided(verdict.partial(if same_type { 0.5 } else { 0.0 }, detail))
    }
}
