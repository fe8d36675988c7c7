//! Normal forms of syntax trees: what is equal in programs that differ in names, layout and comments.

use crate::LineRange;

/// The normal form of a text's syntax tree, or of one function in it.
///
/// Names that the text binds are numbered in the order in which they appear; comments, docstrings,
/// annotations and parentheses are gone. Names of built-ins, of imports and of attributes that the text does
/// not assign stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalForm {
    /// The function's dotted name; empty for the whole text.
    pub name: String,
    /// Its lines in the text.
    pub lines: LineRange,
    /// Names, literals and operators in it.
    pub tokens: u32,
    /// For a function that is no method: the least and the largest number of arguments by position.
    pub arguments: Option<(u32, u32)>,
    /// The tree with its literals.
    pub exact: String,
    /// The tree with each literal replaced by its type.
    pub shape: String,
}
