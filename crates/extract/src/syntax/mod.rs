//! Syntax trees as flat arrays.
//!
//! Tree-sitter's tree is walked exactly once, with a cursor, into a [`Tree`]: one small record per
//! node in preorder, so that a subtree is a contiguous range and every later analysis is a scan over
//! an array. Depth is bounded while the array is built, which is what makes the recursive analyses
//! in the other modules safe on hostile input.

mod kind;
mod lines;
mod parse;
mod respell;
mod tree;

pub(crate) use kind::{FieldName, Kind};
pub(crate) use lines::LineTable;
pub(crate) use parse::{ParseFailure, SyntaxParser};
pub(crate) use tree::{NodeId, Tree};
