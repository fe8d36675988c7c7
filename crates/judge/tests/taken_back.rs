//! Answers between marks that later words deny or replace, and faults of a program that deny no answer.

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
        fields: BTreeMap::from([("call".to_owned(), "f(3)".into())]),
        ..Item::plain("one", "")
    };
    match look(&*judge, &item, response, Stop::Stop, Extraction::Marked) {
        Look::Decided(verdict) => verdict.status,
        _ => panic!("no verdict about {response}"),
    }
}

/// Words behind the answer 4 that give 5.
const REPLACED: &[&str] = &[
    "The final answer is 5.",
    "Final answer: 5",
    "**Final answer:** 5",
    "\\boxed{5}",
    "Instead, the answer is 5.",
    "No wait, 5.",
    "I meant 5.",
    "I meant to write 5.",
    "Make that 5.",
    "Typo: 5",
    "Revised: 5",
    "Err, 5.",
    "Nah, it's 5.",
    "I apologize, I miscounted. It is 5.",
    "So it is 5 and not 4.",
    "It returns 5 instead of 4.",
    "4 is incorrect; 5 is correct.",
    "Not 4 but 5.",
    "5, not 4.",
    "Erratum: 5",
    "It should have been 5.",
    "Thinking again, it is 5.",
    "After rechecking, the answer is 5.",
    "Amended answer: 5",
    "Should be 5.",
    "Hence 5, not 4.",
    "*Correction* 5",
    "\u{9055}\u{3046}\u{3001}5\u{3067}\u{3059}\u{3002}",
];

/// Words behind the answer 4 that only deny it.
const DENIED: &[&str] = &[
    "So 4 is wrong.",
    "Therefore `4` can't be right.",
    "That can't be right.",
    "That does not look right.",
    "This seems wrong.",
    "I realize that I made an error above.",
    "The previous answer contained an error.",
    "My answer has a mistake.",
    "The answer I gave is off by one.",
    "So the answer above does not hold.",
    "Discard that.",
    "Strike the above.",
    "Scrap my answer.",
    "I could not finish the trace, so this is a placeholder.",
    "Sorry, that was the value for x = 2.",
    "\u{9519}\u{4e86}\u{3002}",
    "\u{8fd9}\u{662f}\u{9519}\u{7684}\u{3002}",
    "Non, c'est faux.",
    "C'est faux.",
    "Me equivoqu\u{e9}.",
    "\u{44d}\u{442}\u{43e} \u{43d}\u{435}\u{432}\u{435}\u{440}\u{43d}\u{43e}.",
    "The answer is not 4.",
    "The answer above is invalid.",
    "I messed up.",
    "I see now that this is wrong.",
    "Attendez, c'est une erreur.",
    "Espera, est\u{e1} mal.",
    "Aspetta, \u{e8} sbagliato.",
    "Das ist falsch.",
    "\u{41f}\u{43e}\u{434}\u{43e}\u{436}\u{434}\u{438}\u{442}\u{435}, \u{44d}\u{442}\u{43e} \u{43d}\u{435}\u{432}\u{435}\u{440}\u{43d}\u{43e}.",
    "\u{5f85}\u{3063}\u{3066}\u{3001}\u{9055}\u{3044}\u{307e}\u{3059}\u{3002}",
    "\u{c7a0}\u{ae50}, \u{d2c0}\u{b838}\u{c2b5}\u{b2c8}\u{b2e4}.",
];

/// Words behind the answer 5 that leave it as it is.
const KEPT: &[&str] = &[
    "Actually the code has a bug: the condition is wrong.",
    "Wait, the docstring is incorrect here, but it does not matter.",
    "This is incorrect behaviour of the function, but it is what it returns.",
    "I was wrong at first (4), then I corrected it to 5.",
    "Sorry for the long explanation; there was a mistake in the docstring.",
    "Sorry if that is wrong.",
    "Oops, the author forgot a return, but it is 5 anyway.",
    "No, the loop does not run twice; a naive reading gives the wrong 4.",
    "> Wait, that is wrong.\n\nThat quote is from the docs.",
    "So 4 is wrong.",
    "The answer is 5.",
    "It is 5 and not 4.",
    "The answer is 5 because range excludes its end.",
    "The answer would be 6 if x were 4.",
    "The answer to a similar question is 6.",
    "No hay error.",
    "This is not correct Python style.",
    "The answer is reached in 4 rounds.",
    "x starts at 3, not 5.",
    "If x were 4, it would not be 5.",
    "Instead of a loop, one could write x + 2.",
    "This is an error-prone way to write it.",
    "4 is wrong, 5 is right.",
    "This is not right-aligned.",
    "That is wrong from a design view, but so it runs.",
    "Sorry about the wrong formatting.",
    "It should be 5.",
    "It should be noted that 3 // 2 is 1.",
    "Better names would help.",
    "The right answer is given above.",
    "The name of the function is wrong, but that is no matter.",
];

fn check(first: &str, tails: &[&str], golds: &[(&str, bool)]) {
    let mut others = Vec::new();
    for tail in tails {
        for between in ["\n\n", " "] {
            // A quotation begins a line.
            if between == " " && tail.starts_with('>') {
                continue;
            }
            let response = format!("{first}{between}{tail}");
            for (gold, right) in golds {
                let found = status(gold, &response);
                if (found == Status::Correct) != *right {
                    others.push(format!("gold {gold}: {response:?} is {found:?}"));
                }
            }
        }
    }
    assert!(
        others.is_empty(),
        "{}:\n{}",
        others.len(),
        others.join("\n")
    );
}

#[test]
fn another_answer_takes_the_place_of_a_marked_one() {
    check("[ANSWER]4[/ANSWER]", REPLACED, &[("4", false), ("5", true)]);
}

#[test]
fn a_denied_answer_does_not_count() {
    check("[ANSWER]4[/ANSWER]", DENIED, &[("4", false)]);
}

#[test]
fn faults_of_a_program_deny_no_answer() {
    check("[ANSWER]5[/ANSWER]", KEPT, &[("5", true)]);
}

#[test]
fn what_the_answer_is_not_denies_no_other() {
    let tails = [
        "The answer is not 4 because range excludes its end.",
        "The right answer is given above.",
    ];
    check("The answer is 5.", &tails, &[("5", true), ("4", false)]);
    for tail in [
        "This is incorrect behaviour of the function, but it is what it returns.",
        "It is wrong to think that the loop runs twice.",
    ] {
        let response = format!("The answer is 5.\n\n{tail}");
        assert_eq!(status("5", &response), Status::Correct, "{response}");
    }
}
