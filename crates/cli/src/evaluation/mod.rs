//! What the commands that score models share: tasks with their items, the model that was typed, and
//! the sandbox behind judges.

pub(crate) mod items;
pub(crate) mod judging;
pub(crate) mod model;
pub(crate) mod prices;
pub(crate) mod runner;
