//! Observation of long-running work: events on its way, and the question whether to stop.
//!
//! Work takes a `&dyn Watch` and prints nothing. A command line draws bars from the events, a test collects
//! them, [`Nobody`] ignores them.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

/// The side that started the work: hears its events, from any thread, and says whether it should stop.
pub trait Watch: Sync {
    /// Receives one event.
    fn event(&self, event: Event<'_>);

    /// Returns true if the work should end early, keeping what is finished. Called often.
    fn stop(&self) -> bool {
        false
    }

    /// Returns true if [`Event::Detail`] is wanted; its text is made only then.
    fn wants_details(&self) -> bool {
        false
    }
}

/// An event in the course of work.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A stage starts.
    Started {
        /// The stage's name.
        stage: &'static str,
        /// The things it counts, in the plural.
        noun: &'static str,
        /// Their number; none where that shows only at the end.
        total: Option<u64>,
        /// True for a step inside of another stage, which gets a bar at most.
        inner: bool,
    },
    /// A stage turned out to have more to do.
    Grew {
        /// The stage's name.
        stage: &'static str,
        /// The number of further things.
        by: u64,
    },
    /// A part of a stage is done.
    Advanced {
        /// The stage's name.
        stage: &'static str,
        /// The number of things that are done since.
        by: u64,
    },
    /// One finished thing, for verbose output.
    Detail {
        /// The stage's name.
        stage: &'static str,
        /// The thing and its outcome.
        text: &'a str,
    },
    /// A stage came to its end.
    Finished {
        /// The stage's name.
        stage: &'static str,
        /// Summary of the outcome.
        text: &'a str,
    },
    /// A stage is over: it finished, was stopped, or failed.
    Ended {
        /// The stage's name.
        stage: &'static str,
    },
    /// Something worth knowing.
    Note {
        /// The stage; without one, the note continues the one before.
        stage: Option<&'static str>,
        /// Text of the note.
        text: &'a str,
    },
    /// Something a person should look at.
    Warning {
        /// Text of the warning.
        text: &'a str,
        /// The error behind it, if there is one.
        cause: Option<&'a (dyn Error + 'static)>,
    },
}

/// A watch that hears nothing and never stops the work.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Watch for Nobody {
    fn event(&self, _event: Event<'_>) {}
}

/// The watch of a step inside of another stage: it hears of progress and warnings, and of nothing else.
pub struct Inner<'w>(pub &'w dyn Watch);

impl Watch for Inner<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Started {
                stage, noun, total, ..
            } => self.0.event(Event::Started {
                stage,
                noun,
                total,
                inner: true,
            }),
            Event::Detail { .. } | Event::Finished { .. } | Event::Note { .. } => {}
            Event::Grew { .. }
            | Event::Advanced { .. }
            | Event::Ended { .. }
            | Event::Warning { .. } => self.0.event(event),
        }
    }

    fn stop(&self) -> bool {
        self.0.stop()
    }
}

/// A running stage: sends its events and counts progress. The stage ends when this is dropped.
pub struct Progress<'w> {
    watch: &'w dyn Watch,
    stage: &'static str,
    done: AtomicU64,
}

impl<'w> Progress<'w> {
    /// Starts `stage` over `total` things called `noun`, in the plural.
    pub fn start(
        watch: &'w dyn Watch,
        stage: &'static str,
        noun: &'static str,
        total: u64,
    ) -> Self {
        Self::begin(watch, stage, noun, Some(total))
    }

    /// Starts `stage` over things whose number shows only at the end.
    pub fn start_open(watch: &'w dyn Watch, stage: &'static str, noun: &'static str) -> Self {
        Self::begin(watch, stage, noun, None)
    }

    fn begin(
        watch: &'w dyn Watch,
        stage: &'static str,
        noun: &'static str,
        total: Option<u64>,
    ) -> Self {
        watch.event(Event::Started {
            stage,
            noun,
            total,
            inner: false,
        });
        Self {
            watch,
            stage,
            done: AtomicU64::new(0),
        }
    }

    /// Adds to the things to do.
    pub fn add_total(&self, by: u64) {
        let stage = self.stage;
        self.watch.event(Event::Grew { stage, by });
    }

    /// Adds to the things that are done.
    pub fn advance(&self, by: u64) {
        self.done.fetch_add(by, Ordering::Relaxed);
        let stage = self.stage;
        self.watch.event(Event::Advanced { stage, by });
    }

    /// The number of things that are done.
    pub fn count(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Reports one finished thing, if details are wanted.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.watch.wants_details() {
            let (stage, text) = (self.stage, &text());
            self.watch.event(Event::Detail { stage, text });
        }
    }

    /// Ends the stage with a description of the result.
    pub fn finish(&self, text: &str) {
        let stage = self.stage;
        self.watch.event(Event::Finished { stage, text });
    }

    /// True if the work should end early.
    pub fn stop(&self) -> bool {
        self.watch.stop()
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        let stage = self.stage;
        self.watch.event(Event::Ended { stage });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Writes each event down.
    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Watch for Heard {
        fn event(&self, event: Event<'_>) {
            self.0.lock().unwrap().push(format!("{event:?}"));
        }
    }

    #[test]
    fn a_stage_tells_of_its_start_its_steps_and_its_end() {
        let heard = Heard::default();
        let progress = Progress::start_open(&heard, "crawl", "files");
        progress.add_total(3);
        progress.advance(2);
        progress.detail(|| unreachable!("nobody wants details"));
        progress.finish("2 files");
        assert_eq!(progress.count(), 2);
        drop(progress);
        assert_eq!(
            *heard.0.lock().unwrap(),
            [
                r#"Started { stage: "crawl", noun: "files", total: None, inner: false }"#,
                r#"Grew { stage: "crawl", by: 3 }"#,
                r#"Advanced { stage: "crawl", by: 2 }"#,
                r#"Finished { stage: "crawl", text: "2 files" }"#,
                r#"Ended { stage: "crawl" }"#,
            ]
        );
    }
}
