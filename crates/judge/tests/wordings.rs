//! Right answers in words, and words that only stand in a text.

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
    let choices = serde_json::json!([
        { "label": "A", "text": "It rains" },
        { "label": "B", "text": "A dog barks" },
    ]);
    let mut item = Item {
        answer: gold.to_owned(),
        ..Item::plain("one", "")
    };
    if name == "choice" {
        item.fields.insert("choices".to_owned(), choices);
    }
    match look(&*judge, &item, response, Stop::Stop, Extraction::Marked) {
        Look::Decided(verdict) => verdict.status,
        _ => panic!("no verdict about {response}"),
    }
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

/// Right answers: the judge, the right answer, the response.
const RIGHT: &[(&str, &str, &str)] = &[
    ("literal", "7", "The answer is 7. The loop runs 3 times."),
    ("numeric", "7", "The answer is 7. The loop runs 3 times."),
    ("literal", "-5", "The value of the expression is `-5`."),
    ("literal", "-5", "The function returns `-5` (an `int`)."),
    ("literal", "-5", "It returns -5 after 5 iterations."),
    ("numeric", "-5", "It returns -5 after 5 iterations."),
    ("literal", "-5", "-5 is returned."),
    ("literal", "'a b'", "`'a b'` is printed."),
    ("literal", "7", "The answer is:\n- 7"),
    ("literal", "7", "The answer is:\n* 7"),
    ("literal", "-7", "The answer is:\n-7"),
    ("literal", "-5", "\u{2013}5"),
    ("literal", "-5", "[ANSWER]\u{2013}5[/ANSWER]"),
    (
        "exception",
        "ParseError: bad text: 'x'.",
        "The exception is `ParseError: bad text: 'x'.`",
    ),
    (
        "exception",
        "KeyError: 'aaz'",
        "\u{5f02}\u{5e38}\u{662f} `KeyError: 'aaz'`\u{3002}",
    ),
    (
        "exception",
        "KeyError: 'aaz'",
        "The answer is KeyError: 'aaz', because 'aaz' is no key.",
    ),
    (
        "exception",
        "KeyError: 'aaz'",
        "[ANSWER]\"KeyError: 'aaz'\"[/ANSWER]",
    ),
    (
        "count",
        "3",
        "\u{7b2c}8\u{884c}\u{8fd0}\u{884c}\u{4e86}3\u{6b21}\u{3002}",
    ),
    ("count", "3", "\u{8fd0}\u{884c}3\u{6b21}\u{3002}"),
    ("count", "3", "\u{4e09}\u{6b21}"),
    (
        "count",
        "2",
        "\u{8fd0}\u{884c}\u{4e86}\u{4e24}\u{6b21}\u{3002}",
    ),
    ("count", "3", "[ANSWER]3 times (once per item)[/ANSWER]"),
    ("line", "raise", "It raises."),
    ("line", "raise", "raises an exception"),
    ("line", "raise", "[ANSWER]raises a ValueError[/ANSWER]"),
    ("line", "return", "the call returns"),
    ("line", "return", "returns None"),
    ("line", "return", "[ANSWER]It returns.[/ANSWER]"),
    ("path", "[2, 3, 3, 4]", "2\n3\n3\n4"),
    ("path", "[2, 3, 3, 4]", "The lines are:\n\n2\n3\n3\n4\n"),
    ("choice", "B", "B\n\nA is wrong because it is in the north."),
    ("choice", "B", "Not A, so B."),
    ("choice", "B", "Clearly B"),
];

#[test]
fn answers_in_sentences_are_read() {
    check(RIGHT, true);
}

/// Responses that do not say the right answer.
const OTHERS: &[(&str, &str, &str)] = &[
    ("literal", "7", "The answer is 7. It gives 8."),
    ("literal", "7", "The answer is 7. Or 8."),
    ("literal", "5", "It returns 6 after 5 iterations."),
    ("literal", "5", "If x is 5, 5 is returned."),
    ("literal", "5", "Not 5 is returned."),
    ("literal", "7", "The answer is:\n- 7\n- 8"),
    ("count", "3", "\u{7b2c}3\u{6b21}"),
    ("count", "3", "[ANSWER]3 times (per item)[/ANSWER]"),
    ("count", "3", "\u{5341}\u{4e09}\u{6b21}"),
    ("line", "return", "It does not return."),
    ("line", "return", "It returns to line 3."),
    (
        "exception",
        "KeyError: 'a'",
        "It is KeyError: 'a', because I guess, or KeyError: 'b'",
    ),
    ("choice", "B", "B\n\nA is correct."),
    ("choice", "B", "B\n\nWait, B is wrong."),
    ("choice", "B", "Not B"),
    ("choice", "A", "Not A, so B."),
];

#[test]
fn sentences_that_say_something_else_are_not() {
    check(OTHERS, false);
}

/// Right answers that are texts with words in them.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "literal",
        "'the answer is 5'",
        "The answer is 'the answer is 5'.",
    ),
    ("literal", "'returns 5'", "It returns 'returns 5'"),
    ("literal", "'\\\\boxed{5}'", "'\\\\boxed{5}'"),
    ("literal", "'```5```'", "'```5```'"),
    ("literal", "'</answer>'", "<answer>'</answer>'</answer>"),
    ("choice", "B", "\"The answer is B\""),
];

#[test]
fn words_in_a_text_say_nothing() {
    check(TEXTS, true);
}
