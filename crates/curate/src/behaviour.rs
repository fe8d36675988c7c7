//! Functions that do what a benchmark's function does, whatever they look like: cases with the outputs of the
//! benchmark's function, and the program that tries them on a candidate.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tracestone_record::{Literal, LiteralLimits};

/// The most inputs of the benchmark itself, and the most that are made from its first one.
const OWN: usize = 5;
const MADE: usize = 10;

/// Different outputs that tell a function from others, and cases that there must be.
const DIFFERENT: usize = 3;
const CASES: usize = 4;

/// An input of a benchmark's function and its output, as literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The arguments, without the parentheses.
    pub input: String,
    /// The value that the benchmark's function returns.
    pub output: String,
}

/// The arguments by position that a text of arguments gives, if all are literals.
#[must_use]
pub fn arguments(input: &str) -> Option<Vec<Literal>> {
    let text = format!("({},)", input.trim().trim_end_matches(','));
    match Literal::parse(&text, LiteralLimits::default()) {
        Ok(Literal::Tuple(arguments)) => Some(arguments),
        _ => None,
    }
}

/// The inputs to compare functions by: those of the benchmark, and variations of its first one.
#[must_use]
pub fn inputs(own: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let literal = own.iter().filter(|input| arguments(input).is_some());
    found.extend(literal.take(OWN).cloned());
    let Some(first) = found.first().and_then(|input| arguments(input)) else {
        return found;
    };
    let choices: Vec<Vec<Literal>> = first.iter().map(varied).collect();
    let most = choices.iter().map(Vec::len).max().unwrap_or(0);
    // One argument at a time, each in its turn.
    let turns = (0..most).flat_map(|turn| (0..choices.len()).map(move |place| (turn, place)));
    let made = turns.filter_map(|(turn, place)| {
        let mut changed = first.clone();
        changed[place] = choices[place].get(turn)?.clone();
        let texts: Vec<String> = changed.iter().map(Literal::python_repr).collect();
        Some(texts.join(", "))
    });
    for input in made.take(MADE) {
        if !found.contains(&input) {
            found.push(input);
        }
    }
    found
}

/// Other values of the same type.
fn varied(value: &Literal) -> Vec<Literal> {
    match value {
        Literal::Bool(value) => vec![Literal::Bool(!value)],
        Literal::Int(value) => match value.to_i64() {
            Some(value) if value.abs() < 1 << 40 => {
                vec![(value + 1).into(), (-value).into(), (value * 2 + 3).into()]
            }
            _ => Vec::new(),
        },
        Literal::Float(value) => vec![Literal::Float(value + 0.5), Literal::Float(-value)],
        Literal::Str(text) => {
            let reversed: String = text.chars().rev().collect();
            let other = format!("{text} Ab1{}", reversed.to_uppercase());
            vec![
                Literal::Str(other),
                Literal::Str(reversed),
                Literal::Str(String::new()),
                Literal::Str(text.chars().skip(1).collect()),
            ]
        }
        Literal::List(items) => lists(items).into_iter().map(Literal::List).collect(),
        Literal::Tuple(items) => lists(items).into_iter().map(Literal::Tuple).collect(),
        Literal::Set(items) => match items.len() {
            0 => Vec::new(),
            _ => vec![Literal::Set(items[1..].to_vec())],
        },
        Literal::Dict(entries) => match entries.len() {
            0 => Vec::new(),
            _ => vec![
                Literal::Dict(entries[1..].to_vec()),
                Literal::Dict(entries.iter().rev().cloned().collect()),
            ],
        },
        _ => Vec::new(),
    }
}

fn lists(items: &[Literal]) -> Vec<Vec<Literal>> {
    if items.is_empty() {
        return Vec::new();
    }
    let mut longer = items.to_vec();
    longer.extend(varied(&items[0]).into_iter().take(1));
    longer.extend(items.iter().take(2).cloned());
    let reversed = items.iter().rev().cloned().collect();
    vec![longer, reversed, items[1..].to_vec(), Vec::new()]
}

/// True if a function with these outputs can be told from others: enough different ones, which are not simply
/// an argument.
#[must_use]
pub fn is_telling(cases: &[Case]) -> bool {
    let outputs: BTreeSet<&str> = cases.iter().map(|case| case.output.as_str()).collect();
    let arity = cases
        .first()
        .and_then(|case| arguments(&case.input))
        .map_or(0, |all| all.len());
    let handed_on = (0..arity).any(|place| {
        cases.iter().all(|case| {
            let given =
                arguments(&case.input).and_then(|all| all.get(place).map(Literal::python_repr));
            given.as_deref() == Some(case.output.as_str())
        })
    });
    cases.len() >= CASES && outputs.len() >= DIFFERENT && !handed_on
}

/// A function that tries a candidate, with a bound on the lines that it may run.
const TRY: &str = "
def __tracestone_try(function, table, budget):
    import sys
    class Stop(BaseException):
        pass
    def pack(*given):
        return given
    found = []
    for number, cases in table:
        for given, wanted in cases:
            left = [budget]
            def tracer(frame, event, value):
                left[0] -= 1
                if left[0] < 0:
                    raise Stop
                return tracer
            given = eval('pack(' + given + ')', {'pack': pack})
            wanted = eval(wanted, {})
            before = sys.gettrace()
            sys.settrace(tracer)
            try:
                got = function(*given)
            except BaseException:
                break
            finally:
                sys.settrace(before)
            if type(got) is not type(wanted) or got != wanted:
                break
        else:
            found.append(number)
    return found
";

/// Lines that a candidate may run for one input.
const BUDGET: u32 = 20_000;

/// Statements after the candidate's program that hold the cases of each task.
#[must_use]
pub fn setup<'c>(table: impl IntoIterator<Item = (usize, &'c [Case])>) -> String {
    let mut text = TRY.to_owned();
    text.push_str("__tracestone_table = [\n");
    for (number, cases) in table {
        let _ = write!(text, "({number}, [");
        for case in cases {
            let quoted = |text: &str| Literal::Str(text.to_owned()).python_repr();
            let _ = write!(
                text,
                "({}, {}), ",
                quoted(&case.input),
                quoted(&case.output)
            );
        }
        text.push_str("]),\n");
    }
    text.push_str("]\n");
    text
}

/// The expression that gives the numbers of the tasks whose cases the function fits.
#[must_use]
pub fn expression(function: &str) -> String {
    format!("__tracestone_try({function}, __tracestone_table, {BUDGET})")
}

/// The numbers in the value of [`expression`]; `None` for anything else, since the program may be hostile.
#[must_use]
pub fn fitting(value: &str) -> Option<Vec<usize>> {
    let Ok(Literal::List(numbers)) = Literal::parse(value, LiteralLimits::default()) else {
        return None;
    };
    let number = |literal: &Literal| match literal {
        Literal::Int(number) => usize::try_from(number.to_i64()?).ok(),
        _ => None,
    };
    numbers.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_the_benchmarks_own_and_variations_of_the_first() {
        let made = inputs(&["[1, 2], 'ab'".to_owned(), "g(), 1".to_owned()]);
        assert_eq!(made[0], "[1, 2], 'ab'");
        assert!(made.contains(&"[2, 1], 'ab'".to_owned()), "{made:?}");
        assert!(made.contains(&"[1, 2], ''".to_owned()), "{made:?}");
        assert!(made.len() <= OWN + MADE && made.len() > 5);
        assert!(inputs(&["x".to_owned()]).is_empty());
        assert_eq!(arguments("(1, ), (1, )").unwrap().len(), 2);
    }

    #[test]
    fn functions_that_hand_on_an_argument_or_give_a_constant_tell_nothing() {
        let cases = |pairs: &[(&str, &str)]| -> Vec<Case> {
            let case = |(input, output): &(&str, &str)| Case {
                input: (*input).to_owned(),
                output: (*output).to_owned(),
            };
            pairs.iter().map(case).collect()
        };
        assert!(is_telling(&cases(&[
            ("1", "2"),
            ("2", "3"),
            ("3", "4"),
            ("4", "5")
        ])));
        assert!(!is_telling(&cases(&[
            ("1", "1"),
            ("2", "2"),
            ("3", "3"),
            ("4", "4")
        ])));
        assert!(!is_telling(&cases(&[
            ("1", "0"),
            ("2", "0"),
            ("3", "1"),
            ("4", "1")
        ])));
        assert!(!is_telling(&cases(&[("1", "2"), ("2", "3")])));
    }

    #[test]
    fn only_lists_of_numbers_are_results() {
        assert_eq!(fitting("[3, 10]"), Some(vec![3, 10]));
        for hostile in ["[-1]", "['a']", "x", "{}", "[1, None]"] {
            assert_eq!(fitting(hostile), None);
        }
    }
}
