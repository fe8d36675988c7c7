//! The recorder's short way of describing a container that has changed gives what the long way gives.

mod support;

use std::io::Write as _;
use std::process::{Command, Stdio};

use tracestone_trace::texts::WORKER;

const CHECK: &str = include_str!("support/describe.py");

#[test]
fn one_changed_element_alone_or_everything_is_the_same_text() {
    let mut process = Command::new(support::python())
        .args(["-S", "-s", "-B", "-c", CHECK])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the interpreter runs");
    let mut input = process.stdin.take().expect("a pipe");
    input.write_all(WORKER.as_bytes()).expect("it reads");
    drop(input);
    let output = process.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let counts = String::from_utf8_lossy(&output.stdout);
    let counts: Vec<u32> = counts
        .split_whitespace()
        .map(|count| count.parse().expect("a count"))
        .collect();
    assert!(counts.iter().all(|count| *count > 300), "{counts:?}");
}
