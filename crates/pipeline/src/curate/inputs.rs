//! Inputs on which a benchmark's function shows what it does: its own ones, changes of them, and such as `trace` would
//! try.

use super::variations::variations;
use tracestone_curate::{Task, arguments};
use tracestone_extract::{Settings, SourceFile, extract};
use tracestone_generate::{Bounds, candidates};
use tracestone_record::{Arguments, Call, CallId, FileId, InputKind, InputOrigin, Program};

/// Inputs of the benchmark itself; HumanEval+ has a thousand of a task.
const OWN: usize = 5;
/// Inputs that are made: changes of the benchmark's own, and others of the parameters' types.
const MADE: Bounds = Bounds {
    mutated: 24,
    generated: 16,
    rounds: 1,
};

/// Argument lists of literals by position, each once, those of the benchmark first.
pub(super) fn inputs(task: &Task) -> Vec<String> {
    let literal = task
        .inputs
        .iter()
        .filter(|input| arguments(input).is_some());
    let mut found: Vec<String> = literal.take(OWN).cloned().collect();
    if found.is_empty() {
        return found;
    }
    let own = found.len();
    for made in variations(&found[0]) {
        if !found.contains(&made) {
            found.push(made);
        }
    }
    let Some(program) = program(task) else {
        return found;
    };
    let own: Vec<Call> = found
        .iter()
        .take(own)
        .map(|input| call(&program, input))
        .collect();
    let start = format!("{}(", program.entry);
    for made in candidates(&program, &own, MADE).into_iter().flatten() {
        let input = made.call.strip_prefix(&start);
        let input = input.and_then(|rest| rest.strip_suffix(')'));
        if let Some(input) = input
            && made.setup.is_empty()
            && arguments(input).is_some()
            && !found.iter().any(|other| other == input)
        {
            found.push(input.to_owned());
        }
    }
    found
}

/// The task's function as a program; `None` where its text gives none.
fn program(task: &Task) -> Option<Program> {
    let file = SourceFile {
        id: FileId::of(&[task.code.as_bytes()]),
        path: "task.py",
        content: task.code.as_bytes(),
    };
    let found = extract(&[file], None, &Settings::default(), &|| {});
    let mut programs = found.programs.into_iter();
    programs.find(|program| program.entry == task.entry)
}

fn call(program: &Program, input: &str) -> Call {
    let text = format!("{}({input})", program.entry);
    Call {
        id: CallId::of(&[program.id.as_bytes(), text.as_bytes()]),
        program: program.id,
        setup: String::new(),
        arguments: Some(Arguments {
            callee: program.entry.clone(),
            text: input.to_owned(),
            literal: true,
        }),
        call: text,
        origin: InputOrigin {
            kind: InputKind::CallSite,
            path: None,
            line: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_the_benchmarks_own_and_others_that_the_function_takes() {
        let task = Task {
            id: "1".to_owned(),
            code: "def f(items, word):\n    if word == 'seldom':\n        return []\n    return items + [word]\n".to_owned(),
            entry: "f".to_owned(),
            prose: Vec::new(),
            inputs: vec!["[1, 2], 'ab'".to_owned(), "g(), 1".to_owned()],
        };
        let made = inputs(&task);
        assert_eq!(made[0], "[1, 2], 'ab'");
        assert!(made.len() > 15, "{made:?}");
        assert!(
            made.iter().any(|input| input.ends_with("'seldom'")),
            "{made:?}"
        );
        assert_eq!(made, inputs(&task));
        assert!(
            inputs(&Task {
                inputs: vec!["x".to_owned()],
                ..task
            })
            .is_empty()
        );
    }
}
