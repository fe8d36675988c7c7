//! Judges accept every form that a prompt permits, and refuse answers with another content. Each form is
//! tested within marks, and alone.

#[path = "../../sample/tests/recorded/rewrite.rs"]
mod rewrite;

use std::collections::BTreeMap;

use proptest::prelude::*;
use rewrite::{Choices, any_literal, changed, changed_trace, read, rewritten, rewritten_trace};
use tracestone_eval::answer::{Extraction, extract};
use tracestone_eval::item::{Execution, Item};
use tracestone_eval::judge::{Judgement, Outcome, Status, by_name};
use tracestone_record::{Language, Literal};

fn item(kind: &str, answer: &str) -> Item {
    Item {
        id: "one".to_owned(),
        kind: kind.to_owned(),
        fields: BTreeMap::new(),
        answer: answer.to_owned(),
        input: String::new(),
        execution: None,
        also: Vec::new(),
        tests: None,
        material: serde_json::Value::Null,
        cluster: String::new(),
        facts: BTreeMap::new(),
        date: None,
    }
}

/// Verdict of a kind's judge about a response.
fn status(judge: &str, gold: &str, response: &str) -> (Status, String) {
    let judge = by_name(judge).expect("a judge");
    let Some(found) = extract(response, Extraction::Marked, judge.form()) else {
        return (Status::Unparsable, "nothing found".to_owned());
    };
    match judge.judge(&item(judge.name(), gold), &found.text) {
        Judgement::Decided(verdict) => (verdict.status, format!("{found:?} {verdict:?}")),
        _ => panic!("nothing is to be executed"),
    }
}

fn accepted(judge: &str, gold: &str, answer: &str) -> Result<(), TestCaseError> {
    for response in [
        format!("[ANSWER]{answer}[/ANSWER]"),
        format!("So:\n[answer]\n{answer}\n[/answer]\nDone."),
        format!("<think>[ANSWER]nothing[/ANSWER]</think>\n[ANSWER]{answer}[/ANSWER]"),
        format!("It is\n\n```python\n{answer}\n```\n"),
    ] {
        // A fence ends at backticks, which no answer here has.
        let (status, why) = status(judge, gold, &response);
        prop_assert_eq!(
            status,
            Status::Correct,
            "{} for {}: {}",
            response,
            gold,
            why
        );
    }
    Ok(())
}

fn refused(judge: &str, gold: &str, answer: &str) -> Result<(), TestCaseError> {
    let (status, why) = status(judge, gold, &format!("[ANSWER]{answer}[/ANSWER]"));
    prop_assert!(
        status != Status::Correct,
        "{} for {}: {}",
        answer,
        gold,
        why
    );
    Ok(())
}

const TRACE: &str = "call 0 1 Counter.step\n  self_name = 'it\\'s'\n  n = 3\nline 0 2\n  values = {-1, 10, 3, 9}\n\
                     line 0 3\n  del values\n  low = 0.0\n  pair = (1, [2000])\nyield 0 3 = {'a': 1, 'b': None}\n\
                     resume 0 3\nline 0 4\nraise 0 4 ValueError: a = b";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn literals(seed: u64) {
        let mut choices = Choices::new(seed);
        let value = any_literal(&mut choices, 2);
        let gold = value.python_repr();
        accepted("literal", &gold, &gold)?;
        accepted("literal", &gold, &rewritten(&value, &mut choices, false))?;
        refused("literal", &gold, &changed(&value, &mut choices).python_repr())?;
    }

    #[test]
    fn traces(seed: u64) {
        let mut choices = Choices::new(seed);
        let answer = rewritten_trace(TRACE, &mut choices);
        accepted("trace", TRACE, &answer)?;
        // Without marks and fence too.
        let (status, why) = status("trace", TRACE, &format!("This is it:\n\n{answer}\nThat is all."));
        prop_assert_eq!(status, Status::Correct, "{}: {}", answer, why);
        refused("trace", TRACE, &changed_trace(TRACE, &mut choices).0)?;
    }

    #[test]
    fn lists_of_lines(seed: u64, lines in proptest::collection::vec(1_i64..2000, 1..9)) {
        let mut choices = Choices::new(seed);
        let list = Literal::List(lines.iter().map(|line| Literal::from(*line)).collect());
        let gold = list.python_repr();
        let written = rewritten(&list, &mut choices, false);
        accepted("path", &gold, &written)?;
        accepted("coverage", &gold, &written)?;
        let (status, why) = status("path", &gold, &written);
        prop_assert_eq!(status, Status::Correct, "{}: {}", written, why);
        let elements = list_of(choices.shuffled(lines.clone()));
        accepted("coverage", &gold, &elements)?;
        let mut other = lines;
        other.push(2001);
        for judge in ["path", "coverage"] {
            refused(judge, &gold, &list_of(other.clone()))?;
        }
    }

    #[test]
    fn numbers_and_words(seed: u64, number in 1_i64..100_000) {
        let mut choices = Choices::new(seed);
        let gold = number.to_string();
        let written = rewritten(&Literal::from(number), &mut choices, true);
        accepted("count", &gold, &written)?;
        accepted("line", &gold, &written)?;
        accepted("line", &gold, &format!("Line {gold}."))?;
        accepted("line", "return", "`Return`")?;
        refused("count", &gold, &format!("{number}.0"))?;
        refused("count", &gold, &format!("{}", number + 1))?;
        refused("line", &gold, "return")?;
    }

    #[test]
    fn exceptions(message in "[a-z=:' ]{0,12}[a-z]") {
        let gold = format!("ValueError: {message}");
        accepted("exception", &gold, &gold)?;
        accepted("exception", &gold, &format!("some.module.ValueError:  {message}"))?;
        refused("exception", &gold, &format!("{gold}!"))?;
        refused("exception", &gold, &format!("KeyError: {message}"))?;
        refused("exception", &gold, "ValueError")?;
    }

    #[test]
    fn arguments(seed: u64) {
        // The program gives back what it is given.
        let mut choices = Choices::new(seed);
        let value = any_literal(&mut choices, 2);
        let judge = by_name("arguments").expect("a judge");
        let mut item = item("input", &value.python_repr());
        item.execution = Some(Execution {
            language: Language::Python,
            program: "def f(x):\n    return x\n".to_owned(),
            setup: String::new(),
            callee: "f".to_owned(),
            output: value.python_repr(),
        });
        let other = changed(&value, &mut choices);
        for (given, right) in [(&value, true), (&other, false)] {
            let text = rewritten(given, &mut choices, false);
            for answer in [format!("f({text})"), format!("x={text},"), format!("f( {text} )  # so")] {
                let Judgement::Execute { expression, parsed } = judge.judge(&item, &answer) else {
                    return Err(TestCaseError::fail(format!("{answer} is not read")));
                };
                prop_assert!(expression.starts_with("f("));
                let outcome = Outcome::Returned(rewritten(given, &mut choices, true));
                let verdict = judge.settle(&item, parsed, &outcome);
                prop_assert_eq!(verdict.status == Status::Correct, right, "{} {:?}", answer, verdict);
            }
        }
    }
}

fn list_of(lines: Vec<i64>) -> String {
    Literal::List(lines.into_iter().map(Literal::from).collect()).python_repr()
}

#[test]
fn a_claim_of_the_value_is_read_as_the_value() {
    let judge = by_name("literal").expect("a judge");
    let mut item = item("output", "[1]");
    item.fields
        .insert("call".to_owned(), serde_json::Value::from("f(3)"));
    for (answer, right) in [
        ("f(3) == [1]", true),
        ("assert f(3) == [1]", true),
        ("assert f( 3 )==[1]", true),
        ("[1]  # one element", true),
        ("f(3) == f(3)", false),
        ("f(3)", false),
        ("f(4) == [1]", false),
        ("f(3) == [2]", false),
        ("[1] or [2]", false),
    ] {
        let Judgement::Decided(verdict) = judge.judge(&item, answer) else {
            panic!("nothing is to be executed");
        };
        assert_eq!(verdict.status == Status::Correct, right, "{answer}");
    }
    assert_eq!(read("[1]"), read("[1,]"));
}
