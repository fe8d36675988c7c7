//! Bodies of requests, within bounds of size, time and memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

/// Memory that the bodies of all requests share.
pub(crate) struct Budget {
    used: AtomicUsize,
    most: usize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            used: AtomicUsize::new(0),
            most,
        }
    }

    fn take(&self, bytes: usize) -> bool {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if used > self.most {
            self.give_back(bytes);
            return false;
        }
        true
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The bytes of a body; gives its memory back when it is dropped.
pub(crate) struct Body {
    bytes: Vec<u8>,
    taken: usize,
    budget: Arc<Budget>,
}

impl Body {
    /// The text of the body.
    pub(crate) fn text(&self) -> Result<&str, BodyError> {
        std::str::from_utf8(&self.bytes).map_err(|_| BodyError::NotText)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
    }
}

/// Reason that a body was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is larger than a request may be.
    TooLarge,
    /// The bodies of all requests together are.
    NoRoom,
    /// It did not come in time.
    Slow,
    /// It is not UTF-8.
    NotText,
    /// The connection broke.
    Broken(String),
}

/// Reads a body of at most `most` bytes within `time`.
pub(crate) async fn read(
    mut incoming: Incoming,
    most: usize,
    time: Duration,
    budget: &Arc<Budget>,
) -> Result<Body, BodyError> {
    if incoming.size_hint().lower() > most as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut body = Body {
        bytes: Vec::new(),
        taken: 0,
        budget: Arc::clone(budget),
    };
    let reading = async {
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| BodyError::Broken(error.to_string()))?;
            let Some(part) = frame.data_ref() else {
                continue;
            };
            if body.bytes.len() + part.len() > most {
                return Err(BodyError::TooLarge);
            }
            if !budget.take(part.len()) {
                return Err(BodyError::NoRoom);
            }
            body.taken += part.len();
            body.bytes.extend_from_slice(part);
        }
        Ok(())
    };
    match tokio::time::timeout(time, reading).await {
        Ok(read) => read.map(|()| body),
        Err(_) => Err(BodyError::Slow),
    }
}
