//! Benchmarks that training data must not hold, read from files of JSON lines.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::token::Tokens;

/// A benchmark, read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benchmark {
    /// Its name, such as that of its file.
    pub name: String,
    /// Its tasks, in the order of the file.
    pub tasks: Vec<Task>,
}

/// A task of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name in the benchmark, or the number of its line.
    pub id: String,
    /// The program that is asked about or for.
    pub code: String,
    /// The function that is called; empty where nothing says so.
    pub entry: String,
    /// The text of the problem, where it is not in the code.
    pub prose: Vec<String>,
    /// Arguments, without the parentheses, that the benchmark calls the function with.
    pub inputs: Vec<String>,
}

/// Error of reading a benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BenchmarkError {
    /// A line that cannot be used.
    Line {
        /// Number of the line, from 1.
        line: usize,
        /// Description of the fault.
        why: String,
    },
    /// There is nothing in the text.
    Empty,
}

impl std::fmt::Display for BenchmarkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line { line, why } => write!(f, "line {line}: {why}"),
            Self::Empty => f.write_str("no line holds a task"),
        }
    }
}

impl std::error::Error for BenchmarkError {}

/// Fields with code, the first that is there counts. `prompt` counts together with `canonical_solution`.
const CODE: &[&str] = &[
    "code",
    "canonical_solution",
    "solution",
    "refcode",
    "reference_code",
    "reference",
    "program",
    "function",
    "func",
    "source",
];
const NAMES: &[&str] = &["task_id", "id", "question_id", "itemid", "name"];
const ENTRIES: &[&str] = &["entry_point", "funcname", "function_name", "entry"];
const PROSE: &[&str] = &[
    "text",
    "question",
    "problem",
    "problem_description",
    "description",
    "question_content",
];
const TESTS: &[&str] = &["test", "tests", "test_list", "challenge_test_list"];

impl Benchmark {
    /// Reads JSON lines, or one JSON list. `field` names the field with the code; without it, the fields of
    /// HumanEval, MBPP, CRUXEval and their like are known.
    ///
    /// # Errors
    /// A line is no JSON object or has no code.
    pub fn parse(name: &str, text: &str, field: Option<&str>) -> Result<Self, BenchmarkError> {
        let mut tasks = Vec::new();
        for (line, row) in rows(text)? {
            let wrong = |why: String| BenchmarkError::Line { line, why };
            let Value::Object(row) = row else {
                return Err(wrong("not a JSON object".to_owned()));
            };
            tasks.push(task(&row, field, line).map_err(wrong)?);
        }
        match tasks.is_empty() {
            true => Err(BenchmarkError::Empty),
            false => Ok(Self {
                name: name.to_owned(),
                tasks,
            }),
        }
    }
}

fn rows(text: &str) -> Result<Vec<(usize, Value)>, BenchmarkError> {
    let text = text.trim_start_matches('\u{feff}');
    let wrong = |line: usize, error: serde_json::Error| BenchmarkError::Line {
        line,
        why: error.to_string(),
    };
    if text.trim_start().starts_with('[') {
        let rows: Vec<Value> =
            serde_json::from_str(text).map_err(|error| wrong(error.line(), error))?;
        return Ok((1..).zip(rows).collect());
    }
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, text)| !text.trim().is_empty());
    lines
        .map(|(line, text)| {
            let row = serde_json::from_str(text).map_err(|error| wrong(line, error))?;
            Ok((line, row))
        })
        .collect()
}

fn task(row: &Map<String, Value>, field: Option<&str>, line: usize) -> Result<Task, String> {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let first = |names: &[&str]| names.iter().find_map(|name| text(name));
    let code = match field {
        Some(field) => text(field)
            .ok_or_else(|| format!("has no text `{field}`; it has {}", fields(row)))?
            .to_owned(),
        None => match (text("prompt"), text("canonical_solution")) {
            (Some(prompt), Some(solution)) => format!("{prompt}{solution}"),
            _ => first(CODE)
                .ok_or_else(|| {
                    format!(
                        "no field is known to hold code; name it with --field (it has {})",
                        fields(row)
                    )
                })?
                .to_owned(),
        },
    };
    let id = NAMES.iter().find_map(|name| match row.get(*name)? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    });
    let entry = first(ENTRIES).map_or_else(|| only_function(&code), str::to_owned);
    let mut prose: Vec<String> = PROSE
        .iter()
        .filter_map(|name| text(name))
        .map(str::to_owned)
        .collect();
    if let Some(prompt) = text("prompt").filter(|prompt| !code.starts_with(*prompt)) {
        prose.push(prompt.to_owned());
    }
    Ok(Task {
        id: id.unwrap_or_else(|| format!("line {line}")),
        inputs: inputs(row, &entry),
        code,
        entry,
        prose,
    })
}

fn fields(row: &Map<String, Value>) -> String {
    let names: Vec<&str> = row.keys().map(String::as_str).collect();
    names.join(", ")
}

/// The last function that a text defines at its left edge.
fn only_function(code: &str) -> String {
    let named = |line: &str| {
        let rest = line.strip_prefix("def ")?;
        Some(rest.split('(').next()?.trim().to_owned())
    };
    code.lines()
        .filter_map(named)
        .next_back()
        .unwrap_or_default()
}

/// The arguments of the calls in a row: its input, or what its tests call.
fn inputs(row: &Map<String, Value>, entry: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if let Some(Value::String(input)) = row.get("input") {
        found.push(input.clone());
    }
    for name in TESTS {
        let texts: Vec<&str> = match row.get(*name) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        for text in texts {
            found.extend(calls(text, &[entry, "candidate"]));
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|input| seen.insert(input.clone()));
    found
}

/// The arguments of the calls of these functions in a text, where they are written out.
fn calls(text: &str, names: &[&str]) -> Vec<String> {
    let tokens: Vec<(usize, usize)> = Tokens::of(text).collect();
    let word = |at: usize| {
        tokens
            .get(at)
            .map_or("", |(start, end)| &text[*start..*end])
    };
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let called = !word(at).is_empty() && names.contains(&word(at)) && word(at + 1) == "(";
        let defined = at > 0 && matches!(word(at - 1), "def" | ".");
        if !called || defined {
            continue;
        }
        let mut depth = 0_usize;
        for end in at + 1..tokens.len() {
            match word(end) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                found.push(text[tokens[at + 1].1..tokens[end].0].trim().to_owned());
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_known_benchmarks_are_found() {
        let cruxeval = r#"{"code": "def f(a):\n    return a", "input": "[1]", "output": "[1]", "id": "sample_0"}"#;
        let read = Benchmark::parse("cruxeval", cruxeval, None).unwrap();
        let task = &read.tasks[0];
        assert_eq!((task.id.as_str(), task.entry.as_str()), ("sample_0", "f"));
        assert_eq!(task.inputs, ["[1]"]);
        let humaneval = r#"{"task_id": "HumanEval/0", "prompt": "def add(a, b):\n    \"\"\"Adds.\"\"\"\n", "entry_point": "add", "canonical_solution": "    return a + b\n", "test": "def check(candidate):\n    assert candidate(1, (2)) == 3\n    assert abs(candidate(-1, 2) - 1) < 1e-6\n"}"#;
        let task = &Benchmark::parse("h", humaneval, None).unwrap().tasks[0];
        assert!(task.code.ends_with("return a + b\n"));
        assert_eq!(task.inputs, ["1, (2)", "-1, 2"]);
        let mbpp = r#"{"task_id": 2, "text": "Write a function.", "code": "def s(a, b):\n  return a", "test_list": ["assert s((3, 4), ')') == (4, 5)"]}"#;
        let task = &Benchmark::parse("m", mbpp, None).unwrap().tasks[0];
        assert_eq!(task.id, "2");
        assert_eq!(task.prose, ["Write a function."]);
        assert_eq!(task.inputs, ["(3, 4), ')'"]);
    }

    #[test]
    fn errors_name_the_line_and_the_fields() {
        let error = |text, field| Benchmark::parse("x", text, field).unwrap_err().to_string();
        assert_eq!(error("\n", None), "no line holds a task");
        assert!(error("{\"code\": \"x\"}\n{", None).starts_with("line 2: "));
        assert!(error("{\"a\": \"x\", \"b\": 1}", None).contains("--field (it has a, b)"));
        assert!(error("{\"a\": \"x\"}", Some("c")).contains("has no text `c`"));
        assert_eq!(
            Benchmark::parse("x", "{\"a\": \"f\"}", Some("a"))
                .unwrap()
                .tasks[0]
                .id,
            "line 1"
        );
        assert_eq!(
            Benchmark::parse("x", "[{\"code\": \"f\"}]", None)
                .unwrap()
                .tasks
                .len(),
            1
        );
    }
}
