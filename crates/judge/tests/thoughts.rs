//! Thoughts in the forms of several models, of which no answer is read.

use std::collections::BTreeMap;

use tracestone_judge::answer::Extraction;
use tracestone_judge::item::Item;
use tracestone_judge::judge::{Status, with_settings};
use tracestone_judge::look::{Look, look};
use tracestone_judge::message::Stop;

fn status(gold: &str, response: &str) -> Status {
    let judge = with_settings("literal", &BTreeMap::new())
        .expect("a judge of this crate")
        .expect("a judge without settings");
    let item = Item {
        answer: gold.to_owned(),
        ..Item::plain("one", "")
    };
    match look(&*judge, &item, response, Stop::Stop, Extraction::Marked) {
        Look::Decided(verdict) => verdict.status,
        _ => panic!("no verdict about {response}"),
    }
}

/// Beginnings and ends of thoughts.
const THOUGHTS: &[(&str, &str)] = &[
    ("<|im_start|>think\n", "<|im_start|>answer\n"),
    (
        "<|im_start|>reasoning\n",
        "<|im_end|>\n<|im_start|>answer\n",
    ),
    ("think\n", "\nanswer\n"),
    ("<|START_THINKING|>", "<|END_THINKING|><|START_TEXT|>"),
    ("<draft>", "</draft>\n"),
    ("<scratch>", "</scratch>\n"),
    ("<working>", "</working>\n"),
    ("<steps>", "</steps>\n"),
    ("<verify>", "</verify>\n"),
    ("<reflect>", "</reflect>\n"),
    ("<critique>", "</critique>\n"),
    ("<deepthink>", "</deepthink>\n"),
    ("<tool_response>", "</tool_response>\n"),
    ("<function_results>", "</function_results>\n"),
    ("Thinking Process:\n\n1. ", "\n\nFinal Answer:\n"),
    ("## Thoughts\n", "\n## Final\n"),
    ("**Thinking**\n", "\n**Response**\n"),
    ("<!-- ", " -->\n"),
    ("[thought]", "[/thought]"),
    (
        "<\u{ff5c}begin\u{2581}of\u{2581}thought\u{ff5c}>",
        "<\u{ff5c}end\u{2581}of\u{2581}thought\u{ff5c}>",
    ),
    (
        "\u{2039}\u{ff5c}begin\u{2581}of\u{2581}thought\u{ff5c}>",
        "\u{2039}\u{ff5c}end\u{2581}of\u{2581}thought\u{ff5c}>",
    ),
    (
        "<|im_start|>reasoning\n",
        "<|im_end|>\n<|im_start|>assistant\n",
    ),
    ("<thought_start>", "<thought_end>"),
    ("<ponder>", "</ponder>\n"),
    ("<|reasoning|>", "<|assistant|>"),
    ("<start_of_thought>", "<end_of_thought>"),
];

#[test]
fn an_answer_in_a_thought_does_not_count() {
    let mut others = Vec::new();
    for (begin, end) in THOUGHTS {
        let guess = "It could be [ANSWER]4[/ANSWER], or not";
        for (response, gold, right) in [
            (format!("{begin}{guess}"), "4", false),
            (format!("{begin}{guess}{end}[ANSWER]5[/ANSWER]"), "5", true),
            (format!("{begin}{guess}{end}5"), "4", false),
            (format!("{begin}{guess}{end}5"), "5", true),
        ] {
            let found = status(gold, &response);
            if (found == Status::Correct) != right {
                others.push(format!("gold {gold}: {response:?} is {found:?}"));
            }
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn what_only_looks_like_a_thought_does() {
    for (gold, response) in [
        (
            "5",
            "<|START_THINKING|>4?<|END_THINKING|><|START_TEXT|>5<|END_TEXT|>",
        ),
        ("5", "<|assistant|>5"),
        ("5", "[/INST] 5 </s>"),
        ("5", "5<|user|>And 4?<|assistant|>6"),
        (
            "5",
            "<think>4</think>5<|im_end|>\n<|im_start|>user\nAnd 4?<|im_end|>\n<|im_start|>assistant\n6",
        ),
        ("5", "x --> 4\nThe answer is 5."),
        ("'<!--'", "[ANSWER]'<!--'[/ANSWER]"),
        ("'<draft>'", "[ANSWER]'<draft>'[/ANSWER]"),
        ("5", "It strips '<!--' first.\n\n[ANSWER]5[/ANSWER]"),
        ("5", "## Reasoning\nIt loops.\n\n[ANSWER]5[/ANSWER]"),
    ] {
        assert_eq!(status(gold, response), Status::Correct, "{response}");
    }
}
