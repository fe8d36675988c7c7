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
mod environments;
mod errors;
mod eval;
mod export;
mod features;
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
mod packages;
mod plasticity;
mod report;
mod runs;
mod secrets;
mod series;
mod serve;
mod starter;
mod structure;
mod style;
mod support;
mod tasks;
mod training;
mod trouble;
