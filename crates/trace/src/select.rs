//! Selection of candidate inputs: those whose run takes a step from one line to another that no kept run
//! takes, or ends in a new way.

use std::collections::BTreeSet;

use tracestone_record::{Line, Outcome, Program};

use crate::report::Tried;

/// Candidates kept for a program.
const MAX_CHOSEN: usize = 12;
/// A program with fewer runs than this also gets candidates that only give other results.
const FEW: usize = 3;
/// With as many mined runs as this that reach every statement, no candidate is tried.
const ENOUGH: usize = 3;

/// Exceptions that tell of an input of the wrong type, unless the program raises them itself.
const MEANINGLESS: &[&str] = &[
    "AttributeError",
    "NameError",
    "RecursionError",
    "TypeError",
    "UnboundLocalError",
];

/// Coverage by the kept runs of a program.
#[derive(Clone)]
pub(crate) struct Selection {
    steps: BTreeSet<(Line, Line)>,
    endings: BTreeSet<String>,
    results: BTreeSet<String>,
    missing: BTreeSet<Line>,
    /// The statements of each function and method that a call may be about.
    bodies: Vec<BTreeSet<Line>>,
    /// Values that the kept candidates returned, `None` left out.
    answers: BTreeSet<String>,
    /// The lines with a `raise` statement.
    raises: BTreeSet<Line>,
    runs: usize,
    chosen: usize,
}

impl Selection {
    /// Nothing is kept yet.
    pub(crate) fn of(program: &Program) -> Self {
        let missing = program.own_statements();
        Self {
            steps: BTreeSet::new(),
            endings: BTreeSet::new(),
            results: BTreeSet::new(),
            bodies: bodies(program),
            answers: BTreeSet::new(),
            missing,
            raises: program
                .text
                .lines()
                .enumerate()
                .filter(|(_, text)| text.trim_start().starts_with("raise "))
                .map(|(index, _)| Line::from_index(index))
                .collect(),
            runs: 0,
            chosen: 0,
        }
    }

    /// True if the candidates of a round should be tried. Later rounds are skipped if the first gave nothing
    /// sensible.
    pub(crate) fn wants_more(&self, round: usize) -> bool {
        let full = self.chosen >= MAX_CHOSEN * (1 + usize::from(round > 0));
        match round {
            0 => !full && (self.runs < ENOUGH || !self.missing.is_empty()),
            _ => !full && self.runs > 0 && !self.missing.is_empty(),
        }
    }

    /// True if generated inputs show enough of a program without mined calls. A call that ends at the first
    /// check of its arguments shows little; half of a function's statements, or returned values that depend on
    /// the arguments, are enough.
    pub(crate) fn is_worth_it(&self) -> bool {
        let reached = |body: &BTreeSet<Line>| body.difference(&self.missing).count();
        self.runs > self.chosen
            || self.answers.len() > 1
            || self.bodies.is_empty()
            || self
                .bodies
                .iter()
                .any(|body| reached(body) * 2 >= body.len())
    }

    /// Notes a run that is kept in any case.
    pub(crate) fn keep(&mut self, tried: &Tried) {
        if !matches!(
            tried.outcome,
            Outcome::Returned { .. } | Outcome::Raised { .. }
        ) {
            return;
        }
        self.runs += 1;
        self.steps.extend(&tried.steps);
        for (_, line) in &tried.steps {
            self.missing.remove(line);
        }
        self.endings.insert(ending(&tried.outcome));
        self.results.insert(result(&tried.outcome));
    }

    /// Decides on a candidate, and records it if it is kept. After the first round it must reach a statement
    /// that no other run reaches.
    pub(crate) fn choose(&mut self, tried: &Tried, round: usize) -> bool {
        // A step of a trace needs a line of the program.
        let sensible = self.wants_more(round) && self.makes_sense(tried) && !tried.steps.is_empty();
        let reaches_more = || tried.steps.iter().any(|(_, to)| self.missing.contains(to));
        let chosen = sensible
            && (round == 0 || reaches_more())
            && (tried.steps.iter().any(|step| !self.steps.contains(step))
                || !self.endings.contains(&ending(&tried.outcome))
                || self.runs < FEW && !self.results.contains(&result(&tried.outcome)));
        if chosen {
            self.chosen += 1;
            if let Outcome::Returned { value } = &tried.outcome
                && !matches!(value.text.as_str(), "None" | "NotImplemented")
            {
                self.answers.insert(value.text.clone());
            }
            self.keep(tried);
        }
        chosen
    }

    fn makes_sense(&self, tried: &Tried) -> bool {
        match &tried.outcome {
            Outcome::Returned { .. } => true,
            Outcome::Raised { exception } => {
                let meant = || tried.steps.iter().any(|(_, to)| self.raises.contains(to));
                !MEANINGLESS.contains(&exception.type_name.as_str()) || meant()
            }
            _ => false,
        }
    }
}

/// The statements of the functions and methods of the unit that a program was made for. A constructor
/// counts only where there is nothing else: whatever is called runs it.
fn bodies(program: &Program) -> Vec<BTreeSet<Line>> {
    let own = program.definitions.iter().filter(|definition| {
        let rest = definition.name.strip_prefix(program.entry.as_str());
        let own = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        own && !definition.statements.is_empty()
    });
    let (constructors, others): (Vec<_>, Vec<_>) =
        own.partition(|definition| definition.name.ends_with(".__init__"));
    let counted = if others.is_empty() {
        constructors
    } else {
        others
    };
    counted
        .into_iter()
        .map(|definition| definition.statements.iter().copied().collect())
        .collect()
}

/// End of a run, as far as it counts as a different one.
fn ending(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Returned { value } => match value.text.as_str() {
            text @ ("None" | "True" | "False") => text.to_owned(),
            _ => value.type_name.clone(),
        },
        Outcome::Raised { exception } => exception.type_name.clone(),
        other => other.name().to_owned(),
    }
}

fn result(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Returned { value } => value.text.clone(),
        Outcome::Raised { exception } => exception.type_name.clone(),
        other => other.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tracestone_record::{Definition, FileId, LineRange, ProgramId, UnitId, UnitKind, Value};

    use super::*;

    /// A function of eight statements in lines 2 to 9.
    fn program() -> Program {
        let lines = LineRange {
            first: Line(1),
            last: Line(9),
        };
        Program {
            id: ProgramId::of(&[]),
            unit: UnitId::of(&[]),
            file: FileId::of(&[]),
            entry: "last".to_owned(),
            text: "def last(seq):\n".to_owned(),
            lines: Vec::new(),
            inlined: Vec::new(),
            imports: Vec::new(),
            definitions: vec![Definition {
                name: "last".to_owned(),
                kind: UnitKind::Function,
                lines,
                header: lines.first,
                docstring: None,
                prose: None,
                parameters: Vec::new(),
                locals: Vec::new(),
                loops: Vec::new(),
                branches: Vec::new(),
                statements: (2..=9).map(Line).collect(),
            }],
            package: None,
            comments: Vec::new(),
        }
    }

    fn returned(text: &str, lines: &[u32]) -> Tried {
        Tried {
            outcome: Outcome::Returned {
                value: Value {
                    text: text.to_owned(),
                    exact: true,
                    unordered: false,
                    truncated: false,
                    type_name: "int".to_owned(),
                },
            },
            steps: lines
                .windows(2)
                .map(|pair| (Line(pair[0]), Line(pair[1])))
                .collect(),
        }
    }

    #[test]
    fn few_statements_that_run_well_are_worth_it() {
        let mut selection = Selection::of(&program());
        assert!(selection.choose(&returned("2", &[0, 2]), 0));
        assert!(!selection.is_worth_it(), "one answer may be a constant");
        assert!(selection.choose(&returned("5", &[0, 2]), 0));
        assert!(selection.is_worth_it(), "the answer depends on the input");
    }

    #[test]
    fn calls_that_end_at_the_first_check_are_not() {
        let mut selection = Selection::of(&program());
        selection.choose(&returned("None", &[0, 2]), 0);
        selection.choose(&returned("False", &[0, 2, 3]), 0);
        assert!(!selection.is_worth_it());
        selection.choose(&returned("None", &[0, 2, 4, 5]), 0);
        assert!(selection.is_worth_it(), "half of the statements run");
    }
}
