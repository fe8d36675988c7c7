//! Text for people about a store, its sources and its samples, as a terminal shows it. Nothing here prints.

pub mod funnel;
pub mod hidden;
pub mod marks;
pub mod sample;
pub mod totals;
