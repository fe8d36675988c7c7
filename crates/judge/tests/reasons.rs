//! Answers that stand before their reasons, without marks.

use std::collections::BTreeMap;

use tracestone_judge::answer::Extraction;
use tracestone_judge::item::{Execution, Item};
use tracestone_judge::judge::{Status, with_settings};
use tracestone_judge::look::{Look, look};
use tracestone_judge::message::Stop;
use tracestone_record::Language;

/// Status of a response, or the expression to be evaluated for it.
fn read(judge: &str, gold: &str, response: &str) -> String {
    let judge = with_settings(judge, &BTreeMap::new())
        .expect("a judge of this crate")
        .expect("a judge without settings");
    let item = Item {
        answer: gold.to_owned(),
        fields: BTreeMap::from([("call".to_owned(), "f(3)".into())]),
        execution: Some(Execution {
            language: Language::Python,
            program: String::new(),
            setup: String::new(),
            callee: "pick".to_owned(),
            output: "1".to_owned(),
        }),
        ..Item::plain("one", "")
    };
    match look(&*judge, &item, response, Stop::Stop, Extraction::Marked) {
        Look::Decided(verdict) if verdict.status == Status::Correct => "correct".to_owned(),
        Look::Decided(verdict) if verdict.status == Status::Wrong => "wrong".to_owned(),
        Look::Decided(_) => "none".to_owned(),
        Look::Execute { expression, .. } => expression,
        _ => panic!("no verdict about {response}"),
    }
}

/// The judge, the right answer, the response, and its reading.
const ROWS: &[(&str, &str, &str, &str)] = &[
    (
        "literal",
        "5",
        "5\n\nThis is because the loop runs twice.",
        "correct",
    ),
    (
        "literal",
        "[1, 2]",
        "[1, 2]\n\nThe list is sorted in place.",
        "correct",
    ),
    (
        "literal",
        "'ab'",
        "`'ab'`\n\nThe letters are joined.",
        "correct",
    ),
    (
        "literal",
        "5",
        "The result is:\n\n`5`\n\nThe loop runs twice.",
        "correct",
    ),
    (
        "literal",
        "5",
        "The expression evaluates to `5`.\n\nx starts at 3.",
        "correct",
    ),
    (
        "literal",
        "5",
        "f(3) = 5\n\nThe loop runs twice.",
        "correct",
    ),
    (
        "literal",
        "5",
        "**Result:** 5\n\nNote: the loop runs twice.",
        "correct",
    ),
    (
        "literal",
        "5",
        "5\n\nLet me know if you need more.",
        "correct",
    ),
    (
        "literal",
        "5",
        "The loop adds 2.\n\nSo the function returns 5.\n\nLet me know if you need more.",
        "correct",
    ),
    ("literal", "5", "5\n```", "correct"),
    ("literal", "6", "5\n\nThe loop runs twice.", "wrong"),
    (
        "literal",
        "5",
        "5\n\nHmm, the loop runs three times.",
        "none",
    ),
    (
        "literal",
        "5",
        "First it returns 5.\n\nThen something is added.",
        "none",
    ),
    (
        "literal",
        "5",
        "The input is 5.\n\nThe loop runs twice.",
        "none",
    ),
    (
        "literal",
        "5",
        "The first call returns 5.\n\nThen it is doubled.",
        "none",
    ),
    ("literal", "5", "5\n\nSo it returns 6.", "wrong"),
    (
        "literal",
        "5",
        "The value of x is 5.\n\nThen it is doubled.",
        "none",
    ),
    (
        "exception",
        "ValueError: msg",
        "ValueError: msg\n\nThis is because the text is empty.",
        "correct",
    ),
    (
        "exception",
        "KeyError: 'a'",
        "The call raises `KeyError: 'a'`.\n\nThe key is missing.",
        "correct",
    ),
    (
        "exception",
        "KeyError: 'b'",
        "KeyError: 'a'\n\nThe key is missing.",
        "wrong",
    ),
    (
        "arguments",
        "pick([1, 2], 0)",
        "For example, `pick([1], 0)` returns 1.",
        "pick([1], 0)",
    ),
    (
        "arguments",
        "pick([1, 2], 0)",
        "pick([1], 0)\n\nThe first member is 1.",
        "pick([1], 0)",
    ),
    ("count", "3", "3\n\nEach member takes a round.", "correct"),
    (
        "line",
        "7",
        "7\n\nThe condition holds, so that the body is next.",
        "correct",
    ),
    (
        "numeric",
        "72",
        "72\n\nShe sells half of them in May.",
        "correct",
    ),
];

#[test]
fn an_answer_before_its_reasons_is_read() {
    let mut others = Vec::new();
    for (judge, gold, response, is) in ROWS {
        let found = read(judge, gold, response);
        if found != *is {
            others.push(format!("{judge}, gold {gold}: {response:?} is {found}"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}
