//! Programs of the user's that the crawl runs: `git`, and Python for `pip`.

use std::io::{self, Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// No more of a program's output is kept; what the crawl asks for is short.
const MAX_OUTPUT_BYTES: u64 = 4 << 20;

/// Result of a finished program.
pub(crate) struct Finished {
    /// True if its exit status was 0.
    pub(crate) success: bool,
    /// Standard output, decoded.
    pub(crate) stdout: String,
    /// Standard error, decoded.
    pub(crate) stderr: String,
}

/// Reason that a program did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no place for what it writes.
    #[error("cannot make a temporary file in {}: {_0}; set TMPDIR to a folder that can be written", std::env::temp_dir().display())]
    NoTemporary(io::Error),
    /// It could not be started, or not be waited for.
    #[error(transparent)]
    NotStarted(io::Error),
    /// It was ended, because the crawl was.
    #[error("the crawl was stopped")]
    Stopped,
}

/// Runs a program to its end, or ends it when `stop` is set.
pub(crate) fn run(command: &mut Command, stop: &AtomicBool) -> Result<Finished, RunError> {
    run_unless(command, &|| stop.load(Ordering::Relaxed))
}

/// Runs a program to its end, or ends it when `stopped` says so.
///
/// The output goes to unnamed files and not to pipes, because what a program leaves running behind it,
/// such as the connection that ssh keeps for the next call, would hold a pipe open.
pub(crate) fn run_unless(
    command: &mut Command,
    stopped: &dyn Fn() -> bool,
) -> Result<Finished, RunError> {
    let mut stdout = tempfile::tempfile().map_err(RunError::NoTemporary)?;
    let mut stderr = tempfile::tempfile().map_err(RunError::NoTemporary)?;
    let (out, errors) = (stdout.try_clone(), stderr.try_clone());
    let mut child = command
        .stdout(Stdio::from(out.map_err(RunError::NoTemporary)?))
        .stderr(Stdio::from(errors.map_err(RunError::NoTemporary)?))
        .spawn()
        .map_err(RunError::NotStarted)?;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(RunError::NotStarted)? {
            break status;
        }
        if stopped() {
            // It may have ended by itself in between, which is as good.
            child.kill().unwrap_or_default();
            child.wait().map_err(RunError::NotStarted)?;
            return Err(RunError::Stopped);
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
        stdout: text(&mut stdout).map_err(RunError::NoTemporary)?,
        stderr: text(&mut stderr).map_err(RunError::NoTemporary)?,
    })
}
