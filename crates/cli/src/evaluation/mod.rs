//! What the commands that score models share: what was typed as a task with its items and as a model, the
//! sandbox behind judges, and how runs are shown while they ask and when they are done.

pub(crate) mod items;
pub(crate) mod live;
pub(crate) mod model;
pub(crate) mod runner;
pub(crate) mod table;
