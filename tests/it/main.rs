//! End-to-end tests on the real binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

mod architecture;
mod browse;
mod build;
mod chromium;
mod compare;
mod crawl;
mod curate;
mod doors;
mod environments;
mod errors;
mod eval;
mod export;
mod features;
mod forms;
mod help;
mod interp;
mod karel;
mod kinds;
mod local;
mod mix;
#[path = "../mock/server.rs"]
mod mock_server;
mod models;
mod outside;
mod own_series;
mod packages;
mod plasticity;
mod plus;
mod report;
mod runs;
mod secrets;
mod series;
mod serve;
mod starter;
mod states;
mod structure;
mod style;
mod support;
mod tasks;
mod training;
mod trouble;
mod wire;
