//! Every made question has a right answer that passes, and answers without knowledge fail.

use proptest::prelude::*;
use serde_json::json;
use tracestone_structure::build::{Hand, helix, residue};
use tracestone_structure::change::{draw_for, jittered, motion};
use tracestone_structure::check::{Expected, check};
use tracestone_structure::helix::Family;
use tracestone_structure::problem::{File, Make, Pocket, Problem, Question};
use tracestone_structure::residue::AminoAcid;
use tracestone_structure::write::{Format, pdb};

fn made(make: serde_json::Value) -> Vec<Question> {
    let make: Make = serde_json::from_value(make).expect("settings");
    make.questions().expect("questions")
}

fn pockets(settings: serde_json::Value, file: Option<&File<'_>>) -> Vec<Question> {
    let pocket: Pocket = serde_json::from_value(settings).expect("settings");
    pocket.questions(file).expect("questions")
}

/// Questions of every kind.
fn all() -> Vec<Question> {
    let mut all = made(json!({ "kind": "residue", "format": "both", "hand": "L" }));
    all.extend(made(
        json!({ "kind": "residue", "format": "pdb", "hand": "D" }),
    ));
    all.extend(made(json!({
        "kind": "helix", "seed": 1, "count": 12, "least": 4, "most": 16, "format": "pdb", "atoms": "heavy",
        "sequence": "mixed",
    })));
    all.extend(made(json!({
        "kind": "helix", "seed": 2, "count": 12, "least": 4, "most": 16, "format": "json", "atoms": "backbone",
        "sequence": "alanine",
    })));
    all.extend(made(json!({ "kind": "torsion", "seed": 1, "count": 12 })));
    all.extend(pockets(
        json!({ "kind": "contacts", "seed": 1, "count": 12 }),
        None,
    ));
    all.extend(pockets(
        json!({ "kind": "mutation", "seed": 1, "count": 12 }),
        None,
    ));
    all
}

#[test]
fn right_answers_pass_and_answers_without_knowledge_fail() {
    let all = all();
    for question in &all {
        let judged = question.problem.judge(&question.answer);
        let failed: Vec<_> = judged
            .report
            .checks
            .iter()
            .filter(|check| !check.pass)
            .collect();
        assert!(judged.report.passes(), "{}: {failed:?}", question.id);
        let rendered: Vec<String> = question.fields.values().map(ToString::to_string).collect();
        for wrong in [
            "",
            "0",
            "I cannot do this.",
            &question.input,
            &rendered.join("\n"),
            "[]",
            "{}",
            "```json\n[[1]]\n```",
        ] {
            let judged = question.problem.judge(wrong);
            assert!(
                !judged.report.passes(),
                "{} passes with {wrong:?}",
                question.id
            );
        }
    }
    // One answer for all questions of a kind is right for its own question alone.
    for kind in ["residue", "helix", "contacts", "torsion"] {
        let of: Vec<_> = all
            .iter()
            .filter(|question| question.kind == kind)
            .collect();
        let constant = &of[0].answer;
        let right = of
            .iter()
            .filter(|question| question.problem.judge(constant).report.passes());
        assert!(right.count() <= 2, "{kind}");
    }
}

#[test]
fn mirror_images_of_coordinates_fail() {
    for question in all() {
        let Some(reference) = question.problem.reference() else {
            continue;
        };
        let mirrored = question
            .problem
            .judge(&Format::Pdb.answer(&reference.mirrored()));
        let failed = mirrored.report.failed();
        let wanted: &[&str] = match &question.problem {
            Problem::Model { expected, .. } => {
                match (
                    expected.helix.is_some(),
                    question
                        .facts
                        .get("residue")
                        .is_some_and(|code| code == "GLY"),
                ) {
                    (true, _) => &["chirality", "handedness"],
                    (false, true) => &[],
                    (false, false) => &["chirality"],
                }
            }
            _ => &["chirality", "torsions", "rmsd"],
        };
        // A mixed helix may be of glycine alone only by chance; none of these is.
        assert_eq!(failed, wanted, "{}", question.id);
    }
}

#[test]
fn questions_are_the_same_for_the_same_seed_and_others_for_another() {
    let ids = |seed: u64| {
        let questions = pockets(
            json!({ "kind": "contacts", "seed": seed, "count": 3 }),
            None,
        );
        questions
            .into_iter()
            .map(|question| question.input)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(5), ids(5));
    assert_ne!(ids(5), ids(6));
}

#[test]
fn a_structure_of_the_user_is_asked_open_and_closed() {
    let made = pockets(json!({ "kind": "contacts", "seed": 3, "count": 1 }), None);
    let text = made[0].input.clone();
    let file = File {
        name: "7XYZ",
        text: &text,
        hash: "abc",
    };
    let open = pockets(
        json!({ "kind": "contacts", "seed": 1, "count": 4, "ligand": "LIG" }),
        Some(&file),
    );
    assert_eq!(open.len(), 4);
    let (Problem::Contacts(truth), Problem::Contacts(other)) = (&made[0].problem, &open[0].problem)
    else {
        panic!("contacts");
    };
    assert_eq!(truth.contacts.len(), other.contacts.len());
    assert_ne!(truth.contacts[0].site, other.contacts[0].site, "renumbered");
    assert_eq!(open[0].facts["file_hash"], "abc");
    let closed = pockets(
        json!({ "kind": "contacts", "seed": 1, "count": 4, "ligand": "", "book": "closed" }),
        Some(&file),
    );
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0].facts["book"], "closed");
    assert!(closed[0].problem.judge(&closed[0].answer).report.passes());
    let pocket: Pocket = serde_json::from_value(
        json!({ "kind": "contacts", "seed": 1, "count": 1, "ligand": "4WI" }),
    )
    .expect("settings");
    let error = pocket
        .questions(Some(&file))
        .expect_err("no such ligand")
        .to_string();
    assert!(error.contains("4WI"), "{error}");
}

#[test]
fn a_list_of_contacts_is_judged_by_set_distance_and_invention() {
    let question = &pockets(json!({ "kind": "contacts", "seed": 9, "count": 1 }), None)[0];
    let Problem::Contacts(truth) = &question.problem else {
        panic!("contacts")
    };
    let few = &truth.contacts[1..];
    let report = question
        .problem
        .judge(&tracestone_structure::contacts::listed(few))
        .report;
    assert_eq!(report.failed(), ["complete", "distances"]);
    assert_eq!(report.numbers["precision"], 1.0);
    let invented = question
        .answer
        .replacen("\"residue\":", "\"residue\": 9999, \"was\":", 1);
    let report = question.problem.judge(&invented).report;
    assert!(
        report.failed().contains(&"not_made_up"),
        "{:?}",
        report.failed()
    );
    assert!(report.numbers["fabricated"] > 0.0);
}

fn acids() -> Vec<AminoAcid> {
    AminoAcid::all()
        .filter(|one| one.ideal().rings.is_empty())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A rigid motion changes no verdict, whatever was wrong before.
    #[test]
    fn rigid_motions_change_no_verdict(seed in 0_u64..10_000, length in 4_usize..12, family in 0_usize..3, jitter in 0_usize..4) {
        let mut draw = draw_for(seed, "test");
        let acids = acids();
        let sequence: Vec<_> = (0..length).map(|_| acids[draw.below(acids.len())]).collect();
        let family = Family::ALL[family];
        let expected = Expected::helix(family, &sequence, Hand::L);
        let size = [0.0, 0.01, 0.05, 0.2][jitter];
        let model = jittered(&helix(family, &sequence, Hand::L), size, &mut draw);
        let motion = motion(&mut draw);
        let before = check(&model, &expected);
        let after = check(&model.mapped(|point| motion.apply(point)), &expected);
        prop_assert_eq!(before.failed(), after.failed());
        // Without jitter every length is the mean one, and rounding chooses the worst.
        let pairs = before.checks.iter().zip(&after.checks).filter(|_| size > 0.0);
        for (one, other) in pairs {
            let (one, other) = (one.value.unwrap_or(0.0), other.value.unwrap_or(0.0));
            prop_assert!((one.abs() - other.abs()).abs() < 1e-6, "{} {}", one, other);
        }
    }

    /// Whatever stands in an answer, there is a report, and a passing one only for what is right.
    #[test]
    fn any_text_gets_a_report(text in "[ -~\n]{0,200}") {
        let expected = Expected::residue(acids()[0], Hand::L);
        let problem = Problem::Model { expected, format: Format::Pdb };
        prop_assert!(!problem.judge(&text).report.passes());
    }

    /// Any line of a right answer that is lost fails.
    #[test]
    fn a_lost_atom_fails(which in 0_usize..20, line in 0_usize..14) {
        let acid = AminoAcid::all().nth(which).expect("20 of them");
        let model = residue(acid, Hand::L);
        let text = pdb(&model);
        let lines: Vec<_> = text.lines().collect();
        let lost = line % lines.len();
        let rest: Vec<_> = lines.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, line)| *line).collect();
        let problem = Problem::Model { expected: Expected::residue(acid, Hand::L), format: Format::Pdb };
        let report = problem.judge(&rest.join("\n")).report;
        prop_assert!(report.failed().contains(&"atoms"));
    }
}
