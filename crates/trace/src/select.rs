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
pub(crate) struct Selection {
    steps: BTreeSet<(Line, Line)>,
    endings: BTreeSet<String>,
    results: BTreeSet<String>,
    missing: BTreeSet<Line>,
    /// Number of statements.
    statements: usize,
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
            statements: missing.len(),
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
    /// check of its arguments shows little.
    pub(crate) fn is_worth_it(&self) -> bool {
        self.runs > self.chosen || self.missing.len() * 2 <= self.statements
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
