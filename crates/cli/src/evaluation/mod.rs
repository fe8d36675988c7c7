//! The shared part of the commands that score models: what was typed as a task with its items and as a model, the
//! sandbox behind judges, and how runs are shown while they ask and when they are done.

mod adviser;
pub(crate) mod items;
pub(crate) mod live;
pub(crate) mod model;
pub(crate) mod runner;
mod scripts;
pub(crate) mod table;
