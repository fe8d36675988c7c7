//! Functions that are given as arguments: lambdas and builtins that take what is asked for.

use rand::seq::IndexedRandom as _;
use tracestone_record::UnitKind;

use crate::maker::Maker;
use crate::types::Type;

/// For any arguments, by how many there are.
const ANY: &[&[&str]] = &[
    &["lambda: 1", "lambda: 'x'", "list", "dict"],
    &["lambda a: a", "str", "bool", "lambda a: (a, a)", "repr"],
    &[
        "lambda a, b: a",
        "lambda a, b: (a, b)",
        "lambda a, b: a == b",
    ],
    &["lambda a, b, c: a", "lambda a, b, c: (a, b, c)"],
];
/// Functions on numbers, by number of parameters.
const NUMBERS: &[&[&str]] = &[
    &[],
    &[
        "lambda a: a + 1",
        "lambda a: a % 2",
        "lambda a: a * a",
        "abs",
    ],
    &["lambda a, b: a + b", "lambda a, b: a < b", "max"],
    &["lambda a, b, c: a + b + c"],
];
/// Functions that return a boolean, by number of parameters.
const CONDITIONS: &[&[&str]] = &[
    &["lambda: True", "lambda: False"],
    &["bool", "lambda a: not a", "lambda a: True"],
    &["lambda a, b: a == b", "lambda a, b: a != b"],
    &["lambda a, b, c: True"],
];
/// Functions of any number of arguments.
const FREE: &[&str] = &["lambda *a: a", "lambda *a: len(a)", "lambda *a: a[0]"];

impl Maker<'_> {
    /// An expression for something to call.
    pub(crate) fn function(&mut self, takes: Option<&[Type]>, gives: &Type) -> Option<String> {
        let Some(takes) = takes else {
            return FREE.choose(&mut self.random).map(|text| (*text).to_owned());
        };
        let of = |table: &[&'static [&'static str]]| table.get(takes.len()).copied();
        let number = |kind: &Type| matches!(kind, Type::Int | Type::Float | Type::Any);
        let mut choices: Vec<&str> = match gives {
            Type::Bool => of(CONDITIONS)?.to_vec(),
            Type::Str => vec![["lambda: 'x'", "str", "lambda a, b: str(a)"].get(takes.len())?],
            Type::Any => of(ANY)?.to_vec(),
            Type::Int | Type::Float | Type::Named(_) | Type::OneOf(_) if takes.is_empty() => {
                vec!["lambda: 1"]
            }
            Type::Int | Type::Float => Vec::new(),
            _ => vec![*of(ANY)?.first()?],
        };
        if matches!(gives, Type::Any | Type::Int | Type::Float) && takes.iter().all(number) {
            choices.extend(of(NUMBERS)?);
        }
        let program = self.program;
        // A name that the program takes for itself means something else there.
        choices.retain(|text| {
            let own = program
                .definitions
                .iter()
                .any(|own| own.name == *text && own.kind != UnitKind::Method);
            !own
        });
        choices
            .choose(&mut self.random)
            .map(|text| (*text).to_owned())
    }
}
