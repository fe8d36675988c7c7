//! The native twin of the recorder: compiled once for an interpreter, if a C compiler and the interpreter's
//! headers are available.
//!
//! It gives the same bytes as the recorder in Python (`worker/recorder.py`), which is the reference, and is
//! used where this one is unavailable.

#![expect(
    clippy::disallowed_methods,
    reason = "a recorder that cannot be compiled is done without; its error names the folder"
)]

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::interpreter::{Interpreter, output_of};
use crate::stop::Stop;
use crate::texts::NATIVE;

/// Time limit for compilation; some seconds are usual.
const PATIENCE: Duration = Duration::from_secs(120);

const FLAGS: [&str; 5] = ["-O2", "-std=gnu11", "-shared", "-fPIC", "-o"];

/// Path of the library for an interpreter, compiled unless the folder has it. The error is the reason that it
/// is unavailable.
pub(crate) fn library(
    interpreter: &Interpreter,
    folder: &Path,
    stop: &Stop,
) -> Result<PathBuf, String> {
    let headers = interpreter
        .headers
        .as_deref()
        .filter(|headers| headers.join("Python.h").is_file())
        .ok_or("the interpreter's C headers are not there (on Debian, the package python3-dev)")?;
    let key =
        blake3::hash(format!("{}\0{}\0{NATIVE}", interpreter.build, headers.display()).as_bytes());
    let key = &key.to_hex()[..16];
    let library = folder.join(format!("recorder-{key}.so"));
    if library.is_file() {
        return Ok(library);
    }
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let name = format!("recorder-{key}.{}", std::process::id());
    let (source, made) = (
        folder.join(format!("{name}.c")),
        folder.join(format!("{name}.so")),
    );
    let done = std::fs::write(&source, NATIVE)
        .map_err(|error| format!("{} cannot be written: {error}", source.display()))
        .and_then(|()| compile(headers, &source, &made, stop))
        .and_then(|()| {
            // In one step, since other builds may look at the same time.
            std::fs::rename(&made, &library)
                .map_err(|error| format!("{} cannot be written: {error}", library.display()))
        });
    for file in [&source, &made] {
        // Whatever is left over is of no use, and may not be there.
        drop(std::fs::remove_file(file));
    }
    done.map(|()| library)
}

fn compile(headers: &Path, source: &Path, library: &Path, stop: &Stop) -> Result<(), String> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let cannot = |error: std::io::Error| {
        format!(
            "the C compiler `{}` cannot be run: {error}",
            compiler.to_string_lossy()
        )
    };
    let mut process = Command::new(&compiler)
        .args(FLAGS)
        .arg(library)
        .arg("-I")
        .arg(headers)
        .arg(source)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(cannot)?;
    let output = output_of(&mut process, PATIENCE, stop).map_err(cannot)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let complaint = said.lines().find(|line| line.contains("error"));
    Err(format!(
        "the C compiler failed: {}",
        complaint.unwrap_or("it does not say why")
    ))
}
