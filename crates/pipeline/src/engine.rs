//! The sandboxed interpreter, started when it is first needed.

use std::cell::OnceCell;

use tracestone_record::watch::{Event, Watch};
use tracestone_trace::{Engine, SandboxChoice, Settings};

use crate::Error;

/// Starts an engine: finds the interpreter, builds the sandbox, and proves that it holds.
///
/// # Errors
/// There is no interpreter, no sandbox holds, or the watch asked to stop.
fn start_engine(settings: &Settings, watch: &dyn Watch) -> Result<Engine, Error> {
    if settings.sandbox == SandboxChoice::Unsafe {
        watch.event(Event::Warning {
            text: "untrusted programs run WITHOUT a sandbox: they can do whatever you can; every sample is marked",
            cause: None,
        });
    }
    Ok(Engine::start(settings)?)
}

/// An engine that starts when something asks for it, and at most once.
pub struct LazyEngine<'w> {
    start: (Settings, &'w dyn Watch),
    /// None in it where the engine did not start.
    engine: OnceCell<Option<Engine>>,
}

impl<'w> LazyEngine<'w> {
    /// One that is not started yet.
    pub fn new(settings: Settings, watch: &'w dyn Watch) -> Self {
        Self {
            start: (settings, watch),
            engine: OnceCell::new(),
        }
    }

    /// The engine, started if it was not.
    ///
    /// # Errors
    /// It does not start, or did not when it was asked for before.
    pub fn get(&self) -> Result<&Engine, Error> {
        if self.engine.get().is_none() {
            let (settings, watch) = &self.start;
            let started = start_engine(settings, *watch);
            let (engine, error) = match started {
                Ok(engine) => (Some(engine), None),
                Err(error) => (None, Some(error)),
            };
            self.engine.get_or_init(|| engine);
            if let Some(error) = error {
                return Err(error);
            }
        }
        self.started().ok_or(Error::NotStarted)
    }

    /// The engine, if it was started.
    pub fn started(&self) -> Option<&Engine> {
        self.engine.get().and_then(Option::as_ref)
    }
}
