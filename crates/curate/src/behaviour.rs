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

/// An input of a benchmark's function and what it does with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The arguments, without the parentheses, as literals.
    pub input: String,
    /// End of the call.
    pub end: End,
}

/// End of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A value, as a literal.
    Returned(String),
    /// An exception, by the name of its class.
    Raised(String),
}

impl End {
    /// The value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Returned(text) => Some(text),
            Self::Raised(_) => None,
        }
    }
}

/// Things that have to be the same of two functions for one to be taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The values, which tell the function from others.
    Values,
    /// Values and exceptions, which many functions share, such as those that always give the same or give an argument
    /// back; and besides these nearly all words of their texts ([`Vocabulary`](crate::Vocabulary)).
    ValuesAndWords,
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

/// The evidence that these cases of a function allow, and the cases that count for it; `None` where they say nothing.
#[must_use]
pub fn evidence(cases: Vec<Case>) -> Option<(Evidence, Vec<Case>)> {
    let (returned, raised): (Vec<Case>, Vec<Case>) = cases
        .into_iter()
        .partition(|case| case.end.value().is_some());
    if is_telling(&returned) {
        return Some((Evidence::Values, returned));
    }
    let enough = !returned.is_empty() && returned.len() + raised.len() >= CASES;
    enough.then(|| (Evidence::ValuesAndWords, [returned, raised].concat()))
}

/// True if a function with these values can be told from others: enough different ones, or two in many cases,
/// which are not simply an argument.
fn is_telling(cases: &[Case]) -> bool {
    let mut values: BTreeMap<&str, usize> = BTreeMap::new();
    for value in cases.iter().filter_map(|case| case.end.value()) {
        *values.entry(value).or_default() += 1;
    }
    let rarer = values.values().min().copied().unwrap_or(0);
    let differs = cases.len() >= CASES && values.len() >= DIFFERENT
        || cases.len() >= CASES_OF_TWO && values.len() == 2 && rarer >= RARER;
    let arity = cases
        .first()
        .and_then(|case| arguments(&case.input))
        .map_or(0, |all| all.len());
    let handed_on = (0..arity).any(|place| {
        cases.iter().all(|case| {
            let given =
                arguments(&case.input).and_then(|all| all.get(place).map(Literal::python_repr));
            given.as_deref() == case.end.value()
        })
    });
    differs && !handed_on
}

/// A function that tries a candidate, with a bound on the lines that it may run and on the time that these take: numbers
/// that are squared in each round need few lines.
const TRY: &str = "
def __tracestone_try(function, table, budget, seconds):
    import sys
    try:
        from resource import RUSAGE_SELF, getrusage
        def spent():
            return getrusage(RUSAGE_SELF).ru_utime
    except ImportError:
        def spent():
            return 0.0
    class Stop(BaseException):
        pass
    def pack(*given):
        return given
    found = []
    for number, cases in table:
        for given, wanted, raises in cases:
            left = [budget, spent() + seconds]
            def tracer(frame, event, value):
                left[0] -= 1
                if left[0] < 0 or spent() > left[1]:
                    raise Stop
                return tracer
            given = eval('pack(' + given + ')', {'pack': pack})
            before = sys.gettrace()
            sys.settrace(tracer)
            try:
                got = function(*given)
            except BaseException as error:
                if raises and type(error).__name__ == wanted:
                    continue
                break
            finally:
                sys.settrace(before)
            wanted = None if raises else eval(wanted, {})
            if raises or type(got) is not type(wanted) or got != wanted:
                break
        else:
            found.append(number)
    return found
";

/// Lines that a candidate may run for one input, and processor time, which is many times what as many plain lines take.
const BUDGET: u32 = 20_000;
const SECONDS: f64 = 0.15;

/// Statements after the candidate's program that hold the cases of each task.
#[must_use]
pub fn setup<'c>(table: impl IntoIterator<Item = (usize, &'c [Case])>) -> String {
    let mut text = TRY.to_owned();
    text.push_str("__tracestone_table = [\n");
    for (number, cases) in table {
        let _ = write!(text, "({number}, [");
        for case in cases {
            let quoted = |text: &str| Literal::Str(text.to_owned()).python_repr();
            let (wanted, raises) = match &case.end {
                End::Returned(value) => (value, "False"),
                End::Raised(class) => (class, "True"),
            };
            let (given, wanted) = (quoted(&case.input), quoted(wanted));
            let _ = write!(text, "({given}, {wanted}, {raises}), ");
        }
        text.push_str("]),\n");
    }
    text.push_str("]\n");
    text
}

/// The expression that gives the numbers of the tasks whose cases the function fits.
#[must_use]
pub fn expression(function: &str) -> String {
    format!("__tracestone_try({function}, __tracestone_table, {BUDGET}, {SECONDS})")
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

    fn case(input: &str, value: &str) -> Case {
        Case {
            input: input.to_owned(),
            end: match value.strip_prefix('!') {
                Some(class) => End::Raised(class.to_owned()),
                None => End::Returned(value.to_owned()),
            },
        }
    }

    fn found(pairs: &[(&str, &str)]) -> Option<(Evidence, usize)> {
        let cases = pairs.iter().map(|(input, value)| case(input, value));
        evidence(cases.collect()).map(|(evidence, cases)| (evidence, cases.len()))
    }

    #[test]
    fn different_values_tell_a_function_and_its_exceptions_do_not_count_then() {
        let telling = [
            ("1", "2"),
            ("2", "3"),
            ("3", "4"),
            ("4", "5"),
            ("'a'", "!TypeError"),
        ];
        assert_eq!(found(&telling), Some((Evidence::Values, 4)));
        let truths = |rarer: usize| -> Vec<Case> {
            let value = |number| if number < rarer { "True" } else { "False" };
            (0..16)
                .map(|number: usize| case(&number.to_string(), value(number)))
                .collect()
        };
        assert!(is_telling(&truths(3)) && !is_telling(&truths(2)));
    }

    #[test]
    fn functions_that_hand_on_an_argument_or_give_a_constant_need_words_too() {
        let handed_on = [("1", "1"), ("2", "2"), ("3", "3"), ("4", "4")];
        assert_eq!(found(&handed_on), Some((Evidence::ValuesAndWords, 4)));
        let constant = [("1", "0"), ("2", "0"), ("3", "1"), ("'a'", "!TypeError")];
        assert_eq!(found(&constant), Some((Evidence::ValuesAndWords, 4)));
        assert_eq!(found(&[("1", "2"), ("2", "3")]), None);
        let raised = [
            ("1", "!KeyError"),
            ("2", "!KeyError"),
            ("3", "!KeyError"),
            ("4", "!KeyError"),
        ];
        assert_eq!(found(&raised), None);
    }

    #[test]
    fn only_lists_of_numbers_are_results() {
        assert_eq!(fitting("[3, 10]"), Some(vec![3, 10]));
        for hostile in ["[-1]", "['a']", "x", "{}", "[1, None]"] {
            assert_eq!(fitting(hostile), None);
        }
    }
}
