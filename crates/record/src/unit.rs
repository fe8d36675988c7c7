//! Units, docstrings, comments, programs and calls: the results of `extract`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{CallId, FileId, Line, LineRange, ProgramId, SourceId, Span, UnitId};

/// A function, method or class found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Depends on file, span and name.
    pub id: UnitId,
    /// File that contains it.
    pub file: FileId,
    /// Function, method or class.
    pub kind: UnitKind,
    /// The dotted name inside the module: `Stack.push`, `outer.inner`.
    pub name: String,
    /// True if the unit is defined inside a function.
    pub nested: bool,
    /// True for `async def`.
    pub is_async: bool,
    /// The decorators' texts, without `@`.
    pub decorators: Vec<String>,
    /// The parameters; empty for a class.
    pub parameters: Vec<Parameter>,
    /// The annotation of the result.
    pub returns: Option<String>,
    /// The base classes' texts; empty for a function.
    pub bases: Vec<String>,
    /// Bytes in the file, decorators included.
    pub span: Span,
    /// Lines in the file, decorators included.
    pub lines: LineRange,
    /// Docstring of the unit, parsed.
    pub docstring: Option<Docstring>,
    /// The comments inside the unit that are not inside a unit nested in it.
    pub comments: Vec<Comment>,
    /// Signals of annotation quality.
    pub signals: UnitSignals,
}

/// Type of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// A function that is not a method.
    Function,
    /// A function directly in a class.
    Method,
    /// A class definition.
    Class,
}

/// One parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// The name, without stars.
    pub name: String,
    /// The way it is passed.
    pub kind: ParameterKind,
    /// The annotation's text.
    pub annotation: Option<String>,
    /// The default's text.
    pub default: Option<String>,
    /// The type that the docstring or a comment (`# type: int`) gives it, in the author's words: `list of str, optional`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documented: Option<String>,
    /// Guessed type of a parameter without annotation, written as one, from its uses in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guess: Option<String>,
    /// The types that the body asks for with `isinstance(x, T)` or `type(x) is T`, written as annotations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wishes: Vec<String>,
}

/// The way a parameter is passed, named as in Python's `inspect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A parameter before `/`.
    PositionalOnly,
    /// The usual kind.
    PositionalOrKeyword,
    /// The parameter `*args`.
    VarPositional,
    /// A parameter after `*`.
    KeywordOnly,
    /// The parameter `**kwargs`.
    VarKeyword,
}

/// A docstring and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Docstring {
    /// Bytes of the string literal in the file, quotes included.
    pub span: Span,
    /// Lines of the string literal in the file.
    pub lines: LineRange,
    /// The text after Python's `inspect.cleandoc`.
    pub text: String,
    /// The text with doctest examples and headings left without content taken out.
    pub prose: String,
    /// The markup its sections use.
    pub style: DocstringStyle,
    /// The first paragraph.
    pub summary: String,
    /// Documented parameters and attributes.
    pub parameters: Vec<DocumentedItem>,
    /// Documented results (returns and yields).
    pub returns: Vec<DocumentedItem>,
    /// Exceptions that the docstring documents.
    pub raises: Vec<DocumentedItem>,
    /// Number of doctest examples in it.
    pub examples: u32,
}

/// The markup of a docstring's sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocstringStyle {
    /// A docstring without sections.
    Plain,
    /// `Args:` and indented items.
    Google,
    /// Sections with underlined headings.
    Numpy,
    /// `:param x:` fields.
    Rest,
}

/// A named entry in a docstring's section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentedItem {
    /// The parameter or exception; empty for an unnamed result.
    pub name: String,
    /// The type given in the docstring; empty if none.
    pub annotation: String,
    /// The description, white space folded.
    pub text: String,
}

/// A comment, tied to what it explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The text without `#` and surrounding space; lines of a block joined by `\n`.
    pub text: String,
    /// Bytes in the file, from the first `#` to the end of the last line of the block.
    pub span: Span,
    /// Lines of the comment in the file.
    pub lines: LineRange,
    /// True if code precedes the comment on its line.
    pub trailing: bool,
    /// The statements it explains, as lines in the file: its own line for a trailing comment, else
    /// the following statements of the same block up to a blank line or the next comment.
    pub explains: Option<LineRange>,
    /// Signals about its worth.
    pub signals: CommentSignals,
}

/// Signals about a comment; stored, never a reason to drop silently.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentSignals {
    /// Reads as code that was commented out.
    pub code: bool,
    /// Starts with TODO, FIXME, XXX or HACK.
    pub todo: bool,
    /// A licence or copyright notice.
    pub license: bool,
    /// An instruction to a tool: `noqa`, `type: ignore`, `pragma`, `pylint: ..`, a shebang.
    pub directive: bool,
    /// Seems to state a result: `# => 5`, `# Output: ..`, `# returns 3`.
    pub result: bool,
    /// Length in words.
    pub words: u32,
    /// Percentage of its words that name identifiers of the explained code.
    pub specific_percent: u8,
    /// ASCII letters among its letters, in percent: a rough sign of English.
    pub ascii_percent: u8,
}

/// Signals of a unit's annotation quality.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitSignals {
    /// Lines with code.
    pub code_lines: u32,
    /// Lines with a comment.
    pub comment_lines: u32,
    /// Lines of the docstring.
    pub docstring_lines: u32,
    /// Parameters with an annotation, in percent of all but `self` and `cls`; 100 if there are none.
    pub annotated_percent: u8,
    /// Parameters that the docstring describes, in percent; 100 if there are none.
    pub documented_percent: u8,
}

/// A unit with what it needs: a self-contained text, or a part of a module that runs in its own package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Depends on `text` and `entry`, and on the source and module where it runs in its own package.
    pub id: ProgramId,
    /// The top-level unit it was made for; a method or nested function shares the program of the
    /// top-level unit around it.
    pub unit: UnitId,
    /// The file of that unit.
    pub file: FileId,
    /// The module-level name of the unit.
    pub entry: String,
    /// The module that it is a part of, if it runs in its own package. Absent if the text itself is executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<InPackage>,
    /// The displayed text, which is executed unless the program runs in its own package. UTF-8, `\n` line
    /// ends, a final newline. Free of doctest examples and of comments that state results.
    pub text: String,
    /// For each line of `text`, where it comes from; `None` for separating blank lines.
    pub lines: Vec<Option<LineOrigin>>,
    /// Further files whose definitions were inlined.
    pub inlined: Vec<FileId>,
    /// The modules it imports, dotted, sorted.
    pub imports: Vec<String>,
    /// The functions, methods and classes in `text`, with places in `text`.
    pub definitions: Vec<Definition>,
    /// The comments in `text`, with places in `text`.
    pub comments: Vec<Comment>,
}

impl Program {
    /// The lines of the statements of the unit it was made for, its methods included; not those of what
    /// was taken along.
    #[must_use]
    pub fn own_statements(&self) -> BTreeSet<Line> {
        let own = self.definitions.iter().filter(|definition| {
            let rest = definition.name.strip_prefix(self.entry.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        own.flat_map(|definition| definition.statements.iter().copied())
            .collect()
    }
}

/// The module that a program is a part of, where it runs in its own package: the module is imported from
/// the source's files, and the lines that are shown are lines of its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InPackage {
    /// The source whose files are imported.
    pub source: SourceId,
    /// The name by which the module is imported: `pkg.core`.
    pub module: String,
    /// The module's file in the source.
    pub path: String,
    /// The folders of the source that modules are imported from, in order; `` for its top.
    pub roots: Vec<String>,
    /// Files beside those of the commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<MadeFile>,
    /// Distributions that are installed, as lines of a requirements file with hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// A file that a build of the package would write, such as one with its version, made in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MadeFile {
    /// Path inside the source.
    pub path: String,
    /// Text of the file.
    pub text: String,
}

/// The origin of a program's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineOrigin {
    /// 0 for the program's file, else 1 + index into `inlined`.
    pub file: u16,
    /// The line in that file.
    pub line: Line,
}

/// A function, method or class inside a program's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The dotted name.
    pub name: String,
    /// Type of the unit.
    pub kind: UnitKind,
    /// Its lines in the program, decorators included.
    pub lines: LineRange,
    /// The line of `def` or `class`.
    pub header: Line,
    /// Lines of its docstring in the program.
    pub docstring: Option<LineRange>,
    /// The docstring's prose, as in [`Docstring::prose`].
    pub prose: Option<String>,
    /// The parameters in order; empty for a class.
    pub parameters: Vec<Parameter>,
    /// Names that are parameters of or assigned in the function itself (not in nested functions).
    /// For a class, the names assigned in its body.
    pub locals: Vec<String>,
    /// The first lines of its loops (`for`, `while`).
    pub loops: Vec<LineRange>,
    /// The header lines of its `if`, `elif`, `while`, `for`, `match` and conditional statements.
    pub branches: Vec<Line>,
    /// The first lines of the statements that Python can stop at when the function's body runs,
    /// sorted, nested functions left out; empty for a class.
    pub statements: Vec<Line>,
}

impl Definition {
    /// Gives back the memory that its vectors hold for more elements than they have.
    pub fn shrink_to_fit(&mut self) {
        self.parameters.shrink_to_fit();
        self.locals.shrink_to_fit();
        self.loops.shrink_to_fit();
        self.branches.shrink_to_fit();
        self.statements.shrink_to_fit();
    }
}

/// `setup` statements and one `call` expression that exercise a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Depends on program, setup and call.
    pub id: CallId,
    /// Program that defines the callee.
    pub program: ProgramId,
    /// Statements executed before the call, in the program's namespace; may be empty.
    pub setup: String,
    /// One expression on one line.
    pub call: String,
    /// Present where `call` is a plain call `callee(arguments)` of a function or class of the
    /// program with nothing around it.
    pub arguments: Option<Arguments>,
    /// Origin of the call.
    pub origin: InputOrigin,
}

/// The parts of a plain call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arguments {
    /// The called name of the program, possibly dotted.
    pub callee: String,
    /// The text between the parentheses.
    pub text: String,
    /// True if every argument is a Python literal.
    pub literal: bool,
}

/// Origin of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InputOrigin {
    /// The way the call was found or made.
    pub kind: InputKind,
    /// The file, inside the source; absent for what was not mined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
}

/// The way a call was found or made.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// An example in a docstring.
    Doctest,
    /// `assert f(..) == ..`, `self.assertEqual(f(..), ..)` and the like.
    Assertion,
    /// A row of a `pytest.mark.parametrize` table.
    Parametrize,
    /// A call with literal arguments in the same source.
    CallSite,
    /// A call that a test of the source made when it ran.
    Recorded,
    /// A mined call with its arguments changed.
    Mutated,
    /// Made from what is known of the parameters' types.
    Generated,
}

impl InputKind {
    /// All kinds, those that people wrote first.
    pub const ALL: [Self; 7] = [
        Self::Doctest,
        Self::Assertion,
        Self::Parametrize,
        Self::CallSite,
        Self::Recorded,
        Self::Mutated,
        Self::Generated,
    ];

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// True if the call was made by the tool rather than written by an author.
    #[must_use]
    pub fn is_made(self) -> bool {
        matches!(self, Self::Mutated | Self::Generated)
    }

    /// Name in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Doctest => "doctest",
            Self::Assertion => "assertion",
            Self::Parametrize => "parametrize",
            Self::CallSite => "call_site",
            Self::Recorded => "recorded",
            Self::Mutated => "mutated",
            Self::Generated => "generated",
        }
    }
}
