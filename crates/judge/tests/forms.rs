//! Answers of each form as people and servers write them.

use std::collections::BTreeMap;

use tracestone_judge::answer::Extraction;
use tracestone_judge::item::Item;
use tracestone_judge::judge::{Status, with_settings};
use tracestone_judge::look::{Look, look};
use tracestone_judge::message::Stop;

fn status(judge: &str, gold: &str, response: &str) -> Status {
    let name = judge;
    let judge = with_settings(judge, &BTreeMap::new())
        .expect("a judge of this crate")
        .expect("a judge without settings");
    let mut item = Item {
        answer: gold.to_owned(),
        fields: BTreeMap::from([("call".to_owned(), "f(3)".into())]),
        ..Item::plain("one", "")
    };
    if name == "choice" {
        let choices = serde_json::json!([
            { "label": "A", "text": "Lyon" },
            { "label": "B", "text": "Rome" },
        ]);
        item.fields.insert("choices".to_owned(), choices);
    }
    match look(&*judge, &item, response, Stop::Stop, Extraction::Marked) {
        Look::Decided(verdict) => verdict.status,
        _ => panic!("no verdict about {response}"),
    }
}

/// Right answers: the judge, the right answer, the response.
const RIGHT: &[(&str, &str, &str)] = &[
    (
        "literal",
        "10000000000000000000000",
        "{\"answer\": 10000000000000000000000}",
    ),
    (
        "literal",
        "[10000000000000000000001]",
        "{\"answer\": [10000000000000000000001]}",
    ),
    (
        "json",
        "{\"n\": 10000000000000000000001}",
        "{\"n\": 10000000000000000000001}",
    ),
    ("numeric", "0.002", "2\u{d7}10\u{207b}\u{b3}"),
    ("numeric", "100", "10\u{b2}"),
    ("numeric", "72", "72 (not 73)"),
    ("numeric", "72", "The answer is:\n- 72"),
    ("choice", "B", "B \u{2705}"),
    ("choice", "B", "- [x] B"),
    ("choice", "B", "- [ ] A\n- [x] B"),
    (
        "choice",
        "B",
        "\u{41e}\u{442}\u{432}\u{435}\u{442}: \u{412}",
    ),
    ("path", "[4, 5, 7]", "line 4\nline 5\nline 7"),
    ("path", "[4, 5, 7]", "{\"path\": [4, 5, 7]}"),
    ("path", "[4, 5, 7]", "{\"lines\": [4, 5, 7]}"),
    ("line", "return", "The next event is `return`."),
    ("line", "return", "return (the function returns 3)"),
    ("line", "7", "line number 7"),
    ("exception", "LookupError", "raise LookupError"),
    ("exception", "LookupError", "LookupError: ''"),
    ("exception", "LookupError", "Exception: LookupError"),
    (
        "exception",
        "ValueError: bad x",
        "Class: `ValueError`\n\nMessage: `bad x`",
    ),
    ("literal", "5", "[ANSWER]\u{2192} 5[/ANSWER]"),
    ("literal", "5", "[ANSWER]5;[/ANSWER]"),
    ("literal", "5", "[ANSWER]5</ANSWER>"),
    ("literal", "5", "=> 5"),
    ("literal", "5", "\u{2192} 5"),
    ("literal", "5", "Result = 5"),
    ("literal", "5", "Out[1]: 5"),
    ("literal", "5", "f(3) \u{21d2} 5"),
    ("literal", "{'answer': 5}", "[ANSWER]{'answer': 5}[/ANSWER]"),
    (
        "literal",
        "{'answer': 5}",
        "[ANSWER]{\"answer\": 5}[/ANSWER]",
    ),
    ("contains", "5", "It is 5."),
    ("exception", "KeyError: ''", "KeyError: ''"),
    (
        "exception",
        "Exception: LookupError",
        "Exception: LookupError",
    ),
];

#[test]
fn right_answers_of_each_form_are_read() {
    check(RIGHT, true);
}

/// Responses that do not say the right answer.
const OTHERS: &[(&str, &str, &str)] = &[
    (
        "literal",
        "10000000000000000000001",
        "{\"answer\": 10000000000000000000000}",
    ),
    (
        "literal",
        "'10000000000000000000001'",
        "{\"answer\": 10000000000000000000001}",
    ),
    (
        "json",
        "{\"n\": 10000000000000000000001}",
        "{\"n\": 10000000000000000000000}",
    ),
    (
        "json",
        "{\"n\": 10000000000000000000001}",
        "{\"n\": \"10000000000000000000001\"}",
    ),
    ("numeric", "72", "> 72"),
    ("numeric", "5", "- 5"),
    ("numeric", "10", "10\u{b2}"),
    ("numeric", "73", "72 (not 73)"),
    ("contains", "5", "It is 5.5"),
    ("contains", "5", "It is -5"),
    ("choice", "B", "- [x] A\n- [x] B"),
    ("choice", "B", "- [ ] B"),
    ("path", "[7]", "line 4\nline 5\nline 7"),
    ("line", "return", "The function returns to line 3."),
    ("line", "raise", "The next event is `return`."),
    ("exception", "ValueError", "raise LookupError"),
    ("exception", "ValueError: a", "Exception: ValueError: b"),
    ("literal", "5", "[ANSWER]5 (or 6)[/ANSWER]"),
    ("literal", "5", "[ANSWER]5 (not sure)[/ANSWER]"),
    ("literal", "5", "Result == 5?"),
    ("literal", "6", "=> 5"),
];

#[test]
fn others_are_not() {
    check(OTHERS, false);
}

fn check(rows: &[(&str, &str, &str)], right: bool) {
    let mut others = Vec::new();
    for (judge, gold, response) in rows {
        let found = status(judge, gold, response);
        if (found == Status::Correct) != right {
            others.push(format!("{judge}, gold {gold}: {response:?} is {found:?}"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}
