//! Candidate inputs for programs, made without running anything.
//!
//! Two ways: mutation of the literal arguments of mined calls, and generation from what is known of
//! the parameters: annotations, defaults, guesses from how the body uses them, and the constants in
//! the program's text. Methods are called on instances that are built from generated arguments.
//! Which candidates are worth keeping is decided where they run.
//!
//! Everything is drawn from a generator seeded by the program, so that a program has the same
//! candidates on every machine.
//!
//! ```
//! use tracestone_extract::{Settings, SourceFile, extract};
//! use tracestone_generate::{Bounds, candidates};
//! use tracestone_record::FileId;
//!
//! let file = SourceFile {
//!     id: FileId::of(&[b"double.py"]),
//!     path: "double.py",
//!     content: b"def double(x: int) -> int:\n    return x * 2\n",
//! };
//! let found = extract(&[file], None, &Settings::default(), &|| {});
//! let rounds = candidates(&found.programs[0], &found.calls, Bounds::default());
//! assert!(rounds.iter().flatten().all(|call| call.call.starts_with("double(")));
//! ```

mod aliases;
mod annotations;
mod arguments;
mod constants;
mod definitions;
mod documented;
mod fields;
mod functions;
mod harvest;
mod instances;
mod maker;
mod mutate;
mod parameters;
mod receivers;
#[cfg(test)]
mod testing;
mod types;
mod values;

use maker::Maker;
use serde::Serialize;
use tracestone_record::{Call, Program};

/// Goes up whenever the same program could get other candidates than before.
pub const VERSION: u32 = 8;

/// Limits on the number of candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Mutations of mined calls, in each round.
    pub mutated: usize,
    /// Calls from types, in each round.
    pub generated: usize,
    /// Rounds: those after the first are for programs in which statements were not reached yet.
    pub rounds: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            mutated: 16,
            generated: 20,
            rounds: 8,
        }
    }
}

/// Calls worth trying on a program, other than the mined ones, in rounds. None is known to make sense.
#[must_use]
pub fn candidates(program: &Program, mined: &[Call], bounds: Bounds) -> Vec<Vec<Call>> {
    let mut maker = Maker::new(program, mined, seed(program));
    if is_test(&program.entry) {
        // What a test calls is of interest, and what it is given is its author's.
        if bounds.generated > 0 {
            maker.run_tests();
        }
        return [maker.calls]
            .into_iter()
            .filter(|round| !round.is_empty())
            .collect();
    }
    let rounds = (0..bounds.rounds).map(|_| {
        maker.mutate(mined, bounds.mutated);
        maker.generate(bounds.generated);
        std::mem::take(&mut maker.calls)
    });
    rounds.filter(|round| !round.is_empty()).collect()
}

fn is_test(entry: &str) -> bool {
    let lower = entry.to_ascii_lowercase();
    lower.starts_with("test") || lower.ends_with("test") || lower.ends_with("tests")
}

fn seed(program: &Program) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(program.id.as_bytes());
    seed[16] = VERSION.to_le_bytes()[0];
    seed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, program};

    fn texts(entry: &str, text: &str, mined: &[&str]) -> Vec<String> {
        let program = program(entry, text);
        let mined: Vec<Call> = mined.iter().map(|text| call(&program, text)).collect();
        let rounds = candidates(&program, &mined, Bounds::default());
        let calls = rounds.into_iter().flatten();
        calls
            .map(|call| match call.setup.is_empty() {
                true => call.call,
                false => format!("{}; {}", call.setup.replace('\n', "; "), call.call),
            })
            .collect()
    }

    #[test]
    fn made_inputs_are_of_the_documented_types() {
        let text = "\
def match(s, p):
    \"\"\"
    :type s: str
    :type p: List[str]
    \"\"\"
    return s[0] in p
";
        let calls = texts("match", text, &["match(7, [])", "match('a', ['b'])"]);
        assert!(calls.len() > 20);
        for call in calls {
            let list = call
                .strip_prefix("match(")
                .and_then(|rest| rest.strip_suffix(')'));
            let list = arguments::split(list.expect("a call")).expect("literals");
            assert_eq!(list[0].value.type_name(), "str", "{call}");
            assert_eq!(list[1].value.type_name(), "list", "{call}");
            let texts = list[1].value.python_repr();
            assert!(
                !texts.contains(|c: char| c.is_ascii_digit()) || texts.contains('\''),
                "{call}"
            );
        }
    }

    #[test]
    fn a_foreign_type_is_given_nothing_made() {
        let text = "\
def mean(values):
    \"\"\"
    :type values: np.ndarray
    \"\"\"
    return values.mean()
";
        assert_eq!(texts("mean", text, &[]), [""; 0]);
    }

    #[test]
    fn an_alias_is_the_type_it_stands_for() {
        let text = "\
from typing import TypeAlias
Square: TypeAlias = int
def file_of(square: Square):
    return square & 7
";
        let calls = texts("file_of", text, &[]);
        assert!(calls.len() > 10, "{calls:?}");
        assert!(calls.iter().all(|call| {
            call.trim_start_matches("file_of(")
                .trim_end_matches(')')
                .parse::<i64>()
                .is_ok()
        }));
    }

    #[test]
    fn methods_are_reached_as_they_are_declared() {
        let text = "\
class Shape:
    def __init__(self, side: int):
        self.side = side
    @property
    def area(self):
        return self.side ** 2
    @staticmethod
    def unit(scale: int):
        return scale
    @classmethod
    def of(cls, side: int):
        return cls(side)
    async def wait(self):
        return self.side
";
        let calls = texts("Shape", text, &[]);
        let some = |test: &dyn Fn(&String) -> bool| calls.iter().any(test);
        assert!(some(&|call| call.ends_with(").area")), "{calls:?}");
        assert!(!some(&|call| call.contains("area(")));
        assert!(some(
            &|call| call.starts_with("Shape.unit(") && !call.ends_with("unit()")
        ));
        assert!(some(&|call| call.starts_with("Shape.of(")));
        assert!(some(
            &|call| call.starts_with("import asyncio; ") && call.contains("asyncio.run(")
        ));
    }

    #[test]
    fn tests_run_as_they_are() {
        let of_unittest = "\
class BoxTest(unittest.TestCase):
    def setUp(self):
        self.box = []
    def test_empty(self):
        self.assertEqual(self.box, [])
    def helper(self):
        return 1
";
        assert_eq!(
            texts("BoxTest", of_unittest, &[]),
            ["BoxTest('test_empty').debug()"]
        );
        let plain = "def test_sum():\n    assert sum([1, 2]) == 3\n";
        assert_eq!(texts("test_sum", plain, &[]), ["test_sum()"]);
        let with_fixture = "def test_sum(values):\n    assert sum(values) == 3\n";
        assert_eq!(texts("test_sum", with_fixture, &[]), [""; 0]);
    }

    #[test]
    fn members_functions_and_dictionaries_are_arguments() {
        let text = "\
class Colour(Enum):
    RED = 1
class Row(TypedDict):
    name: str
    size: int
def paint(colour: Colour, change: Callable[[int], int], row: Row):
    return change(colour.value)
";
        let calls = texts("paint", text, &[]);
        assert!(calls.len() > 5, "{calls:?}");
        assert!(
            calls
                .iter()
                .all(|call| call.starts_with("paint(Colour.RED, ") && call.contains("Row(name="))
        );
    }
}
