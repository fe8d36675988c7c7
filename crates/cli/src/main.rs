//! The binary `tracestone`.
fn main() {}
