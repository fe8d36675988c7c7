//! What the commands that score models share: what was typed as a task with its items and as a model,
//! and the sandbox behind judges.

pub(crate) mod items;
pub(crate) mod model;
pub(crate) mod runner;
