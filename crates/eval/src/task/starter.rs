//! A first task file for rows of the user's own: it looks at a row and writes what fits.

use serde_json::{Map, Value, json};

/// A task file to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Starter {
    /// The task file.
    pub(super) toml: String,
    /// Description of what the rows were taken for.
    pub(super) shape: &'static str,
}

/// Rows to begin with, where the user has none yet.
const EXAMPLE_ROWS: [(&str, &str); 3] = [
    ("What is the capital of France?", "Paris"),
    ("Which planet is closest to the sun?", "Mercury"),
    ("Who wrote `Faust`?", "Goethe"),
];

/// The example rows as a file.
pub(super) fn example_file() -> String {
    let rows = EXAMPLE_ROWS.iter().map(|(question, answer)| {
        format!("{}\n", json!({ "question": question, "answer": answer }))
    });
    rows.collect()
}

const QUESTIONS: [&str; 9] = [
    "question",
    "prompt",
    "problem",
    "text",
    "instruction",
    "input",
    "query",
    "stem",
    "statement",
];
const ANSWERS: [&str; 11] = [
    "answer",
    "answers",
    "gold",
    "target",
    "output",
    "expected",
    "label",
    "answerKey",
    "solution",
    "final_answer",
    "result",
];
const CHOICES: [&str; 4] = ["choices", "options", "candidates", "endings"];

/// The task file for rows like these; `path` is the rows' file as the task file should name it.
pub(super) fn starter(name: &str, path: &str, rows: &[Map<String, Value>]) -> Starter {
    let source = match path.trim_end_matches(".gz").rsplit('.').next() {
        Some("csv" | "tsv") => "csv",
        Some("parquet") => "parquet",
        Some("jsonl" | "json" | "ndjson") => "jsonl",
        _ => "folder",
    };
    let empty = Map::new();
    let row = rows.first().unwrap_or(&empty);
    let has = |name: &str| row.get(name).is_some_and(|value| !value.is_null());
    let first = |names: &[&'static str]| names.iter().copied().find(|name| has(name));
    let (shape, description, judge, fields, prompt, tokens) =
        if has("entry_point") && has("prompt") && (has("test") || has("base_input")) {
            human_eval(&has)
        } else if has("code") && (has("test_list") || has("test")) {
            mbpp(&has)
        } else if let Some(choices) = first(&CHOICES) {
            multiple_choice(choices, first(&QUESTIONS), first(&ANSWERS))
        } else {
            let answer = first(&ANSWERS);
            let question = first(&QUESTIONS).or_else(|| longest_text(row, answer));
            question_and_answer(rows, question, answer)
        };
    let toml = format!(
        "name = {name}\n\
         description = \"{description}\"\n\n\
         {judge}\n\
         [items]\n\
         source = \"{source}\"\n\
         # From this file's folder on. --data FILE takes its place.\n\
         path = {path}\n\n\
         # Which field of a row is what. All fields but the hidden ones can stand in the prompt.\n\
         [items.fields]\n{fields}\n\
         [prompt]\n\
         # A Jinja template. In its place, template = \"FILE\" names one beside this file.\n\
         text = '''\n{prompt}'''\n\n\
         [generation]\n\
         temperature = 0.0\n\
         max_tokens = {tokens}\n",
        name = json!(name),
        path = json!(path),
    );
    Starter { toml, shape }
}

/// The field with the longest text, where none has a usual name.
fn longest_text<'r>(row: &'r Map<String, Value>, answer: Option<&str>) -> Option<&'r str> {
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let texts = row.iter().filter(|(name, value)| {
        value.is_string() && is_name(name) && Some(name.as_str()) != answer
    });
    let longest = texts.max_by_key(|(_, value)| value.as_str().map_or(0, str::len));
    longest.map(|(name, _)| name.as_str())
}

type Parts = (&'static str, &'static str, String, String, String, u32);

const TESTS: &str = "# The code of an answer runs with the item's tests, in the sandbox; `timeout` is in seconds of CPU time.\n\
    [judge]\nname = \"python-tests\"\ntimeout = 5\n";

fn human_eval(has: &dyn Fn(&str) -> bool) -> Parts {
    let inputs = if has("plus_input") {
        "inputs = [\"base_input\", \"plus_input\"]"
    } else {
        "inputs = \"base_input\""
    };
    // EvalPlus' assertions show the types of inputs, for which JSON has no room.
    let assertions = if has("assertion") {
        "\ntests = \"assertion\""
    } else {
        ""
    };
    let tests = if has("test") {
        "tests = \"test\"".to_owned()
    } else {
        format!("{inputs}\ntolerance = \"atol\"{assertions}")
    };
    let reference = if has("canonical_solution") {
        "canonical_solution"
    } else {
        // Its name in the first versions of EvalPlus.
        "reference"
    };
    let imports = if has("test_imports") {
        "setup = \"test_imports\"\n"
    } else {
        ""
    };
    (
        "functions to complete, as in HumanEval",
        "Complete a Python function",
        TESTS.to_owned(),
        format!(
            "id = \"task_id\"\nstub = \"prompt\"\nentry = \"entry_point\"\n{tests}\n{imports}\
             reference = \"{reference}\"\n"
        ),
        "Complete this Python function. Answer with the whole function in one fenced block.\n\n\
         ```python\n{{ prompt }}\n```\n"
            .to_owned(),
        1024,
    )
}

fn mbpp(has: &dyn Fn(&str) -> bool) -> Parts {
    let list = if has("test_list") {
        "test_list"
    } else {
        "test"
    };
    let mut fields = format!("tests = \"{list}\"\nreference = \"code\"\n");
    if has("task_id") {
        fields = format!("id = \"task_id\"\n{fields}");
    }
    if let Some(setup) = ["test_setup_code", "test_imports"]
        .into_iter()
        .find(|name| has(name))
    {
        fields.push_str(&format!("setup = \"{setup}\"\n"));
    }
    let question = if has("text") { "text" } else { "prompt" };
    let mut prompt = format!("{{{{ {question} }}}}\n\n");
    if list == "test_list" {
        fields.push_str("show = \"test_list\"\n");
        prompt.push_str(
            "The code should pass these tests:\n\n\
             ```python\n{% for test in test_list %}\n{{ test }}\n{% endfor %}\n```\n\n",
        );
    }
    prompt.push_str("Answer with Python code in one fenced block.\n");
    (
        "functions with assertions, as in MBPP",
        "Write a Python function",
        TESTS.to_owned(),
        fields,
        prompt,
        1024,
    )
}

fn multiple_choice(
    choices: &str,
    question: Option<&'static str>,
    answer: Option<&'static str>,
) -> Parts {
    let question = question.unwrap_or("question");
    let answer = answer.unwrap_or("answer");
    (
        "questions with choices",
        "Choose the right answer",
        "judge = \"choice\"\n".to_owned(),
        format!("answer = \"{answer}\"\nchoices = \"{choices}\"\n"),
        format!(
            "{{{{ {question} }}}}\n\n\
             {{% for choice in choices %}}\n{{{{ choice.label }}}}) {{{{ choice.text }}}}\n{{% endfor %}}\n\n\
             Answer with the letter alone, between [ANSWER] and [/ANSWER].\n"
        ),
        512,
    )
}

fn question_and_answer(
    rows: &[Map<String, Value>],
    question: Option<&str>,
    answer: Option<&'static str>,
) -> Parts {
    let question = question.unwrap_or("question");
    let name = answer.unwrap_or("answer");
    let answers: Vec<&Value> = rows.iter().filter_map(|row| row.get(name)).collect();
    let mut fields = format!("answer = \"{name}\"\n");
    let all = |test: &dyn Fn(&Value) -> bool| {
        !answers.is_empty() && answers.iter().all(|answer| test(answer))
    };
    let is_number = |value: &Value| {
        let text = value.as_str().map(|text| text.trim().replace(',', ""));
        value.is_number() || text.is_some_and(|text| text.parse::<f64>().is_ok())
    };
    let worked = all(&|value| value.as_str().is_some_and(|text| text.contains("\n#### ")));
    let (judge, form) = if worked {
        fields.push_str(
            "# The number behind the worked solution.\nanswer_pattern = '####\\s*(.+)'\n",
        );
        ("numeric", "the number alone")
    } else if all(&is_number) {
        ("numeric", "the number alone")
    } else if all(&Value::is_object) {
        ("json", "one JSON object")
    } else {
        ("exact", "the answer alone")
    };
    let judge = match judge {
        "exact" => "[judge]\nname = \"exact\"\nignore_case = true\n".to_owned(),
        "numeric" => "[judge]\nname = \"numeric\"\ntolerance = 0.0\n".to_owned(),
        other => format!("judge = \"{other}\"\n"),
    };
    (
        "questions with answers",
        "Answer the question",
        judge,
        fields,
        format!("{{{{ {question} }}}}\n\nAnswer with {form}, between [ANSWER] and [/ANSWER].\n"),
        1024,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;
    use crate::track::Tracks;

    #[test]
    fn what_is_written_can_be_read_and_fits_the_rows() {
        let rows = [
            (json!({ "question": "1 + 1?", "answer": 2 }), "numeric"),
            (
                json!({ "question": "1 + 1?", "answer": "so\n#### 2" }),
                "numeric",
            ),
            (json!({ "prompt": "Who?", "target": "me" }), "exact"),
            (json!({ "input": "Give", "output": { "a": 1 } }), "json"),
            (
                json!({ "question": "?", "choices": ["x", "y"], "answer": 0 }),
                "choice",
            ),
            (
                json!({ "text": "Add.", "code": "def f(a): return a", "test_list": ["assert f(1) == 1"],
                    "task_id": 1, "test_setup_code": "" }),
                "python-tests",
            ),
            (
                json!({ "task_id": "H/0", "prompt": "def f(a):\n    'd'\n", "entry_point": "f",
                    "canonical_solution": "    return a\n", "test": "def check(candidate): assert candidate(1) == 1" }),
                "python-tests",
            ),
            (
                json!({ "task_id": "H/0", "prompt": "def f(a):\n    'd'\n", "entry_point": "f",
                    "canonical_solution": "    return a\n", "base_input": [[1]], "plus_input": [[2]], "atol": 0 }),
                "python-tests",
            ),
        ];
        for (row, judge) in rows {
            let Value::Object(row) = row else { panic!() };
            let starter = starter("mine", "rows.jsonl", &[row]);
            let task = Task::parse(&starter.toml, Tracks::NONE, |_| Err(String::new()))
                .unwrap_or_else(|error| panic!("{error}\n{}", starter.toml));
            assert_eq!(task.judge().name(), judge, "{}", starter.toml);
        }
    }
}
