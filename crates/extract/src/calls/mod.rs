//! Calls, mined without running anything.
//!
//! Mining happens in two steps. While a file's tree is at hand, its examples, tests and call sites are cut
//! into [`Script`]s: statements and the expressions asked about, each with the places of the names it
//! mentions. When all programs of the source are known, [`attach`] resolves each name, which program a call
//! belongs to and which earlier statements it needs.

mod ask;
mod attach;
mod builder;
mod deeper;
mod doctests;
mod forms;
mod fragment;
mod meaning;
mod miner;
mod package;
mod recorded;
mod set_up;
mod sighted;
mod sites;
mod steps;
mod suite;
mod tables;
mod tests;

use std::collections::HashSet;

use tracestone_record::{Dropped, InputKind, Line, Unit};

use crate::module::{BodyNames, Item, NameId, Names};
use crate::syntax::{LineTable, SyntaxParser, Tree};

pub(crate) use attach::{Attached, attach};
pub(crate) use fragment::Fragment;

/// A sequence of statements with questions in between.
#[derive(Debug)]
pub(crate) struct Script {
    /// Index of the top-level statement whose docstring contains it.
    pub(crate) owner: Option<usize>,
    pub(crate) steps: Vec<Step>,
    pub(crate) asks: Vec<Ask>,
    /// Values for the parameters of a test, a row of them for each time the test runs; one empty row
    /// where there are none.
    pub(crate) rows: Vec<Vec<(String, Fragment)>>,
    /// Names that are local to the test, which only steps can bind.
    pub(crate) locals: HashSet<String>,
    /// Attributes of `self` that only an instance of the test's class has: its methods.
    pub(crate) hidden: HashSet<String>,
}

impl Script {
    /// A script of nothing, whose names are those of the file.
    pub(crate) fn new(owner: Option<usize>) -> Self {
        Self {
            owner,
            steps: Vec::new(),
            asks: Vec::new(),
            rows: vec![Vec::new()],
            locals: HashSet::new(),
            hidden: HashSet::new(),
        }
    }
}

/// A statement that later ones may build on.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) fragment: Fragment,
    pub(crate) binds: Vec<String>,
    /// Modules and members that an import in it takes, by the name bound.
    pub(crate) imports: Vec<StepImport>,
    /// Names whose values it may change without mentioning them.
    pub(crate) touches: Vec<String>,
    /// True if it has no effect: `len(x)`, `print(x)`.
    pub(crate) pure: bool,
}

/// Target of a name bound by an import inside a script.
#[derive(Debug, Clone)]
pub(crate) struct StepImport {
    pub(crate) name: String,
    pub(crate) level: u32,
    pub(crate) module: String,
    pub(crate) member: Option<String>,
    pub(crate) aliased: bool,
}

/// An expression to be called.
#[derive(Debug)]
pub(crate) struct Ask {
    /// Number of steps before it.
    pub(crate) after: usize,
    pub(crate) fragment: Fragment,
    /// Present where the expression is `callee(arguments)`: where the callee ends, and whether all
    /// arguments are literals.
    pub(crate) plain: Option<(u32, bool)>,
    pub(crate) kind: InputKind,
    pub(crate) line: Line,
    /// True for an expression without an expected result: it prepares an assertion. Such calls are kept
    /// for programs that have few others.
    pub(crate) aside: bool,
}

/// Input of mining: one module.
pub(crate) struct MineFrom<'a, 't> {
    pub(crate) tree: &'a Tree<'t>,
    pub(crate) lines: &'a LineTable,
    pub(crate) path: &'t str,
    pub(crate) items: &'a [Item<'t>],
    pub(crate) units: &'a [Unit],
    pub(crate) body_names: &'a [BodyNames],
    /// Returns true if the module binds a name.
    pub(crate) is_bound: &'a dyn Fn(NameId) -> bool,
}

/// Result of mining.
#[derive(Debug, Default)]
pub(crate) struct Mined {
    pub(crate) scripts: Vec<Script>,
    pub(crate) dropped: Vec<Dropped>,
}

/// Cuts a file's examples, tests and call sites into scripts.
pub(crate) fn mine<'t>(
    from: &MineFrom<'_, 't>,
    names: &mut Names<'t>,
    parser: &mut SyntaxParser,
) -> Mined {
    let mut mined = Mined::default();
    doctests::mine(from, parser, &mut mined);
    tests::mine(from, names, &mut mined);
    sites::mine(from, names, &mut mined);
    mined
}
