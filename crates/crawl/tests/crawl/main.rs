//! The crawl as its users meet it: corpora in, outcomes out. Repositories, folders and archives are made
//! here, and nothing needs a network.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod folders;
mod git;
mod hostile;
mod licences;
mod queue;
mod sdist;
mod support;
