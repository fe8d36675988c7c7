//! Programs of the user's that the crawl runs: `git`, and Python for `pip`.

use std::io::{self, Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// No more of a program's output is kept; what the crawl asks for is short.
const MAX_OUTPUT_BYTES: u64 = 4 << 20;

/// How a program ended.
pub(crate) struct Finished {
    /// Whether its exit status was 0.
    pub(crate) success: bool,
    /// What it wrote.
    pub(crate) stdout: String,
    /// What it complained of.
    pub(crate) stderr: String,
}

/// Runs a program to its end, or ends it when `stop` is set.
///
/// The output goes to unnamed files and not to pipes, because what a program leaves running behind it,
/// such as the connection that ssh keeps for the next call, would hold a pipe open.
pub(crate) fn run(command: &mut Command, stop: &AtomicBool) -> io::Result<Finished> {
    let mut stdout = tempfile::tempfile()?;
    let mut stderr = tempfile::tempfile()?;
    let mut child = command
        .stdout(Stdio::from(stdout.try_clone()?))
        .stderr(Stdio::from(stderr.try_clone()?))
        .spawn()?;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if stop.load(Ordering::Relaxed) {
            // It may have ended by itself in between, which is as good.
            child.kill().or_else(|_| child.try_wait().map(|_| ()))?;
            child.wait()?;
            return Err(io::Error::new(
                io::ErrorKind::Interrupted,
                "the crawl was stopped",
            ));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    let text = |file: &mut std::fs::File| -> io::Result<String> {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.take(MAX_OUTPUT_BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    Ok(Finished {
        success: status.success(),
        stdout: text(&mut stdout)?,
        stderr: text(&mut stderr)?,
    })
}
