//! End-to-end tests on the real binary.

mod architecture;
mod build;
mod errors;
mod export;
mod help;
mod starter;
mod support;
