//! Python literals.
/// Placeholder.
#[derive(Debug)]
pub enum Literal {
    /// None
    None,
}
/// Placeholder.
#[derive(Debug)]
pub struct LiteralError;
