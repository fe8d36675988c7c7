//! Runs the sections of `tests/spec/structure.md`: a question, an answer, and the verdict.

use std::fmt::Write as _;

use tracestone_structure::problem::Problem;

#[path = "../../../tests/spec/pages.rs"]
mod pages;

/// The verdict in lines: whether the answer passes, how it was read, and each check with its number.
fn told(problem: &Problem, answer: &str) -> String {
    let judged = problem.judge(answer);
    let mut text = String::new();
    let rule = judged
        .rule
        .map_or("-", tracestone_structure::read::Rule::name);
    let word = if judged.report.passes() {
        "right"
    } else {
        "wrong"
    };
    writeln!(text, "{word}, read by {rule}").expect("a text");
    for check in &judged.report.checks {
        let mark = if check.pass { "+" } else { "-" };
        let value = check
            .value
            .map_or("–".to_owned(), |value| format!("{value:.2}"));
        let shown = if check.pass || check.at.is_empty() {
            String::new()
        } else {
            format!("  {}", check.at)
        };
        writeln!(text, "{mark} {} {value}{shown}", check.name).expect("a text");
    }
    text
}

#[test]
fn the_sections_of_the_page_hold() {
    for page in pages::pages("structure") {
        let text = std::fs::read_to_string(&page).expect("a page");
        let mut problem: Option<Problem> = None;
        let mut answer = String::new();
        let mut out = String::new();
        let mut open: Option<(&str, String)> = None;
        let mut wrong = Vec::new();
        for line in text.lines() {
            match (&mut open, line.strip_prefix("~~~")) {
                (None, Some(word)) => open = Some((word, String::new())),
                (Some((word, inside)), Some("")) => {
                    match *word {
                        "question" => {
                            problem = Some(serde_json::from_str(inside).expect("a question"))
                        }
                        "answer" => answer.clone_from(inside),
                        _ => {
                            let found = told(problem.as_ref().expect("a question"), &answer);
                            if *inside != found {
                                wrong.push(format!("expected:\n{inside}found:\n{found}"));
                            }
                            *inside = found;
                        }
                    }
                    out.push_str(inside);
                    open = None;
                }
                (Some((_, inside)), _) => {
                    inside.push_str(line);
                    inside.push('\n');
                    continue;
                }
                (None, None) => {}
            }
            out.push_str(line);
            out.push('\n');
        }
        if pages::updating() {
            std::fs::write(&page, out).expect("the page");
        } else {
            assert!(wrong.is_empty(), "{}: {}", page.display(), wrong.join("\n"));
        }
    }
    // A value that is no problem is none.
    assert!(serde_json::from_value::<Problem>(serde_json::Value::Null).is_err());
}
