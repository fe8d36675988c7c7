//! Parts that the pages of one run and of several share.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use tracestone_record::outside;

use crate::item::Item;
use crate::score;

/// A page from its template. What is marked as safe is the page's own; the rest is text from outside.
///
/// # Errors
/// The template does not fit its content.
pub fn rendered(template: &str, content: impl Serialize) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => {
            let clean = minijinja::Value::from(outside::text(text).into_owned());
            minijinja::escape_formatter(out, state, &clean)
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    // The name's ending is what turns escaping on.
    environment.render_named_str("page.html", template, Serde(content))
}

/// For each item, the value of each fact that it counts under.
pub(super) fn slices_of(items: &[Item], facts: &[String]) -> Vec<BTreeMap<String, String>> {
    let mut slices = vec![BTreeMap::new(); items.len()];
    for group in score::groups(items, facts) {
        for member in group.members {
            slices[member].insert(group.fact.clone(), group.value.clone());
        }
    }
    slices
}

/// Fields of rows that hold the question.
const QUESTIONS: [&str; 7] = [
    "question",
    "problem",
    "query",
    "text",
    "instruction",
    "statement",
    "prompt",
];

/// The title of an item: its call, the program that it is about, or the question, rather than a hash or a number.
pub(super) fn title(item: &Item) -> String {
    const LONGEST: usize = 90;
    let field = |name: &str| item.fields.get(name).and_then(|value| value.as_str());
    let entry = field("entry").or(item.execution.as_ref().map(|one| one.callee.as_str()));
    let text = match (field("call"), entry) {
        (Some(call), _) if !call.is_empty() => call.to_owned(),
        (_, Some(entry)) if !item.id.starts_with("sample_") => format!("{entry}(…)"),
        // Samples have an identifier of their own, and their prompts begin alike.
        _ if item.fields.contains_key("program") => return item.id.clone(),
        _ => match QUESTIONS.into_iter().find_map(field) {
            Some(question) if !question.trim().is_empty() => question.to_owned(),
            _ => return item.id.clone(),
        },
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

/// JSON for a `script` element of a page; see [`outside::script`].
pub(super) fn embedded(value: &impl Serialize) -> String {
    // Plain data: writing it cannot fail.
    outside::script(serde_json::to_value(value).unwrap_or_default())
}
