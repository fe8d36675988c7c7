//! Threads for small matrices.

use crate::config::ModelConfig;
use crate::error::{InterpError, Result};

/// From this hidden width on, all processors work on each product.
const WIDE: usize = 512;

/// Thread pool for the work of one model. Candle hands each product of matrices to the rayon pool that it is
/// called in. With small matrices, waiting for other threads costs more than they save, so such a model has a
/// pool of one thread.
#[derive(Debug)]
pub(crate) struct Lane(Option<rayon::ThreadPool>);

impl Lane {
    pub(crate) fn new(config: &ModelConfig) -> Result<Self> {
        Self::of_width(config.hidden)
    }

    /// Lane of a model with this hidden width.
    pub(crate) fn of_width(hidden: usize) -> Result<Self> {
        if hidden >= WIDE {
            return Ok(Self(None));
        }
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let one = one.map_err(|error| {
            InterpError::Refused(format!("no thread could be started: {error}"))
        })?;
        Ok(Self(Some(one)))
    }

    /// Does some work there and waits for it.
    pub(crate) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.0 {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}
