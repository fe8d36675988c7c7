//! The map from a row's fields to the parts of an item.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Row;
use crate::item::Item;
use crate::judge::{Tests, is_body};
use tracestone_record::outside;

/// One name of a field, or several. A dot leads into an object: `answer.value`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMany", into = "Vec<String>")]
pub struct Names(Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Names {
    fn from(names: OneOrMany) -> Self {
        Self(match names {
            OneOrMany::One(name) => vec![name],
            OneOrMany::Many(names) => names,
        })
    }
}

impl From<Names> for Vec<String> {
    fn from(names: Names) -> Self {
        names.0
    }
}

/// The map from a row's fields to an item's parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    /// The item's name; without one, `id` or `task_id`, else the number of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The correct answer; of a list, or of several fields, all are correct.
    #[serde(skip_serializing_if = "is_none")]
    answer: Names,
    /// The part of the answer's text that counts: the first group of this regular expression, at its last match.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_pattern: Option<String>,
    /// The choices: a list of texts, an object of texts by label, or one with the lists `text` and `label`.
    #[serde(skip_serializing_if = "is_none")]
    choices: Names,
    /// The input that the question shows, for the baseline that copies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    /// Kind of the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Items with the same value are not independent.
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    /// The day of publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// Facts to slice the score by; without any, all short texts, numbers and truth values of a row.
    #[serde(skip_serializing_if = "is_none")]
    facts: Names,
    /// Fields that no template can show, besides answer, tests and reference.
    #[serde(skip_serializing_if = "is_none")]
    hide: Names,
    /// Fields that a template can show although they would be hidden.
    #[serde(skip_serializing_if = "is_none")]
    show: Names,
    /// Tests: a text, or a list of texts.
    #[serde(skip_serializing_if = "is_none")]
    tests: Names,
    /// Statements before the tests.
    #[serde(skip_serializing_if = "is_none")]
    setup: Names,
    /// The name of the function or class that the tests call `candidate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// The code that the question shows and an answer completes.
    #[serde(skip_serializing_if = "Option::is_none")]
    stub: Option<String>,
    /// The dataset's own solution: what follows the stub, or whole code.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Lists of arguments for which the reference gives the right result.
    #[serde(skip_serializing_if = "is_none")]
    inputs: Names,
    /// The largest difference of numbers, for inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance: Option<String>,
}

fn is_none(names: &Names) -> bool {
    names.0.is_empty()
}

/// A text that is longer than this is no fact.
const FACT_CHARS: usize = 60;

impl Fields {
    /// True if nothing is mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The item that a row is.
    pub(super) fn item(&self, row: Row, number: usize, judge: &str) -> Result<Item, String> {
        let mut item = Item::plain(&self.id(&row, number)?, "");
        item.fields.clear();
        item.kind = match &self.kind {
            Some(name) => plain(self.field(&row, name)?),
            None if judge == "python-tests" => "code".to_owned(),
            None => "question".to_owned(),
        };
        item.cluster = match &self.cluster {
            Some(name) => plain(self.field(&row, name)?),
            None => item.id.clone(),
        };
        if let Some(name) = &self.date {
            let day = crate::item::day(self.field(&row, name)?);
            item.date = day.map_err(|why| format!("`{name}`: {why}"))?;
        }
        if let Some(name) = &self.input {
            item.input = plain(self.field(&row, name)?);
        }
        if judge == "python-tests" {
            let (tests, answer) = self.tests(&row)?;
            item.tests = Some(tests);
            item.answer = answer;
        } else {
            let choices = self.choices(&row)?;
            let mut answers = self.answers(&row, judge)?;
            if !choices.is_empty() {
                answers = answers
                    .iter()
                    .map(|answer| label(&choices, answer))
                    .collect::<Result<_, _>>()?;
                let shown = choices
                    .iter()
                    .map(|(label, text)| json!({ "label": label, "text": text }));
                item.fields.insert("choices".to_owned(), shown.collect());
            }
            let mut answers = answers.into_iter().map(|answer| match answer {
                Value::String(text) => text,
                other => written(&other, judge),
            });
            item.answer = answers.next().ok_or("it has no answer")?;
            item.also = answers.collect();
        }
        item.facts = self.facts(&row)?;
        self.show(row, &mut item);
        Ok(item)
    }

    fn id(&self, row: &Row, number: usize) -> Result<String, String> {
        match &self.id {
            Some(name) => Ok(plain(self.field(row, name)?)),
            None => Ok(["id", "task_id"]
                .into_iter()
                .find_map(|name| row.get(name).filter(|value| !value.is_null()))
                .map_or_else(|| format!("row-{number}"), plain)),
        }
    }

    /// A field that the row must have.
    fn field<'r>(&self, row: &'r Row, name: &str) -> Result<&'r Value, String> {
        let found = find(row, name);
        found.filter(|value| !value.is_null()).ok_or_else(|| {
            let known: Vec<_> = row.keys().map(String::as_str).collect();
            let null = if found.is_some() { "an empty" } else { "no" };
            format!(
                "it has {null} field `{name}`; its fields are: {}",
                known.join(", ")
            )
        })
    }

    fn answer_names(&self) -> Vec<&str> {
        if self.answer.0.is_empty() {
            return vec!["answer"];
        }
        self.answer.0.iter().map(String::as_str).collect()
    }

    fn answers(&self, row: &Row, judge: &str) -> Result<Vec<Value>, String> {
        let mut answers = Vec::new();
        for name in self.answer_names() {
            match self.field(row, name)? {
                // Where lists are values, one is an answer; elsewhere, each of its members is.
                Value::Array(list) if !matches!(judge, "json" | "literal") => {
                    answers.extend(list.iter().cloned());
                }
                one => answers.push(one.clone()),
            }
        }
        let Some(pattern) = &self.answer_pattern else {
            return Ok(answers);
        };
        let pattern = regex::Regex::new(pattern)
            .map_err(|error| format!("`answer_pattern` is no regular expression: {error}"))?;
        answers
            .iter()
            .map(|answer| {
                let text = plain(answer);
                let last = pattern.captures_iter(&text).last();
                let found = last.and_then(|found| found.get(1).or(found.get(0)));
                let found = found.map(|found| Value::from(found.as_str().trim()));
                found.ok_or_else(|| format!("`answer_pattern` is not in its answer, `{text}`"))
            })
            .collect()
    }

    /// Labels and texts.
    fn choices(&self, row: &Row) -> Result<Vec<(String, String)>, String> {
        let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap_or(0)).to_string();
        let mut choices: Vec<(String, String)> = Vec::new();
        let several = self.choices.0.len() > 1;
        for name in &self.choices.0 {
            match self.field(row, name)? {
                Value::Array(texts) => {
                    for text in texts {
                        let (label, text) = labelled(text);
                        choices.push((label.unwrap_or_else(|| letter(choices.len())), text));
                    }
                }
                Value::Object(lists) => match (lists.get("label"), lists.get("text")) {
                    (Some(Value::Array(labels)), Some(Value::Array(texts)))
                        if labels.len() == texts.len() =>
                    {
                        choices.extend(labels.iter().map(plain).zip(texts.iter().map(plain)));
                    }
                    _ => choices.extend(
                        lists
                            .iter()
                            .map(|(label, text)| (label.clone(), plain(text))),
                    ),
                },
                one if several => choices.push((letter(choices.len()), plain(one))),
                _ => return Err(format!("its field `{name}` is no list of choices")),
            }
        }
        Ok(choices)
    }

    fn facts(&self, row: &Row) -> Result<BTreeMap<String, Value>, String> {
        if !self.facts.0.is_empty() {
            let fact = |name: &String| Ok((name.clone(), self.field(row, name)?.clone()));
            return self.facts.0.iter().map(fact).collect();
        }
        let hidden = self.hidden();
        let short = |value: &Value| match value {
            Value::String(text) => text.chars().count() <= FACT_CHARS && !text.contains('\n'),
            Value::Number(_) | Value::Bool(_) => true,
            _ => false,
        };
        let facts = row
            .iter()
            .filter(|(name, value)| short(value) && !hidden.contains(&name.as_str()));
        Ok(facts
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect())
    }

    /// The fields of a row that would give the answer away.
    fn hidden(&self) -> Vec<&str> {
        let answer = self.answer_names();
        let lists = [&self.tests, &self.setup, &self.inputs, &self.hide];
        let names = lists.into_iter().flat_map(|names| &names.0);
        let names = names.chain(&self.reference).map(String::as_str);
        // Of `answer.value`, all of `answer` is hidden.
        answer
            .into_iter()
            .chain(names)
            .map(|name| name.split('.').next().unwrap_or(name))
            .filter(|root| !self.show.0.iter().any(|shown| shown == root))
            .collect()
    }

    fn show(&self, row: Row, item: &mut Item) {
        let hidden = self.hidden();
        for (name, value) in row {
            if !hidden.contains(&name.as_str()) {
                item.fields.entry(name).or_insert(value);
            }
        }
        if let Some(tests) = &item.tests {
            for (name, text) in [("stub", &tests.stub), ("entry", &tests.entry)] {
                item.fields
                    .entry(name.to_owned())
                    .or_insert_with(|| Value::from(text.as_str()));
            }
        }
    }

    /// The tests, and the code that passes them.
    fn tests(&self, row: &Row) -> Result<(Tests, String), String> {
        let optional = |name: &Option<String>| -> Result<String, String> {
            name.as_ref()
                .map_or(Ok(String::new()), |name| self.field(row, name).map(plain))
        };
        let texts = |names: &Names| -> Result<Vec<String>, String> {
            let mut texts = Vec::new();
            for name in &names.0 {
                match find(row, name) {
                    Some(Value::Array(list)) => texts.extend(list.iter().map(plain)),
                    Some(Value::Null) => {}
                    Some(one) => texts.push(plain(one)),
                    None => texts.push(plain(self.field(row, name)?)),
                }
            }
            Ok(texts)
        };
        let mut inputs = Vec::new();
        for name in &self.inputs.0 {
            match self.field(row, name)? {
                Value::Array(list) => inputs.extend(list.iter().cloned()),
                _ => {
                    return Err(format!(
                        "its field `{name}` is no list of lists of arguments"
                    ));
                }
            }
        }
        let stub = optional(&self.stub)?;
        let reference = optional(&self.reference)?;
        let mut tests = Tests {
            entry: optional(&self.entry)?,
            stub,
            setup: texts(&self.setup)?.join("\n"),
            tests: texts(&self.tests)?,
            inputs,
            reference: String::new(),
            tolerance: self
                .tolerance
                .as_ref()
                .and_then(|name| find(row, name)?.as_f64()),
        };
        if tests.tests.is_empty() && tests.inputs.is_empty() {
            return Err(
                "it has no tests; name them in [items.fields] with `tests`, or `inputs` and `reference`"
                    .to_owned(),
            );
        }
        let answer = if is_body(&reference) {
            format!("{}{reference}", tests.stub)
        } else {
            reference
        };
        if tests.entry.is_empty() {
            tests.entry = defined_last(&answer).unwrap_or_default().to_owned();
        }
        if !tests.inputs.is_empty() {
            if answer.is_empty() || tests.entry.is_empty() {
                return Err("inputs need `reference` and `entry`".to_owned());
            }
            tests.reference.clone_from(&answer);
        }
        Ok((tests, answer))
    }
}

/// The function or class that a program defines last.
fn defined_last(code: &str) -> Option<&str> {
    let name = |line: &str| -> Option<usize> {
        let rest = ["def ", "class ", "async def "]
            .into_iter()
            .find_map(|word| line.strip_prefix(word))?;
        Some(line.len() - rest.len())
    };
    code.lines().rev().find_map(|line| {
        let rest = &line[name(line)?..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        Some(&rest[..end])
    })
}

/// A field, or, behind dots, a field of it.
fn find<'r>(row: &'r Row, name: &str) -> Option<&'r Value> {
    if let Some(value) = row.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    let mut value = row.get(first)?;
    for part in rest.split('.') {
        value = match value {
            Value::Array(list) => list.get(part.parse::<usize>().ok()?)?,
            other => other.get(part)?,
        };
    }
    Some(value)
}

/// The label and the text of a choice in a list, which is an object with both, or a text.
fn labelled(choice: &Value) -> (Option<String>, String) {
    let part = |names: [&str; 4]| {
        let found = names.iter().find_map(|name| choice.get(*name));
        found.filter(|part| part.is_string() || part.is_number())
    };
    let label = part(["label", "key", "letter", "id"]);
    match (label, part(["text", "value", "content", "choice"])) {
        (label, Some(text)) => (label.map(plain), plain(text)),
        _ => (None, plain(choice)),
    }
}

/// The label of the choice that an answer names: by label, by number from 0 on, or by its text.
fn label(choices: &[(String, String)], answer: &Value) -> Result<Value, String> {
    let text = plain(answer);
    let text = text.trim();
    let by_number = answer
        .as_u64()
        .and_then(|at| choices.get(usize::try_from(at).ok()?));
    let found = by_number
        .or_else(|| choices.iter().find(|(label, _)| label == text))
        .or_else(|| choices.iter().find(|(_, choice)| choice == text))
        .or_else(|| text.parse().ok().and_then(|at: usize| choices.get(at)))
        .or_else(|| {
            let mut alike = choices
                .iter()
                .filter(|(label, _)| label.eq_ignore_ascii_case(text));
            alike.next().filter(|_| alike.next().is_none())
        });
    match found {
        Some((label, _)) => Ok(Value::from(label.as_str())),
        None => {
            let named: Vec<_> = choices
                .iter()
                .map(|(label, choice)| format!("{label} ({})", outside::short(choice, 40)))
                .collect();
            Err(format!(
                "its answer, `{text}`, is none of its choices: {}",
                named.join(", ")
            ))
        }
    }
}

/// A value as a text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A value that is no text as the text of an answer: for `literal` as Python writes it, else as JSON.
fn written(value: &Value, judge: &str) -> String {
    if judge != "literal" {
        return plain(value);
    }
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(list) => {
            let parts: Vec<_> = list.iter().map(python).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Object(pairs) => {
            let parts = pairs
                .iter()
                .map(|(name, part)| format!("{}: {}", python(&json!(name)), python(part)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A value inside another one, as Python writes it.
fn python(value: &Value) -> String {
    match value {
        // JSON's escapes are Python's too, but for pairs of surrogates, which are not written here.
        Value::String(_) => value.to_string(),
        other => written(other, "literal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(fields: &str, row: Value, judge: &str) -> Result<Item, String> {
        let fields: Fields = toml::from_str(fields).unwrap();
        let Value::Object(row) = row else { panic!() };
        fields.item(row, 1, judge)
    }

    #[test]
    fn a_row_becomes_an_item_that_hides_its_answer() {
        let row = json!({ "q": "2 + 2?", "a": "it is\n#### 4", "topic": "sums", "level": 1 });
        let fields = "answer = 'a'\nanswer_pattern = '####\\s*(.+)'\ncluster = 'topic'";
        let item = item(fields, row, "numeric").unwrap();
        assert_eq!((item.id.as_str(), item.answer.as_str()), ("row-1", "4"));
        assert_eq!(item.cluster, "sums");
        assert!(!item.fields.contains_key("a"));
        assert_eq!(item.fields["q"], "2 + 2?");
        let facts: Vec<_> = item.facts.keys().map(String::as_str).collect();
        assert_eq!(facts, ["level", "q", "topic"]);
    }

    #[test]
    fn choices_come_in_the_forms_of_the_field() {
        for (row, answer) in [
            (json!({ "choices": ["x", "y"], "answer": 1 }), "B"),
            (json!({ "choices": ["x", "y"], "answer": "B" }), "B"),
            (json!({ "choices": ["x", "y"], "answer": "y" }), "B"),
            (
                json!({ "choices": { "label": ["1", "2"], "text": ["x", "y"] }, "answer": "2" }),
                "2",
            ),
            (
                json!({ "choices": { "A": "x", "B": "y" }, "answer": "B" }),
                "B",
            ),
            (
                json!({
                    "choices": [{ "label": "P", "text": "x" }, { "label": "Q", "text": "y" }],
                    "answer": "Q",
                }),
                "Q",
            ),
        ] {
            let item = item("choices = 'choices'", row, "choice").unwrap();
            assert_eq!(item.answer, answer);
            assert_eq!(item.fields["choices"][1]["text"], "y");
        }
        let bad = json!({ "choices": ["x"], "answer": "z" });
        assert!(item("choices = 'choices'", bad, "choice").is_err());
    }

    #[test]
    fn missing_fields_are_named_with_those_that_are_there() {
        let error = item("answer = 'gold'", json!({ "q": 1, "a": 2 }), "exact").unwrap_err();
        assert_eq!(error, "it has no field `gold`; its fields are: a, q");
    }

    #[test]
    fn values_are_written_as_python_for_literals() {
        let row = json!({ "answer": [true, null, "a\"b", { "k": 1.5 }] });
        let item = item("", row, "literal").unwrap();
        assert_eq!(item.answer, r#"[True, None, "a\"b", {"k": 1.5}]"#);
    }

    #[test]
    fn tests_come_with_what_they_need() {
        let row = json!({
            "prompt": "def f(a):\n    \"\"\"Doc.\"\"\"\n", "entry_point": "f", "task_id": "H/0",
            "canonical_solution": "\n   \n    return a\n", "test": "def check(candidate): ...",
        });
        let fields = "stub = 'prompt'\nentry = 'entry_point'\ntests = 'test'\nreference = 'canonical_solution'";
        let item = item(fields, row, "python-tests").unwrap();
        assert!(item.answer.ends_with("\"\"\"\n\n   \n    return a\n"));
        assert_eq!(item.tests.as_ref().unwrap().entry, "f");
        assert!(!item.fields.contains_key("test") && item.fields.contains_key("prompt"));
        let row = json!({ "code": "def g(a):\n    return a\n", "test_list": ["assert g(1) == 1"] });
        let item = super::tests::item(
            "tests = 'test_list'\nreference = 'code'",
            row,
            "python-tests",
        );
        assert_eq!(item.unwrap().tests.unwrap().entry, "g");
    }
}
