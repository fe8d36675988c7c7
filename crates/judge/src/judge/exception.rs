//! Exceptions: `Type: message`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tracestone_record::Literal;
use tracestone_sample::reading;

use super::{Judge, Judgement, Verdict};
use crate::answer::Form;
use crate::item::Item;

/// `Type: message`, with or without the class's module, and the message to the letter. The right type with
/// another message is worth half.
pub(super) struct Exception;

/// An exception whose type and message a sentence, or two lines, name apart.
static DESCRIBED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)^(?:[*`]*(?:exception|type|exception type|error)[*`]*\s*:[*`]*\s*)?(?:an?\s+|the\s+)?[*`]{0,2}([\w.]+)[*`]{0,2}(?:\s+(?:is raised|exception|error))*(?:\s*,?\s*with (?:the )?(?:error )?message:?|\s*\n\s*[*`]*(?:error )?message[*`]*\s*:[*`]*)\s*(?:`([^`\n]*)`|"([^"\n]*)"|'([^'\n]*)'|([^`"'\n]+?))(?:\s+is raised)?[.]?$"#)
        .expect("a pattern of this file, which a test compiles")
});

/// Two lines that name the type and the message apart.
static APART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?im)^[-*`# ]*(?:exception|exception type|error|type)[*`]*\s*:[^\n]+\n[-*`# ]*(?:error )?message[*`]*\s*:[^\n]+")
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

impl Form for Exception {
    fn block(&self, said: &str) -> Option<std::ops::Range<usize>> {
        APART.find_iter(said).last().map(|found| found.range())
    }

    fn reads(&self, text: &str) -> bool {
        // A last line such as `Done` could be the name of a class, but is none of an exception's.
        let named = |name: &str| {
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
        };
        !APART.is_match(text)
            && reading::exception(text)
                .is_some_and(|read| text.contains(':') || named(read.type_name))
    }

    fn respelled(&self, text: &str) -> Option<String> {
        let last = text.trim().lines().next_back()?.trim();
        if text.contains("Traceback (most recent call last)") {
            return self.reads(last).then(|| last.to_owned());
        }
        if let Some(said) = DESCRIBED.captures(text) {
            let name = said.get(1)?.as_str();
            let message = said.iter().skip(2).flatten().next()?.as_str();
            let plain = format!("{name}: {message}");
            return self.reads(&plain).then_some(plain);
        }
        if text.trim_start().starts_with('{') {
            return named_members(text).filter(|plain| self.reads(plain));
        }
        if text.contains('\n') {
            return None;
        }
        // `a ValueError`, `a ValueError: `ValueError: bad x``
        let article = ARTICLE
            .find(last)
            .map_or(last, |found| &last[found.end()..]);
        if article.len() < last.len() {
            let bare = article.trim_matches(['`', '*', ' ']);
            let inner = bare
                .split_once(": `")
                .map(|(_, inner)| inner)
                .filter(|inner| self.reads(inner));
            let bare = inner.unwrap_or(bare);
            return match self.reads(bare) {
                true => Some(bare.to_owned()),
                false => self.respelled(bare),
            };
        }
        // `raise ValueError('bad x')`
        let made = last.strip_prefix("raise ").unwrap_or(last);
        if let Some(made) = made.strip_suffix(')')
            && let Some((name, argument)) = made.split_once('(')
            && self.reads(&format!("{name}: "))
        {
            return match (argument.trim(), reading::literal(argument)) {
                ("", _) => Some(name.to_owned()),
                // Its message is the representation of the key.
                (_, Ok(key)) if name == "KeyError" => {
                    Some(format!("{name}: {}", key.python_repr()))
                }
                (_, Ok(Literal::Str(message))) => Some(format!("{name}: {message}")),
                _ => None,
            };
        }
        // ``ValueError: bad x` because x is negative`
        if let Some((inner, after)) = last.strip_prefix('`').and_then(|rest| rest.split_once('`'))
            && inner.contains(':')
            && self.reads(inner)
        {
            let settled = after.is_empty() || WHY.is_match(after) && !DOUBTS.is_match(after);
            return settled.then(|| inner.to_owned());
        }
        // `**ValueError**: bad x`
        let (name, message) = last.split_once([':', '\u{ff1a}'])?;
        let name = name.trim_matches(|c| "*`".contains(c));
        let plain = format!("{name}: {}", message.trim_start_matches('*').trim());
        self.reads(&plain).then_some(plain)
    }
}

impl Judge for Exception {
    fn name(&self) -> &'static str {
        "exception"
    }

    fn version(&self) -> u32 {
        5
    }

    fn form(&self) -> &dyn Form {
        self
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
        let verdict = Verdict::equal(gold == Some(given), parsed);
        let detail = serde_json::json!({ "same_type": same_type });
        Judgement::Decided(verdict.partial(if same_type { 0.5 } else { 0.0 }, detail))
    }
}
