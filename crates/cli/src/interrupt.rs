//! Ctrl-C: the first asks the stage to stop after the work in flight, the second ends the process.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Starts to listen for Ctrl-C and a termination request.
pub(crate) fn listen() {
    let result = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            abandon();
        }
    });
    // Without a handler Ctrl-C ends the process at once, which loses no more than `kill -9` does.
    drop(result);
}

#[expect(
    clippy::exit,
    reason = "a second Ctrl-C asks to stop without waiting for anything; the store survives that"
)]
fn abandon() -> ! {
    std::process::exit(130)
}

/// True once Ctrl-C was pressed.
pub(crate) fn requested() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}
