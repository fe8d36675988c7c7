//! Rationales in other forms, prompts in other styles and debugger sessions, as seen from outside.

use serde_json::Value;

use crate::support::Bench;

fn built() -> Bench {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench
}

/// The rows of an export's files.
fn rows(bench: &Bench, folder: &str) -> Vec<Value> {
    let files = bench.files(folder).into_iter();
    let texts = files
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap());
    texts
        .flat_map(|text| {
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<Value>>()
        })
        .collect()
}

#[test]
fn forms_hold_in_verify_and_a_changed_one_does_not() {
    let bench = built();
    for form in ["states", "comments", "cwm", "debugger"] {
        bench.ok(&[
            "export",
            "--all",
            "--store",
            "a.db",
            "--rationale",
            form,
            "--out",
            form,
        ]);
        let rows = rows(&bench, form);
        let told: Vec<&Value> = rows
            .iter()
            .filter(|row| row["rationale_form"] == form)
            .collect();
        assert!(
            2 * told.len() > rows.len(),
            "{form}: {} of {}",
            told.len(),
            rows.len()
        );
        let text = bench.ok(&["verify", form]);
        assert!(text.contains("hold"), "{text}");
        // The same answers with one value of the reasoning changed.
        // A value that has no literal form, such as `<Lock>`, is not compared.
        let changed = |row: &Value| {
            let text = row["rationale"].as_str().unwrap();
            let at = text
                .match_indices(" = ")
                .map(|(at, _)| at + 3)
                .find(|at| text[*at..].starts_with(|c: char| c.is_ascii_digit()))?;
            Some(format!("{}9{}", &text[..at], &text[at..]))
        };
        let (mut wrong, changed) = told
            .into_iter()
            .find_map(|row| Some((row.clone(), changed(row)?)))
            .unwrap();
        // Code World Model's text has no ` = ` but that of the program.
        wrong["rationale"] = Value::from(changed);
        bench.write("wrong.jsonl", &format!("{wrong}\n"));
        let output = bench.run(&["verify", "wrong.jsonl"]);
        assert_eq!(output.status.code(), Some(3), "{form}");
    }
    let error = bench.fails(
        1,
        &[
            "export",
            "--store",
            "a.db",
            "--format",
            "cwm",
            "--rationale",
            "states",
            "--out",
            "no",
        ],
    );
    assert!(error.contains("--rationale"), "{error}");
}

#[test]
fn debugger_sessions_are_valid_against_the_published_schema() {
    let bench = built();
    bench.ok(&[
        "export", "--all", "--store", "a.db", "--format", "debugger", "--out", "sessions",
    ]);
    let schema = include_str!("../../schemas/debugger.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let rows = rows(&bench, "sessions");
    assert!(rows.len() > 5);
    for row in rows {
        if let Err(error) = validator.validate(&row) {
            panic!("{error} in {row}");
        }
        let last = row["moments"].as_u64().unwrap() - 1;
        for (session, start, end) in [("forward", 0, last), ("inverse", last, 0)] {
            let states = &row[session];
            assert_eq!(states["start"]["moment"], start);
            let steps = states["steps"].as_array().unwrap();
            assert_eq!(steps.last().unwrap()["state"]["moment"], end);
        }
    }
}

#[test]
fn styles_are_counted_named_and_evaluated() {
    let bench = built();
    bench.ok(&[
        "export", "--all", "--store", "a.db", "--prompt", "mixed", "--out", "mixed",
    ]);
    let styles: std::collections::BTreeSet<String> = rows(&bench, "mixed")
        .iter()
        .map(|row| row["prompt_style"].as_str().unwrap().to_owned())
        .collect();
    assert!(styles.len() > 5, "{styles:?}");
    bench.ok(&["verify", "mixed"]);
    bench.ok(&[
        "export", "--all", "--store", "a.db", "--format", "chat", "--prompt", "minimal", "--out",
        "chat",
    ]);
    for row in rows(&bench, "chat") {
        assert_eq!(row["messages"][0]["role"], "system");
    }
    let error = bench.fails(
        2,
        &[
            "export", "--store", "a.db", "--prompt", "poetic", "--out", "no",
        ],
    );
    assert!(
        error.contains("poetic") && error.contains("terse"),
        "{error}"
    );
    // Answers are judged alike, whatever the words of the question.
    for style in ["terse", "chinese,minimal"] {
        let parameter = format!("prompt={style}");
        let text = bench.ok(&[
            "eval",
            "output",
            "--store",
            "a.db",
            "--split",
            "train,validation,test",
            "--model",
            "mock/oracle",
            "-T",
            &parameter,
            "--slice",
            "prompt_style",
        ]);
        assert!(text.contains("100"), "{text}");
    }
}
