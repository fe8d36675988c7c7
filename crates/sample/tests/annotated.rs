//! Docstrings that are asked for, and those that are not.

mod recorded;

use recorded::{read, sampled_among};
use tracestone_record::{
    Line, LineRange, Program, ProgramId, Reason, SampleKind, SampleRow, Split,
};
use tracestone_sample::{Annotations, Sampled};

/// A program with one function, whose docstring stands on three lines.
fn program(name: &str, prose: &str, body: &str) -> Program {
    let text = format!("def {name}(n):\n    \"\"\"\n    {prose}\n    \"\"\"\n\n    {body}\n");
    let trace = format!("0:1 call {name}  | n = 1\n0:6 line\n0:6 return 1\n=> 1\n");
    let mut program = read(&text, &format!("{name}(1)"), &trace).program;
    program.definitions[0].docstring = Some(LineRange {
        first: Line(2),
        last: Line(4),
    });
    program.definitions[0].prose = Some(prose.to_owned());
    program
}

fn known(programs: &[&Program]) -> Annotations {
    let mut annotations = Annotations::default();
    programs.iter().for_each(|program| annotations.add(program));
    annotations.place(|_| Some(Split::Train));
    annotations
}

fn asked(sampled: &Sampled) -> Vec<&SampleRow> {
    let rows = sampled.rows.iter();
    rows.filter(|row| row.sample.kind == SampleKind::Annotated)
        .collect()
}

fn reasons(sampled: &Sampled) -> Vec<Reason> {
    sampled
        .dropped
        .iter()
        .map(|dropped| dropped.reason)
        .collect()
}

#[test]
fn no_empty_lines_are_left_where_a_docstring_was() {
    let program = program("f", "Give back the number as it is.", "return n");
    let sampled = sampled_among(&program, &[], &known(&[&program]));
    let rows = asked(&sampled);
    assert_eq!(rows.len(), 1);
    let sample = &rows[0].sample;
    let shown = "def f(n):\n    \"\"\"(the docstring)\"\"\"\n\n    return n\n";
    assert!(sample.prompt.contains(shown), "{}", sample.prompt);
    assert_eq!(sample.answer, "Give back the number as it is.");
}

#[test]
fn what_the_prompt_says_elsewhere_is_not_asked_for() {
    let body = "# give back the NUMBER, as it is\n    return n";
    let program = program("f", "Give back the number as it is.", body);
    let sampled = sampled_among(&program, &[], &known(&[&program]));
    assert!(asked(&sampled).is_empty());
    assert_eq!(reasons(&sampled), [Reason::AnswerLeaks]);
}

#[test]
fn what_stands_at_many_places_is_not_asked_for() {
    let of = |name: &str| program(name, "See the method of the base class.", "return n");
    let few: Vec<Program> = ["a", "b", "c"].into_iter().map(of).collect();
    let few: Vec<&Program> = few.iter().collect();
    assert_eq!(asked(&sampled_among(few[0], &[], &known(&few))).len(), 1);
    let many: Vec<Program> = ["a", "b", "c", "d"].into_iter().map(of).collect();
    let many: Vec<&Program> = many.iter().collect();
    let sampled = sampled_among(many[0], &[], &known(&many));
    assert_eq!(reasons(&sampled), [Reason::CommonAnswer]);
}

#[test]
fn a_definition_in_several_programs_is_asked_for_once() {
    let own = program("f", "Give back the number as it is.", "return n");
    let mut other = own.clone();
    other.entry = "caller".to_owned();
    // The smaller identifier does not matter: the program was made for another definition.
    other.id = ProgramId::from_bytes([0; 16]);
    let annotations = known(&[&other, &own]);
    assert_eq!(asked(&sampled_among(&own, &[], &annotations)).len(), 1);
    let sampled = sampled_among(&other, &[], &annotations);
    assert_eq!(reasons(&sampled), [Reason::DuplicateSample]);
    assert_ne!(
        annotations.fingerprint(&own),
        annotations.fingerprint(&other)
    );
}

#[test]
fn what_stands_in_an_earlier_part_of_the_split_is_not_asked_for_in_a_later_one() {
    let trained = program("f", "Give back the number as it is.", "return n");
    // Written another way, about other code.
    let tested = program("g", "give back the number, as it is", "return +n");
    let mut annotations = Annotations::default();
    for program in [&tested, &trained] {
        annotations.add(program);
    }
    let part = |id| match id == trained.id {
        true => Split::Train,
        false => Split::Test,
    };
    annotations.place(|id| Some(part(id)));
    assert_eq!(asked(&sampled_among(&trained, &[], &annotations)).len(), 1);
    let sampled = sampled_among(&tested, &[], &annotations);
    assert_eq!(reasons(&sampled), [Reason::DuplicateSample]);
}
