//! End-to-end tests on the real binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

mod architecture;
mod build;
mod errors;
mod export;
mod help;
mod interp;
mod starter;
mod support;
