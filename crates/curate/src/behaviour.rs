//! Functions that do what a benchmark's function does, whatever they look like: cases with the outputs of the
//! benchmark's function, and the program that tries them on a candidate.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tracestone_record::{Literal, LiteralLimits};

/// Different outputs that tell a function from others, and cases that there must be.
const DIFFERENT: usize = 3;
const CASES: usize = 4;

/// Cases that there must be where a function has two outputs only, such as truths, and how many of them must
/// have the rarer one.
const CASES_OF_TWO: usize = 16;
const RARER: usize = 3;

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

/// True if a function with these outputs can be told from others: enough different ones, or two in many cases,
/// which are not simply an argument.
#[must_use]
pub fn is_telling(cases: &[Case]) -> bool {
    let mut outputs: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *outputs.entry(case.output.as_str()).or_default() += 1;
    }
    let rarer = outputs.values().min().copied().unwrap_or(0);
    let differs = cases.len() >= CASES && outputs.len() >= DIFFERENT
        || cases.len() >= CASES_OF_TWO && outputs.len() == 2 && rarer >= RARER;
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
    differs && !handed_on
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
        let truths = |rarer: usize| -> Vec<Case> {
            let output = |number| if number < rarer { "True" } else { "False" };
            let case = |number: usize| Case {
                input: number.to_string(),
                output: output(number).to_owned(),
            };
            (0..16).map(case).collect()
        };
        assert!(is_telling(&truths(3)) && !is_telling(&truths(2)));
    }

    #[test]
    fn only_lists_of_numbers_are_results() {
        assert_eq!(fitting("[3, 10]"), Some(vec![3, 10]));
        for hostile in ["[-1]", "['a']", "x", "{}", "[1, None]"] {
            assert_eq!(fitting(hostile), None);
        }
    }
}
