//! Answers that a response takes back, and those that it gives in their place.

use tracestone_judge::answer::Extraction;
use tracestone_judge::item::Item;
use tracestone_judge::judge::{Status, with_settings};
use tracestone_judge::look::{Look, look};
use tracestone_judge::message::Stop;

fn status(judge: &str, gold: &str, response: &str) -> Status {
    let judge = with_settings(judge, &Default::default())
        .expect("a judge of this crate")
        .expect("a judge without settings");
    let item = Item {
        answer: gold.to_owned(),
        ..Item::plain("one", "")
    };
    let found = look(&*judge, &item, response, Stop::Stop, Extraction::Marked);
    match found {
        Look::Decided(verdict) => verdict.status,
        _ => panic!("no verdict about {response}"),
    }
}

/// Words behind an answer that give another one, `-4`.
const TAILS: [&str; 50] = [
    "Oops, I meant -4.",
    "Sorry, I meant -4.",
    "Wait, I meant to write -4.",
    "Wait, -4.",
    "No, -4.",
    "Oh wait, -4.",
    "Actually -4.",
    "Hmm, actually -4.",
    "On second thought, -4.",
    "Apologies, -4.",
    "Actually it returns -4.",
    "Actually, the loop ends at -4.",
    "Hold on: the loop has n - 1 rounds, which gives -4.",
    "Edit: -4.",
    "EDIT: -4",
    "UPDATE: -4",
    "My previous answer was wrong: it's -4.",
    "I misread the condition. The answer is -4.",
    "Let me recheck: the loop stops at -4, so the correct answer is -4.",
    "Thus, the correct answer is -4.",
    "Therefore the correct answer is -4.",
    "Corrected answer: -4",
    "Revised answer: -4",
    "Nope. It's -4.",
    "Not quite. It is -4.",
    "I changed my mind. It's -4.",
    "I need to correct myself: -4.",
    "Please disregard, the answer is -4.",
    "That's off by one; it's -4.",
    "\u{7b49}\u{7b49}\u{ff0c}\u{5e94}\u{8be5}\u{662f}-4\u{3002}",
    "\u{62b1}\u{6b49}\u{ff0c}\u{7b54}\u{6848}\u{5e94}\u{8be5}\u{662f} -4\u{3002}",
    "\u{4e0a}\u{9762}\u{9519}\u{4e86}\u{ff0c}\u{7b54}\u{6848}\u{662f} -4\u{3002}",
    "Korrektur: -4",
    "Moment, es ist -4.",
    "Entschuldigung, die richtige Antwort ist -4.",
    "Correcci\u{f3}n: la respuesta es -4.",
    "\u{41e}\u{448}\u{438}\u{431}\u{43a}\u{430}: \u{43f}\u{440}\u{430}\u{432}\u{438}\u{43b}\u{44c}\u{43d}\u{44b}\u{439} \u{43e}\u{442}\u{432}\u{435}\u{442} -4.",
    "Scratch that: -4.",
    "Wait, no: -4.",
    "Ignore the above. -4.",
    "Strike that. -4.",
    "I take that back. -4.",
    "\u{6211}\u{9519}\u{4e86}\u{ff0c}\u{662f}-4\u{3002}",
    "Wait, I misread the condition, -4.",
    "Wait, -4. I forgot that x is 3.",
    "or rather, -4",
    "or rather, [ANSWER]-4[/ANSWER]",
    "No, it's `-4`.",
    "Correction: -4.",
    "(Edit: it is -4.)",
];

#[test]
fn an_answer_given_in_place_of_another_one_counts() {
    let mut wrong = Vec::new();
    for tail in TAILS {
        for first in [
            "[ANSWER]-5[/ANSWER]\n\n",
            "[ANSWER]-5[/ANSWER] ",
            "The answer is -5. ",
            "The answer is -5.\n\n",
        ] {
            let response = format!("{first}{tail}");
            for judge in ["literal", "numeric"] {
                for (gold, is) in [("-5", Status::Wrong), ("-4", Status::Correct)] {
                    let found = status(judge, gold, &response);
                    if found != is {
                        wrong.push(format!("{judge}, gold {gold}: {response:?} is {found:?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Words behind an answer that leave it as it is.
const ASIDES: &[&str] = &[
    "Actually, it's worth noting that 3 // 2 is 1.",
    "Actually, range(3) gives 0, 1, 2.",
    "Actually, len(x) gives 3 here.",
    "Wait, is it 4? No, -5 is right.",
    "Wait, let me check: n - 1 is 4. Good.",
    "No rounding happens.",
    "No 4 is involved.",
    "No loop runs 4 times.",
    "Edit mode is off.",
    "Sorry for the length of 4 lines.",
    "Note: the loop runs 4 times.",
    "I forgot nothing.",
    "I missed no case: all 4 are covered.",
    "Let me explain: the loop runs 4 times.",
    "Let me recheck: the loop stops at 4, which is correct.",
    "Let me double-check: 1 - 6 gives -5.",
    "Not quite trivial, but short.",
    "Hold on to your hat!",
    "The correct answer is shown above.",
    "The right answer is -5.",
    "Moment of truth!",
    "Hope this helps!",
    "The loop ends at 4.",
    "It was not -4.",
    "Wait, not -4.",
    "Update 2.",
    "No 4.",
];

#[test]
fn what_only_follows_an_answer_takes_nothing_back() {
    let mut wrong = Vec::new();
    for tail in ASIDES {
        for first in ["[ANSWER]-5[/ANSWER]\n\n", "[ANSWER]-5[/ANSWER] "] {
            let response = format!("{first}{tail}");
            for judge in ["literal", "numeric"] {
                let found = status(judge, "-5", &response);
                if found != Status::Correct {
                    wrong.push(format!("{judge}: {response:?} is {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Corrections of other forms: the judge, the answer that counts, the response.
const FORMS: &[(&str, &str, &str)] = &[
    ("count", "3", "[ANSWER]4[/ANSWER]\n\nWait, 3 times."),
    ("count", "3", "[ANSWER]4[/ANSWER]\n\nNo, three times."),
    ("line", "7", "[ANSWER]8[/ANSWER]\n\nOops, line 7."),
    (
        "line",
        "return",
        "[ANSWER]8[/ANSWER]\n\nSorry, I meant `return`.",
    ),
    (
        "path",
        "[2, 3]",
        "[ANSWER][2, 3, 3][/ANSWER]\n\nEdit: [2, 3]",
    ),
    ("literal", "'ab'", "[ANSWER]'a'[/ANSWER]\n\nWait, 'ab'."),
    (
        "literal",
        "[1, 2]",
        "[ANSWER][1][/ANSWER]\n\nActually, [1, 2].",
    ),
    (
        "exception",
        "ValueError: bad",
        "[ANSWER]KeyError: 'a'[/ANSWER]\n\nNo, ValueError: bad",
    ),
    (
        "exception",
        "KeyError: 'a'",
        "[ANSWER]KeyError: 'a'[/ANSWER]\n\nActually, note: all is well",
    ),
    (
        "exact",
        "Lyon",
        "[ANSWER]Paris[/ANSWER]\n\nSorry, I meant Lyon.",
    ),
    (
        "exact",
        "Paris",
        "[ANSWER]Paris[/ANSWER]\n\nSorry, Lyon is nice, too.",
    ),
    (
        "literal",
        "-4",
        "My answer is [ANSWER]-4[/ANSWER], not [ANSWER]-5[/ANSWER].",
    ),
    (
        "literal",
        "-4",
        "It is [ANSWER]-4[/ANSWER] rather than [ANSWER]-5[/ANSWER].",
    ),
    (
        "literal",
        "-4",
        "It is not [ANSWER]-5[/ANSWER] but [ANSWER]-4[/ANSWER].",
    ),
];

#[test]
fn corrections_of_other_forms_are_read() {
    for (judge, gold, response) in FORMS {
        assert_eq!(
            status(judge, gold, response),
            Status::Correct,
            "{judge}: {response}"
        );
    }
}
