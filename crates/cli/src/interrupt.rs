//! Ctrl-C: the first asks the stage to stop after the work in flight, the second ends the process. So does the first
//! where nobody looks whether there was one, such as while a pipe is waited for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// True if somebody has seen it since.
static NOTICED: AtomicBool = AtomicBool::new(false);
/// Time for somebody to see it.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Starts to listen for Ctrl-C and a termination request.
pub(crate) fn listen() {
    let result = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            abandon();
        }
        thread::spawn(|| {
            thread::sleep(PATIENCE);
            if !NOTICED.load(Ordering::SeqCst) {
                abandon();
            }
        });
    });
    // Without a handler Ctrl-C ends the process at once, which loses no more than `kill -9` does.
    drop(result);
}

#[expect(
    clippy::exit,
    reason = "it was asked to stop without waiting for anything; the store and exports survive that"
)]
fn abandon() -> ! {
    std::process::exit(130)
}

/// True once Ctrl-C was pressed.
pub(crate) fn requested() -> bool {
    let requested = INTERRUPTED.load(Ordering::SeqCst);
    if requested {
        NOTICED.store(true, Ordering::SeqCst);
    }
    requested
}
