//! Runs as files and texts that other programs and people read.

pub mod terminal;
