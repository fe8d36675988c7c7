//! The child that has its work.

use crate::process::Process;
use crate::watch::Watch;
use crate::zygote::ChildEnd;

/// A child that has its work.
pub(super) struct Running {
    pub(super) watch: Watch,
    pub(super) verdict: Option<ChildEnd>,
    /// A handle of the child, where a process that is not trusted has told its number.
    pub(super) process: Option<Process>,
}

impl Running {
    pub(super) fn kill(&self) {
        match &self.process {
            Some(process) => process.kill(),
            None => self.watch.kill(),
        }
    }
}

impl Drop for Running {
    /// One that nobody has settled may be the child of a process that is not trusted.
    fn drop(&mut self) {
        if let Some(process) = &self.process {
            process.kill();
        }
    }
}
